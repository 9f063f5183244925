#include "emulator/expressions/key_condition.h"
#include "emulator/operations.h"
#include "emulator/operations/page_reply.h"
#include "emulator/query/key_range.h"
#include "emulator/query/start_key.h"

namespace stator::operations {
namespace {

using expressions::ExpressionKind;

std::vector<expressions::KeyAttribute> views_of(const std::vector<KeyAttribute>& keys) {
  std::vector<expressions::KeyAttribute> views;
  for (const KeyAttribute& key : keys) views.push_back({key.name, key.type});
  return views;
}

std::vector<std::string_view> names_of(const KeySchema& keys) {
  std::vector<std::string_view> names;
  for (const auto* part : {&keys.hash, &keys.range})
    for (const KeyAttribute& key : *part) names.push_back(key.name);
  return names;
}

}  // namespace

void query(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"},
                        {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
                        {"FilterExpression", "KeyConditionExpression"});
  LegacyConditions filter = expressions.read_conditions("QueryFilter");
  expressions.check_conditional_operator(filter);
  expressions.check_attributes_to_get();
  std::optional<Item> start_key = read_start_key(context);
  if (context.find("KeyConditionExpression") == nullptr && context.find("KeyConditions") == nullptr)
    throw errors::validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  LegacyConditions keys_given = expressions.read_conditions("KeyConditions");
  if (context.find("KeyConditions") != nullptr) expressions::check_key_condition_count(keys_given);
  expressions::check_legacy_types(keys_given);
  expressions.read_placeholders();
  const expressions::Condition* key_expression = expressions.condition(ExpressionKind::KeyConditionExpression);
  PageRequest request;
  request.filter = expressions.condition(ExpressionKind::FilterExpression);
  if (!filter.empty()) request.filter = expressions.lower(filter);
  const expressions::Projection* projection = expressions.projection();
  expressions.check_unused();
  check_select(context, context.find("ProjectionExpression") != nullptr, context.find("AttributesToGet") != nullptr);
  expressions::KeyCondition condition = key_expression != nullptr
                                            ? expressions::key_condition(*key_expression, context.arena)
                                            : expressions::legacy_key_condition(keys_given, context.arena);

  TableAccess access = require_table(context, context.string("TableName"));
  const Table& table = *access.table;
  plan_rows(context, table, projection, request);
  const KeySchema& keys = request.index != nullptr ? request.index->keys : table.keys;
  std::string row;
  if (start_key) row = start_row(table, request.index, *start_key, false, false);
  expressions::KeyBounds bounds =
      expressions::key_bounds(condition, views_of(keys.hash), views_of(keys.range), context.arena);
  if (request.filter != nullptr) expressions::check_filter_keys(request.filter->paths(), names_of(keys), !filter.empty());

  const JsonValue* forward = context.find("ScanIndexForward");
  request.range = key_range(bounds, forward != nullptr && !forward->boolean());
  if (start_key) {
    if (!in_partition(bounds, row))
      throw errors::validation("The provided starting key is outside query boundaries based on provided conditions");
    if (!in_range(request.range, row))
      throw errors::validation("The provided starting key does not match the range key predicate");
    start_behind(row, request.range);
  }
  answer_page(context, request);
}

}  // namespace stator::operations
