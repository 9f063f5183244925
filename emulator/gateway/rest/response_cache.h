// The answers that stages with a cache keep, by key, each until its time is over; the least recently used go first when
// there is no room. Knows replies and keys, not what a key is made of (stage_cache.h) nor whose clock it is asked by.
//
// Threads: any, under one lock. Lifetime: as long as the calls; what find() gives stays valid for its holder.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "protocol/wire_message.h"

namespace stator::gateway {

class ResponseCache {
 public:
  // `max_bytes`: of keys, headers and bodies together; `max_body`: of one body.
  ResponseCache(size_t max_bytes, size_t max_body) : max_bytes_(max_bytes), max_body_(max_body) {}

  // Null: nothing is kept under this key, or its time is over.
  std::shared_ptr<const WireReply> find(const std::string& key, int64_t now_ms);
  // Takes the place of what was kept under the key. What is too large is not kept.
  void keep(std::string key, WireReply reply, int64_t until_ms);
  void clear();

  size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const WireReply> reply;
    int64_t until_ms = 0;
    size_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // the most recently used first

  void drop(Entries::iterator entry);  // mutex_ is held

  const size_t max_bytes_, max_body_;
  mutable std::mutex mutex_;  // all below
  Entries entries_;
  std::map<std::string_view, Entries::iterator> by_key_;  // of the entries' own keys
  size_t bytes_ = 0;
};

}  // namespace stator::gateway
