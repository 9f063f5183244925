#include <set>

#include "emulator/operations.h"
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
};

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

// What was not read because the answer was full, as a request for just that.
void write_unprocessed(JsonWriter& w, const TableRead& read, size_t from) {
  w.key(read.name).begin_object();
  for (const JsonMember& member : read.input->members()) {
    if (member.value.is_null() || member.name == "Keys") continue;
    w.key(member.name);
    append_json(member.value, w.next());
  }
  w.key("Keys").begin_array();
  std::span<const JsonValue> keys = read.input->find("Keys")->elements();
  for (size_t i = from; i < keys.size(); ++i) append_json(keys[i], w.next());
  w.end_array().end_object();
}

}  // namespace

void batch_get_item(OperationContext& context) {
  std::vector<TableRead> reads;
  size_t total = 0;
  for (const JsonMember& member : context.find("RequestItems")->members()) total += member.value.find("Keys")->count();
  if (total > kMaxKeys) throw errors::validation(std::string(errors::text::kTooManyInBatchGet));
  for (const JsonMember& member : context.find("RequestItems")->members()) reads.push_back(read_table(context, member));
  for (TableRead& read : reads) {
    read.access = require_table(context, read.name);
    std::set<std::string_view> rows;
    read.keys.reserve(read.key_maps.size());
    for (const Item& map : read.key_maps) {
      read.keys.push_back(key_from_map(*read.access.table, map));
      if (!rows.insert(read.keys.back().row).second)
        throw errors::validation(std::string(errors::text::kDuplicateKeys));
    }
  }

  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_object();
  size_t answered = 0;
  std::vector<size_t> done(reads.size(), 0);
  bool full = context.all_unprocessed;
  {
    auto transaction = context.scope->store->read();
    for (size_t t = 0; t < reads.size(); ++t) {
      TableRead& read = reads[t];
      w.key(read.name).begin_array();
      for (; done[t] < read.keys.size() && !full; ++done[t]) {
        persistence::RowView row;
        bool found = transaction->get(read.access.table->space, read.keys[done[t]].row, row);
        size_t size = found ? row.size : 0;
        if (answered + size > kMaxAnswerBytes) {
          full = true;
          break;
        }
        answered += size;
        read.use.table += read_units(size, read.consistent);
        context.notes.units += read_units(size, read.consistent);
        ++context.notes.rows;
        if (found) append_projected(row.body, read.projection, context.arena, w.next());
      }
      w.end_array();
    }
  }
  w.end_object().key("UnprocessedKeys").begin_object();
  for (size_t t = 0; t < reads.size(); ++t)
    if (done[t] < reads[t].keys.size()) write_unprocessed(w, reads[t], done[t]);
  w.end_object();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity").begin_array();
    for (const TableRead& read : reads)
      write_consumed_capacity(w, read.access.table->name, read.use, report, false, CapacityKind::kRead);
    w.end_array();
  }
  w.end_object();
}

}  // namespace stator::operations
