#include <map>
#include <utility>

#include "emulator/operations.h"
#include "emulator/operations/named_rows.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/write_reply.h"

namespace stator::operations {
namespace {

constexpr size_t kMaxRequests = 25;  // of all tables together; of one, the shape sees to it

struct TableWrites {
  std::string_view name;  // as the request has it
  const JsonValue* input = nullptr;
  TableAccess access;
  std::vector<TablePtr> outdated;  // what `use` may name indexes of
  std::vector<ItemWrite> writes;
  CapacityUse use;
  std::map<std::string, std::pair<AttributeValue, int64_t>> collections;  // hash key's row bytes -> hash key, size
  std::vector<size_t> unprocessed;
};

ItemWrite read_write(const OperationContext& context, const JsonValue& request) {
  const JsonValue* put = request.find("PutRequest");
  const JsonValue* erase = request.find("DeleteRequest");
  if ((put == nullptr) == (erase == nullptr))
    throw errors::validation(
        put == nullptr ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                         "supported datatypes"
                       : "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  ItemWrite write;
  write.collection_limit = context.engine.options().collection_limit;
  if (put != nullptr) {
    write.kind = ItemWrite::Kind::kPut;
    write.item = read_values(context, *put->find("Item"));
    if (item_size(write.item) > kMaxItemSize) throw errors::validation(std::string(errors::text::kItemTooLarge));
  } else {
    write.kind = ItemWrite::Kind::kDelete;
    write.item = read_values(context, *erase->find("Key"));
  }
  return write;
}

// Table, keys and index keys of every write; duplicates.
void resolve(OperationContext& context, TableWrites& table, NamedRows& named) {
  table.access = require_table(context, table.name);
  for (ItemWrite& write : table.writes) {
    write.table = table.access.table.get();
    if (write.kind == ItemWrite::Kind::kPut) {
      write.key = key_of_new_item(*write.table, write.item, true);
    } else {
      write.key = key_from_map(*write.table, write.item);
    }
    if (!named.add(write.table->space, write.key.row))
      throw errors::validation(std::string(errors::text::kDuplicateKeys));
  }
}

void bring_up_to_date(Scope& scope, TableWrites& table, persistence::ReadTransaction& transaction) {
  TablePtr current = scope.catalog.current(table.access.table, table.access.generation, transaction);
  if (current == nullptr || current->id != table.access.table->id) throw errors::resource_not_found();
  if (current == table.access.table) return;
  table.outdated.push_back(std::exchange(table.access.table, std::move(current)));
}

void write_all(OperationContext& context, std::vector<TableWrites>& tables) {
  Scope& scope = *context.scope;
  // One transaction for all, unless single writes may have to be taken back.
  bool throttles = context.space->throttle.on();
  std::optional<Throttled> throttled;
  auto transaction = scope.write();
  for (TableWrites& table : tables) {
    bring_up_to_date(scope, table, *transaction);
    for (size_t i = 0; i < table.writes.size(); ++i) {
      ItemWrite& write = table.writes[i];
      write.table = table.access.table.get();
      if (context.all_unprocessed || scope.claims.held(write.table->space, write.key.row)) {
        table.unprocessed.push_back(i);
        continue;
      }
      ItemWritten written = write_item(write, context.space->clock, *transaction, context.arena);
      if (throttles) {
        auto refused = context.space->throttle.take(*write.table, written.use, CapacityKind::kWrite, context.now_ms());
        if (!refused) transaction->commit();
        transaction.reset();
        transaction = scope.write();
        bring_up_to_date(scope, table, *transaction);
        if (refused) {
          if (!throttled) throttled = std::move(refused);
          table.unprocessed.push_back(i);
          continue;
        }
      }
      table.use.add(written.use);
      context.notes.units += written.use.total();
      ++context.notes.rows;
      if (written.collection_bytes >= 0)
        table.collections[std::string(write.key.hash.bytes())] = {write.key.hash, written.collection_bytes};
    }
  }
  // With nothing written at all a batch fails as one request would.
  if (throttled && context.notes.rows == 0) throw throttled->error();
  transaction->commit();
}

}  // namespace

void batch_write_item(OperationContext& context) {
  std::vector<TableWrites> tables;
  size_t total = 0;
  for (const JsonMember& member : context.find("RequestItems")->members()) total += member.value.count();
  if (total > kMaxRequests) throw errors::validation(std::string(errors::text::kTooManyInBatchWrite));
  for (const JsonMember& member : context.find("RequestItems")->members()) {
    TableWrites& table = tables.emplace_back();
    table.name = member.name;
    table.input = &member.value;
    for (const JsonValue& request : member.value.elements()) table.writes.push_back(read_write(context, request));
  }
  NamedRows named;
  for (TableWrites& table : tables) resolve(context, table, named);
  write_all(context, tables);

  JsonWriter w(context.out);
  w.begin_object().key("UnprocessedItems").begin_object();
  for (const TableWrites& table : tables) {
    if (table.unprocessed.empty()) continue;
    w.key(table.name).begin_array();
    for (size_t i : table.unprocessed) append_json(table.input->elements()[i], w.next());
    w.end_array();
  }
  w.end_object();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity").begin_array();
    for (const TableWrites& table : tables)
      write_consumed_capacity(w, table.name, table.use, report, false, CapacityKind::kWrite);
    w.end_array();
  }
  if (context.string("ReturnItemCollectionMetrics") == "SIZE") {
    w.key("ItemCollectionMetrics").begin_object();
    for (const TableWrites& table : tables) {
      if (table.collections.empty()) continue;
      w.key(table.access.table->name).begin_array();
      for (const auto& [row, collection] : table.collections)
        write_collection_metrics(w, *table.access.table, collection.first, collection.second);
      w.end_array();
    }
    w.end_object();
  }
  w.end_object();
}

}  // namespace stator::operations
