#include "emulator/operations.h"
#include "emulator/operations/page_reply.h"
#include "emulator/query/start_key.h"
#include "persistence/key_encoding.h"

namespace stator::operations {

using expressions::ExpressionKind;

namespace {

struct Segment {
  uint32_t number = 0;
  uint32_t total = 1;
};

Segment read_segment(const OperationContext& context) {
  const JsonValue* segment = context.find("Segment");
  const JsonValue* total = context.find("TotalSegments");
  if (segment != nullptr && total == nullptr)
    throw errors::validation(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  if (segment == nullptr && total != nullptr)
    throw errors::validation(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  if (segment == nullptr) return {};
  Segment out{static_cast<uint32_t>(integer_value(*segment)), static_cast<uint32_t>(integer_value(*total))};
  if (out.number < out.total) return out;
  std::string text = "The Segment parameter is zero-based and must be less than parameter TotalSegments";
  if (!context.dialect.is_new())
    text +=
        ": Segment: " + std::to_string(out.number) + " is not less than TotalSegments: " + std::to_string(out.total);
  throw errors::validation(text);
}

}  // namespace

void scan(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"AttributesToGet", "ScanFilter", "ConditionalOperator"},
                        {"ProjectionExpression", "FilterExpression"}, {"FilterExpression"});
  expressions.check_attributes_to_get();
  // The new validator counts the conditions before it reads their values, the old one after.
  if (context.dialect.is_new()) expressions.check_conditional_operator("ScanFilter");
  LegacyConditions filter = expressions.read_conditions("ScanFilter");
  expressions.check_conditional_operator(filter);
  expressions::check_legacy_types(filter);
  std::optional<Item> start_key = read_start_key(context);
  Segment segment = read_segment(context);
  expressions.read_placeholders();
  PageRequest request;
  request.filter = expressions.condition(ExpressionKind::FilterExpression);
  if (!filter.empty()) request.filter = expressions.lower(filter);
  const expressions::Projection* projection = expressions.projection();
  expressions.check_unused();
  check_select(context, context.find("ProjectionExpression") != nullptr, context.find("AttributesToGet") != nullptr);

  TableAccess access = require_table(context, context.string("TableName"));
  const Table& table = *access.table;
  plan_rows(context, table, projection, request);
  check_projected(context.string("Select") == "ALL_ATTRIBUTES", request);
  if (segment.total > 1)
    persistence::segment_bounds(segment.number, segment.total, request.range.lower, request.range.upper,
                                request.range.has_upper);
  if (start_key) {
    std::string row = start_row(table, request.index, *start_key, true, context.dialect.is_new());
    if (row < request.range.lower || (request.range.has_upper && row >= request.range.upper))
      throw errors::validation(
          "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
          "Segment. "
          "TotalSegments: " +
          std::to_string(segment.total) + " Segment: " + std::to_string(segment.number));
    start_behind(row, request.range);
  }
  if (request.filter != nullptr) check_scalar_keys(table, request.filter->paths());
  if (projection != nullptr) check_scalar_keys(table, projection->paths());
  answer_page(context, request);
}

}  // namespace stator::operations
