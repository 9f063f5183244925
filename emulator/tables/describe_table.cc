#include "emulator/tables/describe_table.h"

#include <charconv>

#include "emulator/tables/pending_change.h"

namespace stator {
namespace {

void write_throughput(JsonWriter& w, const Throughput& t, bool on_demand, int64_t now_ms) {
  w.key("ProvisionedThroughput").begin_object();
  if (t.last_increase_ms != 0) {
    w.key("LastIncreaseDateTime");
    write_timestamp(w, t.last_increase_ms);
  }
  if (t.last_decrease_ms != 0) {
    w.key("LastDecreaseDateTime");
    write_timestamp(w, t.last_decrease_ms);
  }
  const bool today = now_ms == 0 || now_ms / kDayMs == t.last_decrease_ms / kDayMs;
  w.key("NumberOfDecreasesToday").integer(today ? t.decreases_today : 0);
  w.key("ReadCapacityUnits").integer(on_demand ? 0 : t.read);
  w.key("WriteCapacityUnits").integer(on_demand ? 0 : t.write).end_object();
}

void write_warm(JsonWriter& w, const WarmThroughput& now, bool warming) {
  w.key("WarmThroughput")
      .begin_object()
      .key("ReadUnitsPerSecond")
      .integer(now.read)
      .key("WriteUnitsPerSecond")
      .integer(now.write)
      .key("Status")
      .string(warming ? "UPDATING" : "ACTIVE")
      .end_object();
}

// Since when a table is on demand is told when it is.
int64_t on_demand_since(const Table& table, State state) {
  return state == State::kCreating ? 0 : table.on_demand_since_ms;
}

void write_index(JsonWriter& w, const Table& table, const Index& index, persistence::ReadTransaction& transaction,
                 const DescribeOptions& options) {
  State state = options.index_state.value_or(index.state);
  w.begin_object().key("IndexName").string(index.name);
  if (index.vector) {
    write_vector(w, index);
  } else {
    write_key_schema(w, index.keys);
    write_projection(w, index);
  }
  if (index.global) {
    w.key("IndexStatus").string(state_name(state));
    // False while the service allocates what it will fill; not there for an index that came with its table.
    if (state == State::kCreating && (index.backfilling || index.backfills_ms != 0))
      w.key("Backfilling").boolean(index.backfilling);
    if (!index.vector) write_throughput(w, index.throughput, table.on_demand, options.now_ms);
  }
  persistence::SpaceCounts counts =
      options.without_counts ? persistence::SpaceCounts{} : transaction.counts(index.space);
  w.key("IndexSizeBytes").integer(counts.bytes).key("ItemCount").integer(counts.rows);
  w.key("IndexArn").string(table.arn + "/index/" + index.name);
  if (index.global && !index.vector) {
    write_on_demand_limits(w, index.on_demand);
    if (!options.creates) write_warm(w, warm_now(table, &index), index.next_warm.has_value());
  }
  w.end_object();
}

// The other regions of the table, and which version of global tables it is one of.
void write_replicas(JsonWriter& w, const Table& table) {
  const Replication& replication = table.replication;
  if (replication.replicas.empty() && replication.global_since_ms == 0) return;
  w.key("GlobalTableVersion").string(replication.global_since_ms != 0 ? "2017.11.29" : "2019.11.21");
  if (replication.global_since_ms != 0) return;
  w.key("Replicas").begin_array();
  for (const Replica& replica : replication.replicas) {
    w.begin_object().key("RegionName").string(replica.region).key("ReplicaStatus").string(state_name(replica.state));
    if (!replica.kms_key.empty()) w.key("KMSMasterKeyId").string(replica.kms_key);
    if (replica.read_capacity != 0)
      w.key("ProvisionedThroughputOverride")
          .begin_object()
          .key("ReadCapacityUnits")
          .integer(replica.read_capacity)
          .end_object();
    if (!replica.table_class.empty())
      w.key("ReplicaTableClassSummary").begin_object().key("TableClass").string(replica.table_class).end_object();
    w.end_object();
  }
  w.end_array();
}

}  // namespace

void write_key_schema(JsonWriter& w, const KeySchema& keys) {
  w.key("KeySchema").begin_array();
  for (const KeyAttribute& key : keys.hash)
    w.begin_object().key("AttributeName").string(key.name).key("KeyType").string("HASH").end_object();
  for (const KeyAttribute& key : keys.range)
    w.begin_object().key("AttributeName").string(key.name).key("KeyType").string("RANGE").end_object();
  w.end_array();
}

void write_projection(JsonWriter& w, const Index& index) {
  static constexpr std::string_view kNames[] = {"ALL", "KEYS_ONLY", "INCLUDE"};
  w.key("Projection").begin_object().key("ProjectionType").string(kNames[static_cast<size_t>(index.projection)]);
  if (!index.non_key_attributes.empty()) {
    w.key("NonKeyAttributes").begin_array();
    for (const std::string& name : index.non_key_attributes) w.string(name);
    w.end_array();
  }
  w.end_object();
}

void write_vector(JsonWriter& w, const Index& index) {
  static constexpr std::string_view kFunctions[] = {"COSINE", "EUCLIDEAN", "DOT_PRODUCT"};
  if (index.keys.size() != 0) {
    w.key("SearchSchema").begin_array();
    for (const auto& [type, keys] :
         {std::pair("HASH", &index.keys.hash), std::pair("INLINE_FILTER", &index.keys.range)})
      for (const KeyAttribute& key : *keys)
        w.begin_object().key("AttributeName").string(key.name).key("SearchSchemaElementType").string(type).end_object();
    w.end_array();
  }
  write_projection(w, index);
  w.key("VectorAttribute").begin_object().key("AttributeName").string(index.vector->attribute).end_object();
  w.key("Dimensions").integer(index.vector->dimensions);
  w.key("DistanceFunction").string(kFunctions[static_cast<size_t>(index.vector->distance)]);
}

void write_on_demand_limits(JsonWriter& w, const OnDemandLimits& limits) {
  if (!limits.any() && !limits.read_named && !limits.write_named) return;
  w.key("OnDemandThroughput").begin_object();
  if (limits.read != -1 || limits.read_named) w.key("MaxReadRequestUnits").integer(limits.read);
  if (limits.write != -1 || limits.write_named) w.key("MaxWriteRequestUnits").integer(limits.write);
  w.end_object();
}

void write_encryption(JsonWriter& w, const Table& table) {
  const std::string& now = table.sse_description;
  if (!table.pending.sse_description) {
    if (!now.empty()) w.key("SSEDescription").raw(now);
    return;
  }
  constexpr std::string_view kEnabled = R"({"Status":"ENABLED")";
  w.key("SSEDescription").raw(R"({"Status":"UPDATING")" + (now.empty() ? "}" : now.substr(kEnabled.size())));
}

void write_timestamp(JsonWriter& w, int64_t ms) {
  char text[32];
  char* end = std::to_chars(text, text + 20, ms / 1000).ptr;
  if (int64_t rest = ms % 1000; rest != 0) {
    *end++ = '.';
    *end++ = static_cast<char>('0' + rest / 100);
    if (rest % 100 != 0) *end++ = static_cast<char>('0' + rest / 10 % 10);
    if (rest % 10 != 0) *end++ = static_cast<char>('0' + rest % 10);
  }
  w.raw({text, static_cast<size_t>(end - text)});
}

void write_table_description(JsonWriter& w, const Table& table, persistence::ReadTransaction& transaction,
                             const DescribeOptions& options) {
  State state = options.table_state.value_or(table.state);
  auto write_indexes = [&](JsonWriter& to, std::string_view name, const std::vector<Index>& indexes, bool vectors) {
    bool any = false;
    for (const Index& index : indexes) {
      if (index.vector.has_value() != vectors) continue;
      if (!any) to.key(name).begin_array();
      any = true;
      write_index(to, table, index, transaction, options);
    }
    if (any) to.end_array();
  };
  w.begin_object().key("AttributeDefinitions").begin_array();
  for (const KeyAttribute& key : table.definitions)
    w.begin_object()
        .key("AttributeName")
        .string(key.name)
        .key("AttributeType")
        .string(type_name(key.type))
        .end_object();
  w.end_array().key("TableName").string(table.name);
  write_key_schema(w, table.keys);
  w.key("TableStatus").string(state_name(state)).key("CreationDateTime");
  write_timestamp(w, table.created_ms);
  write_throughput(w, table.throughput, table.on_demand, options.now_ms);
  persistence::SpaceCounts counts =
      options.without_counts ? persistence::SpaceCounts{} : transaction.counts(table.space);
  w.key("TableSizeBytes").integer(counts.bytes).key("ItemCount").integer(counts.rows);
  w.key("TableArn").string(table.arn).key("TableId").string(table.id);
  if (table.billing_mode_told) {
    // The second says the same under other names; it is in no model, and in the service's answers (ExtendDB's 320).
    for (const auto& [summary, mode] : {std::pair("BillingModeSummary", "BillingMode"),
                                        std::pair("TableThroughputModeSummary", "TableThroughputMode")}) {
      w.key(summary).begin_object().key(mode).string(table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
      if (const int64_t since = on_demand_since(table, state); since != 0) {
        w.key("LastUpdateToPayPerRequestDateTime");
        write_timestamp(w, since);
      }
      w.end_object();
    }
  }
  write_indexes(w, "LocalSecondaryIndexes", table.local_indexes, false);
  write_indexes(w, "GlobalSecondaryIndexes", table.global_indexes, false);
  write_indexes(w, "VectorIndexes", table.global_indexes, true);
  if (table.stream.enabled) {
    w.key("StreamSpecification").begin_object().key("StreamEnabled").boolean(true);
    w.key("StreamViewType").string(table.stream.view_type).end_object();
  }
  if (!table.stream.label.empty()) {
    w.key("LatestStreamLabel").string(table.stream.label);
    w.key("LatestStreamArn").string(table.arn + "/stream/" + table.stream.label);
  }
  write_replicas(w, table);
  if (table.restored && table.state == State::kCreating) {  // no longer once it is there (ACK's notes, DDB-TABLE-216)
    w.key("RestoreSummary").begin_object();
    if (!table.restored->backup_arn.empty()) w.key("SourceBackupArn").string(table.restored->backup_arn);
    w.key("SourceTableArn").string(table.restored->table_arn).key("RestoreDateTime");
    write_timestamp(w, table.restored->time_ms);
    w.key("RestoreInProgress").boolean(true).end_object();
  }
  write_encryption(w, table);
  if (!table.table_class.empty()) {
    w.key("TableClassSummary").begin_object().key("TableClass").string(table.table_class);
    if (table.table_class_changed_ms != 0) {
      w.key("LastUpdateDateTime");
      write_timestamp(w, table.table_class_changed_ms);
    }
    w.end_object();
  }
  write_on_demand_limits(w, table.on_demand_limits);
  w.key("DeletionProtectionEnabled").boolean(table.deletion_protection);
  if (!options.creates || table.next_warm) write_warm(w, warm_now(table, nullptr), table.next_warm.has_value());
  w.end_object();
}

}  // namespace stator
