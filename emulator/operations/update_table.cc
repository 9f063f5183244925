#include <algorithm>
#include <set>

#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/replication/replication.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/table_rules.h"

namespace stator::operations {
namespace {

constexpr const char* kOneOnlineIndex =
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";

// Whether an index is just coming or going.
bool changes_indexes(const Table& table) {
  return std::any_of(table.global_indexes.begin(), table.global_indexes.end(), [](const Index& index) {
    return index.state == State::kCreating || index.state == State::kDeleting;
  });
}

std::string_view text_of(const JsonValue& object, std::string_view name) {
  return OperationContext::string_in(object, name);
}

// What the request says of one index: exactly one of the three, each index once.
struct IndexChange {
  enum class Kind { kCreate, kUpdate, kDelete };
  Kind kind;
  const JsonValue* action;
  std::string_view name;
  bool vector = false;
};

std::vector<IndexChange> read_index_changes(const OperationContext& context) {
  std::vector<IndexChange> changes;
  std::set<std::string_view> names;
  for (bool vector : {false, true}) {
    const JsonValue* list = context.find(vector ? "VectorIndexUpdates" : "GlobalSecondaryIndexUpdates");
    if (list == nullptr) continue;
    for (const JsonValue& element : list->elements()) {
      bool any = false;
      for (auto [member, kind] :
           {std::pair("Update", IndexChange::Kind::kUpdate), std::pair("Create", IndexChange::Kind::kCreate),
            std::pair("Delete", IndexChange::Kind::kDelete)}) {
        if (vector && kind == IndexChange::Kind::kUpdate) continue;
        if (const JsonValue* action = element.find(member)) {
          changes.push_back({kind, action, text_of(*action, "IndexName"), vector});
          if (!names.insert(changes.back().name).second)
            throw errors::invalid_parameter(
                "Only one global secondary index update per index is allowed simultaneously. Index: " +
                std::string(changes.back().name));
          any = true;
        }
      }
      if (any) continue;
      throw errors::invalid_parameter(
          vector ? "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null"
                 : "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                   "GlobalSecondaryIndexUpdate.Delete must "
                   "not be null");
    }
  }
  return changes;
}

void check_anything_asked(const OperationContext& context, const std::vector<IndexChange>& indexes) {
  for (std::string_view name :
       {"ProvisionedThroughput", "BillingMode", "StreamSpecification", "SSESpecification", "TableClass",
        "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "ReplicaUpdates"})
    if (context.find(name) != nullptr) return;
  if (!indexes.empty()) return;
  throw errors::validation(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
      "SSESpecification "
      "or ReplicaUpdates is required");
}

void note_change(Throughput& current, const Throughput& asked, int64_t now) {
  if (asked.read > current.read || asked.write > current.write) current.last_increase_ms = now;
  if (asked.read < current.read || asked.write < current.write) {
    current.last_decrease_ms = now;
    ++current.decreases_today;
  }
  current.read = asked.read;
  current.write = asked.write;
}

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
           (change.kind == IndexChange::Kind::kDelete || change.action->find("ProvisionedThroughput") != nullptr);
  });
}

void change_billing(const OperationContext& context, const std::optional<Throughput>& asked,
                    const std::vector<IndexChange>& changes, Table& table) {
  std::string_view mode = context.string("BillingMode");
  bool on_demand = mode.empty() ? table.on_demand : mode == "PAY_PER_REQUEST";
  if (asked && on_demand)
    throw errors::invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  if (!asked && !on_demand && (table.on_demand || !mode.empty()))
    throw errors::invalid_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (on_demand != table.on_demand) {
    table.on_demand = on_demand;
    table.billing_mode_told = true;
    if (on_demand) {
      table.on_demand_since_ms = context.now_ms();
      table.throughput = {};
      for (Index& index : table.global_indexes) index.throughput = {};
    } else {
      table.on_demand_limits = {};
      check_vector_indexes(table);
      for (const Index& index : table.global_indexes)
        if (!brings_throughput(changes, index.name))
          throw errors::invalid_parameter("ProvisionedThroughput must be specified for index: " + index.name);
    }
  } else if (asked && changes.empty() && context.input.members().size() == (mode.empty() ? 2U : 3U)) {
    refuse_same_throughput(table.throughput, *asked, {});
  }
  if (asked) note_change(table.throughput, *asked, context.now_ms());
  if (const JsonValue* limits = context.find("OnDemandThroughput")) {
    OnDemandLimits wanted = read_on_demand_limits(*limits, "table", true);
    if (!table.on_demand &&
        (limits->find("MaxReadRequestUnits") != nullptr || limits->find("MaxWriteRequestUnits") != nullptr))
      throw errors::invalid_parameter(
          std::string(limits->find("MaxReadRequestUnits") != nullptr ? "MaxReadRequestUnits" : "MaxWriteRequestUnits") +
          " for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
    if (limits->find("MaxReadRequestUnits") != nullptr) table.on_demand_limits.read = wanted.read;
    if (limits->find("MaxWriteRequestUnits") != nullptr) table.on_demand_limits.write = wanted.write;
  }
}

// `what` is "table" or "index: <name>". Nothing that was warmed cools down again.
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

void change_stream(const OperationContext& context, Table& table, persistence::WriteTransaction& transaction) {
  const JsonValue* specification = context.find("StreamSpecification");
  if (specification == nullptr) return;
  StreamSettings asked = read_stream_specification(*specification, false);
  if (asked.enabled && table.stream.enabled)
    throw errors::validation("Table already has an enabled stream: TableName: " + table.name);
  if (!asked.enabled && !table.stream.enabled)
    throw errors::validation("Table is already in the requested state: stream is disabled: TableName: " + table.name);
  if (!asked.enabled && !table.replication.replicas.empty())
    throw errors::invalid_parameter("The stream of a table with replicas cannot be disabled");
  if (!asked.enabled) close_stream(table, context.now_ms(), table.settles_ms, transaction);
  table.stream.enabled = asked.enabled;
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
    if (!known) table.definitions.push_back(std::move(definition));
  }
}

// When what this request begins is done: 0 without a delay, at once.
int64_t settling_time(const OperationContext& context) {
  int64_t delay = context.space->table_delay_ms.load(std::memory_order_relaxed);
  return delay == 0 ? 0 : context.now_ms() + delay;
}

// With a delay the first half of it passes in allocating, as the service calls it: the index cannot be cancelled then.
void create_index(const OperationContext& context, const IndexChange& change, Table& table,
                  persistence::WriteTransaction& transaction) {
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
  index.settles_ms = settling_time(context);
  if (index.settles_ms != 0) index.backfills_ms = context.now_ms() + (index.settles_ms - context.now_ms()) / 2;
  index.backfilling = index.settles_ms == 0;
  index.space = transaction.new_space();
  transaction.put_document(kWorkDocument, backfill_work(table.name, index.name), {});
  table.global_indexes.push_back(std::move(index));
  table.state = State::kUpdating;
  check_vector_indexes(table);
  check_non_key_attributes(table);
}

void update_index(const OperationContext& context, const IndexChange& change, Table& table) {
  Index* index = table.find_index(change.name);
  if (index == nullptr || !index->global || index->vector)
    throw errors::validation(
        "This operation cannot be performed with given input values. Please contact DynamoDB service team for more "
        "info: Action "
        "Blocked: IndexUpdate");
  if ((index->settles_ms = settling_time(context)) != 0) index->state = State::kUpdating;
  if (const JsonValue* throughput = change.action->find("ProvisionedThroughput")) {
    if (table.on_demand)
      throw errors::invalid_parameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    Throughput asked = read_throughput(*throughput);
    refuse_same_throughput(index->throughput, asked, index->name);
    note_change(index->throughput, asked, context.now_ms());
  }
  if (const JsonValue* limits = change.action->find("OnDemandThroughput")) {
    OnDemandLimits wanted = read_on_demand_limits(*limits, "index: " + index->name, true);
    if (limits->find("MaxReadRequestUnits") != nullptr) index->on_demand.read = wanted.read;
    if (limits->find("MaxWriteRequestUnits") != nullptr) index->on_demand.write = wanted.write;
  }
  if (const JsonValue* warm = change.action->find("WarmThroughput"))
    index->warm =
        read_warm(*warm, effective_warm(index->warm, index->throughput, table.on_demand), "index: " + index->name);
}

// Without a delay it is gone from `table` at once.
void delete_index(const OperationContext& context, const IndexChange& change, Table& table,
                  persistence::WriteTransaction& transaction) {
  std::string_view name = change.name;
  Index* index = table.find_index(name);
  if (index == nullptr || !index->global || index->vector.has_value() != change.vector)
    throw errors::resource_not_found();
  transaction.erase_document(kWorkDocument, backfill_work(table.name, index->name));
  if ((index->settles_ms = settling_time(context)) != 0) {
    index->state = State::kDeleting;
    index->backfilling = false;
    index->backfills_ms = 0;
    return;
  }
  transaction.drop_space(index->space);
  std::erase_if(table.global_indexes, [&](const Index& other) { return other.name == name; });
  table.state = state_of_changed(table);
}

}  // namespace

