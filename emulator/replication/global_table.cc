#include "emulator/replication/global_table.h"

#include <algorithm>

#include "emulator/maintenance.h"
#include "emulator/replication/replica_log.h"
#include "emulator/replication/replication.h"
#include "emulator/tables/describe_table.h"

namespace stator {
namespace {

std::shared_ptr<Scope> scope_in(const OperationContext& context, std::string_view region) {
  return context.engine.find_scope({context.scope_name.account, std::string(region), context.scope_name.fork});
}

}  // namespace

void change_table(const OperationContext& context, std::string_view region, std::string_view name,
                  const std::function<void(Table&, persistence::WriteTransaction&)>& change) {
  std::shared_ptr<Scope> scope = scope_in(context, region);
  if (scope == nullptr) return;
  auto transaction = scope->store->write();
  TablePtr table = scope->catalog.find(name, *transaction);
  if (table == nullptr) return;
  Table changed = *table;
  change(changed, *transaction);
  scope->catalog.publish(std::move(changed), *transaction);
  transaction->commit();
  transaction.reset();
  persistence::settle();
  context.engine.tell_work(*scope);
}

GlobalTable global_table_of(const Table& table) {
  GlobalTable global;
  global.name = table.name;
  if (table.replication.global_since_ms == 0) return global;
  global.created_ms = table.replication.global_since_ms;
  global.regions.emplace_back(region_of(table));
  for (const Replica& replica : table.replication.replicas) global.regions.push_back(replica.region);
  std::sort(global.regions.begin(), global.regions.end());
  return global;
}

GlobalTable require_global_table(const OperationContext& context, std::string_view name) {
  TablePtr table = known_table(context, name);
  if (table == nullptr || table->replication.global_since_ms == 0)
    throw errors::global_table_not_found("Global table not found: Global table with name: '" + std::string(name) +
                                         "' does not exist.");
  return global_table_of(*table);
}

void check_replica_table(const OperationContext& context, std::string_view name, std::string_view region) {
  check_region(context, region);
  std::shared_ptr<Scope> scope = scope_in(context, region);
  TablePtr table = scope != nullptr ? scope->catalog.find(name) : nullptr;
  if (table == nullptr || table->state == State::kDeleting) throw errors::table_not_found_exception(name);
  if (!table->stream.enabled || table->stream.view_type != "NEW_AND_OLD_IMAGES")
    throw errors::invalid_parameter("Table in region " + std::string(region) +
                                    " has no stream with StreamViewType NEW_AND_OLD_IMAGES");
  if (scope->store->read()->counts(table->space).rows != 0)
    throw errors::invalid_parameter("Table in region " + std::string(region) + " is not empty");
  if (!table->replication.replicas.empty())
    throw errors::invalid_parameter("Table in region " + std::string(region) + " has replicas already");
  check_no_bulk_put(*table, *scope->store->read());
}

void tie_regions(const OperationContext& context, const GlobalTable& global, const std::vector<std::string>& leaving) {
  // A table that replicates lets go of regions that do not know it. So the new ones are told first and begin last.
  std::vector<std::string> fresh, old;
  for (const std::string& region : global.regions) {
    std::shared_ptr<Scope> scope = scope_in(context, region);
    TablePtr table = scope != nullptr ? scope->catalog.find(global.name) : nullptr;
    (table != nullptr && table->replication.global_since_ms != 0 ? old : fresh).push_back(region);
  }
  const auto tie = [&](const std::string& region, bool begins) {
    change_table(context, region, global.name, [&](Table& table, persistence::WriteTransaction& transaction) {
      table.replication.global_since_ms = global.created_ms;
      table.replication.replicas.clear();
      for (const std::string& other : global.regions)
        if (other != region) table.replication.replicas.push_back({.region = other, .state = State::kActive});
      prepare_replication(table, context.now_ms(), transaction);
      if (!begins) transaction.erase_document(kWorkDocument, replication_work(table.name));
    });
  };
  for (const std::string& region : fresh) tie(region, false);
  for (const std::string& region : old) tie(region, true);
  for (const std::string& region : fresh) tie(region, true);
  for (const std::string& region : leaving)
    change_table(context, region, global.name, [&](Table& table, persistence::WriteTransaction& transaction) {
      end_replication(table, transaction);
    });
}

void write_global_table(JsonWriter& w, const OperationContext& context, const GlobalTable& global,
                        std::string_view status) {
  w.begin_object().key("ReplicationGroup").begin_array();
  for (const std::string& region : global.regions)
    w.begin_object()
        .key("RegionName")
        .string(region)
        .key("ReplicaStatus")
        .string(status == "ACTIVE" ? "ACTIVE" : "CREATING")
        .end_object();
  w.end_array().key("GlobalTableArn");
  w.string("arn:aws:dynamodb::" + context.caller.account + ":global-table/" + global.name).key("CreationDateTime");
  write_timestamp(w, global.created_ms);
  w.key("GlobalTableStatus").string(status).key("GlobalTableName").string(global.name).end_object();
}

}  // namespace stator
