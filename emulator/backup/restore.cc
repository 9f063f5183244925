#include "emulator/backup/restore.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "emulator/tables/describe_table.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/pending_change.h"
#include "emulator/tables/table_rules.h"
#include "emulator/tables/table_spaces.h"
#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

// Empty where it is missing; elements of lists may be null.
std::string_view text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr ? member->text() : std::string_view();
}

bool same_keys(const JsonValue* schema, const KeySchema& keys) {
  if (schema == nullptr || schema->count() != keys.size()) return false;
  size_t i = 0;
  for (const JsonValue& element : schema->elements()) {
    const bool hash = i < keys.hash.size();
    const KeyAttribute& key = hash ? keys.hash[i] : keys.range[i - keys.hash.size()];
    if (text_of(element, "AttributeName") != key.name || text_of(element, "KeyType") != (hash ? "HASH" : "RANGE"))
      return false;
    ++i;
  }
  return true;
}

bool same_projection(const JsonValue* projection, const Index& index) {
  static constexpr std::string_view kNames[] = {"ALL", "KEYS_ONLY", "INCLUDE"};
  if (projection == nullptr || text_of(*projection, "ProjectionType") != kNames[static_cast<size_t>(index.projection)])
    return false;
  std::set<std::string_view> asked;
  if (const JsonValue* names = projection->find("NonKeyAttributes"))
    for (const JsonValue& name : names->elements())
      if (name.is_string()) asked.insert(name.text());
  return asked == std::set<std::string_view>(index.non_key_attributes.begin(), index.non_key_attributes.end());
}

// Leaves those of `indexes` that the list describes, each of which must be one that the source had. Keys and projection
// tell which: a list may give an index another name. The texts here and below are those of ACK's API notes,
// DDB-TABLE-273, DDB-TABLE-280 and DDB-TABLE-281.
void keep_described(const JsonValue& list, std::vector<Index>& indexes) {
  std::vector<Index> kept;
  for (const JsonValue& element : list.elements()) {
    const std::string name(text_of(element, "IndexName"));
    const auto alike = [&](const Index& index) {
      return (index.vector ? index.name == name : same_keys(element.find("KeySchema"), index.keys)) &&
             same_projection(element.find("Projection"), index);
    };
    auto found = std::find_if(indexes.begin(), indexes.end(),
                              [&](const Index& index) { return index.name == name && alike(index); });
    if (found == indexes.end()) found = std::find_if(indexes.begin(), indexes.end(), alike);
    if (found == indexes.end())
      throw errors::validation("Index " + name +
                               " does not match a secondary index that existed in the source table and cannot be "
                               "created during the restore operation");
    kept.push_back(std::move(*found));
    kept.back().name = name;
    indexes.erase(found);
  }
  indexes = std::move(kept);
}

void override_throughput(const JsonValue& input, const JsonValue* indexes, bool source_on_demand, Table& table) {
  const JsonValue* throughput = input.find("ProvisionedThroughputOverride");
  if (table.on_demand && throughput != nullptr)
    throw errors::validation("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED");
  if (!table.on_demand && source_on_demand && throughput == nullptr)
    throw errors::validation("Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED");
  if (throughput != nullptr) table.throughput = read_throughput(*throughput);
  if (const JsonValue* limits = input.find("OnDemandThroughputOverride")) {
    for (std::string_view name : {"MaxReadRequestUnits", "MaxWriteRequestUnits"})
      if (const JsonValue* units = limits->find(name)) {
        if (!table.on_demand)
          throw errors::validation("Cannot override " + std::string(name) +
                                   " for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST");
        if (units->integer().value_or(0) < 1)
          throw errors::validation("Requested " + std::string(name) +
                                   " for OnDemandThroughput is outside of valid range");
      }
    const OnDemandLimits asked = read_on_demand_limits(*limits, "table", false);
    table.on_demand_limits = asked;
  }
  for (Index& index : table.global_indexes) {
    const JsonValue* given = nullptr;
    if (indexes != nullptr)
      for (const JsonValue& element : indexes->elements())
        if (text_of(element, "IndexName") == index.name) given = element.find("ProvisionedThroughput");
    if (table.on_demand && given != nullptr)
      throw errors::validation(
          "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index " +
          index.name);
    if (!table.on_demand && source_on_demand && given == nullptr)
      throw errors::validation("Must specify provisioned throughput for index " + index.name);
    if (given != nullptr) index.throughput = read_throughput(*given);
  }
}

}  // namespace

