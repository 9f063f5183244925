// What became of a table's items between two moments, told by its history: each item that changed, as it was before the
// first change and as it stood at the end. One that came and went in between is passed over. In the order of the
// table's rows, read in pages: no read is held open between two calls.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

struct ChangedItem {
  int64_t time_ms = 0;  // of the last change
  bool existed = false;
  std::string before;  // stored forms
  bool exists = false;
  std::string after;
};

// One thread; `store` must outlive it. Throws std::runtime_error for a damaged file.
class ChangesBetween {
 public:
  // from_ms <= time < to_ms. `table` as it was when its changes were asked for.
  ChangesBetween(persistence::Store& store, const Table& table, int64_t from_ms, int64_t to_ms);

  // False at the end. The item is valid until the next call.
  bool next(ChangedItem& item);
  // Whether the table or its history went meanwhile: what was told then is worth nothing.
  bool lost() const { return lost_; }

 private:
  struct Span {
    std::string first;  // the numbers of the first change within, and of the first behind
    std::string behind;
    int64_t last_ms = 0;
  };
  void catch_up(persistence::ReadTransaction& reading);
  bool fetch();

  persistence::Store& store_;
  const Table table_;
  const int64_t from_ms_, to_ms_;
  std::map<std::string, Span> changed_;  // by the item's row
  std::string seen_;                     // the last change that was looked at
  std::string position_;                 // the last row that was read
  std::vector<ChangedItem> page_;
  size_t at_ = 0;
  bool lost_ = false;
};

}  // namespace stator
