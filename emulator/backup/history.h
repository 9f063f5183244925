// A table's history: what each item was before each change, kept in a space of its own from the moment that somebody
// needs it (point in time recovery is on, or a copy is being made) until nobody does. With it a copy may take its time
// and still come out as the table was at one moment: the rows as they are now, and then every change since taken back.
//
// One row a change. Key: the change's number (big-endian; one counter for the whole scope, so numbers order the changes
// of all tables). Body: the time in milliseconds (8 bytes, big-endian), 1 when the item existed, the length of the
// item's key (4 bytes, big-endian), the key, the body before. The row's size is the item's size before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

// A change and what stood there before. `before` is null where there was nothing.
void note_in_history(persistence::SpaceId history, std::string_view item_row, const persistence::RowView* before,
                     int64_t now_ms, persistence::WriteTransaction& transaction);

struct PastRow {
  int64_t time_ms = 0;
  bool existed = false;
  std::string_view item_row;
  uint32_t size = 0;
  std::string_view body;
};
// Views live as long as the row's. Throws std::runtime_error for what is no such row (a damaged file).
PastRow read_past_row(const persistence::RowView& row);
std::string history_key(int64_t number);

// The number behind which every change that is still to come will stand.
int64_t history_mark(persistence::WriteTransaction& transaction);
// Makes sure that the table's changes are kept.
void begin_history(Table& table, persistence::WriteTransaction& transaction);
// Lets it go unless it is needed. `in_use`: a copy of this table is being made.
void end_history(Table& table, bool in_use, persistence::WriteTransaction& transaction);

// Drops a bounded number of changes that are older than `oldest_ms`. True while there are more.
bool trim_history(persistence::SpaceId history, int64_t oldest_ms, persistence::WriteTransaction& transaction);
// The work document of a table whose history is trimmed by time.
std::string history_work(std::string_view table);

}  // namespace stator
