// The stored form of a Table: one JSON document of kind "table" under the table's name. Names of members follow the API
// where it has one. Unknown members are ignored, absent ones keep their default, so that the form can grow.
#pragma once

#include <string>
#include <string_view>

#include "emulator/tables/table.h"

namespace stator {

inline constexpr std::string_view kTableDocument = "table";

std::string table_document(const Table& table);
// Throws std::runtime_error when the text is not such a document (a damaged file).
Table read_table_document(std::string_view text);

}  // namespace stator
