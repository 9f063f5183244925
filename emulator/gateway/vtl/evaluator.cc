#include "emulator/gateway/vtl/evaluator.h"

#include <cmath>

#include "emulator/gateway/vtl/methods.h"

namespace stator::vtl {
namespace {

// $foreach within a loop.
class LoopState final : public Object {
 public:
  LoopState(size_t count, Value parent) : count_(count), parent_(std::move(parent)) {}

  size_t index = 0;
  bool stopped = false;

  Value property(Heap&, std::string_view name) override {
    if (name == "index") return Value::integer(static_cast<int64_t>(index));
    if (name == "count") return Value::integer(static_cast<int64_t>(index) + 1);
    if (name == "hasNext") return Value::boolean(index + 1 < count_);
    if (name == "first") return Value::boolean(index == 0);
    if (name == "last") return Value::boolean(index + 1 >= count_);
    if (name == "parent") return parent_;
    if (name == "topmost") {
      const auto* above = parent_.is_object() ? dynamic_cast<LoopState*>(&parent_.object()) : nullptr;
      Value top = Value::object(this);
      while (above) {
        top = Value::object(const_cast<LoopState*>(above));
        above = above->parent_.is_object() ? dynamic_cast<LoopState*>(&above->parent_.object()) : nullptr;
      }
      return top;
    }
    return {};
  }
  bool call(Heap& heap, std::string_view method, std::span<const Value> arguments, Value& result) override {
    if (!arguments.empty()) return false;
    if (method == "stop") {
      stopped = true;
      result = Value();
      return true;
    }
    const std::string_view names[][2] = {{"getIndex", "index"}, {"getCount", "count"}, {"hasNext", "hasNext"},
                                         {"isFirst", "first"},  {"isLast", "last"},    {"getParent", "parent"}};
    for (const auto& [getter, name] : names) {
      if (method != getter) continue;
      result = property(heap, name);
      return true;
    }
    return false;
  }

 private:
  size_t count_;
  Value parent_;
};

// Integers as long as they hold, then doubles.
Value arithmetic(Expression::Operator op, const Value& left, const Value& right) {
  using enum Expression::Operator;
  if (left.is_integer() && right.is_integer()) {
    const int64_t a = left.integer(), b = right.integer();
    int64_t out = 0;
    switch (op) {
      case kAdd:
        if (!__builtin_add_overflow(a, b, &out)) return Value::integer(out);
        break;
      case kSubtract:
        if (!__builtin_sub_overflow(a, b, &out)) return Value::integer(out);
        break;
      case kMultiply:
        if (!__builtin_mul_overflow(a, b, &out)) return Value::integer(out);
        break;
      case kDivide:
        if (b == 0) return {};
        if (b == -1 && a == INT64_MIN) break;
        return Value::integer(a / b);
      case kModulo:
        if (b == 0) return {};
        return Value::integer(b == -1 ? 0 : a % b);
      default:
        break;
    }
  }
  const double a = left.real(), b = right.real();
  switch (op) {
    case kAdd:
      return Value::real(a + b);
    case kSubtract:
      return Value::real(a - b);
    case kMultiply:
      return Value::real(a * b);
    case kDivide:
      return b == 0 ? Value() : Value::real(a / b);
    default:
      return b == 0 ? Value() : Value::real(std::fmod(a, b));
  }
}

bool ordered(Expression::Operator op, const Value& left, const Value& right) {
  using enum Expression::Operator;
  if (!left.is_number() || !right.is_number()) return false;  // Velocity orders numbers alone
  if (left.is_integer() && right.is_integer()) {
    const int64_t a = left.integer(), b = right.integer();
    return op == kLt ? a < b : op == kLe ? a <= b : op == kGt ? a > b : a >= b;
  }
  const double a = left.real(), b = right.real();
  return op == kLt ? a < b : op == kLe ? a <= b : op == kGt ? a > b : a >= b;
}

}  // namespace

// What #define names: rendered anew wherever it is used, with the variables of that moment.
class Evaluator::DefinedBlock final : public Object {
 public:
  DefinedBlock(Evaluator& owner, const Block& body) : owner_(owner), body_(body) {}
  void render(std::string& out) const { owner_.render(body_, out); }
  std::string text() const override {
    std::string out;
    render(out);
    return out;
  }

