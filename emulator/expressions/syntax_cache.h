// Parsed expressions by kind and text: applications send the same few texts over and over with other values. Least
// recently used go first, counted by the memory they take. Thread-safe; the locks are spread by hash, and a hit costs a
// hash, a short lock and a shared_ptr. Texts that do not parse are not kept.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "emulator/expressions/parser.h"

namespace stator::expressions {

class SyntaxCache {
 public:
  explicit SyntaxCache(size_t bytes = 8 << 20) : shard_bytes_(bytes / kShards) {}
  SyntaxCache(const SyntaxCache&) = delete;
  SyntaxCache& operator=(const SyntaxCache&) = delete;

  // Throws ExpressionError as parse() does. The tree stays valid as long as the caller holds it.
  std::shared_ptr<const SyntaxTree> get(ExpressionKind kind, std::string_view text);
  size_t size() const;

 private:
  static constexpr size_t kShards = 8;

  struct Key {
    ExpressionKind kind;
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
    std::shared_ptr<const SyntaxTree> tree;
    size_t bytes;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> by_use;  // most recent first
    size_t bytes = 0;
    std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key;
  };

  size_t shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace stator::expressions
