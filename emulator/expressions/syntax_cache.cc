#include "emulator/expressions/syntax_cache.h"

namespace stator::expressions {

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
  shard.by_use.push_front({key, tree});
  shard.by_key.emplace(key, shard.by_use.begin());
  if (shard.by_use.size() > capacity_) {
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
