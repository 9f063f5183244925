#include "persistence/generation.h"

namespace stator::persistence {

Generation::Generation(const std::string& path, Durability durability, FaultHook* hook)
    : path_(path), durability_(durability), hook_(hook) {
  if (in_memory()) {
    writer_ = std::make_unique<Session>("the database in memory", hook);
    may_have_dropped = false;
  } else {
    writer_ = std::make_unique<Session>(path, Session::Role::kWriter, durability, hook);
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

}  // namespace stator::persistence
