// A Table as clients see it: the members of TableDescription that the service sends for such a table, no more.
#pragma once

#include <string_view>

#include "emulator/tables/table.h"
#include "persistence/store.h"
#include "protocol/json/json_writer.h"

namespace stator {

// What an answer says of the table that differs from what is stored: CreateTable answers CREATING although the next
// DescribeTable may already say ACTIVE.
struct DescribeOptions {
  std::optional<State> table_state = {};
  std::optional<State> index_state = {};  // of every global index
  bool without_counts = false;            // a table that is being made has no size yet
  bool creates = false;  // CreateTable's answer: of what is warm it tells what it was asked for the table
  int64_t now_ms = 0;    // which day is today; 0: that of the last decrease
};

// Appends the TableDescription object as the writer's next value. Counts come from `transaction`.
void write_table_description(JsonWriter& w, const Table& table, persistence::ReadTransaction& transaction,
                             const DescribeOptions& options = {});

// Single members of it, which other descriptions have as well.
void write_key_schema(JsonWriter& w, const KeySchema& keys);
void write_projection(JsonWriter& w, const Index& index);
// SearchSchema, Projection, VectorAttribute, Dimensions and DistanceFunction of a vector index.
void write_vector(JsonWriter& w, const Index& index);
void write_on_demand_limits(JsonWriter& w, const OnDemandLimits& limits);
// SSEDescription, if there is one.
void write_encryption(JsonWriter& w, const Table& table);

// Seconds with milliseconds, as the JSON protocol writes timestamps: 1700000000.123.
void write_timestamp(JsonWriter& w, int64_t ms);

}  // namespace stator
