// The rows that one request names, to tell those that it names twice: by where they lie, since a table's name and its
// ARN may mean the same. Batches and transactions fail for it.
#pragma once

#include <set>
#include <string_view>
#include <utility>

#include "persistence/store.h"

namespace stator {

class NamedRows {
 public:
  // False: it was named before. `row` must outlive this.
  bool add(persistence::SpaceId space, std::string_view row) { return rows_.emplace(space, row).second; }

 private:
  std::set<std::pair<persistence::SpaceId, std::string_view>> rows_;
};

}  // namespace stator
