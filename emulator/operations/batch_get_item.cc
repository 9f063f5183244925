#include <algorithm>

#include "emulator/operations.h"
#include "emulator/operations/named_rows.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/projected.h"
#include "emulator/tables/item_key.h"
#include "emulator/writes/capacity.h"

namespace stator::operations {
namespace {

constexpr size_t kMaxKeys = 100;
constexpr size_t kMaxAnswerBytes = 16 << 20;

struct TableRead {
  std::string_view name;  // as the request has it
  const JsonValue* input = nullptr;
  TableAccess access;
  std::vector<Item> key_maps;
  std::vector<ItemKey> keys;
  const expressions::Projection* projection = nullptr;
  bool consistent = false;
  CapacityUse use;
  std::vector<size_t> unprocessed;  // keys, by their place
};

// The two languages clash across tables too (validation_2026.json; that the text is the one for a single table is
// ours).
void check_one_language(std::span<const JsonMember> tables) {
  auto any = [&](std::string_view name) {
    return std::any_of(tables.begin(), tables.end(),
                       [&](const JsonMember& table) { return table.value.find(name) != nullptr; });
  };
  static constexpr std::string_view kLegacy[] = {"AttributesToGet"}, kExpression[] = {"ProjectionExpression"};
  if (any(kLegacy[0]) && any(kExpression[0]))
    expressions::check_parameters({.legacy = kLegacy, .expressions = kExpression, .value_expressions = {}}, false);
}

TableRead read_table(OperationContext& context, const JsonMember& member) {
  TableRead read;
  read.name = member.name;
  read.input = &member.value;
  RequestExpressions expressions(context, member.value);
  expressions.check_use({"AttributesToGet"}, {"ProjectionExpression"}, {});
  for (const JsonValue& key : member.value.find("Keys")->elements()) read.key_maps.push_back(read_values(context, key));
  expressions.check_attributes_to_get();
  expressions.read_placeholders();
  read.projection = expressions.projection();
  expressions.check_unused();
  // Keys that are the same as sent are told before the table is looked for; those that only mean the same, behind it.
  for (size_t i = 0; i < read.key_maps.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (equal(read.key_maps[i], read.key_maps[j]))
        throw errors::validation(std::string(errors::text::kDuplicateKeys));
  const JsonValue* consistent = member.value.find("ConsistentRead");
  read.consistent = consistent != nullptr && consistent->boolean();
  return read;
}

// What was not read because the answer was full or there was no capacity, as a request for just that.
void write_unprocessed(JsonWriter& w, const TableRead& read) {
  w.key(read.name).begin_object();
  for (const JsonMember& member : read.input->members()) {
    if (member.value.is_null() || member.name == "Keys") continue;
    w.key(member.name);
    append_json(member.value, w.next());
  }
  w.key("Keys").begin_array();
  std::span<const JsonValue> keys = read.input->find("Keys")->elements();
  for (size_t i : read.unprocessed) append_json(keys[i], w.next());
  w.end_array().end_object();
}

bool affords(const OperationContext& context, const Table& table, const CapacityUse& use,
             std::optional<Throttled>& throttled) {
  if (!context.space->throttle.on()) return true;
  std::optional<Throttled> refused = context.space->throttle.take(table, use, CapacityKind::kRead, context.now_ms());
  if (refused && !throttled) throttled = refused;
  return !refused;
}

// Looks the table up and finds the rows that the keys name.
void resolve_keys(OperationContext& context, TableRead& read, NamedRows& asked) {
  read.access = require_table(context, read.name);
  read.keys.reserve(read.key_maps.size());
  for (const Item& map : read.key_maps) {
    read.keys.push_back(key_from_map(*read.access.table, map));
    if (!asked.add(read.access.table->space, read.keys.back().row))
      throw errors::validation(std::string(errors::text::kDuplicateKeys));
  }
  if (read.projection != nullptr) check_scalar_keys(*read.access.table, read.projection->paths());
}

// What the tables of one batch share.
struct BatchAnswer {
  size_t bytes = 0;
  bool full = false;
  std::optional<Throttled> throttled;  // the first that there was no capacity for
};

void read_table_rows(OperationContext& context, TableRead& read, persistence::ReadTransaction& transaction,
                     JsonWriter& w, BatchAnswer& answer) {
  w.key(read.name).begin_array();
  for (size_t i = 0; i < read.keys.size(); ++i) {
    persistence::RowView row;
    const bool found = !answer.full && transaction.get(read.access.table->space, read.keys[i].row, row);
    const size_t size = found ? row.size : 0;
    answer.full = answer.full || answer.bytes + size > kMaxAnswerBytes;
    const CapacityUse use{.table = read_units(size, read.consistent), .arms = {}};
    if (answer.full || !affords(context, *read.access.table, use, answer.throttled)) {
      read.unprocessed.push_back(i);
      continue;
    }
    answer.bytes += size;
    read.use.table += use.table;
    context.notes.units += use.table;
    ++context.notes.rows;
    if (found) append_projected(row.body, read.projection, context.arena, w.next());
  }
  w.end_array();
}

}  // namespace

void batch_get_item(OperationContext& context) {
  const std::span<const JsonMember> asked = context.find("RequestItems")->members();
  size_t total = 0;
  for (const JsonMember& member : asked) total += member.value.find("Keys")->count();
  if (total > kMaxKeys) throw errors::validation(std::string(errors::text::kTooManyInBatchGet));
  check_one_language(asked);
  std::vector<TableRead> reads;
  for (const JsonMember& member : asked) reads.push_back(read_table(context, member));
  NamedRows rows;
  for (TableRead& read : reads) resolve_keys(context, read, rows);

  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_object();
  BatchAnswer answer{.full = context.all_unprocessed, .throttled = {}};
  {
    Scope::Reads present = context.scope->read();
    for (TableRead& read : reads) read_table_rows(context, read, present.with(read.consistent), w, answer);
  }
  // With nothing read at all a batch fails as one request would.
  if (answer.throttled && context.notes.rows == 0) throw answer.throttled->error();
  w.end_object().key("UnprocessedKeys").begin_object();
  for (const TableRead& read : reads)
    if (!read.unprocessed.empty()) write_unprocessed(w, read);
  w.end_object();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity").begin_array();
    for (const TableRead& read : reads)
      write_consumed_capacity(w, read.name, read.use, report, false, CapacityKind::kRead);
    w.end_array();
  }
  w.end_object();
}

}  // namespace stator::operations
