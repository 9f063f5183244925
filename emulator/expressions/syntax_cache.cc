#include "emulator/expressions/syntax_cache.h"

namespace stator::expressions {
namespace {

constexpr size_t kBookkeeping = 128;  // about what the list and the map take for an entry

}  // namespace

std::shared_ptr<const SyntaxTree> SyntaxCache::get(ExpressionKind kind, std::string_view text) {
  Key wanted{kind, text};
  Shard& shard = shards_[(Hash()(wanted) >> 7) % kShards];
  {
    std::lock_guard lock(shard.mutex);
    auto found = shard.by_key.find(wanted);
    if (found != shard.by_key.end()) {
      shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
      return found->second->tree;
    }
  }
  std::shared_ptr<const SyntaxTree> tree = parse(kind, text);
  std::lock_guard lock(shard.mutex);
  Key key{kind, tree->text()};
  if (shard.by_key.contains(key)) return tree;  // another thread was quicker
  size_t bytes = tree->bytes() + sizeof(Entry) + kBookkeeping;
  shard.by_use.push_front({key, tree, bytes});
  shard.by_key.emplace(key, shard.by_use.begin());
  shard.bytes += bytes;
  while (shard.bytes > shard_bytes_ && shard.by_use.size() > 1) {
    shard.bytes -= shard.by_use.back().bytes;
    shard.by_key.erase(shard.by_use.back().key);
    shard.by_use.pop_back();
  }
  return tree;
}

size_t SyntaxCache::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    total += shard.by_use.size();
  }
  return total;
}

}  // namespace stator::expressions
