// The documents and counters of one connection.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "persistence/sqlite/statement_pool.h"

namespace stator::persistence {

class Documents {
 public:
  explicit Documents(Database& database);

  std::optional<std::string> find(std::string_view kind, std::string_view id);
  std::vector<std::pair<std::string, std::string>> list(std::string_view kind, std::string_view after, size_t limit);
  void put(std::string_view kind, std::string_view id, std::string_view bytes);
  void erase(std::string_view kind, std::string_view id);

  // The next value of a counter: 1, 2, 3 ..., or `at_least`.
  int64_t next(std::string_view sequence, int64_t at_least = 1);
  void set(std::string_view sequence, int64_t last);

 private:
  Statement find_, list_, put_, erase_, next_, set_;
};

}  // namespace stator::persistence
