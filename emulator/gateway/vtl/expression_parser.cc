#include "emulator/gateway/vtl/expression_parser.h"

#include <charconv>

#include "emulator/gateway/vtl/java_string.h"
#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

bool ExpressionParser::reference(Reference& out) {
  const size_t begin = at_;
  size_t name = at_ + 1;
  if (char_at(name) == '!') ++name;
  const bool braced = char_at(name) == '{';
  if (braced) ++name;
  if (!begins_name(char_at(name))) return false;
  at_ = name;
  out.name = take_name();
  steps(out);
  if (braced) expect('}', "expected } at the end of a reference");
  out.literal = text_.substr(begin, at_ - begin);
  return true;
}

void ExpressionParser::steps(Reference& out) {
  const Nest nest(*this);
  while (property(out) || index(out)) {
  }
}

bool ExpressionParser::property(Reference& out) {
  if (peek() != '.' || !begins_name(peek(1)) || peek(1) == '_') return false;
  ++at_;
  Step step;
  step.name = take_name();
  if (peek() == '(') {
    ++at_;
    step.kind = Step::Kind::kMethod;
    arguments(step.arguments);
  }
  out.steps.push_back(std::move(step));
  return true;
}

bool ExpressionParser::index(Reference& out) {
  if (peek() != '[') return false;
  const size_t before = at_;
  ++at_;
  skip_space();
  const char c = peek();
  if (c != '$' && c != '"' && c != '\'' && !is_digit(c) && !(c == '-' && is_digit(peek(1)))) {
    at_ = before;  // "$name[]" and the like: the bracket is text
    return false;
  }
  Step step;
  step.kind = Step::Kind::kIndex;
  step.arguments.push_back(primary());
  skip_space();
  expect(']', "expected ] behind an index");
  out.steps.push_back(std::move(step));
  return true;
}

void ExpressionParser::arguments(std::vector<Expression>& out) {
  skip_space();
  if (peek() == ')') {
    ++at_;
    return;
  }
  for (;;) {
    out.push_back(expression());
    skip_space();
    if (peek() == ')') break;
    expect(',', "expected , or ) in a method's arguments");
  }
  ++at_;
}

bool ExpressionParser::take_operator(std::initializer_list<Spelling> spellings, Operator& op) {
  skip_space();
  for (const Spelling& each : spellings) {
    if (rest().starts_with(each.symbol)) {
      at_ += each.symbol.size();
    } else if (!take_word(each.word)) {
      continue;
    }
    op = each.op;
    return true;
  }
  return false;
}

Expression ExpressionParser::chain(std::initializer_list<Spelling> spellings, Expression (ExpressionParser::*next)()) {
  Expression first = (this->*next)();
  Operator op{};
  if (!take_operator(spellings, op)) return first;
  Expression all = made(Expression::Kind::kChain);
  all.parts.push_back(std::move(first));
  do {
    all.operators.push_back(op);
    all.parts.push_back((this->*next)());
  } while (take_operator(spellings, op));
  return all;
}

Expression ExpressionParser::made(Expression::Kind kind) {
  Expression out;
  out.kind = kind;
  out.line = line();
  return out;
}

Expression ExpressionParser::expression() {
  const Nest nest(*this);
  return chain({{"||", "or", Operator::kOr}}, &ExpressionParser::conjunction);
}
Expression ExpressionParser::conjunction() {
  return chain({{"&&", "and", Operator::kAnd}}, &ExpressionParser::equality);
}
Expression ExpressionParser::equality() {
  return chain({{"==", "eq", Operator::kEq}, {"!=", "ne", Operator::kNe}}, &ExpressionParser::relation);
}
Expression ExpressionParser::relation() {
  return chain({{"<=", "le", Operator::kLe},
                {">=", "ge", Operator::kGe},
                {"<", "lt", Operator::kLt},
                {">", "gt", Operator::kGt}},
               &ExpressionParser::sum);
}
Expression ExpressionParser::sum() {
  return chain({{"+", "", Operator::kAdd}, {"-", "", Operator::kSubtract}}, &ExpressionParser::product);
}
Expression ExpressionParser::product() {
  return chain({{"*", "", Operator::kMultiply}, {"/", "", Operator::kDivide}, {"%", "", Operator::kModulo}},
               &ExpressionParser::unary);
}

Expression ExpressionParser::unary() {
  skip_space();
  if ((peek() == '!' && peek(1) != '=') || at_word("not")) {
    const Nest nest(*this);
    Expression out = made(Expression::Kind::kNot);
    at_ += peek() == '!' ? 1 : 3;
    out.parts.push_back(unary());
    return out;
  }
  return primary();
}

