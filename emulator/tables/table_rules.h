// What CreateTable and UpdateTable may ask for: their members read into a Table, checked in the service's order with
// its texts. Member constraints (names, enums, ranges) were checked before, from the model. Throws AwsError.
//
// Order, from recorded errors: billing mode and throughput, key schema against definitions, local indexes, global
// indexes, and last whether every definition is used. Sources: validation_errors, operations CreateTable and
// UpdateTable.
#pragma once

#include <span>

#include "emulator/tables/table.h"
#include "protocol/json/json_value.h"

namespace stator {

inline constexpr size_t kMaxGlobalIndexes = 20;
inline constexpr size_t kMaxLocalIndexes = 5;
inline constexpr size_t kMaxVectorIndexes = 5;
inline constexpr size_t kMaxNonKeyAttributesPerTable = 100;
inline constexpr int64_t kMaxThroughput = 1'000'000'000'000;

// CreateTable's input as a table without name, ARN, id, times and spaces.
Table read_create_table(const JsonValue& input);

std::vector<KeyAttribute> read_definitions(const JsonValue& list);

// One element of GlobalSecondaryIndexes, or the Create action of UpdateTable.
Index read_global_index(const JsonValue& element, std::span<const KeyAttribute> definitions, bool on_demand);
// One element of VectorIndexes, or the Create action of a VectorIndexUpdate.
Index read_vector_index(const JsonValue& element, std::span<const KeyAttribute> definitions);
// What only all vector indexes together can break: the vectors of one attribute have one length.
void check_vector_indexes(const Table& table);
// UpdateTable must define the new index's key attributes itself, be they known already (dynoxide's issue 144,
// eu-west-2).
void check_index_defined(const JsonValue& create, const JsonValue* definitions);

// Reads ProvisionedThroughput's two numbers and refuses what is out of bounds.
Throughput read_throughput(const JsonValue& member);

OnDemandLimits read_on_demand_limits(const JsonValue& member, std::string_view what, bool update);

// StreamSpecification. Throws for a view type without enabling and the like.
StreamSettings read_stream_specification(const JsonValue& member, bool creates);

// SSESpecification as the SSEDescription that DescribeTable shows; empty when it says the default.
std::string sse_description(const JsonValue& specification, std::string_view region, std::string_view account);

// Every attribute of keys and indexes is defined and, for CreateTable, every definition is used.
void check_definitions_used(const Table& table);
void check_non_key_attributes(const Table& table);

}  // namespace stator
