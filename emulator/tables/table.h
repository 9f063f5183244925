// A table as the catalogue holds it: what CreateTable and UpdateTable said, the state it is in, and where its rows are.
// Immutable once published: a change makes a new Table, and requests under way go on with the one they hold. It knows
// nothing of requests or SQL; its stored form is table_document.h, what clients see of it describe_table.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/store.h"
#include "protocol/value/attribute_value.h"

namespace stator {

inline constexpr int64_t kDayMs = 24 * 3600 * 1000LL;

struct KeyAttribute {
  std::string name;
  AttributeValue::Type type = AttributeValue::Type::S;
};

// A table has one hash and at most one range attribute; a global index may have up to four of each.
struct KeySchema {
  std::vector<KeyAttribute> hash;
  std::vector<KeyAttribute> range;

  size_t size() const { return hash.size() + range.size(); }
  std::vector<std::string_view> names() const;  // hash first; they live as long as the schema
  const KeyAttribute* find(std::string_view name) const;
};

struct Throughput {
  int64_t read = 0;
  int64_t write = 0;
  int64_t last_increase_ms = 0;  // 0: never
  int64_t last_decrease_ms = 0;
  int64_t decreases_today = 0;  // of the day of last_decrease_ms
  int64_t next_read = 0;        // what UpdateTable asked for, while clients still see the old: pending_change.h
  int64_t next_write = 0;
};

struct OnDemandLimits {  // -1: not set
  int64_t read = -1;
  int64_t write = -1;
  // The request that is being answered names it: its answer alone tells a -1. Not stored.
  bool read_named = false;
  bool write_named = false;
  bool any() const { return read != -1 || write != -1; }
};

struct WarmThroughput {  // 0: the service's default
  int64_t read = 0;
  int64_t write = 0;
};

// What a table or an index is warmed to: no less than the service's baseline or the provisioned throughput. `warmed` is
// the most that it was so far.
WarmThroughput effective_warm(const std::optional<WarmThroughput>& warmed, const Throughput& provisioned,
                              bool on_demand);

enum class Projection : uint8_t { kAll, kKeysOnly, kInclude };
enum class State : uint8_t { kCreating, kActive, kUpdating, kDeleting };
std::string_view state_name(State state);

// CloudWatch Contributor Insights of a table or a global index. There is no CloudWatch here: only the switch is kept.
struct ContributorInsights {
  bool enabled = false;
  std::string mode;
  int64_t changed_ms = 0;  // 0: never
};

// A policy of the resource. It is enforced where access control is (permissions/access_gate.h).
struct ResourcePolicy {
  std::string document;  // empty: none
  std::string revision;
};

// A Kinesis data stream that was named. There is no Kinesis here: nothing is sent to it.
struct KinesisDestination {
  std::string stream_arn;
  bool active = false;
  std::string precision;
};

enum class DistanceFunction : uint8_t { kCosine, kEuclidean, kDotProduct };

// What makes a global index a vector index. Its `keys` are its SearchSchema then: hash is the HASH element, if there is
// one, and range are the INLINE_FILTERs, which order nothing.
struct VectorSettings {
  std::string attribute;
  uint32_t dimensions = 0;
  DistanceFunction distance = DistanceFunction::kCosine;
};

struct Index {
  std::string name;
  bool global = false;
  std::optional<VectorSettings> vector;
  KeySchema keys;
  Projection projection = Projection::kAll;
  std::vector<std::string> non_key_attributes;  // sorted
  Throughput throughput;
  OnDemandLimits on_demand;
  std::optional<WarmThroughput> warm;
  std::optional<WarmThroughput> next_warm;  // it is being warmed to this
  State state = State::kActive;
  int64_t settles_ms = 0;    // when a state that is not ACTIVE ends, where that takes its time
  int64_t backfills_ms = 0;  // when an index that is being made begins to be filled
  bool backfilling = false;
  std::string backfill_position;  // key of the last base row that was copied
  ContributorInsights insights;
  persistence::SpaceId space = 0;
  // The table's key, the index's key, the INCLUDEd names and the vector, sorted: what a row of the index holds unless
  // it holds all.
  std::vector<std::string> projected;

