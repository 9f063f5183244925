#include "emulator/tables/update_rules.h"

#include <algorithm>
#include <set>

#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

using Kind = IndexChange::Kind;

constexpr const char* kOneOnlineIndex =
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
constexpr std::string_view kMembers[] = {
    "ProvisionedThroughput", "BillingMode",    "StreamSpecification", "GlobalSecondaryIndexUpdates",
    "SSESpecification",      "ReplicaUpdates", "TableClass",          "DeletionProtectionEnabled",
    "OnDemandThroughput",    "WarmThroughput", "VectorIndexUpdates"};

bool has(const JsonValue& input, std::string_view name) {
  return input.find(name) != nullptr;
}

std::string_view text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr ? member->text() : std::string_view();
}

AwsError in_use(const std::string& what) {
  return errors::resource_in_use("Attempt to change a resource which is still in use: " + what);
}

std::string names_of(const Table& table, State state) {
  std::string names;
  for (const Index& index : table.global_indexes)
    if (index.state == state) names += (names.empty() ? "" : ", ") + index.name;
  return names;
}

// What must stand alone, or almost.
void check_alone(const JsonValue& input, const std::vector<IndexChange>& indexes, size_t members) {
  const auto must_be_only = [](const std::string& what) {
    return errors::invalid_parameter(what + " must be the only operation in the request");
  };
  if (members == 1) return;
  if (has(input, "SSESpecification")) throw must_be_only("Server-Side Encryption modification");
  if (has(input, "TableClass")) throw must_be_only("TableClass modification");
  if (has(input, "DeletionProtectionEnabled")) throw must_be_only("DeletionProtection modification");
  if (has(input, "OnDemandThroughput") && (has(input, "StreamSpecification") || has(input, "WarmThroughput")))
    throw errors::invalid_parameter(
        "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  if (!has(input, "WarmThroughput")) return;
  if (std::any_of(indexes.begin(), indexes.end(), [](const IndexChange& i) { return i.kind == Kind::kCreate; }))
    throw errors::invalid_parameter("Create global secondary index cannot be specified when updating WarmThroughput");
  const bool indexes_alone = members == 2 && has(input, "GlobalSecondaryIndexUpdates");
  if (!indexes_alone || indexes[0].online()) throw must_be_only("WarmThroughput");
}

}  // namespace

