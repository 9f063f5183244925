#include <algorithm>

#include "emulator/operations.h"
#include "emulator/replication/scaling.h"

namespace stator::operations {
namespace {

void check_index(const Table& table, std::string_view name) {
  const Index* index = table.find_index(name);
  if (index == nullptr || !index->global) throw errors::index_not_found(name, table.name);
}

// Write units are scaled alike in every region.
void update_writes(const OperationContext& context, const Table& table) {
  const JsonValue* writes = context.find("ProvisionedWriteCapacityAutoScalingUpdate");
  const JsonValue* indexes = context.find("GlobalSecondaryIndexUpdates");
  if (indexes != nullptr)
    for (const JsonValue& update : indexes->elements())
      check_index(table, OperationContext::string_in(update, "IndexName"));
  if (writes == nullptr && indexes == nullptr) return;
  for (const std::string& region : regions_of(table))
    change_scaling(context, region, table.name, [&](ScalingSettings& settings) {
      if (writes != nullptr) settings.update(context, "Write", table.name, {}, *writes);
      if (indexes == nullptr) return;
      for (const JsonValue& update : indexes->elements())
        if (const JsonValue* given = update.find("ProvisionedWriteCapacityAutoScalingUpdate"))
          settings.update(context, "Write", table.name, OperationContext::string_in(update, "IndexName"), *given);
    });
}

void update_reads(const OperationContext& context, const Table& table, const JsonValue& update) {
  const std::string region(OperationContext::string_in(update, "RegionName"));
  const std::vector<std::string> regions = regions_of(table);
  if (std::find(regions.begin(), regions.end(), region) == regions.end())
    throw errors::invalid_parameter(
        "Replica specified in the Replica Update or Replica Delete action of the request was not found.");
  const JsonValue* indexes = update.find("ReplicaGlobalSecondaryIndexUpdates");
  if (indexes != nullptr)
    for (const JsonValue& index : indexes->elements())
      check_index(table, OperationContext::string_in(index, "IndexName"));
  change_scaling(context, region, table.name, [&](ScalingSettings& settings) {
    if (const JsonValue* given = update.find("ReplicaProvisionedReadCapacityAutoScalingUpdate"))
      settings.update(context, "Read", table.name, {}, *given);
    if (indexes == nullptr) return;
    for (const JsonValue& index : indexes->elements())
      if (const JsonValue* given = index.find("ProvisionedReadCapacityAutoScalingUpdate"))
        settings.update(context, "Read", table.name, OperationContext::string_in(index, "IndexName"), *given);
  });
}

}  // namespace

// The answer tells what was before; DescribeTableReplicaAutoScaling what is (ACK's API notes, DDB-TABLE-238).
void update_table_replica_auto_scaling(OperationContext& context) {
  const TablePtr table = require_scaled_table(context, table_name_of(context, context.string("TableName")));
  JsonWriter w(context.out);
  w.begin_object().key("TableAutoScalingDescription");
  write_table_scaling(w, context, *table);
  w.end_object();
  update_writes(context, *table);
  if (const JsonValue* updates = context.find("ReplicaUpdates"))
    for (const JsonValue& update : updates->elements()) update_reads(context, *table, update);
}

}  // namespace stator::operations
