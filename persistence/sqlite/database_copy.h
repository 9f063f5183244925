// A copy of a whole database, page by page, by SQLite's backup interface. Throws StoreError.
#pragma once

#include "persistence/sqlite/database.h"

namespace stator::persistence {

// What `to` held is replaced. Neither may be in a transaction, and nobody else may use them meanwhile.
void copy_database(Database& from, Database& to);

}  // namespace stator::persistence
