// Parsed texts by kind and text: applications send the same few over and over with other values. Least recently used go
// first, counted by the memory they take. Thread-safe; the locks are spread by hash, and a hit costs a hash, a short
// lock and a shared_ptr. Texts that do not parse are not kept.
//
// Tree knows its own text() and how many bytes() it takes.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace stator::expressions {

template <typename Kind, typename Tree>
class ParseCache {
 public:
  explicit ParseCache(size_t bytes) : shard_bytes_(bytes / kShards) {}
  ParseCache(const ParseCache&) = delete;
  ParseCache& operator=(const ParseCache&) = delete;

  // The tree stays valid as long as the caller holds it. Throws what `parse` throws, which makes it of the text.
  template <typename Parse>
  std::shared_ptr<const Tree> get(Kind kind, std::string_view text, Parse parse) {
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
    std::shared_ptr<const Tree> tree = parse(kind, text);
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

  size_t size() const {
    size_t total = 0;
    for (const Shard& shard : shards_) {
      std::lock_guard lock(shard.mutex);
      total += shard.by_use.size();
    }
    return total;
  }

 private:
  static constexpr size_t kShards = 8;
  static constexpr size_t kBookkeeping = 128;  // about what the list and the map take for an entry

  struct Key {
    Kind kind;
    std::string_view text;  // the tree's own
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.text) * 31 + static_cast<size_t>(key.kind);
    }
  };
  struct Entry {
    Key key;
    std::shared_ptr<const Tree> tree;
    size_t bytes;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> by_use;  // most recent first
    size_t bytes = 0;
    std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> by_key;
  };

  size_t shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace stator::expressions
