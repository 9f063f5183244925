#include "emulator/gateway/rest/response_cache.h"

#include <utility>

namespace stator::gateway {
namespace {

constexpr size_t kEntryCost = 256;  // nodes, strings' heads, the shared block

size_t kept_bytes(const std::string& key, const WireReply& reply) {
  size_t bytes = kEntryCost + key.size() + reply.body.size();
  for (const auto& [name, value] : reply.headers) bytes += name.size() + value.size() + 2 * sizeof(std::string);
  return bytes;
}

}  // namespace

std::shared_ptr<const WireReply> ResponseCache::find(const std::string& key, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (now_ms >= found->second->until_ms) {
    drop(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->reply;
}

void ResponseCache::keep(std::string key, WireReply reply, int64_t until_ms) {
  const size_t bytes = kept_bytes(key, reply);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  if (reply.body.size() > max_body_ || bytes > max_bytes_) return;
  while (bytes_ + bytes > max_bytes_) drop(std::prev(entries_.end()));
  entries_.push_front({std::move(key), std::make_shared<const WireReply>(std::move(reply)), until_ms, bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
}

void ResponseCache::clear() {
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
}

size_t ResponseCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void ResponseCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace stator::gateway
