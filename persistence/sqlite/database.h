// One connection to SQLite, closed by its destructor. Used by one thread at a time (opened without SQLite's own
// mutexes). Throws StoreError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "persistence/fault_hook.h"

struct sqlite3;
struct sqlite3_value;

namespace stator::persistence {

class Database {
 public:
  enum class Mode : uint8_t { kMemory, kCreate, kExisting };

  // `path` names the file, or with kMemory what errors call it. `hook` may be null and must outlive the connection.
  Database(const std::string& path, Mode mode, FaultHook* hook);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Statements without results, at set-up. For what runs per request there is Statement.
  void execute(const char* sql);
  // The single integer that a statement (a pragma) answers.
  int64_t query_integer(const char* sql);
  std::string query_text(const char* sql);

  // Makes name(...), of `count` arguments, a function that statements of this connection can call. `answer` gets `data`
  // and the arguments, which are good until it returns; it must not throw.
  using Function = bool (*)(void* data, sqlite3_value** arguments) noexcept;
  void define(const char* name, int count, Function answer, void* data);

  // Has log_frames() follow how long the write-ahead log is, and leaves checkpoints to checkpoint().
  void watch_log();
  // Pages in the log after this connection's latest commit.
  int log_frames() const { return log_frames_; }
  // Copies the log into the file as far as readers allow. `restart` waits a moment for them, so that the next commit
  // writes at the log's start again; false when they did not let it.
  bool checkpoint(bool restart) noexcept;

  // The file goes: its log need not be copied into it when the connection ends.
  void abandon() noexcept;

  // Without asking the hook: the way out when all else failed, and the way back in behind it.
  void roll_back() noexcept { run_unasked("ROLLBACK"); }
  void run_unasked(const char* sql) noexcept;

  // True outside BEGIN ... COMMIT; also after SQLite has rolled a transaction back by itself.
  bool autocommit() const;
  int64_t last_insert_rowid() const;
  int64_t changes() const;
  // Bytes in SQLite's page cache: in memory, that is the database.
  int64_t cache_bytes() const;

  sqlite3* handle() const { return handle_; }
  const std::string& path() const { return path_; }
  FaultHook* hook() const { return hook_; }

  // Asks the hook, and throws what it orders.
  void about_to(const char* call, std::string_view doing) {
    if (hook_ != nullptr) ask_hook(call, doing);
  }
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  void ask_hook(const char* call, std::string_view doing);

  std::string path_;
  FaultHook* hook_;
  sqlite3* handle_ = nullptr;
  int log_frames_ = 0;
};

}  // namespace stator::persistence
