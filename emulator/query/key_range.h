// The run of rows that a key condition selects: one prefix of the space, cut at both ends.
#pragma once

#include "emulator/expressions/key_condition.h"
#include "emulator/query/page_reader.h"

namespace stator {

// What the condition pins of a table's key (no index) or an index's. Throws ExpressionError (not before_table) for a
// condition that cannot be followed, and ValidationException for values that no key can have.
expressions::KeyBounds key_bounds_of(const expressions::KeyCondition& condition, const KeySchema& keys,
                                     const Index* index, Arena& arena);

PageRange key_range(const expressions::KeyBounds& bounds, bool reverse);

// Whether `row` lies in the partition that the bounds name, and whether in the range too.
bool in_partition(const expressions::KeyBounds& bounds, std::string_view row);
bool in_range(const PageRange& range, std::string_view row);

}  // namespace stator
