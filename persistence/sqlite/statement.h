// A prepared statement: prepared at its first use, kept for the connection's life, finalised by its destructor.
// What is bound is not copied: it must live until reset(). Views of columns live until the next step() or reset().
#pragma once

#include <cstdint>
#include <string_view>

#include "persistence/sqlite/database.h"

struct sqlite3_stmt;
struct sqlite3_value;

namespace stator::persistence {

// A value of SQL's: an integer, or else its bytes (of NULL none), which lie with SQLite.
struct SqlValue {
  bool is_integer = false;
  int64_t integer = 0;
  std::string_view bytes;
};
// With one look at the value for all that is asked of it.
SqlValue read_value(sqlite3_value* value);

class Statement {
 public:
  // `sql` must outlive the statement (a literal or the text of a pool).
  Statement(Database& database, std::string_view sql) : database_(&database), sql_(sql) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(int index, int64_t value);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_text(int index, std::string_view text);

  // True when a row stands ready; false at the end. Throws StoreError and resets on an error.
  bool step();
  // One step of a statement that answers no row, and a reset.
  void run();
  void reset() noexcept;

  SqlValue column(int index) const;  // of the row in view
  int64_t integer(int column) const;
  std::string_view blob(int column) const;

 private:
  sqlite3_stmt* handle() {
    if (handle_ == nullptr) prepare();
    return handle_;
  }
  void prepare();

  Database* database_;
  std::string_view sql_;
  sqlite3_stmt* handle_ = nullptr;
  bool read_only_ = false;
};

// Resets the statement at the end of a scope.
class StatementUse {
 public:
  explicit StatementUse(Statement& statement) : statement_(statement) {}
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;
  ~StatementUse() { statement_.reset(); }
  Statement* operator->() const { return &statement_; }

 private:
  Statement& statement_;
};

}  // namespace stator::persistence
