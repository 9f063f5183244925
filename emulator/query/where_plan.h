// What a PartiQL WHERE says of the key of what it reads: the runs of rows that it can be true for, or that every row
// must be looked at. The WHERE itself stays the filter; a plan only says where to look. It knows one key schema and no
// statement.
//
// Each branch of a top-level OR must pin the partition key by = or IN, or the whole table is scanned (developer guide,
// "PartiQL select statements"). Branches that meet in one partition of which one has a range on the sort key are
// refused (validation_2026.json).
#pragma once

#include <vector>

#include "emulator/expressions/condition.h"
#include "emulator/query/page_reader.h"

namespace stator {

struct WherePlan {
  bool scans = false;
  std::vector<PageRange> ranges;  // in the order of reading; one without bounds for a scan
  bool one_item = false;          // the whole key is given by equality: at most one row
};

// What ORDER BY asks for. `by_hash`: partitions stand in the order of their keys, else as they are named.
struct ReadOrder {
  bool by_hash = false;
  bool hash_descending = false;
  bool by_range = false;
  bool range_descending = false;
};

// `where` may be null. Throws ExpressionError and AwsError for key values of the wrong type or size.
WherePlan plan_where(const expressions::Condition* where, const KeySchema& keys, const Index* index,
                     const ReadOrder& order, Arena& arena);

// The key that the WHERE gives by equality on every key attribute, as a map of just those; false when it does not.
bool key_of_where(const expressions::Condition* where, const KeySchema& keys, Arena& arena, Item& key);
// All that the WHERE gives by equality, whatever the schema; of null nothing.
Item equalities_of(const expressions::Condition* where, Arena& arena);
// The partition keys that the WHERE reads from; none: it scans.
std::vector<AttributeValue> partition_keys_of(const expressions::Condition* where, const KeySchema& keys);
// Whether it says more than a key by equality.
bool says_more_than_key(const expressions::Condition& where, const KeySchema& keys);

}  // namespace stator
