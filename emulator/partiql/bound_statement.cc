#include "emulator/partiql/bound_statement.h"

#include <cstdio>

#include "emulator/expressions/compiler.h"
#include "emulator/expressions/expression_error.h"
#include "protocol/shapes/value_faults.h"

namespace stator::partiql {
namespace {

using expressions::ExpressionError;
using Type = AttributeValue::Type;

[[noreturn]] void refuse(std::string text) {
  throw ExpressionError(std::move(text), true);
}

[[noreturn]] void refuse_value(const ValueProblem& problem, const std::string& where = {}) {
  refuse(value_problem_text(problem, NumberLayer::kOld) + where);
}

[[noreturn]] void refuse_value(ValueFault fault) {
  ValueProblem problem;
  problem.fault = fault;
  refuse_value(problem);
}

// What the constants of a statement are worth. A number's fault says where in its value it stands: "under root.x[1]".
class Constants {
 public:
  Constants(std::span<const AttributeValue> parameters, Arena& arena) : parameters_(parameters), arena_(arena) {}

  AttributeValue value(const Node& node) {
    AttributeValue out = evaluate(node, "root");
    if (depth_of(out) >= kMaxValueDepth) refuse_value(ValueFault::kTooDeep);
    return out;
  }

  // The attributes of an INSERT are each a root of their own (validation_2026.json).
  Item item(const Node& node) {
    if (node.kind == NodeKind::kParameter) {
      const AttributeValue& whole = parameters_[node.index];
      if (!whole.is(Type::M)) refuse("The value of an INSERT must be a tuple");
      return whole;
    }
    std::span<Attribute> attributes = arena_.make<Attribute>(node.parts.size() / 2);
    for (size_t i = 0; i < attributes.size(); ++i) {
      attributes[i].name = name(*node.parts[2 * i]);
      attributes[i].value = value(*node.parts[2 * i + 1]);
    }
    return map_of(attributes, arena_);
  }

 private:
  AttributeValue evaluate(const Node& node, const std::string& where) {
    switch (node.kind) {
      case NodeKind::kString:
        return AttributeValue::string(node.text);
      case NodeKind::kNumber:
        return number(node.text, where);
      case NodeKind::kTrue:
      case NodeKind::kFalse:
        return AttributeValue::boolean(node.kind == NodeKind::kTrue);
      case NodeKind::kParameter:
        return parameters_[node.index];
      case NodeKind::kList:
        return AttributeValue::collection(Type::L, elements(node, where));
      case NodeKind::kBag:
        return set(elements(node, where));
      case NodeKind::kStruct:
        return structure(node, where);
      default:
        return AttributeValue::null();
    }
  }

  AttributeValue number(std::string_view text, const std::string& where) {
    std::string_view canonical;
    ValueProblem problem;
    problem.fault = fault_of(canonicalize(text, NumberLayer::kOld, arena_, canonical));
    if (!problem) return AttributeValue::number(canonical);
    if (problem.fault == ValueFault::kNumberFormat) problem.detail = text;
    refuse_value(problem, " under " + where);
  }

  std::span<const AttributeValue> elements(const Node& node, const std::string& where) {
    std::span<AttributeValue> out = arena_.make<AttributeValue>(node.parts.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = evaluate(*node.parts[i], where + '[' + std::to_string(i) + ']');
    return out;
  }

  // Strings, numbers or binaries, all of one type (the text for others is ours).
  AttributeValue set(std::span<const AttributeValue> members) {
    Type type = members[0].type();
    Type sets = type == Type::S ? Type::SS : type == Type::N ? Type::NS : Type::BS;
    for (const AttributeValue& member : members)
      if (member.type() != type || (type != Type::S && type != Type::N && type != Type::B))
        refuse("Bags must contain values of one type, which may be string, number or binary");
    for (size_t i = 1; i < members.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (equal(members[i], members[j])) refuse_duplicate(sets, members);
    return AttributeValue::collection(sets, members);
  }

  [[noreturn]] void refuse_duplicate(Type sets, std::span<const AttributeValue> members) {
    std::span<JsonValue> sent = arena_.make<JsonValue>(members.size());
    for (size_t i = 0; i < members.size(); ++i) {
      std::string text;
      append_value(members[i], text);
      sent[i] = parse_json(text, arena_).root.members()[0].value;
    }
    JsonValue set = JsonValue::array(sent);
    refuse_value({.fault = ValueFault::kDuplicateInSet, .type = sets, .detail = {}, .set = &set});
  }

  AttributeValue structure(const Node& node, const std::string& where) {
    std::span<Attribute> attributes = arena_.make<Attribute>(node.parts.size() / 2);
    for (size_t i = 0; i < attributes.size(); ++i) {
      attributes[i].name = name(*node.parts[2 * i]);
      attributes[i].value = evaluate(*node.parts[2 * i + 1], where + '.' + std::string(attributes[i].name));
    }
    return map_of(attributes, arena_);
  }

  static std::string_view name(const Node& node) {
    if (node.text.empty()) refuse_value(ValueFault::kEmptyName);
    return node.text;
  }

  std::span<const AttributeValue> parameters_;
  Arena& arena_;
};

// The values under the names of their placeholders, which are in order.
Item named_values(const Statement& statement, Constants& constants, Arena& arena) {
  std::span<Attribute> values = arena.make<Attribute>(statement.values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    char digits[16];
    int length = std::snprintf(digits, sizeof digits, ":%04zu", i);
    values[i].name = arena.copy(std::string_view(digits, static_cast<size_t>(length)));
    values[i].value = constants.value(*statement.values[i]);
  }
  return AttributeValue::map(values);
}

template <typename T>
const T* keep(T value, Arena& arena) {
  return new (arena.array<T>(1)) T(value);
}

}  // namespace

BoundStatement bind(std::shared_ptr<const Statement> statement, std::span<const AttributeValue> parameters,
                    Arena& arena) {
  if (parameters.size() != statement->parameters) refuse("Number of parameters in request and statement don't match.");
  BoundStatement bound;
  Constants constants(parameters, arena);
  Item values = named_values(*statement, constants, arena);
  for (const auto& [place, fault] : statement->sets)
    if (!values.attributes()[place].value.is_set()) refuse(fault);
  if (statement->item != nullptr) bound.item = constants.item(*statement->item);
  if (statement->kind == StatementKind::kUpdate)
    bound.update = keep(expressions::update_of(statement->syntax, values, arena), arena);
  if (statement->syntax.condition != nullptr)
    bound.where = keep(expressions::condition_of(statement->syntax, values, arena), arena);
  if (statement->selects() && !statement->everything)
    bound.projection =
        keep(expressions::projection_of(statement->projection, statement->projection_names, arena), arena);
  bound.statement = std::move(statement);
  return bound;
}

}  // namespace stator::partiql
