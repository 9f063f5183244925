// The Store of one scope. Holds the current generation of its database, the lock under which its writers take turns,
// and the state of the open group.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "persistence/generation.h"
#include "persistence/store.h"
#include "persistence/undo_log.h"
#include "persistence/writer_lock.h"

namespace stator::persistence {

class SqliteStore final : public Store, public std::enable_shared_from_this<SqliteStore> {
 public:
  // `path` empty: in memory. The file is opened by the first use.
  SqliteStore(std::string path, Durability durability, FaultHook* hook);
  // In memory, with what is there already.
  SqliteStore(std::shared_ptr<Generation> generation, FaultHook* hook);

  std::unique_ptr<ReadTransaction> read() override;
  std::unique_ptr<WriteTransaction> write() override;
  bool erase_some() override;
  uint64_t life() const override { return life_; }

  // Opens the database now, for its errors.
  void open() { generation(); }
  bool is_open();
  // Closes the database if nobody uses it; the next use opens it again. Never in memory.
  bool close_if_idle();

  // Holds writers (in memory: everybody) off, for copying and replacing the database. Settles the caller's group first.
  class Hold {
   public:
    explicit Hold(std::shared_ptr<SqliteStore> store);
    Hold(Hold&& other) noexcept : store_(std::move(other.store_)), generation_(std::move(other.generation_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold();
    // The session to copy from: what is committed, and nothing in flight.
    Session& session() const { return generation_->writer(); }
    bool in_memory() const { return store_->in_memory(); }
    // Puts another database in place. Transactions under way finish on the old one, whose file goes behind them.
    void replace(std::shared_ptr<Generation> generation, std::string path) const noexcept;

   private:
    std::shared_ptr<SqliteStore> store_;
    std::shared_ptr<Generation> generation_;
  };

 private:
  friend class WritePart;
  friend class OwnReads;
  friend class OpenGroup;

  std::shared_ptr<Generation> generation();
  bool in_memory() const { return in_memory_; }

  // The calling thread's group.
  void begin_group();
  void commit_group();
  void abandon_group() noexcept;
  void end_group() noexcept;

  // In memory, under lock_: undoes what could not be undone before, or throws; nobody may see the database meanwhile.
  void finish_undoing();

  // Called under lock_ by a part of the group.
  void fail_group(const StoreError& error);
  void check_group() const;

  const bool in_memory_;
  const Durability durability_;
  FaultHook* const hook_;
  std::atomic<uint64_t> life_{1};

  std::mutex generation_mutex_;
  std::string path_;  // under generation_mutex_
  std::shared_ptr<Generation> generation_;

  WriterLock lock_;
  // Under lock_:
  std::shared_ptr<Generation> group_;  // on file: what the open group writes to
  std::optional<StoreError> failure_;  // the group is lost (on file), or the database is (in memory)
  int open_transactions_ = 0;          // transactions of the lock's holder
  std::unique_ptr<UndoLog> spare_log_;
  std::vector<std::unique_ptr<UndoLog>> unfinished_;  // in memory; oldest first
};

}  // namespace stator::persistence
