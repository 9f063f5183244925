#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/update_rules.h"

namespace stator::operations {

void delete_table(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  auto [scope, transaction, table] = change_table(context, name);
  if (table->deletion_protection)
    throw errors::validation(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  check_settled(*table);
  check_deletable(*table);
  check_not_copied(*table, *transaction);

  JsonWriter w(context.out);
  w.begin_object().key("TableDescription");
  // The answer to DeleteTable is short: no definitions, no indexes; only what the table was worth.
  w.begin_object().key("TableName").string(table->name).key("TableStatus").string("DELETING");
  w.key("ProvisionedThroughput")
      .begin_object()
      .key("NumberOfDecreasesToday")
      .integer(table->throughput.decreases_today);
  w.key("ReadCapacityUnits").integer(table->on_demand ? 0 : table->throughput.read);
  w.key("WriteCapacityUnits").integer(table->on_demand ? 0 : table->throughput.write).end_object();
  persistence::SpaceCounts counts = transaction->counts(table->space);
  w.key("TableSizeBytes").integer(counts.bytes).key("ItemCount").integer(counts.rows);
  w.key("TableArn").string(table->arn).key("TableId").string(table->id);
  if (table->billing_mode_told) {
    w.key("BillingModeSummary")
        .begin_object()
        .key("BillingMode")
        .string(table->on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    w.key("LastUpdateToPayPerRequestDateTime");
    write_timestamp(w, table->on_demand_since_ms);
    w.end_object();
  }
  write_encryption(w, *table);
  w.key("DeletionProtectionEnabled").boolean(false).end_object().end_object();

  if (int64_t delay = context.space->table_delay_ms.load(std::memory_order_relaxed); delay != 0) {
    Table going = *table;
    going.state = State::kDeleting;
    going.settles_ms = context.now_ms() + delay;
    close_stream(*table, context.now_ms(), going.settles_ms, *transaction);
    transaction->erase_document(kWorkDocument, ttl_work(table->name));
    transaction->put_document(kWorkDocument, state_work(table->name), {});
    scope.catalog.publish(std::move(going), *transaction);
  } else {
    remove_table(*table, scope.catalog, context.now_ms(), *transaction);
  }
  transaction->commit();
  context.engine.tell_work(scope);
}

}  // namespace stator::operations
