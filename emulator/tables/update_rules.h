// What may stand together in one UpdateTable, and what is refused while an earlier change has not settled. Texts and
// order as ACK's API notes on DynamoDB recorded them in October 2026 (DDB-TABLE-119, 174, 175, 286, 370, 375, 382,
// 433). It knows the request and the table, and changes neither.
#pragma once

#include <string_view>
#include <vector>

#include "emulator/tables/table.h"
#include "protocol/json/json_value.h"

namespace stator {

// What the request says of one index: exactly one of the three, each index once.
struct IndexChange {
  enum class Kind { kCreate, kUpdate, kDelete };
  Kind kind;
  const JsonValue* action;
  std::string_view name;
  bool vector = false;

  bool online() const { return kind != Kind::kUpdate; }
};

// GlobalSecondaryIndexUpdates and VectorIndexUpdates. Throws AwsError; views live as long as the input.
std::vector<IndexChange> read_index_changes(const JsonValue& input);

// Refuses a request that asks for nothing, or for what cannot be asked for at once. Before the table is looked up.
void check_asked(const JsonValue& input, const std::vector<IndexChange>& indexes);

// Refuses what must wait until the table has settled. The table is neither CREATING nor DELETING.
void check_admitted(const JsonValue& input, const std::vector<IndexChange>& indexes, const Table& table);
// The same for DeleteTable.
void check_deletable(const Table& table);

}  // namespace stator
