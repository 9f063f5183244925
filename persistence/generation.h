// One life of a scope's database: its writer's session and, on file, the readers' sessions. A reset puts a new
// generation in the store's place while transactions under way keep the old one alive. Threads: writer() belongs to
// whoever holds the store's WriterLock; reader() is for any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "persistence/session.h"

namespace stator::persistence {

class Generation {
 public:
  // `path` empty: in memory. `made`: the file is not there, and nothing names it before it is.
  Generation(const std::string& path, Durability durability, FaultHook* hook, bool made = false);
  // A copy of what `source` holds; see Session::copy_to().
  Generation(const std::string& path, Durability durability, FaultHook* hook, Session& source);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  ~Generation();

  bool in_memory() const { return path_.empty(); }
  Session& writer() { return *writer_; }
  // The file goes with the last who uses it.
  void retire() { retired_ = true; }

  // On file only: a session of the caller's own, to be given back.
  std::unique_ptr<Session> take_reader();
  void give_back(std::unique_ptr<Session> reader) noexcept;

  // The write-ahead log, kept short. Every kCheckpointFrames pages (8 MB) a thread that has just committed copies the
  // log into the file, beside writers and readers: call it without the WriterLock, with the writer's log_frames() of
  // that commit.
  void checkpoint_if_due(int frames) noexcept;
  // Writers that never pause keep the log from ever being copied to its end; beyond kRestartFrames (64 MB) one of them,
  // holding the WriterLock, waits for the readers and has it begin anew.
  void restart_log_if_due() noexcept;

  // False when drop_space has left nothing behind (as far as is known).
  std::atomic<bool> may_have_dropped{true};

 private:
  // More readers at once than this get a session too, but it is closed behind them.
  static constexpr size_t kIdleReaders = 8;
  static constexpr int kCheckpointFrames = 1024;
  static constexpr int kRestartFrames = 8 * kCheckpointFrames;

  void open(bool made = false);

  std::string path_;
  std::atomic<bool> retired_{false};
  Durability durability_;
  FaultHook* hook_;
  std::unique_ptr<Session> writer_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;

  std::mutex checkpoint_mutex_;
  std::unique_ptr<Session> checkpointer_;  // under checkpoint_mutex_
  std::atomic<int> frames_seen_{0};        // fewer now: the log has begun anew
  std::atomic<int> next_checkpoint_{kCheckpointFrames};
  int next_restart_ = kRestartFrames;  // under the WriterLock
};

}  // namespace stator::persistence