Expression ExpressionParser::primary() {
  const Nest nest(*this);
  skip_space();
  const char c = peek();
  if (c == '"' || c == '\'') return string();
  if (c == '$') {
    Expression out = made(Expression::Kind::kReference);
    if (!reference(out.reference)) fail("expected a reference, found " + here());
    return out;
  }
  if (is_digit(c) || ((c == '-' || c == '.') && is_digit(peek(1))) || (c == '-' && peek(1) == '.' && is_digit(peek(2))))
    return number();
  if (c == '[') return list();
  if (c == '{') return map();
  if (c == '(') {
    ++at_;
    Expression out = expression();
    skip_space();
    expect(')', "expected )");
    return out;
  }
  Expression out = made(Expression::Kind::kBool);
  out.truth = peek() == 't';
  if (take_word("true") || take_word("false")) return out;
  out.kind = Expression::Kind::kNull;
  if (take_word("null")) return out;
  fail("expected a value, found " + here());
}

Expression ExpressionParser::number() {
  const size_t begin = at_;
  if (peek() == '-') ++at_;
  while (is_digit(peek())) ++at_;
  bool real = false;
  if (peek() == '.' && peek(1) != '.') {  // "1..3" is a range
    real = true;
    ++at_;
    while (is_digit(peek())) ++at_;
  }
  if ((peek() == 'e' || peek() == 'E') &&
      (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))))) {
    real = true;
    at_ += 2;
    while (is_digit(peek())) ++at_;
  }
  const std::string_view text = text_.substr(begin, at_ - begin);
  Expression out = made(real ? Expression::Kind::kDouble : Expression::Kind::kInteger);
  const char* const end = text.data() + text.size();
  const auto read = real ? std::from_chars(text.data(), end, out.real) : std::from_chars(text.data(), end, out.integer);
  if (read.ec != std::errc()) fail("the number " + std::string(text) + " is too large");
  return out;
}

Expression ExpressionParser::list() {
  Expression out = made(Expression::Kind::kList);
  ++at_;
  skip_space();
  if (peek() == ']') return ++at_, out;
  for (;;) {
    out.parts.push_back(expression());
    skip_space();
    if (out.parts.size() == 1 && peek() == '.' && peek(1) == '.') {
      at_ += 2;
      out.kind = Expression::Kind::kRange;
      out.parts.push_back(expression());
      skip_space();
      expect(']', "expected ] behind a range");
      return out;
    }
    if (peek() == ']') break;
    expect(',', "expected , or ] in a list");
  }
  ++at_;
  return out;
}

Expression ExpressionParser::map() {
  Expression out = made(Expression::Kind::kMap);
  ++at_;
  skip_space();
  if (peek() == '}') return ++at_, out;
  for (;;) {
    out.parts.push_back(expression());
    skip_space();
    expect(':', "expected : behind a key");
    out.parts.push_back(expression());
    skip_space();
    if (peek() == '}') break;
    expect(',', "expected , or } in a map");
  }
  ++at_;
  return out;
}

// 'as it stands', or "with $references". In both a doubled quote is one.
Expression ExpressionParser::string() {
  Expression out = made(Expression::Kind::kString);
  const char quote = peek();
  const int begun = line();
  ++at_;
  std::string text;
  for (;;) {
    if (done()) throw TemplateError(std::string("a ") + quote + " is not closed", begun);
    const char c = text_[at_++];
    if (c == quote) {
      if (peek() != quote) break;
      ++at_;
      text += quote;
    } else if (quote == '"' && c == '\\' && !done()) {
      escape(text);
    } else {
      text += c;
    }
  }
  if (quote == '"' && text.find_first_of("$#") != std::string::npos) {
    out.kind = Expression::Kind::kInterpolated;
    out.block = template_in(text, begun);
    return out;
  }
  out.text = std::move(text);
  return out;
}

// The backslash is passed. All but \uXXXX stays as it is, backslash included; it only keeps a quote from being the
// end. (The service's own advice, replaceAll("\\'", "'"), depends on it.)
void ExpressionParser::escape(std::string& text) {
  const char c = text_[at_++];
  if (c == 'u') {
    unsigned unit = 0;
    const std::string_view digits = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() == 4 && error == std::errc() && end == digits.data() + 4) {
      const auto one = static_cast<char16_t>(unit);
      text += to_utf8({&one, 1});
      at_ += 4;
      return;
    }
  }
  text += '\\';
  text += c;
}

}  // namespace stator::vtl
