#include <algorithm>

#include "emulator/operations.h"
#include "emulator/replication/global_settings.h"
#include "emulator/replication/scaling.h"
#include "emulator/tables/pending_change.h"

namespace stator::operations {
namespace {

// The element for an index or a region of one of the request's lists.
const JsonValue* element_of(const JsonValue* list, std::string_view member, std::string_view name) {
  if (list == nullptr) return nullptr;
  for (const JsonValue& element : list->elements())
    if (OperationContext::string_in(element, member) == name) return &element;
  return nullptr;
}

void change_units(const JsonValue* object, std::string_view name, int64_t now_ms, Throughput& throughput, bool read) {
  const JsonValue* given = object != nullptr ? object->find(name) : nullptr;
  if (given == nullptr) return;
  Throughput asked{.read = throughput.read, .write = throughput.write};
  (read ? asked.read : asked.write) = integer_value(*given);
  begin_throughput(throughput, asked, now_ms);
}

void change_mode(std::string_view mode, int64_t now_ms, Table& table) {
  if (mode.empty() || (mode == "PAY_PER_REQUEST") == table.on_demand) return;
  table.on_demand = !table.on_demand;
  table.billing_mode_told = true;
  table.on_demand_limits = {};
  if (!table.on_demand) return;
  table.on_demand_since_ms = now_ms;
  table.throughput.read = table.throughput.write = 0;
  for (Index& index : table.global_indexes) index.throughput.read = index.throughput.write = 0;
}

void change_region(const OperationContext& context, const std::string& region, Table& table) {
  const int64_t now = context.now_ms();
  change_mode(context.string("GlobalTableBillingMode"), now, table);
  const JsonValue* here = element_of(context.find("ReplicaSettingsUpdate"), "RegionName", region);
  change_units(&context.input, "GlobalTableProvisionedWriteCapacityUnits", now, table.throughput, false);
  complete(table, now);
  change_units(here, "ReplicaProvisionedReadCapacityUnits", now, table.throughput, true);
  if (const JsonValue* table_class = here != nullptr ? here->find("ReplicaTableClass") : nullptr)
    table.pending.table_class = table_class->text();
  complete(table, now);
  const JsonValue* reads = here != nullptr ? here->find("ReplicaGlobalSecondaryIndexSettingsUpdate") : nullptr;
  for (Index& index : table.global_indexes) {
    change_units(element_of(context.find("GlobalTableGlobalSecondaryIndexSettingsUpdate"), "IndexName", index.name),
                 "ProvisionedWriteCapacityUnits", now, index.throughput, false);
    complete(index);
    change_units(element_of(reads, "IndexName", index.name), "ProvisionedReadCapacityUnits", now, index.throughput,
                 true);
    complete(index);
  }
  keep_warm(table);
}

void scale(const OperationContext& context, const JsonValue* object, std::string_view member, std::string_view what,
           std::string_view table, std::string_view index, ScalingSettings& settings) {
  if (const JsonValue* given = object != nullptr ? object->find(member) : nullptr)
    settings.update(context, what, table, index, *given);
}

void scale_region(const OperationContext& context, const std::string& region, const std::string& table,
                  ScalingSettings& settings) {
  const JsonValue* here = element_of(context.find("ReplicaSettingsUpdate"), "RegionName", region);
  scale(context, &context.input, "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate", "Write", table, {},
        settings);
  scale(context, here, "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate", "Read", table, {}, settings);
  if (const JsonValue* indexes = context.find("GlobalTableGlobalSecondaryIndexSettingsUpdate"))
    for (const JsonValue& index : indexes->elements())
      scale(context, &index, "ProvisionedWriteCapacityAutoScalingSettingsUpdate", "Write", table,
            OperationContext::string_in(index, "IndexName"), settings);
  const JsonValue* reads = here != nullptr ? here->find("ReplicaGlobalSecondaryIndexSettingsUpdate") : nullptr;
  if (reads != nullptr)
    for (const JsonValue& index : reads->elements())
      scale(context, &index, "ProvisionedReadCapacityAutoScalingSettingsUpdate", "Read", table,
            OperationContext::string_in(index, "IndexName"), settings);
}

void check_named(const OperationContext& context, const GlobalTable& global) {
  const TablePtr table = context.scope->catalog.find(global.name);
  const auto check_indexes = [&](const JsonValue* list) {
    if (list == nullptr) return;
    for (const JsonValue& element : list->elements()) {
      const std::string_view name = OperationContext::string_in(element, "IndexName");
      if (table->find_index(name) == nullptr) throw errors::index_not_found_exception(name);
    }
  };
  check_indexes(context.find("GlobalTableGlobalSecondaryIndexSettingsUpdate"));
  if (const JsonValue* replicas = context.find("ReplicaSettingsUpdate"))
    for (const JsonValue& replica : replicas->elements()) {
      const std::string region(OperationContext::string_in(replica, "RegionName"));
      if (std::find(global.regions.begin(), global.regions.end(), region) == global.regions.end())
        throw errors::replica_not_found("Replica not found in region: " + region);
      check_indexes(replica.find("ReplicaGlobalSecondaryIndexSettingsUpdate"));
    }
}

}  // namespace

// The answer tells what was before, and that it is being updated (the CLI's example).
void update_global_table_settings(OperationContext& context) {
  const GlobalTable global = require_settings(context);
  check_named(context, global);
  JsonWriter w(context.out);
  write_global_settings(w, context, global, "UPDATING");
  for (const std::string& region : global.regions) {
    change_table(context, region, global.name,
                 [&](Table& table, persistence::WriteTransaction&) { change_region(context, region, table); });
    change_scaling(context, region, global.name,
                   [&](ScalingSettings& settings) { scale_region(context, region, global.name, settings); });
  }
}

}  // namespace stator::operations