  bool projects(std::string_view attribute) const;
};

struct StreamSettings {
  bool enabled = false;
  std::string view_type;
  std::string label;  // of the newest stream, which may be disabled by now
  ResourcePolicy policy;
  persistence::SpaceId space = 0;
};

struct TimeToLive {
  bool enabled = false;
  std::string attribute;
  int64_t changed_ms = 0;
  persistence::SpaceId queue = 0;  // rows of items that have an expiry, ordered by it
};

struct PointInTimeRecovery {
  bool enabled = false;
  int64_t since_ms = 0;  // from when on the table's history is known
  int64_t days = 35;
};

// Where the items of a restored table came from.
struct RestoreOrigin {
  std::string backup_arn;  // empty: from the table itself, at a point in time
  std::string table_arn;
  int64_t time_ms = 0;
  bool in_progress = false;
};

// A replica of the table in another region.
struct Replica {
  std::string region = {};
  State state = State::kActive;  // of the replica
  std::string position = {};     // while it is being filled: the last row that it has
  std::string kms_key = {};      // what was asked for it alone
  std::string table_class = {};
  int64_t read_capacity = 0;
};

struct Replication {
  std::vector<Replica> replicas;
  persistence::SpaceId outbox = 0;  // replica_log.h
  persistence::SpaceId stamps = 0;
  int64_t global_since_ms = 0;  // when it was made a global table of the older version; 0: it is none
};

// What an UpdateTable has begun that clients do not see until the table has settled (the units of throughput stand in
// Throughput, what is warmed in next_warm).
struct PendingChange {
  bool iops = false;          // provisioned throughput or billing mode
  bool to_on_demand = false;  // the billing mode, which is told at once; not so since when
  bool stream = false;
  std::optional<std::string> table_class;
  std::optional<std::string> sse_description;

  bool busy() const { return iops || stream || table_class; }  // TableStatus says UPDATING
};

struct Table {
  std::string name;
  std::string arn;
  std::string id;  // a UUID
  int64_t created_ms = 0;
  State state = State::kActive;
  int64_t settles_ms = 0;  // as an index's
  PendingChange pending;
  std::vector<KeyAttribute> definitions;  // AttributeDefinitions, sorted by name
  KeySchema keys;
  bool on_demand = false;
  bool billing_mode_told =
      false;  // BillingMode was named, or has been on-demand: DescribeTable then has a BillingModeSummary
  int64_t on_demand_since_ms = 0;
  Throughput throughput;
  OnDemandLimits on_demand_limits;
  std::optional<WarmThroughput> warm;
  std::optional<WarmThroughput> next_warm;
  std::vector<Index> local_indexes;
  std::vector<Index> global_indexes;  // the vector indexes too
  StreamSettings stream;
  std::string table_class;  // empty: never named
  int64_t table_class_changed_ms = 0;
  std::string sse_description;  // JSON, empty when encryption was never named
  ResourcePolicy policy;
  ContributorInsights insights;
  std::vector<KinesisDestination> kinesis;
  bool deletion_protection = false;
  PointInTimeRecovery recovery;
  Replication replication;
  std::optional<RestoreOrigin> restored;
  TimeToLive ttl;
  std::map<std::string, std::string> tags;
  persistence::SpaceId space = 0;
  persistence::SpaceId collections = 0;  // sizes of item collections, kept for tables with local indexes
  persistence::SpaceId history = 0;      // what items were before each change, while somebody needs it (history.h)

  const Index* find_index(std::string_view index_name) const;
  Index* find_index(std::string_view index_name);
  bool has_indexes() const { return !local_indexes.empty() || !global_indexes.empty(); }
  size_t count_vector_indexes() const;
  // Fills Index::projected. To be called whenever keys or indexes have changed.
  void settle_projections();
};

using TablePtr = std::shared_ptr<const Table>;

}  // namespace stator
