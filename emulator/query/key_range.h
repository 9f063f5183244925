// The run of rows that a key condition selects: one prefix of the space, cut at both ends.
#pragma once

#include "emulator/expressions/key_condition.h"
#include "emulator/query/page_reader.h"

namespace stator {

PageRange key_range(const expressions::KeyBounds& bounds, bool reverse);

// Whether `row` lies in the partition that the bounds name, and whether in the range too.
bool in_partition(const expressions::KeyBounds& bounds, std::string_view row);
bool in_range(const PageRange& range, std::string_view row);

}  // namespace stator
