// Keys that a TransactWriteItems has claimed, from the moment it is parsed to its commit. With one serial writer no
// conflict can arise by itself; the service's do, so a write or transaction that meets a claim gets the service's
// conflict (or waits, with --serialize-transactions). Plain reads do not look here. Threads: any. Costs one atomic load
// while no transaction is under way.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/store.h"

namespace stator {

struct ClaimKey {
  persistence::SpaceId space = 0;
  std::string key;
  auto operator<=>(const ClaimKey&) const = default;
};

class Claims {
 public:
  // Claims every key or none. `conflicts` gets, for each key, whether another transaction holds it.
  bool claim(std::span<const ClaimKey> keys, std::vector<bool>& conflicts);
  // Waits until every key is free, then claims them all.
  void claim_waiting(std::span<const ClaimKey> keys);
  void release(std::span<const ClaimKey> keys);

  // Whether somebody holds the key.
  bool held(persistence::SpaceId space, std::string_view key) const;
  void wait_until_free(persistence::SpaceId space, std::string_view key);

 private:
  bool held_locked(const ClaimKey& key) const { return held_.contains(key); }

  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::set<ClaimKey> held_;  // guarded by mutex_
  std::atomic<size_t> count_{0};
};

}  // namespace stator
