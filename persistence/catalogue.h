// Which scope lies in which file, and which snapshots there are: catalogue.db, read whole at the start (one row a
// scope). Guarded by its owner's mutex. Each change is one transaction; one that throws StoreError has changed nothing.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "persistence/sqlite/statement.h"
#include "persistence/store.h"

namespace stator::persistence {

class Catalogue {
 public:
  using Numbers = std::map<ScopeName, int64_t>;

  Catalogue(const std::string& path, Durability durability, FaultHook* hook);

  const Numbers& scopes() const { return scopes_; }
  const std::map<std::string, Numbers>& snapshots() const { return snapshots_; }
  // Every file that a scope or a snapshot lies in.
  std::set<int64_t> numbers() const;

  // A number for a file that was never given out before (or whose file the next start deletes, since nothing names it):
  // written down with the first change that names one.
  int64_t take_number() { return next_++; }
  // From now on these scopes lie in these files.
  void set_scopes(const Numbers& scopes);
  void put_snapshot(const std::string& name, const Numbers& scopes);
  void erase_snapshot(const std::string& name);

 private:
  void change(const std::function<void()>& deed);

  void write_next();

  Database database_;
  int64_t next_ = 1;
  Numbers scopes_;
  std::map<std::string, Numbers> snapshots_;
};

}  // namespace stator::persistence
