// Keeps a table's indexes and its TTL queue in step with one item's change, inside the change's own transaction, and
// tells what that costs. An index row's body is the projected item: sparse items are absent, a view that did not change
// is not touched and costs nothing, a moved key is a removal and an insertion, each rounded on its own.
#pragma once

#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "emulator/writes/capacity.h"
#include "persistence/store.h"
#include "protocol/value/attribute_value.h"

namespace stator {

// One side of a change. `item` is null where there is none (before an insert, after a delete).
struct ItemImage {
  const Item* item = nullptr;
  std::string_view body;  // its stored form
  uint32_t size = 0;
};

// What the local indexes, which are part of the item's collection, made of it.
struct LocalRows {
  int64_t growth = 0;    // in bytes
  uint32_t largest = 0;  // the largest row of the new item
};

// `row` is the item's key in the table's space. The units go to `use`.
LocalRows maintain_indexes(const Table& table, std::string_view row, const ItemImage& before, const ItemImage& after,
                           persistence::WriteTransaction& transaction, Arena& arena, CapacityUse& use);

// What an index holds of an item.
struct IndexView {
  bool present = false;
  std::string row;
  std::string text;       // own text, unless the index projects all
  std::string_view body;  // `text`, or the item's own body
  uint32_t size = 0;

  IndexView() = default;
  IndexView(const IndexView&) = delete;  // `body` may point into `text`
  IndexView& operator=(const IndexView&) = delete;
};
// Fills `view`, which is fresh.
void view_of(const Index& index, std::string_view base_row, const ItemImage& image, Arena& arena, IndexView& view);

// Puts one existing item into one index (backfill). False when the item does not belong in it.
bool insert_into_index(const Index& index, const Item& item, std::string_view row, std::string_view body,
                       persistence::WriteTransaction& transaction);

// The key in the TTL queue of an item that expires at `seconds`: big-endian time, then the item's row.
std::string expiry_row(int64_t seconds, std::string_view row);
// The time at which TTL lets the item expire, in seconds, or -1.
int64_t expiry_of(const Table& table, const Item& item);

}  // namespace stator
