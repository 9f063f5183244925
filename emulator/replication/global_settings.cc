#include "emulator/replication/global_settings.h"

#include "emulator/replication/scaling.h"
#include "emulator/tables/describe_table.h"

namespace stator {
namespace {

void write_units(JsonWriter& w, const std::string& prefix, const ScalingSettings& scaling, const Throughput& throughput,
                 std::string_view index) {
  for (const auto& [what, units] : {std::pair("Read", throughput.read), std::pair("Write", throughput.write)}) {
    w.key(prefix + what + "CapacityUnits").integer(units);
    scaling.write(w.key(prefix + what + "CapacityAutoScalingSettings"), what, index);
  }
}

void write_replica(JsonWriter& w, const std::string& region, const ScalingSettings& scaling, const Table& table,
                   std::string_view status) {
  w.begin_object().key("RegionName").string(region).key("ReplicaStatus").string(status);
  if (table.billing_mode_told) {
    w.key("ReplicaBillingModeSummary").begin_object().key("BillingMode");
    w.string(table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    if (table.on_demand_since_ms != 0) {
      w.key("LastUpdateToPayPerRequestDateTime");
      write_timestamp(w, table.on_demand_since_ms);
    }
    w.end_object();
  }
  write_units(w, "ReplicaProvisioned", scaling, table.throughput, {});
  bool any = false;
  for (const Index& index : table.global_indexes) {
    if (index.vector) continue;
    if (!any) w.key("ReplicaGlobalSecondaryIndexSettings").begin_array();
    any = true;
    w.begin_object().key("IndexName").string(index.name).key("IndexStatus").string(state_name(index.state));
    write_units(w, "Provisioned", scaling, index.throughput, index.name);
    w.end_object();
  }
  if (any) w.end_array();
  if (!table.table_class.empty()) {
    w.key("ReplicaTableClassSummary").begin_object().key("TableClass").string(table.table_class);
    if (table.table_class_changed_ms != 0) {
      w.key("LastUpdateDateTime");
      write_timestamp(w, table.table_class_changed_ms);
    }
    w.end_object();
  }
  w.end_object();
}

}  // namespace

void write_global_settings(JsonWriter& w, const OperationContext& context, const GlobalTable& global,
                           std::string_view status) {
  w.begin_object().key("GlobalTableName").string(global.name).key("ReplicaSettings").begin_array();
  for (const std::string& region : global.regions) {
    std::shared_ptr<Scope> scope =
        context.engine.find_scope({context.scope_name.account, region, context.scope_name.fork});
    const TablePtr table = scope != nullptr ? scope->catalog.find(global.name) : nullptr;
    if (table == nullptr) continue;
    write_replica(w, region, scaling_in(context, region, global.name), *table, status);
  }
  w.end_array().end_object();
}

GlobalTable require_settings(const OperationContext& context) {
  const std::string_view name = context.string("GlobalTableName");
  TablePtr table = known_table(context, name);
  if (table == nullptr || table->replication.global_since_ms == 0)
    throw errors::global_table_not_found("Global table with name: '" + std::string(name) + "' does not exist.");
  return global_table_of(*table);
}

}  // namespace stator
