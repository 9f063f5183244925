#include "emulator/replication/scaling.h"

#include <algorithm>

#include "emulator/replication/replica_log.h"
#include "emulator/tables/stored_document.h"

namespace stator {
namespace {

std::string place(std::string_view what, std::string_view index) {
  return std::string(what) + (index.empty() ? "" : "/") + std::string(index);
}

std::shared_ptr<Scope> scope_there(const OperationContext& context, std::string_view region) {
  return context.engine.find_scope({context.scope_name.account, std::string(region), context.scope_name.fork});
}

// What is there already stays, unless the update says otherwise.
void take(JsonWriter& w, std::string_view name, const JsonValue& update, const JsonValue* before) {
  const JsonValue* member = update.find(name);
  if (member == nullptr && before != nullptr) member = before->find(name);
  if (member != nullptr) append_json(*member, w.key(name).next());
}

void write_index_scaling(JsonWriter& w, const ScalingSettings& settings, const Index& index) {
  w.begin_object().key("IndexName").string(index.name).key("IndexStatus").string(state_name(index.state));
  for (std::string_view what : {"Read", "Write"})
    settings.write(w.key("Provisioned" + std::string(what) + "CapacityAutoScalingSettings"), what, index.name);
  w.end_object();
}

}  // namespace

ScalingSettings ScalingSettings::of(std::string_view table, persistence::ReadTransaction& transaction) {
  ScalingSettings found;
  const std::optional<std::string> document = transaction.document(kScalingDocument, table);
  if (!document) return found;
  Arena arena;
  for (const JsonMember& member : stored::parse(*document, arena, "auto scaling").members())
    found.settings_.emplace(member.name, member.value.text());
  return found;
}

void ScalingSettings::keep(std::string_view table, persistence::WriteTransaction& transaction) const {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  for (const auto& [name, description] : settings_) w.key(name).string(description);
  w.end_object();
  transaction.put_document(kScalingDocument, table, out);
}

void ScalingSettings::update(const OperationContext& context, std::string_view what, std::string_view table,
                             std::string_view index, const JsonValue& update) {
  const std::string where = place(what, index);
  if (const JsonValue* disabled = update.find("AutoScalingDisabled"); disabled != nullptr && disabled->boolean()) {
    settings_.erase(where);
    return;
  }
  Arena arena;
  std::optional<JsonValue> known;
  if (auto before = settings_.find(where); before != settings_.end())
    known = stored::parse(before->second, arena, "auto scaling");
  const JsonValue* before = known ? &*known : nullptr;
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  take(w, "MinimumUnits", update, before);
  take(w, "MaximumUnits", update, before);
  if (update.find("AutoScalingRoleArn") != nullptr || before != nullptr)
    take(w, "AutoScalingRoleArn", update, before);
  else
    w.key("AutoScalingRoleArn")
        .string("arn:aws:iam::" + context.caller.account +
                ":role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
                "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable");
  if (const JsonValue* policy = update.find("ScalingPolicyUpdate")) {
    std::string name(OperationContext::string_in(*policy, "PolicyName"));
    if (name.empty())
      name = "DynamoDB" + std::string(what) + "CapacityUtilization:table/" + std::string(table) +
             (index.empty() ? "" : "/index/" + std::string(index));
    w.key("ScalingPolicies").begin_array().begin_object().key("PolicyName").string(name);
    append_json(*policy->find("TargetTrackingScalingPolicyConfiguration"),
                w.key("TargetTrackingScalingPolicyConfiguration").next());
    w.end_object().end_array();
  } else {
    take(w, "ScalingPolicies", update, before);
  }
  w.end_object();
  settings_[where] = std::move(out);
}

void ScalingSettings::write(JsonWriter& w, std::string_view what, std::string_view index) const {
  auto found = settings_.find(place(what, index));
  if (found == settings_.end())
    w.begin_object().key("AutoScalingDisabled").boolean(true).end_object();
  else
    w.raw(found->second);
}

ScalingSettings scaling_in(const OperationContext& context, std::string_view region, std::string_view table) {
  std::shared_ptr<Scope> scope = scope_there(context, region);
  return scope != nullptr ? ScalingSettings::of(table, *scope->store->read()) : ScalingSettings();
}

void change_scaling(const OperationContext& context, std::string_view region, std::string_view table,
                    const std::function<void(ScalingSettings&)>& change) {
  std::shared_ptr<Scope> scope = scope_there(context, region);
  if (scope == nullptr) return;
  auto transaction = scope->store->write();
  ScalingSettings settings = ScalingSettings::of(table, *transaction);
  change(settings);
  settings.keep(table, *transaction);
  transaction->commit();
  transaction.reset();
  persistence::settle();
}

std::vector<std::string> regions_of(const Table& table) {
  std::vector<std::string> regions = {std::string(region_of(table))};
  for (const Replica& replica : table.replication.replicas) regions.push_back(replica.region);
  std::sort(regions.begin(), regions.end());
  return regions;
}

TablePtr require_scaled_table(const OperationContext& context, std::string_view name) {
  TablePtr table = known_table(context, name);
  if (table == nullptr || table->replication.replicas.empty() || table->replication.global_since_ms != 0)
    throw errors::resource_not_found("Global table with name: '" + std::string(name) + "' does not exist.");
  return table;
}

void write_table_scaling(JsonWriter& w, const OperationContext& context, const Table& table) {
  w.begin_object().key("TableName").string(table.name).key("TableStatus").string(state_name(table.state));
  w.key("Replicas").begin_array();
  for (const std::string& region : regions_of(table)) {
    const ScalingSettings settings = scaling_in(context, region, table.name);
    State state = State::kActive;
    for (const Replica& replica : table.replication.replicas)
      if (replica.region == region) state = replica.state;
    w.begin_object().key("RegionName").string(region).key("GlobalSecondaryIndexes").begin_array();
    for (const Index& index : table.global_indexes)
      if (!index.vector) write_index_scaling(w, settings, index);
    w.end_array();
    settings.write(w.key("ReplicaProvisionedReadCapacityAutoScalingSettings"), "Read", {});
    settings.write(w.key("ReplicaProvisionedWriteCapacityAutoScalingSettings"), "Write", {});
    w.key("ReplicaStatus").string(state_name(state)).end_object();
  }
  w.end_array().end_object();
}

}  // namespace stator
