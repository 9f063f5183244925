// Which scope lies in which file: catalogue.db, read whole at the start (one row a scope). Guarded by its owner's
// mutex.
#pragma once

#include <map>

#include "persistence/sqlite/statement.h"
#include "persistence/store.h"

namespace stator::persistence {

class Catalogue {
 public:
  Catalogue(const std::string& path, Durability durability, FaultHook* hook);

  const std::map<ScopeName, int64_t>& numbers() const { return numbers_; }
  // Gives the scope a file number that was never used before, durably.
  int64_t add(const ScopeName& name);

 private:
  Database database_;
  std::map<ScopeName, int64_t> numbers_;
};

}  // namespace stator::persistence
