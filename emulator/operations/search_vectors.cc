#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/projected.h"
#include "emulator/vectors/search.h"
#include "emulator/vectors/vector_value.h"
#include "emulator/writes/capacity.h"

namespace stator::operations {
namespace {

constexpr int64_t kMaxTop = 100;

std::vector<float> read_search_vector(const OperationContext& context) {
  std::vector<float> floats;
  for (const JsonValue& element : context.find("SearchVector")->elements()) {
    AttributeValue value;
    ValueProblem problem = read_value(element, context.dialect.value_layer, context.arena, value);
    std::optional<float> number = problem ? std::nullopt : vectors::to_float(value);
    if (!number)
      throw errors::validation(
          "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point "
          "number attribute");
    floats.push_back(*number);
  }
  return floats;
}

const Index& index_to_search(const Table& table, std::string_view name) {
  const Index* index = table.find_index(name);
  if (index == nullptr || !index->vector || index->state == State::kDeleting ||
      (index->state == State::kCreating && !index->backfilling))
    throw errors::index_missing(name);
  if (index->state == State::kCreating)
    throw errors::validation("Cannot search backfilling vector index: " + index->name);
  return *index;
}

// What is told of an entry: all that it holds but the vector, or what the projection names.
void append_hit(std::string_view body, const VectorSettings& vector, const expressions::Projection* projection,
                Arena& arena, std::string& out) {
  Item item = decode_item(body, arena);
  if (projection == nullptr)
    append_item(without_attribute(item, vector.attribute, arena), out);
  else
    append_item(projection->apply(vectors::with_kept_vector(item, vector, arena), arena), out);
}

}  // namespace

void search_vectors(OperationContext& context) {
  int64_t top = integer_value(*context.find("TopK"));
  if (top > kMaxTop)
    throw errors::validation("Provided TopK value '" + std::to_string(top) +
                             "' is out of valid range. The value must be between 1 and 100 inclusive");
  std::vector<float> wanted = read_search_vector(context);
  RequestExpressions expressions(context, context.input);
  expressions.check_use({}, {"ProjectionExpression", "SearchConditionExpression"}, {"SearchConditionExpression"});
  expressions.read_placeholders();
  const expressions::Condition* condition =
      expressions.condition(expressions::ExpressionKind::SearchConditionExpression);
  std::vector<vectors::Equality> equalities;
  if (condition != nullptr) equalities = vectors::equalities(*condition);
  const expressions::Projection* projection = expressions.projection();
  expressions.check_unused();

  TableAccess access = require_table(context, context.string("TableName"));
  const Index& index = index_to_search(*access.table, context.string("IndexName"));
  if (wanted.size() != index.vector->dimensions)
    throw errors::validation("Input search vector dimension " + std::to_string(wanted.size()) +
                             " does not match vector index dimension " + std::to_string(index.vector->dimensions));
  vectors::check_equalities(equalities, index);
  if (projection != nullptr)
    for (std::string_view attribute : projection->attributes())
      if (!index.projects(attribute))
        throw errors::invalid_parameter("Vector index " + index.name + " does not project [" + std::string(attribute) +
                                        "]");

  vectors::Found found;
  {
    Scope::Reads reads = context.scope->read();
    found = vectors::search(index, wanted, static_cast<size_t>(top), equalities, reads.with(false));
  }
  context.notes.rows = found.hits.size();
  JsonWriter w(context.out);
  w.begin_object();
  if (capacity_report(context.string("ReturnConsumedCapacity")) != CapacityReport::kNone) {
    w.key("ConsumedCapacity").begin_object().key("VectorSearchRequestBytes").real(static_cast<double>(found.bytes));
    w.end_object();
  }
  w.key("SearchResults").begin_array();
  for (const vectors::Hit& hit : found.hits) {
    w.begin_object().key("Item");
    append_hit(hit.body, *index.vector, projection, context.arena, w.next());
    w.key("Score").raw(vectors::float_text(hit.score)).end_object();
  }
  w.end_array().end_object();
}

}  // namespace stator::operations