void update_table(OperationContext& context) {
  std::vector<IndexChange> changes = read_index_changes(context);
  check_anything_asked(context, changes);
  std::optional<Throughput> throughput;
  if (const JsonValue* given = context.find("ProvisionedThroughput")) throughput = read_throughput(*given);
  size_t online = static_cast<size_t>(std::count_if(changes.begin(), changes.end(), [](const IndexChange& change) {
    return change.kind != IndexChange::Kind::kUpdate;
  }));
  if (online > 1) throw errors::limit_exceeded(kOneOnlineIndex);

  std::string_view name = table_name_of(context, context.string("TableName"));
  if (context.scope == nullptr) throw errors::table_not_found(name);
  Scope& scope = *context.scope;
  check_replica_regions(context, name);
  auto transaction = scope.store->write();
  TablePtr table = scope.catalog.find(name, *transaction);
  if (table == nullptr) throw errors::table_not_found(name);
  check_settled(*table);
  const Index* deleted = changes.size() == 1 && changes[0].kind == IndexChange::Kind::kDelete
                             ? table->find_index(changes[0].name)
                             : nullptr;
  bool deletes_creating = deleted != nullptr && deleted->state == State::kCreating;
  if (deletes_creating && !deleted->backfilling)
    throw errors::resource_in_use(
        "Attempt to change a resource which is still in use: Index creation is in resource allocation phase. Retry "
        "deletion during backfilling phase or when the index is active.");
  if (online != 0 && !deletes_creating && changes_indexes(*table)) throw errors::limit_exceeded(kOneOnlineIndex);
  if (table->state != State::kActive && !deletes_creating) throw errors::table_being_updated(name);

  Table changed = *table;
  changed.settles_ms = settling_time(context);
  change_billing(context, throughput, changes, changed);
  if (const JsonValue* warm = context.find("WarmThroughput"))
    changed.warm = read_warm(*warm, effective_warm(changed.warm, changed.throughput, changed.on_demand), "table");
  change_stream(context, changed, *transaction);
  if (const JsonValue* sse = context.find("SSESpecification"))
    changed.sse_description = sse_description(*sse, context.caller.region, context.caller.account);
  if (std::string_view table_class = context.string("TableClass"); !table_class.empty()) {
    changed.table_class = table_class;
    changed.table_class_changed_ms = context.now_ms();
  }
  if (const JsonValue* protection = context.find("DeletionProtectionEnabled"))
    changed.deletion_protection = protection->boolean();
  change_replicas(context, changed, *transaction);
  merge_definitions(context, changed);
  std::optional<Index> going;
  for (const IndexChange& change : changes) {
    if (change.kind == IndexChange::Kind::kCreate) {
      if (!change.vector) check_index_defined(*change.action, context.find("AttributeDefinitions"));
      create_index(context, change, changed, *transaction);
    }
    if (change.kind == IndexChange::Kind::kUpdate) update_index(context, change, changed);
    if (change.kind == IndexChange::Kind::kDelete) {
      if (const Index* index = changed.find_index(change.name)) going = *index;
      delete_index(context, change, changed, *transaction);
      if (changed.find_index(change.name) != nullptr) going.reset();  // it shows itself
    }
  }
  prune_definitions(changed);
  for (const Index& index : changed.global_indexes)  // the table itself is done with once a new index is allocated
    if (index.state == State::kCreating) changed.settles_ms = index.backfills_ms;
  if (changed.settles_ms != 0) {
    changed.state = State::kUpdating;
    transaction->put_document(kWorkDocument, state_work(name), {});
  }
  for (const Replica& replica : changed.replication.replicas)
    if (replica.state != State::kActive) changed.state = State::kUpdating;
  TablePtr published;
  try {
    published = scope.catalog.publish(std::move(changed), *transaction);
    Table shown = *published;
    shown.state = State::kUpdating;
    if (going) {
      going->state = State::kDeleting;
      going->backfilling = false;
      going->backfills_ms = 0;
      shown.global_indexes.push_back(*going);
    }
    JsonWriter w(context.out);
    w.begin_object().key("TableDescription");
    write_table_description(w, shown, *transaction);
    w.end_object();
    transaction->commit();
  } catch (...) {
    scope.catalog.forget(name);
    throw;
  }
  context.engine.tell_work(scope);
}

}  // namespace stator::operations
