#include "emulator/writes/sorted_rows.h"

#include <algorithm>

namespace stator {
namespace {

constexpr size_t kRowsATransaction = 1000;  // what each would have to be taken back by is kept in memory

}  // namespace

void SortedRows::put(persistence::SpaceId space, std::string_view key, uint32_t size, std::string_view body) {
  if (bytes_.size() + rows_.size() * sizeof(Row) >= batch_bytes_) write();
  rows_.push_back({space, bytes_.size(), static_cast<uint32_t>(key.size()), static_cast<uint32_t>(body.size()), size});
  bytes_ += key;
  bytes_ += body;
}

void SortedRows::write() {
  std::stable_sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    return a.space != b.space ? a.space < b.space : key_of(a) < key_of(b);
  });
  for (size_t i = 0; i < rows_.size();) {
    auto transaction = store_.write();
    for (const size_t end = std::min(rows_.size(), i + kRowsATransaction); i < end; ++i) {
      const Row& row = rows_[i];
      if (i + 1 < rows_.size() && rows_[i + 1].space == row.space && key_of(rows_[i + 1]) == key_of(row)) continue;
      transaction->put(row.space, key_of(row), row.size, body_of(row));
    }
    transaction->commit();
  }
  persistence::settle();
  rows_.clear();
  bytes_.clear();
}

void SortedRows::finish() {
  write();
  rows_ = {};
  bytes_ = {};
}

}  // namespace stator
