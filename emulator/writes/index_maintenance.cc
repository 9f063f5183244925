#include "emulator/writes/index_maintenance.h"

#include <algorithm>
#include <vector>

#include "emulator/tables/item_key.h"
#include "emulator/vectors/vector_value.h"
#include "protocol/json/item_codec.h"
#include "protocol/value/number.h"

namespace stator {
namespace {

// What an entry weighs less than its item's part; wraps around where it weighs more.
uint32_t saved(const Index& index, const Item& item) {
  return index.vector ? static_cast<uint32_t>(vectors::saved_bytes(index, item)) : 0;
}

// Same view: same text, or texts that differ only in the order of a set's members, which is free.
bool same_view(const IndexView& a, const IndexView& b, Arena& arena) {
  if (a.body == b.body) return true;
  if (a.size != b.size) return false;
  return equal(decode_item(a.body, arena), decode_item(b.body, arena));
}

// What a change of an entry costs its index.
void add_cost(const Index& index, uint32_t size, CapacityUse& use) {
  constexpr uint32_t kLeastVectorBytes = 1024;
  if (index.vector)
    use.add_vector_index(index, std::max(size, kLeastVectorBytes));
  else
    use.add_index(index, write_units(size));
}

LocalRows maintain(const Index& index, std::string_view row, const ItemImage& before, const ItemImage& after,
                   persistence::WriteTransaction& transaction, Arena& arena, CapacityUse& use) {
  IndexView old_view, new_view;
  view_of(index, row, before, arena, old_view);
  view_of(index, row, after, arena, new_view);
  LocalRows rows{int64_t{new_view.size} - int64_t{old_view.size}, new_view.size};
  if (!old_view.present && !new_view.present) return rows;
  if (old_view.present && new_view.present && old_view.row == new_view.row) {
    if (old_view.body == new_view.body) return rows;
    bool same = same_view(old_view, new_view, arena);
    transaction.put(index.space, new_view.row, new_view.size, new_view.body);
    if (!same) add_cost(index, std::max(old_view.size, new_view.size), use);
    return rows;
  }
  if (old_view.present) {
    transaction.erase(index.space, old_view.row);
    add_cost(index, old_view.size, use);
  }
  if (new_view.present) {
    transaction.put(index.space, new_view.row, new_view.size, new_view.body);
    add_cost(index, new_view.size, use);
  }
  return rows;
}

}  // namespace

void view_of(const Index& index, std::string_view base_row, const ItemImage& image, Arena& arena, IndexView& view) {
  if (image.item == nullptr || !index_row(index, *image.item, base_row, view.row)) return;
  view.present = true;
  if (index.projection == Projection::kAll) {
    view.body = image.body;
    view.size = image.size - saved(index, *image.item);
    return;
  }
  std::vector<std::string_view> names(index.projected.begin(), index.projected.end());
  project_item(image.body, names, view.text);
  view.body = view.text;
  view.size = static_cast<uint32_t>(item_size(decode_attributes(image.body, names, arena))) - saved(index, *image.item);
}

LocalRows maintain_indexes(const Table& table, std::string_view row, const ItemImage& before, const ItemImage& after,
                           persistence::WriteTransaction& transaction, Arena& arena, CapacityUse& use) {
  LocalRows local;
  for (const Index& index : table.local_indexes) {
    LocalRows rows = maintain(index, row, before, after, transaction, arena, use);
    local.growth += rows.growth;
    local.largest = std::max(local.largest, rows.largest);
  }
  for (const Index& index : table.global_indexes)
    if (index.state != State::kDeleting) maintain(index, row, before, after, transaction, arena, use);
  if (table.ttl.queue == 0) return local;
  int64_t old_expiry = before.item != nullptr ? expiry_of(table, *before.item) : -1;
  int64_t new_expiry = after.item != nullptr ? expiry_of(table, *after.item) : -1;
  if (old_expiry == new_expiry) return local;
  if (old_expiry >= 0) transaction.erase(table.ttl.queue, expiry_row(old_expiry, row));
  if (new_expiry >= 0) transaction.put(table.ttl.queue, expiry_row(new_expiry, row), 0, {});
  return local;
}

bool insert_into_index(const Index& index, const Item& item, std::string_view row, std::string_view body,
                       persistence::WriteTransaction& transaction) {
  Arena arena;
  IndexView view;
  view_of(index, row, {&item, body, static_cast<uint32_t>(item_size(item))}, arena, view);
  if (!view.present) return false;
  transaction.put(index.space, view.row, view.size, view.body);
  return true;
}

std::string expiry_row(int64_t seconds, std::string_view row) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(static_cast<uint64_t>(seconds) >> shift & 255);
  key += row;
  return key;
}

int64_t expiry_of(const Table& table, const Item& item) {
  const AttributeValue* value = item.find(table.ttl.attribute);
  if (value == nullptr || !value->is(AttributeValue::Type::N)) return -1;
  Number number = from_canonical(value->bytes());
  if (number.negative || number.exponent > 17) return -1;
  int64_t seconds = 0;
  for (int i = 0; i < number.exponent; ++i) seconds = seconds * 10 + (i < number.count ? number.digits[i] : 0);
  return seconds;
}

}  // namespace stator
