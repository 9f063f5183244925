#include "emulator/expressions/key_condition.h"
#include "emulator/operations.h"
#include "emulator/operations/page_reply.h"
#include "emulator/query/key_range.h"
#include "emulator/query/start_key.h"

namespace stator::operations {
namespace {

using expressions::ExpressionKind;

// The starting key against the conditions. That it fails the range condition is told ahead of another partition, and
// another partition has two texts (validation_errors.json, Query 149-151).
void check_start(const expressions::KeyBounds& bounds, const KeySchema& keys, const Item& start_key,
                 const std::string& row, const PageRange& range) {
  if (in_range(range, row)) return;
  if (!in_partition(bounds, row)) {
    if (bounds.range == nullptr && bounds.equal.empty())
      throw errors::validation("The provided starting key is outside query boundaries based on provided conditions");
    std::vector<AttributeValue> own;
    for (const KeyAttribute& attribute : keys.hash) own.push_back(*start_key.find(attribute.name));
    expressions::KeyBounds elsewhere = bounds;
    elsewhere.hash = own;
    if (in_range(key_range(elsewhere, range.reverse), row))
      throw errors::validation("The query can return at most one row and cannot be restarted");
  }
  throw errors::validation("The provided starting key does not match the range key predicate");
}

}  // namespace

void query(OperationContext& context) {
  // Ahead of the two languages' clash (validation_2026.json: AttributesToGet with ALL_PROJECTED_ATTRIBUTES).
  check_select(context, context.find("ProjectionExpression") != nullptr, context.find("AttributesToGet") != nullptr);
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"},
                        {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
                        {"FilterExpression", "KeyConditionExpression"});
  LegacyConditions filter = expressions.read_conditions("QueryFilter");
  expressions.check_conditional_operator(filter);
  expressions.check_attributes_to_get();
  std::optional<Item> start_key = read_start_key(context);
  LegacyConditions keys_given = expressions.read_conditions("KeyConditions");
  if (context.find("KeyConditions") != nullptr) expressions::check_key_condition_count(keys_given);
  expressions::check_legacy_types(filter);
  expressions::check_legacy_types(keys_given);
  if (context.find("KeyConditionExpression") == nullptr && context.find("KeyConditions") == nullptr)
    throw errors::validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  expressions.read_placeholders();
  const expressions::Condition* key_expression = expressions.condition(ExpressionKind::KeyConditionExpression);
  PageRequest request;
  request.filter = expressions.condition(ExpressionKind::FilterExpression);
  if (!filter.empty()) request.filter = expressions.lower(filter);
  const expressions::Projection* projection = expressions.projection();
  expressions.check_unused();
  expressions::KeyCondition condition = key_expression != nullptr
                                            ? expressions::key_condition(*key_expression, context.arena)
                                            : expressions::legacy_key_condition(keys_given, context.arena);

  TableAccess access = require_table(context, context.string("TableName"));
  const Table& table = *access.table;
  plan_rows(context, table, projection, request);
  const KeySchema& keys = request.index != nullptr ? request.index->keys : table.keys;
  std::string row;
  if (start_key) row = start_row(table, request.index, *start_key, false, false);
  expressions::KeyBounds bounds = key_bounds_of(condition, keys, request.index, context.arena);
  if (request.filter != nullptr) {
    expressions::check_filter_keys(request.filter->paths(), keys.names(), !filter.empty());
    check_scalar_keys(table, request.filter->paths());
  }
  if (projection != nullptr) check_scalar_keys(table, projection->paths());
  check_projected(context.string("Select") == "ALL_ATTRIBUTES", request);
  check_filter_projected(request);

  const JsonValue* forward = context.find("ScanIndexForward");
  request.range = key_range(bounds, forward != nullptr && !forward->boolean());
  if (start_key) {
    check_start(bounds, keys, *start_key, row, request.range);
    start_behind(row, request.range);
  }
  answer_page(context, request);
}

}  // namespace stator::operations
