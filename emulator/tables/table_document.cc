#include "emulator/tables/table_document.h"

#include <stdexcept>

#include "emulator/tables/stored_document.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator {
namespace {

void write_keys(JsonWriter& w, std::string_view name, const std::vector<KeyAttribute>& keys) {
  w.key(name).begin_array();
  for (const KeyAttribute& key : keys)
    w.begin_object()
        .key("AttributeName")
        .string(key.name)
        .key("AttributeType")
        .string(type_name(key.type))
        .end_object();
  w.end_array();
}

void store_throughput(JsonWriter& w, const Throughput& t) {
  w.key("ProvisionedThroughput").begin_object();
  w.key("ReadCapacityUnits").integer(t.read).key("WriteCapacityUnits").integer(t.write);
  w.key("LastIncrease").integer(t.last_increase_ms).key("LastDecrease").integer(t.last_decrease_ms);
  w.key("DecreasesToday").integer(t.decreases_today);
  if (t.next_read != 0) w.key("NextRead").integer(t.next_read).key("NextWrite").integer(t.next_write);
  w.end_object();
}

void write_limits(JsonWriter& w, const OnDemandLimits& limits, const std::optional<WarmThroughput>& warm,
                  const std::optional<WarmThroughput>& next_warm) {
  w.key("MaxRead").integer(limits.read).key("MaxWrite").integer(limits.write);
  if (warm) w.key("WarmRead").integer(warm->read).key("WarmWrite").integer(warm->write);
  if (next_warm) w.key("NextWarmRead").integer(next_warm->read).key("NextWarmWrite").integer(next_warm->write);
}

void write_pending(JsonWriter& w, const PendingChange& pending) {
  if (!pending.busy() && !pending.sse_description) return;
  w.key("Pending").begin_object().key("Iops").boolean(pending.iops).key("ToOnDemand").boolean(pending.to_on_demand);
  w.key("Stream").boolean(pending.stream);
  if (pending.table_class) w.key("TableClass").string(*pending.table_class);
  if (pending.sse_description) w.key("SSEDescription").string(*pending.sse_description);
  w.end_object();
}

void write_insights(JsonWriter& w, const ContributorInsights& insights) {
  if (insights.changed_ms == 0) return;
  w.key("Insights").begin_object().key("Enabled").boolean(insights.enabled).key("Mode").string(insights.mode);
  w.key("Changed").integer(insights.changed_ms).end_object();
}

void write_policy(JsonWriter& w, const ResourcePolicy& policy) {
  if (policy.document.empty()) return;
  w.key("ResourcePolicy").string(policy.document).key("PolicyRevision").string(policy.revision);
}

std::string hex_of(std::string_view bytes) {  // key bytes are no text
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kHex[static_cast<unsigned char>(c) >> 4];
    hex += kHex[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

void write_replication(JsonWriter& w, const Replication& replication) {
  if (replication.replicas.empty() && replication.global_since_ms == 0) return;
  w.key("Replication").begin_object().key("Replicas").begin_array();
  for (const Replica& replica : replication.replicas) {
    w.begin_object().key("RegionName").string(replica.region).key("State").integer(static_cast<int>(replica.state));
    w.key("Position").string(hex_of(replica.position)).key("KMSMasterKeyId").string(replica.kms_key);
    w.key("TableClass")
        .string(replica.table_class)
        .key("ReadCapacityUnits")
        .integer(replica.read_capacity)
        .end_object();
  }
  w.end_array().key("Outbox").integer(replication.outbox).key("Stamps").integer(replication.stamps);
  w.key("GlobalSince").integer(replication.global_since_ms).end_object();
}

void write_indexes(JsonWriter& w, std::string_view name, const std::vector<Index>& indexes) {
  w.key(name).begin_array();
  for (const Index& index : indexes) {
    w.begin_object().key("IndexName").string(index.name);
    write_keys(w, "Hash", index.keys.hash);
    write_keys(w, "Range", index.keys.range);
    if (index.vector) {
      w.key("Vector").begin_object().key("AttributeName").string(index.vector->attribute);
      w.key("Dimensions").integer(index.vector->dimensions);
      w.key("Distance").integer(static_cast<int>(index.vector->distance)).end_object();
    }
    w.key("Projection").integer(static_cast<int>(index.projection));
    w.key("NonKeyAttributes").begin_array();
    for (const std::string& attribute : index.non_key_attributes) w.string(attribute);
    w.end_array();
    store_throughput(w, index.throughput);
    write_limits(w, index.on_demand, index.warm, index.next_warm);
    w.key("State").integer(static_cast<int>(index.state)).key("Backfilling").boolean(index.backfilling);
    write_insights(w, index.insights);
    w.key("Settles").integer(index.settles_ms).key("Backfills").integer(index.backfills_ms);
    w.key("Position").string(hex_of(index.backfill_position)).key("Space").integer(index.space).end_object();
  }
  w.end_array();
}

using stored::flag;
using stored::integer;
using stored::text;

std::vector<KeyAttribute> read_keys(const JsonValue& object, std::string_view name) {
  std::vector<KeyAttribute> keys;
  if (const JsonValue* list = object.find(name))
    for (const JsonValue& element : list->elements()) {
      KeyAttribute key;
      key.name = text(element, "AttributeName");
      if (!type_from_name(text(element, "AttributeType"), key.type))
        throw std::runtime_error("bad key type in a stored table");
      keys.push_back(std::move(key));
    }
  return keys;
}

Throughput stored_throughput(const JsonValue& object) {
  Throughput t;
  if (const JsonValue* member = object.find("ProvisionedThroughput")) {
    t.read = integer(*member, "ReadCapacityUnits");
    t.write = integer(*member, "WriteCapacityUnits");
    t.last_increase_ms = integer(*member, "LastIncrease");
    t.last_decrease_ms = integer(*member, "LastDecrease");
    t.decreases_today = integer(*member, "DecreasesToday");
    t.next_read = integer(*member, "NextRead");
    t.next_write = integer(*member, "NextWrite");
  }
  return t;
}

void read_limits(const JsonValue& object, OnDemandLimits& limits, std::optional<WarmThroughput>& warm,
                 std::optional<WarmThroughput>& next_warm) {
  limits.read = integer(object, "MaxRead", -1);
  limits.write = integer(object, "MaxWrite", -1);
  if (object.find("WarmRead") != nullptr)
    warm = WarmThroughput{integer(object, "WarmRead"), integer(object, "WarmWrite")};
  if (object.find("NextWarmRead") != nullptr)
    next_warm = WarmThroughput{integer(object, "NextWarmRead"), integer(object, "NextWarmWrite")};
}

PendingChange read_pending(const JsonValue& object) {
  PendingChange pending;
  const JsonValue* stored = object.find("Pending");
  if (stored == nullptr) return pending;
  pending.iops = flag(*stored, "Iops");
  pending.to_on_demand = flag(*stored, "ToOnDemand");
  pending.stream = flag(*stored, "Stream");
  if (stored->find("TableClass") != nullptr) pending.table_class = text(*stored, "TableClass");
  if (stored->find("SSEDescription") != nullptr) pending.sse_description = text(*stored, "SSEDescription");
  return pending;
}

ContributorInsights read_insights(const JsonValue& object) {
  ContributorInsights insights;
  if (const JsonValue* member = object.find("Insights")) {
    insights.enabled = flag(*member, "Enabled");
    insights.mode = text(*member, "Mode");
    insights.changed_ms = integer(*member, "Changed");
  }
  return insights;
}

ResourcePolicy read_policy(const JsonValue& object) {
  return {text(object, "ResourcePolicy"), text(object, "PolicyRevision")};
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(nibble(hex[i]) << 4 | nibble(hex[i + 1]));
  return bytes;
}

Replication read_replication(const JsonValue& object) {
  Replication replication;
  const JsonValue* stored = object.find("Replication");
  if (stored == nullptr) return replication;
  if (const JsonValue* replicas = stored->find("Replicas"))
    for (const JsonValue& element : replicas->elements())
      replication.replicas.push_back({text(element, "RegionName"), static_cast<State>(integer(element, "State")),
                                      from_hex(text(element, "Position")), text(element, "KMSMasterKeyId"),
                                      text(element, "TableClass"), integer(element, "ReadCapacityUnits")});
  replication.outbox = integer(*stored, "Outbox");
  replication.stamps = integer(*stored, "Stamps");
  replication.global_since_ms = integer(*stored, "GlobalSince");
  return replication;
}

std::vector<Index> read_indexes(const JsonValue& object, std::string_view name, bool global) {
  std::vector<Index> indexes;
  const JsonValue* list = object.find(name);
  if (list == nullptr) return indexes;
  for (const JsonValue& element : list->elements()) {
    Index index;
    index.name = text(element, "IndexName");
    index.global = global;
    index.keys.hash = read_keys(element, "Hash");
    index.keys.range = read_keys(element, "Range");
    if (const JsonValue* vector = element.find("Vector"))
      index.vector =
          VectorSettings{text(*vector, "AttributeName"), static_cast<uint32_t>(integer(*vector, "Dimensions")),
                         static_cast<DistanceFunction>(integer(*vector, "Distance"))};
    index.projection = static_cast<Projection>(integer(element, "Projection"));
    if (const JsonValue* names = element.find("NonKeyAttributes"))
      for (const JsonValue& attribute : names->elements()) index.non_key_attributes.emplace_back(attribute.text());
    index.throughput = stored_throughput(element);
    read_limits(element, index.on_demand, index.warm, index.next_warm);
    index.state = static_cast<State>(integer(element, "State"));
    index.backfilling = flag(element, "Backfilling");
    index.settles_ms = integer(element, "Settles");
    index.insights = read_insights(element);
    index.backfills_ms = integer(element, "Backfills");
    index.backfill_position = from_hex(text(element, "Position"));
    index.space = integer(element, "Space");
    indexes.push_back(std::move(index));
  }
  return indexes;
}

}  // namespace

std::string table_document(const Table& table) {
  std::string out;
  JsonWriter w(out);
  w.begin_object()
      .key("TableName")
      .string(table.name)
      .key("TableArn")
      .string(table.arn)
      .key("TableId")
      .string(table.id);
  w.key("Created").integer(table.created_ms).key("State").integer(static_cast<int>(table.state));
  w.key("Settles").integer(table.settles_ms);
  write_keys(w, "AttributeDefinitions", table.definitions);
  write_keys(w, "Hash", table.keys.hash);
  write_keys(w, "Range", table.keys.range);
  w.key("OnDemand").boolean(table.on_demand).key("BillingModeTold").boolean(table.billing_mode_told);
  w.key("OnDemandSince").integer(table.on_demand_since_ms);
  store_throughput(w, table.throughput);
  write_limits(w, table.on_demand_limits, table.warm, table.next_warm);
  write_pending(w, table.pending);
  write_indexes(w, "LocalSecondaryIndexes", table.local_indexes);
  write_indexes(w, "GlobalSecondaryIndexes", table.global_indexes);
  w.key("Stream").begin_object().key("Enabled").boolean(table.stream.enabled);
  w.key("ViewType").string(table.stream.view_type).key("Label").string(table.stream.label);
  write_policy(w, table.stream.policy);
  w.key("Space").integer(table.stream.space).end_object();
  w.key("TableClass").string(table.table_class).key("TableClassChanged").integer(table.table_class_changed_ms);
  w.key("SSEDescription").string(table.sse_description);
  write_policy(w, table.policy);
  write_insights(w, table.insights);
  w.key("Kinesis").begin_array();
  for (const KinesisDestination& destination : table.kinesis) {
    w.begin_object().key("StreamArn").string(destination.stream_arn).key("Active").boolean(destination.active);
    w.key("Precision").string(destination.precision).end_object();
  }
  w.end_array();
  w.key("DeletionProtection").boolean(table.deletion_protection);
  w.key("Recovery").begin_object().key("Enabled").boolean(table.recovery.enabled);
  w.key("Since").integer(table.recovery.since_ms).key("Days").integer(table.recovery.days).end_object();
  write_replication(w, table.replication);
  if (table.restored) {
    w.key("Restored").begin_object().key("BackupArn").string(table.restored->backup_arn);
    w.key("TableArn").string(table.restored->table_arn).key("Time").integer(table.restored->time_ms);
    w.key("InProgress").boolean(table.restored->in_progress).end_object();
  }
  w.key("TimeToLive")
      .begin_object()
      .key("Enabled")
      .boolean(table.ttl.enabled)
      .key("AttributeName")
      .string(table.ttl.attribute);
  w.key("Changed").integer(table.ttl.changed_ms).key("Queue").integer(table.ttl.queue).end_object();
  w.key("Tags").begin_object();
  for (const auto& [key, value] : table.tags) w.key(key).string(value);
  w.end_object().key("Collections").integer(table.collections).key("History").integer(table.history);
  w.key("Space").integer(table.space).end_object();
  return out;
}

Table read_table_document(std::string_view document) {
  Arena arena;
  const JsonValue root = stored::parse(document, arena, "table");
  Table table;
  table.name = text(root, "TableName");
  table.arn = text(root, "TableArn");
  table.id = text(root, "TableId");
  table.created_ms = integer(root, "Created");
  table.state = static_cast<State>(integer(root, "State"));
  table.settles_ms = integer(root, "Settles");
  table.definitions = read_keys(root, "AttributeDefinitions");
  table.keys.hash = read_keys(root, "Hash");
  table.keys.range = read_keys(root, "Range");
  if (table.keys.hash.size() != 1) throw std::runtime_error("a stored table has no hash key");
  table.on_demand = flag(root, "OnDemand");
  table.billing_mode_told = flag(root, "BillingModeTold");
  table.on_demand_since_ms = integer(root, "OnDemandSince");
  table.throughput = stored_throughput(root);
  read_limits(root, table.on_demand_limits, table.warm, table.next_warm);
  table.pending = read_pending(root);
  table.local_indexes = read_indexes(root, "LocalSecondaryIndexes", false);
  table.global_indexes = read_indexes(root, "GlobalSecondaryIndexes", true);
  if (const JsonValue* stream = root.find("Stream")) {
    table.stream.enabled = flag(*stream, "Enabled");
    table.stream.view_type = text(*stream, "ViewType");
    table.stream.label = text(*stream, "Label");
    table.stream.policy = read_policy(*stream);
    table.stream.space = integer(*stream, "Space");
  }
  table.table_class = text(root, "TableClass");
  table.table_class_changed_ms = integer(root, "TableClassChanged");
  table.sse_description = text(root, "SSEDescription");
  table.policy = read_policy(root);
  table.insights = read_insights(root);
  if (const JsonValue* kinesis = root.find("Kinesis"))
    for (const JsonValue& destination : kinesis->elements())
      table.kinesis.push_back(
          {text(destination, "StreamArn"), flag(destination, "Active"), text(destination, "Precision")});
  table.deletion_protection = flag(root, "DeletionProtection");
  if (const JsonValue* recovery = root.find("Recovery")) {
    table.recovery.enabled = flag(*recovery, "Enabled");
    table.recovery.since_ms = integer(*recovery, "Since");
    table.recovery.days = integer(*recovery, "Days", table.recovery.days);
  }
  table.replication = read_replication(root);
  if (const JsonValue* restored = root.find("Restored"))
    table.restored = RestoreOrigin{text(*restored, "BackupArn"), text(*restored, "TableArn"),
                                   integer(*restored, "Time"), flag(*restored, "InProgress")};
  if (const JsonValue* ttl = root.find("TimeToLive")) {
    table.ttl.enabled = flag(*ttl, "Enabled");
    table.ttl.attribute = text(*ttl, "AttributeName");
    table.ttl.changed_ms = integer(*ttl, "Changed");
    table.ttl.queue = integer(*ttl, "Queue");
  }
  if (const JsonValue* tags = root.find("Tags"))
    for (const JsonMember& tag : tags->members()) table.tags.emplace(tag.name, tag.value.text());
  table.space = integer(root, "Space");
  table.collections = integer(root, "Collections");
  table.history = integer(root, "History");
  table.settle_projections();
  return table;
}

}  // namespace stator
