// The expressions that were parsed, by kind and text (parse_cache.h). Threads: any.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "emulator/expressions/parse_cache.h"
#include "emulator/expressions/parser.h"

namespace stator::expressions {

class SyntaxCache {
 public:
  explicit SyntaxCache(size_t bytes = 8 << 20) : cache_(bytes) {}

  // Throws ExpressionError as parse() does. The tree stays valid as long as the caller holds it.
  std::shared_ptr<const SyntaxTree> get(ExpressionKind kind, std::string_view text) {
    return cache_.get(kind, text, parse);
  }
  size_t size() const { return cache_.size(); }

 private:
  ParseCache<ExpressionKind, SyntaxTree> cache_;
};

}  // namespace stator::expressions
