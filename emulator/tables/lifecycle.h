// A table's passage through CREATING, UPDATING and DELETING, and its indexes'. Without a delay (the default) a change
// is done with the request that asks for it; with one (Space::table_delay_ms) the table and its indexes stay in between
// until their settles_ms, by the space's clock, and Maintenance moves them on. What waits is written down as a work
// document, "state/<table>", so that a restart finds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/tables/catalog.h"
#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

std::string state_work(std::string_view table);

// Throws ResourceInUseException for a table that is being created or deleted.
void check_settled(const Table& table);
// Throws ResourceInUseException while a backup of the table or a restore from it is being made.
void check_not_copied(const Table& table, persistence::ReadTransaction& transaction);
// The table with its rows, indexes and work. Its stream ends and stays readable; the rows are erased behind, unless
// point in time recovery makes a backup of them.
void remove_table(const Table& table, Catalog& catalog, int64_t now_ms, persistence::WriteTransaction& transaction);
// UpdateTable drops definitions that no key uses (CreateTable refuses them).
void prune_definitions(Table& table);

// ACTIVE, or UPDATING while the table or one of its global indexes is on its way.
State state_of_changed(const Table& table);
// Whether something is on its way that settle() ends (an index that is being made is ended by its backfill).
bool waits_to_settle(const Table& table);
// Whether any of it is due.
bool settles_by(const Table& table, int64_t now_ms);
// Moves on what is due, short of removing the table.
void settle(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction);

}  // namespace stator
