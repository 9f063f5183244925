// The tables of one scope. Descriptions are read from the store when first asked for and then held, so that opening a
// scope with thousands of tables costs nothing and naming one costs a hash look-up.
//
// Threads: any. A change is made inside a write transaction and published there, before its commit: whoever gets the
// writer's place next sees the new table, so a write can never miss an index. A writer therefore looks its table up
// again once it holds the write transaction (current()), which costs one comparison unless something changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

class Catalog {
 public:
  explicit Catalog(persistence::Store& store) : store_(store) {}
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // The table of that name, or null.
  TablePtr find(std::string_view name);
  // The same inside a transaction that is open already (in memory a second one would wait for the first).
  TablePtr find(std::string_view name, persistence::ReadTransaction& transaction);
  // `seen`, or what stands in its place by now. `generation` is what generation() said before `seen` was looked up.
  TablePtr current(const TablePtr& seen, uint64_t generation, persistence::ReadTransaction& transaction);
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Stores and publishes. If the transaction then fails, forget() must be called.
  TablePtr publish(Table table, persistence::WriteTransaction& transaction);
  void remove(std::string_view name, persistence::WriteTransaction& transaction);
  void forget(std::string_view name);
  void forget_all();

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  TablePtr cached(std::string_view name) const;

  persistence::Store& store_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, TablePtr, Hash, std::equal_to<>> tables_;  // guarded by mutex_
  std::atomic<uint64_t> generation_{1};                                      // written under mutex_
};

}  // namespace stator
