#include "persistence/generation.h"

#include "persistence/folder.h"
#include "persistence/schema.h"

namespace stator::persistence {

Generation::Generation(const std::string& path, Durability durability, FaultHook* hook, bool made)
    : path_(path), durability_(durability), hook_(hook) {
  open(made);
}

Generation::Generation(const std::string& path, Durability durability, FaultHook* hook, Session& source)
    : path_(path), durability_(durability), hook_(hook) {
  if (in_memory()) {
    open();
    writer_->take(source);
    may_have_dropped = true;
    return;
  }
  try {
    {
      Database target(path_, Database::Mode::kCreate, hook_);
      target.execute(synchronous_pragma(durability_));
      source.copy_to(target);
    }
    open();
  } catch (...) {
    writer_.reset();
    Folder::remove_database(path_);
    throw;
  }
}

Generation::~Generation() {
  checkpointer_.reset();
  idle_.clear();
  if (retired_ && !in_memory()) writer_->database.abandon();
  writer_.reset();
  if (retired_ && !in_memory()) Folder::remove_database(path_);
}

void Generation::open(bool made) {
  if (in_memory()) {
    writer_ = std::make_unique<Session>("the database in memory", hook_);
    may_have_dropped = false;
  } else {
    writer_ =
        std::make_unique<Session>(path_, made ? Session::Role::kMaker : Session::Role::kWriter, durability_, hook_);
    idle_.reserve(kIdleReaders);
  }
}

std::unique_ptr<Session> Generation::take_reader() {
  {
    const std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Session> reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return std::make_unique<Session>(path_, Session::Role::kReader, durability_, hook_);
}

void Generation::give_back(std::unique_ptr<Session> reader) noexcept {
  const std::lock_guard guard(mutex_);
  if (idle_.size() < kIdleReaders) idle_.push_back(std::move(reader));
}

void Generation::checkpoint_if_due(int frames) noexcept {
  if (frames < frames_seen_.exchange(frames)) next_checkpoint_ = kCheckpointFrames;
  if (frames < next_checkpoint_) return;
  const std::unique_lock alone(checkpoint_mutex_, std::try_to_lock);
  if (!alone.owns_lock()) return;
  next_checkpoint_ = frames + kCheckpointFrames;
  try {
    if (!checkpointer_) {
      checkpointer_ = std::make_unique<Session>(path_, Session::Role::kCheckpointer, durability_, hook_);
    }
    checkpointer_->database.checkpoint(false);
  } catch (const StoreError&) {
    // What is committed is safe in the log; a later commit tries again.
  }
}

void Generation::restart_log_if_due() noexcept {
  const int frames = writer_->database.log_frames();
  if (frames < kRestartFrames) {
    next_restart_ = kRestartFrames;
  } else if (frames >= next_restart_ && !writer_->database.checkpoint(true)) {
    next_restart_ = frames + kCheckpointFrames;
  }
}

}  // namespace stator::persistence
