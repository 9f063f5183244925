#include "emulator/operations/page_reply.h"

#include "protocol/json/value_codec.h"
#include "protocol/shapes/value_faults.h"

namespace stator {

void check_select(const OperationContext& context, bool has_projection_expression, bool has_attributes_to_get) {
  std::string_view select = context.string("Select");
  if (select.empty()) return;
  // Query wears the envelope in both dialects, Scan in the new one (validation_2026.md, section 3).
  bool enveloped = context.operation == OperationId::kQuery || context.dialect.is_new();
  auto refuse = [&](std::string text) {
    AwsError error = errors::validation(std::move(text));
    throw enveloped ? errors::enveloped(error) : error;
  };
  bool projected = has_projection_expression || has_attributes_to_get;
  std::string_view parameter = has_projection_expression ? "ProjectionExpression" : "AttributesToGet";
  if (select == "SPECIFIC_ATTRIBUTES") {
    if (!projected)
      refuse("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
    return;
  }
  if (projected)
    refuse("Cannot specify the " + std::string(parameter) + " when choosing to get " +
           (select == "COUNT" ? "only the Count" : std::string(select)));
  if (select == "ALL_PROJECTED_ATTRIBUTES" && context.find("IndexName") == nullptr)
    refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
}

std::optional<Item> read_start_key(const OperationContext& context) {
  const JsonValue* given = context.find("ExclusiveStartKey");
  if (given == nullptr) return std::nullopt;
  Item key;
  ValueProblem problem = read_item(*given, context.dialect.value_layer, context.arena, key);
  if (!problem) return key;
  // Faults inside numbers and sets are told without saying where (validation_errors.json, Query 17-26 and 42-46).
  bool told = problem.fault == ValueFault::kNoType || problem.fault == ValueFault::kSeveralTypes ||
              problem.fault == ValueFault::kNullNotTrue ||
              (problem.fault == ValueFault::kEmptySet && problem.type != AttributeValue::Type::NS);
  std::string text = value_problem_text(problem, context.dialect.value_layer);
  throw errors::validation(told ? "The provided starting key is invalid: " + text : text);
}

void plan_rows(const OperationContext& context, const Table& table, const expressions::Projection* projection,
               PageRequest& request) {
  request.table = &table;
  request.projection = projection;
  request.consistent = context.flag("ConsistentRead");
  request.count_only = context.string("Select") == "COUNT";
  if (const JsonValue* limit = context.find("Limit")) request.limit = static_cast<size_t>(integer_value(*limit));
  std::string_view index_name = context.string("IndexName");
  if (context.find("IndexName") == nullptr) return;
  const Index* index = table.find_index(index_name);
  if (index == nullptr || index->state == State::kDeleting) throw errors::index_missing(index_name);
  if (index->vector)
    throw errors::validation(std::string(info(context.operation).name) +
                             " operation not supported on this index type.");
  if (index->global && index->state == State::kCreating)
    throw errors::validation("Cannot read from backfilling global secondary index: " + index->name);
  if (index->global && request.consistent)
    throw errors::validation("Consistent reads are not supported on global secondary indexes");
  request.index = index;
}

void check_projected(bool wants_all, PageRequest& request) {
  const Index* index = request.index;
  if (index == nullptr) return;
  if (wants_all && index->projection != Projection::kAll) {
    if (index->global)
      throw errors::invalid_parameter("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                                      index->name + " because its projection type is not ALL");
    request.fetch_base = true;
  }
  if (request.projection == nullptr) return;
  std::string missing;
  for (std::string_view attribute : request.projection->attributes())
    if (!index->projects(attribute)) missing += (missing.empty() ? "" : ", ") + std::string(attribute);
  if (missing.empty()) return;
  if (index->global)
    throw errors::invalid_parameter("Global secondary index " + index->name + " does not project [" + missing + "]");
  request.fetch_base = true;
}

void check_filter_projected(const PageRequest& request) {
  if (request.index == nullptr || request.filter == nullptr) return;
  std::string missing;
  for (std::string_view attribute : request.filter->attributes())
    if (!request.index->projects(attribute)) missing += (missing.empty() ? "" : ", ") + std::string(attribute);
  if (missing.empty()) return;
  throw errors::invalid_parameter("Secondary index " + request.index->name +
                                  " does not project one or more filter attributes: [" + missing + "]");
}

CapacityUse use_of(const PageRequest& request, const Page& page) {
  double units = read_units(page.bytes, request.consistent);
  CapacityUse use{.table = page.fetched_units, .arms = {}};
  if (request.index != nullptr)
    use.add_index(*request.index, units);
  else
    use.table += units;
  return use;
}

void answer_page(OperationContext& context, const PageRequest& request) {
  JsonWriter w(context.out);
  w.begin_object();
  Page page;
  {
    Scope::Reads reads = context.scope->read();
    persistence::ReadTransaction& transaction = reads.with(request.consistent);
    if (request.count_only) {
      std::string none;
      page = read_page(request, transaction, context.arena, none);
    } else {
      w.key("Items").begin_array();
      page = read_page(request, transaction, context.arena, context.out);
      w.end_array();
    }
  }
  CapacityUse use = use_of(request, page);
  context.charge(*request.table, use, CapacityKind::kRead);
  context.notes = {use.total(), page.scanned};
  w.key("Count")
      .integer(static_cast<int64_t>(page.count))
      .key("ScannedCount")
      .integer(static_cast<int64_t>(page.scanned));
  if (page.stopped) {
    w.key("LastEvaluatedKey");
    append_item(page.last, w.next());
  }
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity");
    write_consumed_capacity(w, context.string("TableName"), use, report, false, CapacityKind::kRead);
  }
  w.end_object();
}

}  // namespace stator
