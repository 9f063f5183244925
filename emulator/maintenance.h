// What goes on behind the requests: copying a table into a new index, a backup or a new table, letting items, backups
// and a table's history expire, trimming streams, moving tables and indexes on to their next state, erasing the rows of
// dropped tables. Each in steps of bounded size, one write transaction a step, so that no request waits long behind it.
//
// What is to be done is written down in the store itself, in the transaction that made it necessary: a document of kind
// "work" named "backfill/<table>/<index>", "ttl/<table>", "state/<table>", "history/<table>", "backup/<id>",
// "copy/<uuid>" (copy_job.h), "replicate/<table>", "transfer/<kind>/<id>", "build/<uuid>" (table_build.h) or "streams"
// (streams/stream.h). A restart finds it there and goes on. A scope in which nothing is written down is not looked at
// (Scope::has_work), and without any the thread sleeps.
//
// Threads: one of its own, started by start(); run_due() may be called by others (the held clock) and returns when
// nothing that is due by the engine's clock is left undone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "emulator/engine.h"

namespace stator {

class TransferRunner;

inline constexpr std::string_view kWorkDocument = "work";
std::string backfill_work(std::string_view table, std::string_view index);
std::string ttl_work(std::string_view table);

class Maintenance {
 public:
  explicit Maintenance(Engine& engine) : engine_(engine) {}
  ~Maintenance() { stop(); }

  void start();
  void stop();
  // There may be work in open scopes.
  void wake();
  void run_due();
  // Erases what dropped tables and abandoned builds left in open scopes, all of it, and does nothing else.
  void erase_leftovers();
  // Nothing runs while the lock is held.
  std::unique_lock<std::mutex> pause() { return std::unique_lock(run_mutex_); }

  std::function<void(std::string_view)> on_failure;
  TransferRunner* transfers = nullptr;  // set before start(); must outlive this

 private:
  // What is left in a scope, or in all.
  enum class Left { kNothing, kTrims, kExpiries, kStates, kMore };
  static std::chrono::milliseconds pause_before(Left left);

  void loop();
  Left run();
  // One step in that scope. kMore while there is more that is due; else what waits for its time.
  Left step(Scope& scope);
  bool state_step(Scope& scope, std::string_view table);
  bool backfill_step(Scope& scope, std::string_view table, std::string_view index);
  bool expire_step(Scope& scope, std::string_view table);
  bool trim_step(Scope& scope, std::string_view table);
  void backup_step(Scope& scope, std::string_view id);

  Engine& engine_;
  std::mutex run_mutex_;  // one run at a time
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wake_ = false;      // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace stator
