#include <algorithm>

#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/replication/mirror.h"
#include "emulator/replication/replication.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/pending_change.h"
#include "emulator/tables/table_rules.h"
#include "emulator/tables/update_rules.h"

namespace stator::operations {
namespace {

using Kind = IndexChange::Kind;

// `index` is empty for the table itself (both texts as recorded by ACK's API notes, DDB-TABLE-164, October 2026).
void refuse_same_throughput(const Throughput& current, const Throughput& asked, const std::string& index) {
  if (asked.read != current.read || asked.write != current.write) return;
  const std::string where = index.empty() ? "the table" : "index " + index;
  throw errors::validation(
      "The provisioned throughput for the " + (index.empty() ? "table" : "index " + index) +
      " will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for " +
      where + ": " + std::to_string(current.read) + ". Requested ReadCapacityUnits: " + std::to_string(asked.read) +
      ". Current WriteCapacityUnits provisioned for " + where + ": " + std::to_string(current.write) +
      ". Requested WriteCapacityUnits: " + std::to_string(asked.write) +
      ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
}

bool brings_throughput(const std::vector<IndexChange>& changes, std::string_view index) {
  return std::any_of(changes.begin(), changes.end(), [&](const IndexChange& change) {
    return change.name == index &&
           (change.kind == Kind::kDelete || change.action->find("ProvisionedThroughput") != nullptr);
  });
}

// OnDemandThroughput: what the request names replaces what is there. `what` is "table" or "index : <name>".
void change_limits(const JsonValue& given, bool on_demand, const std::string& what, OnDemandLimits& limits) {
  const OnDemandLimits wanted = read_on_demand_limits(given, what, true);
  limits.read_named = given.find("MaxReadRequestUnits") != nullptr;
  limits.write_named = given.find("MaxWriteRequestUnits") != nullptr;
  if (!on_demand && (limits.read_named || limits.write_named))
    throw errors::invalid_parameter(std::string(limits.read_named ? "MaxReadRequestUnits" : "MaxWriteRequestUnits") +
                                    " for OnDemandThroughput" + (what == "table" ? "" : " for " + what) +
                                    " cannot be specified when the table BillingMode is PROVISIONED");
  if (limits.read_named) limits.read = wanted.read;
  if (limits.write_named) limits.write = wanted.write;
}

// What was named in one request is told in the answer to it alone.
void forget_named(Table& table) {
  table.on_demand_limits.read_named = table.on_demand_limits.write_named = false;
  for (Index& index : table.global_indexes) index.on_demand.read_named = index.on_demand.write_named = false;
}

// Nothing is estimated for a table or an index that is provisioned from now on, and limits end with the mode.
void switch_billing(const std::optional<Throughput>& asked, const std::vector<IndexChange>& changes, Table& table) {
  table.on_demand = !table.on_demand;
  table.billing_mode_told = true;
  table.pending.iops = true;
  table.on_demand_limits = {};
  for (Index& index : table.global_indexes) index.on_demand = {};
  if (table.on_demand) {
    table.pending.to_on_demand = true;
    table.throughput.read = table.throughput.write = 0;
    for (Index& index : table.global_indexes) index.throughput.read = index.throughput.write = 0;
    return;
  }
  check_vector_indexes(table);
  for (const Index& index : table.global_indexes)
    if (!brings_throughput(changes, index.name))
      throw errors::invalid_parameter("ProvisionedThroughput must be specified for index: " + index.name);
  table.throughput.read = asked->read;
  table.throughput.write = asked->write;
}

void change_billing(const OperationContext& context, const std::optional<Throughput>& asked,
                    const std::vector<IndexChange>& changes, Table& table) {
  std::string_view mode = context.string("BillingMode");
  bool on_demand = mode.empty() ? table.on_demand : mode == "PAY_PER_REQUEST";
  if (asked && on_demand)
    throw errors::invalid_parameter(
        mode.empty() || table.on_demand
            ? "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            : "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST");
  if (!asked && !on_demand && (table.on_demand || !mode.empty()))
    throw errors::invalid_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (on_demand != table.on_demand) {
    switch_billing(asked, changes, table);
  } else if (asked) {
    if (changes.empty()) refuse_same_throughput(table.throughput, *asked, {});
    begin_throughput(table.throughput, *asked, context.now_ms());
    table.pending.iops = true;
  }
  if (const JsonValue* limits = context.find("OnDemandThroughput"))
    change_limits(*limits, table.on_demand, "table", table.on_demand_limits);
}

// `what` is "table" or "index <name>". Nothing that was warmed cools down again.
WarmThroughput read_warm(const JsonValue& member, WarmThroughput now, const std::string& what) {
  for (auto [name, value] :
       {std::pair("ReadUnitsPerSecond", &now.read), std::pair("WriteUnitsPerSecond", &now.write)}) {
    const JsonValue* given = member.find(name);
    if (given == nullptr) continue;
    if (integer_value(*given) < *value)
      throw errors::invalid_parameter(
          "Requested " + std::string(name) + " for WarmThroughput for " + what +
          " is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
    *value = integer_value(*given);
  }
  return now;
}

// Only the ARN of the key that is in use says that nothing would change; every other way to name it encrypts again
// (ACK's API notes, DDB-TABLE-082 and 141).
void change_encryption(const OperationContext& context, Table& table) {
  const JsonValue* specification = context.find("SSESpecification");
  if (specification == nullptr) return;
  std::string asked = sse_description(*specification, context.caller.region, context.caller.account);
  if (asked.empty() && table.sse_description.empty())
    throw errors::invalid_parameter("Table is already encrypted by default");
  if (asked == table.sse_description &&
      OperationContext::string_in(*specification, "KMSMasterKeyId").starts_with("arn:"))
    throw errors::invalid_parameter(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change "
        "Master "
        "Key");
  table.pending.sse_description = std::move(asked);
}

// A class that the table has already is no change; nor is STANDARD where none was named (DDB-TABLE-177).
void change_class(const OperationContext& context, Table& table) {
  const std::string_view asked = context.string("TableClass");
  const std::string_view now = table.table_class.empty() ? "STANDARD" : std::string_view(table.table_class);
  if (!asked.empty() && asked != now) table.pending.table_class = asked;
}

void change_stream(const OperationContext& context, Table& table, int64_t settles_ms,
                   persistence::WriteTransaction& transaction) {
  const JsonValue* specification = context.find("StreamSpecification");
  if (specification == nullptr) return;
  StreamSettings asked = read_stream_specification(*specification, false);
  table.settles_ms = std::max(table.settles_ms, settles_ms);
  if (asked.enabled && table.stream.enabled)
    throw errors::validation("Table already has an enabled stream: TableName: " + table.name);
  if (!asked.enabled && !table.stream.enabled)
    throw errors::validation("Table has no stream to disable: TableName: " + table.name);
  if (!asked.enabled && !table.replication.replicas.empty())
    throw errors::invalid_parameter("The stream of a table with replicas cannot be disabled");
  if (!asked.enabled) close_stream(table, context.now_ms(), settles_ms, transaction);
  table.stream.enabled = asked.enabled;
  table.pending.stream = true;
  if (!asked.enabled) return;
  table.stream.view_type = asked.view_type;
  open_stream(table, context.now_ms(), transaction);
}

// Definitions that the request brings. One that is there already keeps its type, whatever the request says.
void merge_definitions(const OperationContext& context, Table& table) {
  const JsonValue* list = context.find("AttributeDefinitions");
  if (list == nullptr) return;
  for (KeyAttribute& definition : read_definitions(*list)) {
    bool known = std::any_of(table.definitions.begin(), table.definitions.end(),
                             [&](const KeyAttribute& other) { return other.name == definition.name; });
    if (known) continue;
    const auto place = std::lower_bound(table.definitions.begin(), table.definitions.end(), definition,
                                        [](const KeyAttribute& a, const KeyAttribute& b) { return a.name < b.name; });
    table.definitions.insert(place, std::move(definition));
  }
}

// With a delay the first half of it passes in allocating, as the service calls it: the index cannot be cancelled then.
void create_index(const OperationContext& context, const IndexChange& change, int64_t delay_ms, Table& table,
                  persistence::WriteTransaction& transaction) {
  if (!change.vector) {
    const JsonValue* definitions = context.find("AttributeDefinitions");
    if (definitions == nullptr)
      throw errors::invalid_parameter("AttributeDefinitions is not specified for index: " + std::string(change.name));
    check_index_defined(*change.action, definitions);
    if (!table.on_demand && change.action->find("ProvisionedThroughput") == nullptr)
      throw errors::invalid_parameter("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " +
                                      std::string(change.name));
  }
  Index index = change.vector ? read_vector_index(*change.action, table.definitions)
                              : read_global_index(*change.action, table.definitions, table.on_demand);
  if (table.find_index(index.name) != nullptr)
    throw errors::validation("Attempting to create an index which already exists");
  size_t vectors = table.count_vector_indexes();
  if (change.vector && vectors >= kMaxVectorIndexes)
    throw errors::limit_exceeded("Subscriber limit exceeded: Number of vector indexes exceeds per-table limit of 5");
  if (!change.vector && table.global_indexes.size() - vectors >= kMaxGlobalIndexes)
    throw errors::limit_exceeded(
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
  index.state = State::kCreating;
  index.backfills_ms = context.now_ms() + delay_ms / 2;
  if (delay_ms != 0) index.settles_ms = context.now_ms() + delay_ms;
  index.space = transaction.new_space();
  transaction.put_document(kWorkDocument, backfill_work(table.name, index.name), {});
  table.global_indexes.push_back(std::move(index));
  check_vector_indexes(table);
  check_non_key_attributes(table);
}

Index& index_to_change(const IndexChange& change, Table& table) {
  Index* index = table.find_index(change.name);
  if (index == nullptr || !index->global || index->vector.has_value() != change.vector)
    throw errors::index_not_found(change.name, table.name);
  return *index;
}

// Of what is settled only the limits show at once. An index that is only warmed stays ACTIVE.
void update_index(const OperationContext& context, const IndexChange& change, int64_t settles_ms, bool switches,
                  Table& table) {
  Index& index = index_to_change(change, table);
  const JsonValue* throughput = change.action->find("ProvisionedThroughput");
  if (throughput != nullptr && table.on_demand)
    throw errors::invalid_parameter("The only Updates for index: " + index.name +
                                    " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
                                    "WarmThroughput");
  if (throughput != nullptr) {
    const Throughput asked = read_throughput(*throughput);
    if (switches) {
      index.throughput.read = asked.read;
      index.throughput.write = asked.write;
    } else {
      refuse_same_throughput(index.throughput, asked, index.name);
      begin_throughput(index.throughput, asked, context.now_ms());
    }
  }
  const JsonValue* limits = change.action->find("OnDemandThroughput");
  if (limits != nullptr) change_limits(*limits, table.on_demand, "index : " + index.name, index.on_demand);
  if (const JsonValue* warm = change.action->find("WarmThroughput"))
    index.next_warm = read_warm(*warm, warm_now(table, &index), "index " + index.name);
  index.settles_ms = settles_ms;
  if (throughput != nullptr || limits != nullptr) index.state = State::kUpdating;
}

// It shows itself as DELETING until it is settled.
void delete_index(const IndexChange& change, int64_t settles_ms, Table& table,
                  persistence::WriteTransaction& transaction) {
  Index& index = index_to_change(change, table);
  transaction.erase_document(kWorkDocument, backfill_work(table.name, index.name));
  index.state = State::kDeleting;
  index.settles_ms = settles_ms;
  index.backfilling = false;
  index.backfills_ms = 0;
}

void change_indexes(const OperationContext& context, const std::vector<IndexChange>& changes, int64_t delay_ms,
                    bool switches, Table& table, persistence::WriteTransaction& transaction) {
  const int64_t settles_ms = context.now_ms() + delay_ms;
  for (const IndexChange& change : changes) {
    if (change.kind == Kind::kCreate) create_index(context, change, delay_ms, table, transaction);
    if (change.kind == Kind::kUpdate) update_index(context, change, settles_ms, switches, table);
    if (change.kind == Kind::kDelete) delete_index(change, settles_ms, table, transaction);
  }
}

// Without a delay nothing is allocated: what is left of a new index is to fill it.
void settle_at_once(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction) {
  settle(table, now_ms, transaction);
  for (Index& index : table.global_indexes) {
    if (index.state != State::kCreating) continue;
    index.backfilling = true;
    index.backfills_ms = 0;
  }
}

// Whether the answer says UPDATING: some requests that change nothing get that answer all the same (DDB-TABLE-177).
bool tells_updating(const OperationContext& context, const Table& changed) {
  return state_of_changed(changed) == State::kUpdating || context.find("BillingMode") != nullptr ||
         context.find("TableClass") != nullptr;
}

// In the region of `context`: of a replica, `read_override` are the read units that it has for itself (0: none).
// Returns the table as it was. The answer tells what has begun, of which most shows in the table only when it has
// settled: pending_change.h.
TablePtr update_here(OperationContext& context, std::string_view name, const std::vector<IndexChange>& changes,
                     int64_t read_override) {
  std::optional<Throughput> throughput;
  if (const JsonValue* given = context.find("ProvisionedThroughput")) throughput = read_throughput(*given);
  if (throughput && read_override != 0) throughput->read = read_override;
  auto [scope, transaction, table] = change_table(context, name);
  check_settled(*table);
  check_admitted(context.input, changes, *table);

  const int64_t now = context.now_ms();
  const int64_t delay = context.space->table_delay_ms.load(std::memory_order_relaxed);
  Table changed = *table;
  change_billing(context, throughput, changes, changed);
  if (const JsonValue* warm = context.find("WarmThroughput"))
    changed.next_warm = read_warm(*warm, warm_now(changed, nullptr), "table");
  change_stream(context, changed, delay == 0 ? 0 : now + delay, *transaction);
  change_encryption(context, changed);
  change_class(context, changed);
  if (const JsonValue* protection = context.find("DeletionProtectionEnabled"))
    changed.deletion_protection = protection->boolean();
  change_replicas(context, changed, *transaction);
  merge_definitions(context, changed);
  change_indexes(context, changes, delay, changed.on_demand != table->on_demand, changed, *transaction);
  keep_warm(changed);
  prune_definitions(changed);
  if (changed.pending.busy() || changed.pending.sse_description || changed.next_warm)
    changed.settles_ms = std::max(changed.settles_ms, now + delay);
  changed.state = state_of_changed(changed);

  Table shown = changed;
  if (tells_updating(context, changed)) shown.state = State::kUpdating;
  if (context.find("SSESpecification") != nullptr) shown.state = State::kActive;
  if (changed.pending.to_on_demand && !table->on_demand) shown.throughput.last_decrease_ms = now;
  forget_named(changed);
  JsonWriter w(context.out);
  w.begin_object().key("TableDescription");
  write_table_description(w, shown, *transaction, {.now_ms = now});
  w.end_object();

  if (delay == 0) settle_at_once(changed, now, *transaction);
  if (waits_to_settle(changed)) transaction->put_document(kWorkDocument, state_work(name), {});
  try {
    scope.catalog.publish(std::move(changed), *transaction);
    transaction->commit();
  } catch (...) {
    scope.catalog.forget(name);
    throw;
  }
  context.engine.tell_work(scope);
  return table;
}

}  // namespace

void update_table(OperationContext& context) {
  const std::vector<IndexChange> changes = read_index_changes(context.input);
  check_asked(context.input, changes);
  if (const JsonValue* given = context.find("ProvisionedThroughput")) read_throughput(*given);  // its bounds
  std::string_view name = table_name_of(context, context.string("TableName"));
  if (context.scope == nullptr) throw errors::table_not_found(name);
  check_replica_regions(context, name);
  const TablePtr table = update_here(context, name, changes, 0);
  const bool alike = !changes.empty() || context.find("BillingMode") != nullptr ||
                     context.find("ProvisionedThroughput") != nullptr || context.find("TableClass") != nullptr;
  if (!alike) return;
  mirror_change(context, *table, [&](OperationContext& there, const Replica& replica) {
    update_here(there, name, changes, replica.read_capacity);
  });
}

}  // namespace stator::operations
