#include "emulator/expressions/legacy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/expressions/expression_error.h"

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

constexpr int kAnyNumber = -1;  // one or more

// Which types an operator takes.
enum class Operands : uint8_t { kAll, kOrderable, kContained, kPrefix };

struct ComparisonRow {
  std::string_view name;
  Operator op;
  int arguments;
  Operands operands;
};
constexpr ComparisonRow kComparisons[] = {
    {"EQ", Operator::kEqual, 1, Operands::kAll},
    {"NE", Operator::kNotEqual, 1, Operands::kAll},
    {"LE", Operator::kLessEqual, 1, Operands::kOrderable},
    {"LT", Operator::kLess, 1, Operands::kOrderable},
    {"GE", Operator::kGreaterEqual, 1, Operands::kOrderable},
    {"GT", Operator::kGreater, 1, Operands::kOrderable},
    {"NOT_NULL", Operator::kAttributeExists, 0, Operands::kAll},
    {"NULL", Operator::kAttributeNotExists, 0, Operands::kAll},
    {"CONTAINS", Operator::kContains, 1, Operands::kContained},
    {"NOT_CONTAINS", Operator::kNot, 1, Operands::kContained},
    {"BEGINS_WITH", Operator::kBeginsWith, 1, Operands::kPrefix},
    {"IN", Operator::kIn, kAnyNumber, Operands::kOrderable},
    {"BETWEEN", Operator::kBetween, 2, Operands::kOrderable},
};

[[noreturn]] void refuse(const std::string& text) {
  throw ExpressionError(text, true);
}
[[noreturn]] void refuse_parameter(const std::string& text) {
  refuse("One or more parameter values were invalid: " + text);
}

const ComparisonRow& row_of(std::string_view comparison) {
  for (const ComparisonRow& row : kComparisons) {
    if (row.name == comparison) return row;
  }
  refuse_parameter("Unsupported ComparisonOperator: " + std::string(comparison));
}

// Expected without a ComparisonOperator asks for equality, or with Exists false for absence.
const ComparisonRow& row_of(const LegacyCondition& condition) {
  if (!condition.comparison.empty()) return row_of(condition.comparison);
  return row_of(condition.exists == false ? std::string_view("NULL") : std::string_view("EQ"));
}

std::span<const AttributeValue> arguments_of(const LegacyCondition& condition) {
  if (condition.list) return *condition.list;
  if (condition.value) return {&*condition.value, 1};
  return {};
}

void check_argument_count(const LegacyCondition& condition) {
  const ComparisonRow& row = row_of(condition);
  auto count = static_cast<int>(arguments_of(condition).size());
  if (row.arguments == kAnyNumber ? count > 0 : count == row.arguments) return;
  refuse_parameter("Invalid number of argument(s) for the " + std::string(row.name) + " ComparisonOperator");
}

bool takes(Operands operands, Type type) {
  switch (operands) {
    case Operands::kAll:
      return true;
    case Operands::kOrderable:
      return type == Type::S || type == Type::N || type == Type::B;
    case Operands::kPrefix:
      return type == Type::S || type == Type::B;
    case Operands::kContained:
      return type == Type::S || type == Type::N || type == Type::B || type == Type::BOOL || type == Type::NULL_;
  }
  return false;
}

DocumentPath attribute_path(std::string_view attribute, Arena& arena) {
  std::span<PathStep> steps = arena.make<PathStep>(1);
  steps[0].name = attribute;
  return {steps};
}

const ConditionNode* make_node(Operator op, std::span<const Operand> operands, Arena& arena) {
  auto* node = new (arena.array<ConditionNode>(1)) ConditionNode();
  node->op = op;
  node->operands = operands;
  return node;
}

const ConditionNode* join(Operator op, std::initializer_list<const ConditionNode*> parts, Arena& arena) {
  auto* node = new (arena.array<ConditionNode>(1)) ConditionNode();
  node->op = op;
  node->parts = arena.copy(std::span<const ConditionNode* const>(parts.begin(), parts.size()));
  return node;
}

const ConditionNode* condition_node(const LegacyCondition& condition, const Operand& attribute, Arena& arena) {
  const ComparisonRow& row = row_of(condition);
  std::span<const AttributeValue> arguments = arguments_of(condition);
  std::span<Operand> operands = arena.make<Operand>(arguments.size() + 1);
  operands[0] = attribute;
  for (size_t i = 0; i < arguments.size(); ++i) operands[i + 1].value = arguments[i];
  if (row.op != Operator::kNot) return make_node(row.op, operands, arena);
  // NOT_CONTAINS asks it of an attribute that is there.
  return join(Operator::kAnd,
              {make_node(Operator::kAttributeExists, operands.first(1), arena),
               join(Operator::kNot, {make_node(Operator::kContains, operands, arena)}, arena)},
              arena);
}

}  // namespace

void check_filter_arguments(std::span<const LegacyCondition> conditions) {
  for (const LegacyCondition& condition : conditions) check_argument_count(condition);
}

void check_expected_arguments(std::span<const LegacyCondition> conditions) {
  for (const LegacyCondition& condition : conditions) {
    std::string attribute = " for Attribute: " + std::string(condition.attribute);
    bool compares = !condition.comparison.empty();
    if (condition.value && condition.list) {
      refuse_parameter("Value and AttributeValueList cannot be used together" + attribute);
    }
    if (condition.list && !compares) {
      refuse_parameter("AttributeValueList can only be used with a ComparisonOperator" + attribute);
    }
    if (compares && condition.exists) {
      refuse_parameter("Exists and ComparisonOperator cannot be used together" + attribute);
    }
    if (compares) {
      if (!condition.value && !condition.list && row_of(condition).arguments != 0) {
        refuse_parameter("Value or AttributeValueList must be used with ComparisonOperator: " +
                         std::string(condition.comparison) + attribute);
      }
      check_argument_count(condition);
    } else if (condition.exists == false) {
      if (condition.value) refuse_parameter("Value cannot be used when Exists is false" + attribute);
    } else if (!condition.value) {
      refuse_parameter(std::string("Value must be provided when Exists is ") + (condition.exists ? "true" : "null") +
                       attribute);
    }
  }
}

