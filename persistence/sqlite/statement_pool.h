// Statements of one text that may be in use several times at once: two cursors, or a row still in view while the next
// is read. A lease goes back by itself, reset.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "persistence/sqlite/statement.h"

namespace stator::persistence {

class StatementPool {
 public:
  struct Return {
    StatementPool* pool = nullptr;
    void operator()(Statement* statement) const noexcept { pool->take_back(statement); }
  };
  using Lease = std::unique_ptr<Statement, Return>;

  StatementPool(Database& database, std::string_view sql) : database_(&database), sql_(sql) {}
  StatementPool(const StatementPool&) = delete;
  StatementPool& operator=(const StatementPool&) = delete;

  Lease lease() {
    if (idle_.empty()) {
      idle_.reserve(++made_);  // so that giving back never allocates
      return Lease(new Statement(*database_, sql_), Return{this});
    }
    Statement* statement = idle_.back().release();
    idle_.pop_back();
    return Lease(statement, Return{this});
  }

 private:
  void take_back(Statement* statement) noexcept {
    statement->reset();
    idle_.emplace_back(statement);
  }

  Database* database_;
  std::string_view sql_;
  size_t made_ = 0;
  std::vector<std::unique_ptr<Statement>> idle_;
};

}  // namespace stator::persistence
