#include "emulator/transactions/claims.h"

#include <algorithm>

namespace stator {

bool Claims::claim(std::span<const ClaimKey> keys, std::vector<bool>& conflicts) {
  std::lock_guard lock(mutex_);
  conflicts.assign(keys.size(), false);
  bool free = true;
  for (size_t i = 0; i < keys.size(); ++i) {
    conflicts[i] = held_locked(keys[i]);
    free = free && !conflicts[i];
  }
  if (!free) return false;
  held_.insert(keys.begin(), keys.end());
  count_.store(held_.size(), std::memory_order_release);
  return true;
}

void Claims::claim_waiting(std::span<const ClaimKey> keys) {
  std::unique_lock lock(mutex_);
  released_.wait(
      lock, [&] { return std::none_of(keys.begin(), keys.end(), [&](const ClaimKey& k) { return held_locked(k); }); });
  held_.insert(keys.begin(), keys.end());
  count_.store(held_.size(), std::memory_order_release);
}

void Claims::release(std::span<const ClaimKey> keys) {
  {
    std::lock_guard lock(mutex_);
    for (const ClaimKey& key : keys) held_.erase(key);
    count_.store(held_.size(), std::memory_order_release);
  }
  released_.notify_all();
}

bool Claims::held(persistence::SpaceId space, std::string_view key) const {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  std::lock_guard lock(mutex_);
  return held_locked({space, std::string(key)});
}

void Claims::wait_until_free(persistence::SpaceId space, std::string_view key) {
  if (count_.load(std::memory_order_acquire) == 0) return;
  ClaimKey wanted{space, std::string(key)};
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return !held_locked(wanted); });
}

}  // namespace stator
