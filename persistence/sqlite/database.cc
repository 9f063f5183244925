#include "persistence/sqlite/database.h"

#include <sqlite3.h>

#include "persistence/sqlite/sqlite_error.h"
#include "persistence/sqlite/statement.h"

namespace stator::persistence {
namespace {

// The folder is ours and the WriterLock lets one thread write at a time, and yet a lock may be held for a moment: a
// reader that meets the log's header half written takes SQLite's write lock to read it once more, and a writer that
// begins meanwhile must wait for it.
constexpr int kPatienceMilliseconds = 10'000;

// SQLite's own file layer for files that one process alone uses, which ours are (stator.lock): the locks between its
// connections and the index of the log live in its memory, without a system call for each or a -shm file.
constexpr const char* kFileSystem = "unix-excl";

}  // namespace

Database::Database(const std::string& path, Mode mode, FaultHook* hook) : path_(path), hook_(hook) {
  about_to("open", "open");
  // NOFOLLOW: a link planted in the data folder must not lead writes out of it.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
  if (mode != Mode::kExisting) flags |= SQLITE_OPEN_CREATE;
  const char* name = mode == Mode::kMemory ? ":memory:" : path_.c_str();
  const int code = sqlite3_open_v2(name, &handle_, flags, mode == Mode::kMemory ? nullptr : kFileSystem);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(handle_, kPatienceMilliseconds);
    return;
  }
  try {
    fail(code, "open");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

void Database::define(const char* name, int count, Function answer, void* data) {
  struct Defined {
    Function answer;
    void* data;
  };
  const auto call = [](sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto* defined = static_cast<const Defined*>(sqlite3_user_data(context));
    sqlite3_result_int(context, defined->answer(defined->data, arguments) ? 1 : 0);
  };
  // DIRECTONLY: no schema, whoever wrote the file, can have it called.
  const int code =
      sqlite3_create_function_v2(handle_, name, count, SQLITE_UTF8 | SQLITE_DIRECTONLY, new Defined{answer, data}, call,
                                 nullptr, nullptr, [](void* defined) { delete static_cast<Defined*>(defined); });
  if (code != SQLITE_OK) fail(code, "open");
}

void Database::execute(const char* sql) {
  Statement statement(*this, sql);
  while (statement.step()) {
  }
}

int64_t Database::query_integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::query_text(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? std::string(statement.blob(0)) : std::string();
}

void Database::watch_log() {
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Database*>(self)->log_frames_ = frames;
        return SQLITE_OK;
      },
      this);
}

bool Database::checkpoint(bool restart) noexcept {
  constexpr int kRestartPatienceMilliseconds = 200;
  if (hook_ != nullptr && hook_->before("checkpoint")) return false;
  if (restart) sqlite3_busy_timeout(handle_, kRestartPatienceMilliseconds);
  const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, nullptr, nullptr);
  if (restart) sqlite3_busy_timeout(handle_, kPatienceMilliseconds);
  return code == SQLITE_OK;
}

void Database::abandon() noexcept {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::run_unasked(const char* sql) noexcept {
  sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
}

bool Database::autocommit() const {
  return sqlite3_get_autocommit(handle_) != 0;
}

int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(handle_);
}

int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

int64_t Database::cache_bytes() const {
  int used = 0;
  int highest = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0);
  return used;
}

void Database::fail(int code, std::string_view doing) const {
  throw_sqlite(code, handle_, path_, doing);
}

void Database::ask_hook(const char* call, std::string_view doing) {
  if (const auto kind = hook_->before(call)) throw_ordered(*kind, path_, doing);
}

}  // namespace stator::persistence
