#include "persistence/sqlite/statement.h"

#include <sqlite3.h>

namespace stator::persistence {

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::prepare() {
  database_->about_to("prepare", "read");
  const int code = sqlite3_prepare_v3(database_->handle(), sql_.data(), static_cast<int>(sql_.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database_->fail(code, "read");
  read_only_ = sqlite3_stmt_readonly(handle_) != 0;
}

Statement& Statement::bind(int index, int64_t value) {
  const int code = sqlite3_bind_int64(handle(), index, value);
  if (code != SQLITE_OK) database_->fail(code, "use");
  return *this;
}

// An empty view may have no address, which SQLite would take for NULL.
Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(handle(), index, data, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_->fail(code, "use");
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  const int code = sqlite3_bind_text64(handle(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code, "use");
  return *this;
}

bool Statement::step() {
  sqlite3_stmt* statement = handle();
  const char* doing = read_only_ ? "read" : "write";
  database_->about_to("step", doing);
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  try {
    database_->fail(code, doing);
  } catch (...) {
    reset();
    throw;
  }
}

void Statement::run() {
  step();
  reset();
}

void Statement::reset() noexcept {
  if (handle_ != nullptr) sqlite3_reset(handle_);
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

// Each sqlite3_column_ call goes through the connection's error state.
SqlValue Statement::column(int index) const {
  return read_value(sqlite3_column_value(handle_, index));
}

SqlValue read_value(sqlite3_value* value) {
  if (sqlite3_value_type(value) == SQLITE_INTEGER) return {true, sqlite3_value_int64(value), {}};
  const void* data = sqlite3_value_blob(value);
  if (data == nullptr) return {};
  return {false, 0, {static_cast<const char*>(data), static_cast<size_t>(sqlite3_value_bytes(value))}};
}

std::string_view Statement::blob(int column) const {
  return this->column(column).bytes;
}

}  // namespace stator::persistence
