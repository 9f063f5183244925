// Rows on their way into the store in bulk: gathered up to a bound, put in the order of their keys, committed. In order
// a page of the store is touched once for each batch, not once for each row. Of two rows of a batch with one key the
// later stands.
//
// One thread. What is neither written nor taken is dropped with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/store.h"

namespace stator {

class SortedRows {
 public:
  explicit SortedRows(persistence::Store& store, size_t batch_bytes = 32 << 20)
      : store_(store), batch_bytes_(batch_bytes) {}

  // Writes the batch when it is full. Throws StoreError.
  void put(persistence::SpaceId space, std::string_view key, uint32_t size, std::string_view body);
  // Writes and commits what is gathered.
  void write();
  // write(), and gives the memory back.
  void finish();

 private:
  struct Row {
    persistence::SpaceId space;
    size_t at;  // key, then body, in bytes_
    uint32_t key_size;
    uint32_t body_size;
    uint32_t size;
  };
  std::string_view key_of(const Row& row) const { return {bytes_.data() + row.at, row.key_size}; }
  std::string_view body_of(const Row& row) const { return {bytes_.data() + row.at + row.key_size, row.body_size}; }

  persistence::Store& store_;
  const size_t batch_bytes_;
  std::vector<Row> rows_;
  std::string bytes_;
};

}  // namespace stator
