#include "emulator/permissions/item_conditions.h"

#include <algorithm>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/key_condition.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/where_plan.h"
#include "protocol/value/base64.h"

namespace stator {
namespace {

using expressions::ExpressionKind;
using policy::ConditionContext;

constexpr std::string_view kAttributes = "dynamodb:attributes";

void add_partition_key(const KeySchema& keys, std::string_view attribute, const AttributeValue& value,
                       ConditionContext& conditions) {
  // Only an index's key has more than one.
  static constexpr std::string_view kEach[] = {"dynamodb:firstpartitionkeyvalues", "dynamodb:secondpartitionkeyvalues",
                                               "dynamodb:thirdpartitionkeyvalues", "dynamodb:fourthpartitionkeyvalues"};
  for (size_t i = 0; i < keys.hash.size() && i < std::size(kEach); ++i) {
    if (keys.hash[i].name != attribute) continue;
    std::string text;
    if (value.type() == AttributeValue::Type::B)
      append_base64(value.bytes(), text);
    else if (value.type() == AttributeValue::Type::S || value.type() == AttributeValue::Type::N)
      text = value.bytes();
    else
      return;
    if (i == 0) add_condition(conditions, "dynamodb:leadingkeys", text);
    add_condition(conditions, kEach[i], std::move(text));
  }
}

void add_paths(std::span<const expressions::DocumentPath> paths, ConditionContext& conditions) {
  for (const expressions::DocumentPath& path : paths)
    add_condition(conditions, kAttributes, std::string(path.attribute()));
}

void add_update_value(const expressions::UpdateValue& value, ConditionContext& conditions) {
  if (!value.path.steps.empty()) add_paths({&value.path, 1}, conditions);
  for (const expressions::UpdateValue& operand : value.operands) add_update_value(operand, conditions);
}

void add_update(const expressions::Update& update, ConditionContext& conditions) {
  add_paths(update.targets(), conditions);
  for (const expressions::UpdateAction& action : update.actions()) add_update_value(action.value, conditions);
}

void add_clauses(const expressions::KeyCondition& condition, const KeySchema& keys, ConditionContext& conditions) {
  for (const expressions::KeyClause& clause : condition.clauses)
    if (clause.op == expressions::Operator::kEqual) add_partition_key(keys, clause.attribute, clause.value, conditions);
}

// Runs `step`, whose fault the operation will find too.
template <typename Step>
void as_far_as_it_reads(Step step) {
  try {
    step();
  } catch (const AwsError&) {
  } catch (const expressions::ExpressionError&) {
  }
}

void add_expressions(const OperationContext& context, const KeySchema* keys, const JsonValue& object,
                     ConditionContext& conditions) {
  RequestExpressions given(context, object);
  as_far_as_it_reads([&] {
    given.read_placeholders();
    for (ExpressionKind kind : {ExpressionKind::ConditionExpression, ExpressionKind::FilterExpression,
                                ExpressionKind::SearchConditionExpression})
      as_far_as_it_reads([&] {
        if (const expressions::Condition* condition = given.condition(kind)) add_paths(condition->paths(), conditions);
      });
    as_far_as_it_reads([&] {
      const expressions::Condition* condition = given.condition(ExpressionKind::KeyConditionExpression);
      if (condition == nullptr) return;
      add_paths(condition->paths(), conditions);
      if (keys != nullptr) add_clauses(expressions::key_condition(*condition, context.arena), *keys, conditions);
    });
    as_far_as_it_reads([&] {
      if (const expressions::Projection* projection = given.projection()) add_paths(projection->paths(), conditions);
    });
    as_far_as_it_reads([&] {
      if (const expressions::Update* update = given.update()) add_update(*update, conditions);
    });
  });
}

}  // namespace

void add_condition(ConditionContext& conditions, std::string_view key, std::string value) {
  std::vector<std::string>& values = conditions[std::string(key)];
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
}

void add_item_conditions(const OperationContext& context, const Table* table, const JsonValue& map,
                         ConditionContext& conditions) {
  if (!map.is_object()) return;
  for (const JsonMember& member : map.members()) add_condition(conditions, kAttributes, std::string(member.name));
  if (table == nullptr) return;
  as_far_as_it_reads([&] {
    const Item item = read_values(context, map);
    if (const AttributeValue* value = item.find(table->keys.hash[0].name))
      add_partition_key(table->keys, table->keys.hash[0].name, *value, conditions);
  });
}

void add_object_conditions(const OperationContext& context, const Table* table, const KeySchema* keys,
                           const JsonValue& object, ConditionContext& conditions) {
  for (std::string_view name : {"Key", "Item"})
    if (const JsonValue* map = object.find(name)) add_item_conditions(context, table, *map, conditions);
  for (std::string_view name : {"Expected", "AttributeUpdates", "QueryFilter", "ScanFilter", "KeyConditions"})
    if (const JsonValue* map = object.find(name); map != nullptr && map->is_object())
      for (const JsonMember& member : map->members()) add_condition(conditions, kAttributes, std::string(member.name));
  if (keys != nullptr && object.find("KeyConditions") != nullptr)
    as_far_as_it_reads([&] {
      RequestExpressions given(context, object);
      add_clauses(expressions::legacy_key_condition(given.read_conditions("KeyConditions"), context.arena), *keys,
                  conditions);
    });
  add_expressions(context, keys, object, conditions);
}

void add_statement_conditions(const partiql::BoundStatement& bound, const KeySchema* keys,
                              ConditionContext& conditions) {
  if (bound.where != nullptr) add_paths(bound.where->paths(), conditions);
  if (bound.projection != nullptr) add_paths(bound.projection->paths(), conditions);
  if (bound.update != nullptr) add_update(*bound.update, conditions);
  const bool inserts = bound->kind == partiql::StatementKind::kInsert;
  if (inserts)
    for (const Attribute& attribute : bound.item.attributes())
      add_condition(conditions, kAttributes, std::string(attribute.name));
  if (keys == nullptr) return;
  const std::string& hash = keys->hash[0].name;
  if (inserts) {
    if (const AttributeValue* value = bound.item.find(hash)) add_partition_key(*keys, hash, *value, conditions);
    return;
  }
  for (const AttributeValue& value : partition_keys_of(bound.where, *keys))
    add_partition_key(*keys, hash, value, conditions);
}

}  // namespace stator
