// Global tables of the older version (2017.11.29): tables of one name that exist already, empty, in several regions,
// are tied together. What replicates is the same as in the newer version (replication.h); here are the ties, and what
// is told of them. Throws AwsError.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/context.h"

namespace stator {

struct GlobalTable {
  std::string name;
  std::vector<std::string> regions;
  int64_t created_ms = 0;
};

// The global table that the region's table of that name belongs to; no regions when there is none.
GlobalTable global_table_of(const Table& table);
// The request's GlobalTableName in the caller's region. Throws GlobalTableNotFoundException.
GlobalTable require_global_table(const OperationContext& context, std::string_view name);

// Checks that the region's table may become a replica. Throws TableNotFoundException and ValidationException.
void check_replica_table(const OperationContext& context, std::string_view name, std::string_view region);
// Ties every region's table to all others, and lets go those that are no part of it any more.
void tie_regions(const OperationContext& context, const GlobalTable& global, const std::vector<std::string>& leaving);

// Changes the table in that region, in a transaction of its own, if it is there.
void change_table(const OperationContext& context, std::string_view region, std::string_view name,
                  const std::function<void(Table&, persistence::WriteTransaction&)>& change);

// GlobalTableDescription, as the writer's next value.
void write_global_table(JsonWriter& w, const OperationContext& context, const GlobalTable& global,
                        std::string_view status);

}  // namespace stator
