#include "emulator/operations/write_reply.h"

#include "protocol/json/value_codec.h"

namespace stator {

bool returns_old(const OperationContext& context) {
  std::string_view returned = context.string("ReturnValues");
  if (returned == "ALL_OLD") return true;
  if (!returned.empty() && returned != "NONE")
    throw layer2(context.dialect, "ReturnValues can only be ALL_OLD or NONE");
  return false;
}

ItemWritten write_one(OperationContext& context, TableAccess& access, ItemWrite& write) {
  bool returns_item_on_failure = context.string("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  write.wants_old = write.wants_old || returns_item_on_failure;
  ItemWritten written = try_write(context, access, write);
  if (!written.condition_held)
    throw errors::conditional_check_failed(returns_item_on_failure ? written.old_body : std::string_view());
  return written;
}

ItemWritten try_write(OperationContext& context, TableAccess& access, ItemWrite& write) {
  Scope& scope = *context.scope;
  write.collection_limit = context.engine.options().collection_limit;
  if (context.engine.options().serialize_transactions) scope.claims.wait_until_free(access.table->space, write.key.row);
  auto transaction = scope.write();
  TablePtr current = scope.catalog.current(access.table, access.generation, *transaction);
  if (current == nullptr || current->id != access.table->id) throw errors::resource_not_found();
  if (current != access.table) {
    access.table = current;
    write.table = current.get();
    if (write.kind == ItemWrite::Kind::kPut) check_index_keys(*current, write.item);
  }
  if (scope.claims.held(access.table->space, write.key.row)) throw errors::transaction_conflict();
  ItemWritten written = write_item(write, context.space->clock, *transaction, context.arena);
  context.charge(*access.table, written.use, CapacityKind::kWrite);
  if (!written.condition_held) return written;
  transaction->commit();
  context.notes.units += written.use.total();
  ++context.notes.rows;
  return written;
}

void write_collection_metrics(JsonWriter& w, const Table& table, const AttributeValue& hash, int64_t bytes) {
  w.begin_object().key("ItemCollectionKey").begin_object().key(table.keys.hash[0].name);
  append_value(hash, w.next());
  int64_t gigabytes = bytes >> 30;
  w.end_object().key("SizeEstimateRangeGB").begin_array();
  w.real(static_cast<double>(gigabytes)).real(static_cast<double>(gigabytes + 1)).end_array().end_object();
}

void write_capacity_and_metrics(OperationContext& context, JsonWriter& w, const Table& table, const ItemKey& key,
                                const ItemWritten& written) {
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity");
    write_consumed_capacity(w, context.string("TableName"), written.use, report, false, CapacityKind::kWrite);
  }
  if (written.collection_bytes >= 0 && context.string("ReturnItemCollectionMetrics") == "SIZE") {
    w.key("ItemCollectionMetrics");
    write_collection_metrics(w, table, key.hash, written.collection_bytes);
  }
  w.end_object();
}

}  // namespace stator
