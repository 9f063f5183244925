// SQLite's result codes as StoreError: the one place that knows both.
#pragma once

#include <string_view>

#include "persistence/store_error.h"

struct sqlite3;

namespace stator::persistence {

StoreError::Kind kind_of_sqlite(int code);

// Throws what `code` means for the database at `path`; `doing` completes "could not ...".
[[noreturn]] void throw_sqlite(int code, sqlite3* handle, std::string_view path, std::string_view doing);
// The same for a failure that a FaultHook ordered.
[[noreturn]] void throw_ordered(StoreError::Kind kind, std::string_view path, std::string_view doing);

}  // namespace stator::persistence
