#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/replication/mirror.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/writes/index_maintenance.h"
#include "protocol/json/item_codec.h"

namespace stator::operations {
namespace {

// Every item that has an expiry, written down in the queue.
void fill_queue(const Table& table, persistence::WriteTransaction& transaction) {
  std::vector<std::string> rows;
  {
    Arena arena;
    auto cursor = transaction.scan(table.space, {});
    persistence::RowView row;
    const std::string_view names[] = {table.ttl.attribute};
    while (cursor->next(row)) {
      arena.reset();
      int64_t expiry = expiry_of(table, decode_attributes(row.body, names, arena));
      if (expiry >= 0) rows.push_back(expiry_row(expiry, row.key));
    }
  }
  for (const std::string& row : rows) transaction.put(table.ttl.queue, row, 0, {});
}

// In the region of `context`. Returns the table as it was.
TablePtr set_time_to_live(OperationContext& context, std::string_view name) {
  const JsonValue& specification = *context.find("TimeToLiveSpecification");
  std::string attribute(OperationContext::string_in(specification, "AttributeName"));
  const JsonValue* flag = specification.find("Enabled");
  bool enable = flag != nullptr && flag->boolean();
  auto [scope, transaction, table] = change_table(context, name);
  check_settled(*table);
  if (enable && table->ttl.enabled)
    throw errors::validation(table->ttl.attribute == attribute
                                 ? "TimeToLive is already enabled"
                                 : "TimeToLive is active on a different AttributeName: current AttributeName is " +
                                       table->ttl.attribute);
  if (!enable && !table->ttl.enabled) throw errors::validation("TimeToLive is already disabled");
  if (!enable && table->ttl.attribute != attribute)
    throw errors::validation("TimeToLive is active on a different AttributeName: current AttributeName is " +
                             table->ttl.attribute);
  Table changed = *table;
  if (changed.ttl.queue != 0) transaction->drop_space(changed.ttl.queue);
  changed.ttl = {enable, attribute, context.now_ms(), enable ? transaction->new_space() : 0};
  if (enable) {
    fill_queue(changed, *transaction);
    transaction->put_document(kWorkDocument, ttl_work(name), {});
  } else {
    transaction->erase_document(kWorkDocument, ttl_work(name));
  }
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
  context.engine.tell_work(scope);
  JsonWriter(context.out)
      .begin_object()
      .key("TimeToLiveSpecification")
      .begin_object()
      .key("AttributeName")
      .string(attribute)
      .key("Enabled")
      .boolean(enable)
      .end_object()
      .end_object();
  return table;
}

}  // namespace

// The service refuses a second change within the hour; here it is done (README, "Differences").
void update_time_to_live(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  if (context.scope == nullptr) throw errors::table_not_found(name);
  const TablePtr table = set_time_to_live(context, name);
  mirror_change(context, *table, [&](OperationContext& there, const Replica&) { set_time_to_live(there, name); });
}

}  // namespace stator::operations