Table restored_table(const JsonValue& input, const Table& source, std::string_view name, const TableOwner& owner,
                     int64_t now_ms) {
  Table table;
  table.name = name;
  table.arn = table_arn(owner, name);
  table.id = new_uuid();
  table.created_ms = now_ms;
  table.state = State::kCreating;
  table.definitions = source.definitions;
  table.keys = source.keys;
  table.sse_description = source.sse_description;
  table.on_demand = source.on_demand;
  table.billing_mode_told = true;  // whichever it is (the CLI's examples of both restores)
  if (const JsonValue* mode = input.find("BillingModeOverride")) table.on_demand = mode->text() == "PAY_PER_REQUEST";
  if (table.on_demand) {
    table.on_demand_since_ms = now_ms;
    if (source.on_demand) table.on_demand_limits = source.on_demand_limits;
  } else {
    table.throughput.read = source.throughput.read;
    table.throughput.write = source.throughput.write;
  }
  table.local_indexes = source.local_indexes;
  table.global_indexes = source.global_indexes;
  std::erase_if(table.global_indexes, [](const Index& index) { return index.state == State::kDeleting; });
  const JsonValue* local = input.find("LocalSecondaryIndexOverride");
  const JsonValue* global = input.find("GlobalSecondaryIndexOverride");
  if (local != nullptr) keep_described(*local, table.local_indexes);
  const JsonValue* vector = input.find("VectorIndexOverride");
  std::vector<Index> vectors;
  std::copy_if(table.global_indexes.begin(), table.global_indexes.end(), std::back_inserter(vectors),
               [](const Index& index) { return index.vector.has_value(); });
  std::erase_if(table.global_indexes, [](const Index& index) { return index.vector.has_value(); });
  if (global != nullptr) keep_described(*global, table.global_indexes);
  if (vector != nullptr) keep_described(*vector, vectors);
  table.global_indexes.insert(table.global_indexes.end(), vectors.begin(), vectors.end());
  check_vector_indexes(table);
  for (Index& index : table.global_indexes) {
    index.state = State::kCreating;
    index.settles_ms = index.backfills_ms = 0;
    index.backfilling = false;
    index.backfill_position.clear();
    index.warm.reset();
    index.next_warm.reset();
    index.insights = {};
    index.throughput = {.read = index.throughput.read, .write = index.throughput.write};
    if (table.on_demand) index.throughput = {};
    if (!table.on_demand || !source.on_demand) index.on_demand = {};
  }
  override_throughput(input, global, source.on_demand, table);
  keep_warm(table);
  prune_definitions(table);
  if (const JsonValue* sse = input.find("SSESpecificationOverride"))
    table.sse_description = sse_description(*sse, owner.region, owner.account);
  return table;
}

void restore(OperationContext& context, const Table& source, const RestoreOrigin& origin, CopyJob job,
             std::unique_ptr<persistence::WriteTransaction> transaction) {
  Scope& scope = *context.scope;
  const std::string_view name = context.string("TargetTableName");
  if (TablePtr other = scope.catalog.find(name, *transaction)) {
    if (other->state == State::kCreating && other->restored)  // ACK's API notes, DDB-TABLE-219
      throw errors::table_in_use_exception(
          "Table: " + other->name + " is already being restored" +
          (other->restored->backup_arn.empty() ? "" : " from backup: " + other->restored->backup_arn));
    throw errors::table_already_exists_exception(name);
  }
  Table table =
      restored_table(context.input, source, name, {context.caller.account, context.caller.region}, context.now_ms());
  table.restored = origin;
  table.restored->in_progress = true;
  take_spaces(table, *transaction);
  job.to = table.space;
  job.to_table = table.name;
  const TablePtr made = scope.catalog.publish(std::move(table), *transaction);
  begin_copy(context.engine, scope, std::move(job), std::move(transaction));
  JsonWriter w(context.out);
  w.begin_object().key("TableDescription");
  write_table_description(w, *made, *scope.store->read(),
                          {.table_state = {}, .index_state = {}, .without_counts = true});
  w.end_object();
}

}  // namespace stator
