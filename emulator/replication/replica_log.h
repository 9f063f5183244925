// What a table with replicas keeps beside its items: of each item the stamp of its newest write (when, and in which
// region), also where the item is gone by now, and an outbox of the changes that the other regions have not got yet.
// The stamp decides between two regions' writes of one item: the later one stands, everywhere.
//
// Stamps: the item's key -> milliseconds (8 bytes, big-endian), region. Outbox: a number (8 bytes, big-endian) ->
// milliseconds, 1 when the item is there, then the item, or the key attributes of one that was deleted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

struct WriteStamp {
  int64_t ms = 0;
  std::string region;
  auto operator<=>(const WriteStamp&) const = default;
};

// Zero and no region where the item was never written since the table has replicas.
WriteStamp stamp_of(const Table& table, std::string_view row, persistence::ReadTransaction& transaction);
void put_stamp(const Table& table, std::string_view row, const WriteStamp& stamp,
               persistence::WriteTransaction& transaction);

// A change made here, on its way out. `body` is the item, or its key attributes when it is gone.
void send_to_replicas(const Table& table, std::string_view row, bool exists, std::string_view body, int64_t now_ms,
                      persistence::WriteTransaction& transaction);

struct SentChange {
  int64_t ms = 0;
  bool exists = false;
  std::string_view body;
};
SentChange read_sent(const persistence::RowView& row);

// The region in a table's ARN.
std::string_view region_of(const Table& table);

}  // namespace stator