 private:
  Evaluator& owner_;
  const Block& body_;
};

struct Evaluator::Nest {
  explicit Nest(Evaluator& e) : evaluator(e) {
    if (++evaluator.depth_ > evaluator.limits_.depth) {
      --evaluator.depth_;
      throw TemplateError("the template calls itself too deeply");
    }
  }
  ~Nest() { --evaluator.depth_; }
  Evaluator& evaluator;
};

void Evaluator::run(const Block& block, std::string& out) {
  try {
    render(block, out);
  } catch (const TemplateError& error) {
    throw TemplateError(error.what(), error.line ? error.line : line_);
  }
}

void Evaluator::step(int line) {
  if (line) line_ = line;
  if (++steps_ > limits_.steps) throw TemplateError("the template takes too many steps");
  if (steps_ % 1024 == 0) heap_.check_time();
}

void Evaluator::check_output(const std::string& out) const {
  if (out.size() > limits_.output) throw TemplateError("the template's output is too long");
}

Value* Evaluator::find(const std::string& name) {
  if (!frames_.empty()) {
    const auto local = frames_.back().find(name);
    if (local != frames_.back().end()) return &local->second;
  }
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

Value Evaluator::get(const std::string& name) {
  const Value* found = find(name);
  return found ? *found : Value();
}

void Evaluator::put(const std::string& name, Value value) {
  if (Value* there = find(name)) {
    *there = std::move(value);
    return;
  }
  heap_.charge(name.size() + sizeof(Value));
  variables_[name] = std::move(value);
}

Evaluator::Flow Evaluator::render(const Block& block, std::string& out) {
  const Nest nest(*this);
  for (const Statement& statement : block) {
    const Flow flow = render_statement(statement, out);
    check_output(out);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Evaluator::Flow Evaluator::render_statement(const Statement& statement, std::string& out) {
  step(statement.line);
  switch (statement.kind) {
    case Statement::Kind::kText:
      out += statement.text;
      return Flow::kNext;
    case Statement::Kind::kReference:
      render_reference(statement, out);
      return Flow::kNext;
    case Statement::Kind::kSet: {
      Value value = evaluate(statement.conditions[0]);
      // Velocity's default: setting to null leaves the variable as it was.
      if (!value.is_null()) assign(statement.reference, std::move(value));
      return Flow::kNext;
    }
    case Statement::Kind::kIf:
      return render_if(statement, out);
    case Statement::Kind::kForeach:
      return render_foreach(statement, out);
    case Statement::Kind::kBreak:
      return Flow::kBreak;
    case Statement::Kind::kStop:
      return Flow::kStop;
    case Statement::Kind::kDefine:
      put(statement.name, Value::object(heap_.make<DefinedBlock>(*this, statement.blocks[0])));
      return Flow::kNext;
    case Statement::Kind::kMacro:
      return render_macro(statement, out);
  }
  return Flow::kNext;
}

Evaluator::Flow Evaluator::render_if(const Statement& statement, std::string& out) {
  for (size_t i = 0; i < statement.conditions.size(); ++i)
    if (evaluate(statement.conditions[i]).truth()) return render(statement.blocks[i], out);
  if (statement.blocks.size() > statement.conditions.size()) return render(statement.blocks.back(), out);
  return Flow::kNext;
}

Evaluator::Flow Evaluator::render_foreach(const Statement& statement, std::string& out) {
  const Value over = evaluate(statement.conditions[0]);
  std::vector<Value> items;  // of its own: the body may change the list
  if (over.is_list()) {
    heap_.charge(over.list().items.size());
    items = over.list().items;
  } else if (over.is_map()) {
    for (const auto& [key, value] : over.map().entries) items.push_back(value);
  }
  if (items.empty()) {
    if (statement.blocks.size() > 1) return render(statement.blocks[1], out);
    return Flow::kNext;
  }
  const char* kNames[] = {"foreach", "velocityCount", "velocityHasNext"};
  std::vector<std::pair<std::string, Value>> before;
  for (const char* name : kNames) before.emplace_back(name, get(name));
  before.emplace_back(statement.name, get(statement.name));
  auto* state = heap_.make<LoopState>(items.size(), before[0].second);
  Flow result = Flow::kNext;
  for (size_t i = 0; i < items.size() && i < static_cast<size_t>(limits_.loop) && !state->stopped; ++i) {
    step(statement.line);
    state->index = i;
    put("foreach", Value::object(state));
    put("velocityCount", Value::integer(static_cast<int64_t>(i) + 1));
    put("velocityHasNext", Value::boolean(i + 1 < items.size()));
    put(statement.name, items[i]);
    const Flow flow = render(statement.blocks[0], out);
    if (flow == Flow::kStop) result = flow;
    if (flow != Flow::kNext) break;
  }
  for (auto& [name, value] : before) put(name, std::move(value));
  return result;
}

Evaluator::Flow Evaluator::render_macro(const Statement& statement, std::string& out) {
  const auto macro = parsed_.macros.find(statement.name);
  if (macro == parsed_.macros.end()) return Flow::kNext;  // named in the text, and never defined by it
  Variables frame;
  for (size_t i = 0; i < macro->second.parameters.size(); ++i)
    frame[macro->second.parameters[i]] = i < statement.conditions.size() ? evaluate(statement.conditions[i]) : Value();
  if (!statement.blocks.empty())
    frame["bodyContent"] = Value::object(heap_.make<DefinedBlock>(*this, statement.blocks[0]));
  heap_.charge(frame.size() * sizeof(Value));
  frames_.push_back(std::move(frame));
  Flow flow = Flow::kNext;
  try {
    flow = render(macro->second.body, out);
  } catch (...) {
    frames_.pop_back();
    throw;
  }
  frames_.pop_back();
  return flow == Flow::kBreak ? Flow::kNext : flow;
}

void Evaluator::append(const Value& value, std::string& out) {
  if (value.is_null()) return;
  if (value.is_object()) {
    if (const auto* block = dynamic_cast<const DefinedBlock*>(&value.object())) return block->render(out);
  }
  if (value.is_string())
    out += value.string();
  else
    out += text_of(value);
}

void Evaluator::render_reference(const Statement& statement, std::string& out) {
  const Value value = resolve(statement.reference);
  if (statement.backslashes == 0) return append(value, out);
  // \$x is "$x" where $x is something, and itself where it is nothing; \\$x is a backslash and the value.
  const auto count = static_cast<size_t>(statement.backslashes);
  if (count % 2 == 0) {
    out.append(count / 2, '\\');
    append(value, out);
  } else {
    out.append(value.is_null() ? count : count / 2, '\\');
    out += statement.reference.literal;
  }
}

Value Evaluator::take_step(const Value& value, const Step& each) {
  step(0);
  switch (each.kind) {
    case Step::Kind::kProperty:
      return property_of(heap_, value, each.name);
    case Step::Kind::kIndex:
      return index_of(heap_, value, evaluate(each.arguments[0]));
    case Step::Kind::kMethod:
      break;
  }
  std::vector<Value> arguments;
  for (const Expression& argument : each.arguments) arguments.push_back(evaluate(argument));
  Value result;
  call_method(heap_, value, each.name, arguments, result);
  return result;
}

Value Evaluator::resolve(const Reference& reference) {
  Value value = get(reference.name);
  for (const Step& each : reference.steps) {
    if (value.is_null()) return value;
    value = take_step(value, each);
  }
  return value;
}

void Evaluator::assign(const Reference& reference, Value value) {
  if (reference.steps.empty()) return put(reference.name, std::move(value));
  Value holder = get(reference.name);
  for (size_t i = 0; i + 1 < reference.steps.size(); ++i) {
    if (holder.is_null()) return;
    holder = take_step(holder, reference.steps[i]);
  }
  const Step& last = reference.steps.back();
  if (holder.is_map()) {
    const std::string key = last.kind == Step::Kind::kProperty ? last.name : text_of(evaluate(last.arguments[0]));
    heap_.put(holder.map(), key, std::move(value));
  } else if (holder.is_list() && last.kind == Step::Kind::kIndex) {
    const Value at = evaluate(last.arguments[0]);
    auto& items = holder.list().items;
    if (!at.is_integer() || at.integer() < 0 || static_cast<size_t>(at.integer()) >= items.size())
      throw TemplateError("index " + text_of(at) + " is out of bounds for length " + std::to_string(items.size()));
    items[static_cast<size_t>(at.integer())] = std::move(value);
  }
}

Value Evaluator::evaluate(const Expression& expression) {
  const Nest nest(*this);
  step(expression.line);
  switch (expression.kind) {
    case Expression::Kind::kNull:
      return {};
    case Expression::Kind::kBool:
      return Value::boolean(expression.truth);
    case Expression::Kind::kInteger:
      return Value::integer(expression.integer);
    case Expression::Kind::kDouble:
      return Value::real(expression.real);
    case Expression::Kind::kString:
      return heap_.text(expression.text);
    case Expression::Kind::kInterpolated: {
      std::string text;
      render(expression.block, text);
      return heap_.text(std::move(text));
    }
    case Expression::Kind::kReference:
      return resolve(expression.reference);
    case Expression::Kind::kList: {
      List* list = heap_.make_list();
      for (const Expression& part : expression.parts) heap_.append(*list, evaluate(part));
      return Value::list(list);
    }
    case Expression::Kind::kMap: {
      Map* map = heap_.make_map();
      for (size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        const std::string key = text_of(evaluate(expression.parts[i]));
        heap_.put(*map, key, evaluate(expression.parts[i + 1]));
      }
      return Value::map(map);
    }
    case Expression::Kind::kRange: {
      const Value from = evaluate(expression.parts[0]), to = evaluate(expression.parts[1]);
      if (!from.is_integer() || !to.is_integer()) return {};
      List* list = heap_.make_list();
      const int64_t by = from.integer() <= to.integer() ? 1 : -1;
      for (int64_t i = from.integer();; i += by) {
        heap_.append(*list, Value::integer(i));
        if (i == to.integer()) break;
      }
      return Value::list(list);
    }
    case Expression::Kind::kNot:
      return Value::boolean(!evaluate(expression.parts[0]).truth());
    case Expression::Kind::kChain:
      return evaluate_chain(expression);
  }
  return {};
}

Value Evaluator::evaluate_chain(const Expression& e) {
  using enum Expression::Operator;
  Value left = evaluate(e.parts[0]);
  for (size_t i = 0; i < e.operators.size(); ++i) {
    const Expression::Operator op = e.operators[i];
    if (op == kOr || op == kAnd) {
      const bool truth = left.truth();
      if (truth == (op == kOr)) return Value::boolean(truth);
      left = Value::boolean(evaluate(e.parts[i + 1]).truth());
      continue;
    }
    left = combine(op, left, evaluate(e.parts[i + 1]), e.parts[i], e.parts[i + 1]);
  }
  return left;
}

Value Evaluator::combine(Expression::Operator op, const Value& left, const Value& right, const Expression& a,
                         const Expression& b) {
  using enum Expression::Operator;
  switch (op) {
    case kEq:
      return Value::boolean(equal(left, right));
    case kNe:
      return Value::boolean(!equal(left, right));
    case kLt:
    case kLe:
    case kGt:
    case kGe:
      return Value::boolean(ordered(op, left, right));
    default:
      break;
  }
  if (op == kAdd && (left.is_string() || right.is_string())) {
    // What is null beside a string is the reference as it is written: Velocity's own rule.
    auto side = [&](const Value& value, const Expression& from) {
      if (!value.is_null()) return text_of(value);
      return from.kind == Expression::Kind::kReference ? from.reference.literal : std::string("null");
    };
    return heap_.text(side(left, a) + side(right, b));
  }
  if (!left.is_number() || !right.is_number()) return {};
  return arithmetic(op, left, right);
}

std::shared_ptr<const Template> Template::compile(std::string_view text) {
  return std::shared_ptr<const Template>(new Template(parse_template(text)));
}

std::string Render::run(const Template& compiled) {
  std::string out;
  evaluator_ = std::make_shared<Evaluator>(compiled.parsed(), heap_, limits_, variables_);
  evaluator_->run(compiled.parsed().body, out);
  return out;
}

}  // namespace stator::vtl
