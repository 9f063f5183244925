// The format on disk (specified in schema.cc): making it, and refusing what is not it.
#pragma once

#include <cstdint>

#include "persistence/sqlite/database.h"
#include "persistence/store.h"

namespace stator::persistence {

enum class FileRole : uint8_t { kScope, kCatalogue };

// An empty database becomes one of ours; ours is checked; anything else throws StoreError: kForeign (another program's
// file), kNewer (a later version's), kCorrupt.
void establish_schema(Database& database, FileRole role);

// What SQLite calls that durability.
const char* synchronous_pragma(Durability durability);

// How large a body may be and still lie in its row; see schema.cc.
inline constexpr size_t kInlineBody = 400;
// Longer than kWholeBody and up to kHalvedBody a body lies in two halves.
inline constexpr size_t kWholeBody = 4070;
inline constexpr size_t kHalvedBody = 5430;

// True when the file at `path` begins as an SQLite database with our application id. Opens nothing but plain files.
bool is_our_file(const char* path);

}  // namespace stator::persistence