std::vector<IndexChange> read_index_changes(const JsonValue& input) {
  std::vector<IndexChange> changes;
  std::set<std::string_view> names;
  for (bool vector : {false, true}) {
    const JsonValue* list = input.find(vector ? "VectorIndexUpdates" : "GlobalSecondaryIndexUpdates");
    if (list == nullptr) continue;
    for (const JsonValue& element : list->elements()) {
      int actions = 0;
      for (auto [member, kind] : {std::pair("Update", Kind::kUpdate), std::pair("Create", Kind::kCreate),
                                  std::pair("Delete", Kind::kDelete)}) {
        const JsonValue* action = vector && kind == Kind::kUpdate ? nullptr : element.find(member);
        if (action == nullptr) continue;
        if (++actions > 1)
          throw errors::invalid_parameter(
              vector ? "Only one vector index action is allowed per VectorIndexUpdate object"
                     : "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
        changes.push_back({kind, action, text_of(*action, "IndexName"), vector});
        if (!names.insert(changes.back().name).second)
          throw errors::invalid_parameter(
              "Only one global secondary index update per index is allowed simultaneously. Index: " +
              std::string(changes.back().name));
      }
      if (actions != 0) continue;
      throw errors::invalid_parameter(
          vector ? "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null"
                 : "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                   "GlobalSecondaryIndexUpdate.Delete must not be null");
    }
  }
  return changes;
}

void check_asked(const JsonValue& input, const std::vector<IndexChange>& indexes) {
  const bool no_indexes =
      has(input, "GlobalSecondaryIndexUpdates") && input.find("GlobalSecondaryIndexUpdates")->elements().empty();
  const bool no_vectors = has(input, "VectorIndexUpdates") && input.find("VectorIndexUpdates")->elements().empty();
  size_t members = static_cast<size_t>(
      std::count_if(std::begin(kMembers), std::end(kMembers), [&](std::string_view name) { return has(input, name); }));
  members -= (no_indexes ? 1U : 0U) + (no_vectors ? 1U : 0U);
  if (members == 0)
    throw errors::validation(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
        "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
        "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
  if (no_indexes) throw errors::invalid_parameter("List of GlobalSecondaryIndexUpdates is empty");
  check_alone(input, indexes, members);
  const auto online = std::count_if(indexes.begin(), indexes.end(), [](const IndexChange& i) { return i.online(); });
  const bool iops = has(input, "ProvisionedThroughput") || text_of(input, "BillingMode") == "PROVISIONED";
  const bool stream = has(input, "StreamSpecification");
  if (stream && iops) throw errors::invalid_parameter("You cannot modify stream status while updating table IOPS");
  if (online != 0 && iops)
    throw errors::invalid_parameter("You cannot create or delete index while updating table IOPS");
  if (online != 0 && stream)
    throw errors::invalid_parameter("You cannot create or delete index while changing stream status");
  if (online > 1) throw errors::limit_exceeded(kOneOnlineIndex);
}

void check_admitted(const JsonValue& input, const std::vector<IndexChange>& indexes, const Table& table) {
  const std::string of_table = " Table: " + table.name;
  const std::string deleting = names_of(table, State::kDeleting), creating = names_of(table, State::kCreating);
  const std::string in_class =
      table.pending.table_class ? " TableClassUpdateInProgress: " + *table.pending.table_class : std::string();

  for (const IndexChange& change : indexes) {
    const Index* index = table.find_index(change.name);
    const std::string of_index = of_table + " Index: " + std::string(change.name);
    if (change.kind == Kind::kUpdate && index != nullptr && index->state == State::kDeleting)
      throw in_use("Index is being deleted." + of_index);
    if (change.kind == Kind::kUpdate && index != nullptr && index->state == State::kUpdating)
      throw in_use("Index is being updated." + of_index);
    if (!change.online()) continue;
    if (change.kind == Kind::kDelete && index != nullptr && index->state == State::kCreating) {
      if (index->backfilling) continue;
      throw in_use(
          "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index "
          "is "
          "active." +
          of_index);
    }
    if (!deleting.empty() || !creating.empty()) throw errors::limit_exceeded(kOneOnlineIndex);
    if (table.pending.iops)
      throw in_use("Can't create or delete indexes while table IOPS are being updated." + of_table);
    if (table.pending.stream)
      throw in_use("Can't create or delete an index when stream status is being updated." + of_table);
    if (table.pending.table_class)
      throw in_use("Can't create or delete an index when a table class update is in progress." + of_table + in_class);
  }
  const std::string_view mode = text_of(input, "BillingMode");
  const bool switches = !mode.empty() && (mode == "PAY_PER_REQUEST") != table.on_demand;
  if (has(input, "ProvisionedThroughput") || switches) {
    if (table.pending.iops) throw in_use("Table IOPS are currently being updated." + of_table);
    if (!deleting.empty())
      throw in_use("Can't change table IOPS when an index is being deleted." + of_table + " Indexes: [" + deleting +
                   "]");
  }
  if (has(input, "StreamSpecification")) {
    if (table.pending.table_class)
      throw in_use("Can't change stream status when a table class update is in progress." + of_table + in_class);
    if (!creating.empty()) throw in_use("Can't change stream status when an index is being created." + of_table);
  }
  if (has(input, "TableClass")) {
    if (table.pending.table_class)
      throw in_use("Can't update table class when a table class update is in progress." + of_table + in_class);
    if (table.pending.stream) throw in_use("Can't update table class when stream status is being updated." + of_table);
  }
  if (has(input, "OnDemandThroughput")) {
    const std::string cannot = "OnDemandThroughput cannot be updated while ";
    if (table.pending.stream) throw in_use(cannot + "stream status update is in progress");
    if (table.pending.table_class) throw in_use(cannot + "TableClass update is in progress." + in_class);
    for (const auto& [names, what] : {std::pair(&creating, "creation"), std::pair(&deleting, "deletion")})
      if (!names->empty()) throw in_use(cannot + "index " + what + " is in progress for indexes: [" + *names + "]");
  }
  // The rest of what is refused while a table is UPDATING has no recorded text of its own.
  const bool admitted = has(input, "DeletionProtectionEnabled") || has(input, "SSESpecification") ||
                        has(input, "WarmThroughput") || (!mode.empty() && !switches) || !indexes.empty();
  if (table.state == State::kUpdating && !admitted) throw errors::table_being_updated(table.name);
}

void check_deletable(const Table& table) {
  if (table.pending.stream) throw in_use("Cannot delete table while stream is being enabled/disabled.");
  for (const Index& index : table.global_indexes)
    if (index.state != State::kActive)
      throw in_use("Cannot delete table while indexes are being created, updated, or deleted.");
  if (table.state == State::kUpdating || table.pending.sse_description || table.next_warm)
    throw errors::table_being_updated(table.name);
}

}  // namespace stator