void check_legacy_types(std::span<const LegacyCondition> conditions) {
  for (const LegacyCondition& condition : conditions) {
    const ComparisonRow& row = row_of(condition);
    std::span<const AttributeValue> arguments = arguments_of(condition);
    for (const AttributeValue& argument : arguments) {
      if (takes(row.operands, argument.type())) continue;
      refuse_parameter("ComparisonOperator " + std::string(row.name) + " is not valid for " +
                       std::string(type_name(argument.type())) + " AttributeValue type");
    }
    for (const AttributeValue& argument : arguments) {
      if (argument.type() == arguments.front().type()) continue;
      refuse_parameter("AttributeValues inside AttributeValueList must be of same type");
    }
    if (row.op == Operator::kBetween && compare(arguments[0], arguments[1]) > 0) {
      refuse("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
    }
  }
}

void check_key_condition_count(std::span<const LegacyCondition> conditions) {
  if (conditions.empty() || conditions.size() > 2) refuse("Conditions can be of length 1 or 2 only");
}

void check_conditional_operator(size_t conditions) {
  if (conditions == 0) refuse("ConditionalOperator cannot be used without Filter or Expected");
  if (conditions == 1) refuse("ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

void check_attributes_to_get(std::span<const std::string_view> attributes) {
  std::vector<std::string_view> seen;
  for (std::string_view attribute : attributes) {
    if (std::find(seen.begin(), seen.end(), attribute) != seen.end()) {
      refuse_parameter("Duplicate value in attribute name: " + std::string(attribute));
    }
    seen.push_back(attribute);
  }
}

Condition legacy_condition(std::span<const LegacyCondition> conditions, bool any, Arena& arena) {
  if (conditions.empty()) return {};
  std::span<std::string_view> names = arena.make<std::string_view>(conditions.size());
  for (size_t i = 0; i < conditions.size(); ++i) names[i] = conditions[i].attribute;
  std::sort(names.begin(), names.end());
  names = names.first(static_cast<size_t>(std::unique(names.begin(), names.end()) - names.begin()));

  std::span<DocumentPath> paths = arena.make<DocumentPath>(conditions.size());
  std::span<const ConditionNode*> parts = arena.make<const ConditionNode*>(conditions.size());
  for (size_t i = 0; i < conditions.size(); ++i) {
    Operand attribute;
    attribute.kind = Operand::Kind::kPath;
    attribute.path = paths[i] = attribute_path(conditions[i].attribute, arena);
    auto at = std::lower_bound(names.begin(), names.end(), conditions[i].attribute);
    attribute.slot = static_cast<uint32_t>(at - names.begin());
    parts[i] = condition_node(conditions[i], attribute, arena);
  }
  auto* root = new (arena.array<ConditionNode>(1)) ConditionNode();
  root->op = any ? Operator::kOr : Operator::kAnd;
  root->parts = parts;
  return {root, names, paths};
}

KeyCondition legacy_key_condition(std::span<const LegacyCondition> conditions, Arena& arena) {
  std::span<KeyClause> clauses = arena.make<KeyClause>(conditions.size());
  for (size_t i = 0; i < conditions.size(); ++i) {
    std::span<const AttributeValue> arguments = arguments_of(conditions[i]);
    clauses[i].attribute = conditions[i].attribute;
    clauses[i].op = row_of(conditions[i]).op;
    if (!arguments.empty()) clauses[i].value = arguments[0];
    if (arguments.size() > 1) clauses[i].upper = arguments[1];
  }
  return {clauses, true};
}

void check_legacy_updates(std::span<const LegacyUpdate> updates) {
  for (const LegacyUpdate& update : updates) {
    if (!update.value) {
      if (update.action == "DELETE") continue;
      refuse_parameter("Only DELETE action is allowed when no attribute value is specified");
    }
    if (update.action == "DELETE" && !update.value->is_set()) {
      refuse_parameter("DELETE action with value is not supported for the type " +
                       std::string(type_name(update.value->type())));
    }
    // A list can be added: the service has no such error for L.
    if (update.action == "ADD" && !update.value->is_set() && !update.value->is(Type::N) && !update.value->is(Type::L)) {
      refuse_parameter("ADD action is not supported for the type " + std::string(type_name(update.value->type())));
    }
  }
}

Update legacy_update(std::span<const LegacyUpdate> updates, Arena& arena) {
  std::span<UpdateAction> actions = arena.make<UpdateAction>(updates.size());
  std::span<DocumentPath> targets = arena.make<DocumentPath>(updates.size());
  for (size_t i = 0; i < updates.size(); ++i) {
    const LegacyUpdate& update = updates[i];
    actions[i].path = targets[i] = attribute_path(update.attribute, arena);
    if (update.value) actions[i].value.value = *update.value;
    if (update.action == "ADD") {
      actions[i].section = Section::kAdd;
    } else if (update.action == "DELETE") {
      actions[i].section = update.value ? Section::kDelete : Section::kRemove;
    } else {
      actions[i].section = Section::kSet;
    }
  }
  return {actions, targets, true};
}

}  // namespace stator::expressions
