// The PartiQL statements that were read, by their text (expressions/parse_cache.h). Threads: any.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "emulator/expressions/parse_cache.h"
#include "emulator/partiql/statement.h"

namespace stator::partiql {

class StatementCache {
 public:
  explicit StatementCache(size_t bytes = 8 << 20) : cache_(bytes) {}

  // Throws ExpressionError as read_statement() does. The statement stays valid as long as the caller holds it.
  std::shared_ptr<const Statement> get(std::string_view text) {
    return cache_.get(Whole::kStatement, text,
                      [](Whole, std::string_view statement) { return read_statement(statement); });
  }
  size_t size() const { return cache_.size(); }

 private:
  enum class Whole : uint8_t { kStatement };  // statements are of one kind
  expressions::ParseCache<Whole, Statement> cache_;
};

}  // namespace stator::partiql
