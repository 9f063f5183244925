// ExclusiveStartKey: checked against what is read, and turned into the row to go on behind.
#pragma once

#include <string>

#include "emulator/query/page_reader.h"
#include "emulator/tables/table.h"

namespace stator {

// The row bytes of the start key in the table's or the index's space. Throws ValidationException.
// `scan`: Scan words some faults otherwise than Query; `short_text`: the new dialect of Scan leaves the reason out.
std::string start_row(const Table& table, const Index* index, const Item& key, bool scan, bool short_text);

// Moves the range behind `row`, in the direction of reading.
void start_behind(const std::string& row, PageRange& range);

}  // namespace stator
