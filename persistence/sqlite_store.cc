#include "persistence/sqlite_store.h"

#include <stdexcept>
#include <utility>

#include "persistence/write_part.h"

namespace stator::persistence {
namespace {

// Rows that erase_some() erases at a time: about a millisecond.
constexpr int kEraseStep = 256;

// A read on file, on a session of its own.
class FileReads final : public ReadTransaction {
 public:
  explicit FileReads(std::shared_ptr<Generation> generation)
      : generation_(std::move(generation)), session_(generation_->take_reader()) {
    session_->begin();
  }
  ~FileReads() override {
    in_view_.reset();
    session_->rollback();
    generation_->give_back(std::move(session_));
  }

  bool get(SpaceId space, std::string_view key, RowView& row) override {
    in_view_.reset();
    in_view_ = session_->rows.find(space, key);
    if (!in_view_) return false;
    row = {key, in_view_->size, in_view_->body};
    return true;
  }
  std::unique_ptr<Cursor> scan(SpaceId space, const KeyRange& range) override {
    return session_->rows.scan(space, range);
  }
  void walk(SpaceId space, const KeyRange& range, const RowVisitor& visit) override {
    session_->rows.walk(space, range, visit);
  }
  SpaceCounts counts(SpaceId space) override { return session_->spaces.counts(space); }
  std::optional<std::string> document(std::string_view kind, std::string_view id) override {
    return session_->documents.find(kind, id);
  }
  std::vector<std::pair<std::string, std::string>> documents(std::string_view kind, std::string_view after,
                                                             size_t limit) override {
    return session_->documents.list(kind, after, limit);
  }

 private:
  std::shared_ptr<Generation> generation_;
  std::unique_ptr<Session> session_;
  std::optional<Rows::Found> in_view_;
};

}  // namespace

// The group that the calling thread has open, on file. A thread that ends without settling takes its group back.
class OpenGroup {
 public:
  ~OpenGroup() {
    if (store) store->abandon_group();
  }
  void settle() {
    if (const std::shared_ptr<SqliteStore> mine = std::move(store)) {
      store.reset();
      mine->commit_group();
    }
  }

  std::shared_ptr<SqliteStore> store;
};

namespace {

thread_local OpenGroup open_group;

}  // namespace

void settle() {
  open_group.settle();
}

SqliteStore::SqliteStore(std::string path, Durability durability, FaultHook* hook)
    : in_memory_(path.empty()), durability_(durability), hook_(hook), path_(std::move(path)) {}

SqliteStore::SqliteStore(std::shared_ptr<Generation> generation, FaultHook* hook)
    : in_memory_(true), durability_(Durability::kOff), hook_(hook), generation_(std::move(generation)) {}

std::shared_ptr<Generation> SqliteStore::generation() {
  const std::lock_guard guard(generation_mutex_);
  if (!generation_) generation_ = std::make_shared<Generation>(path_, durability_, hook_);
  return generation_;
}

bool SqliteStore::is_open() {
  const std::lock_guard guard(generation_mutex_);
  return generation_ != nullptr;
}

bool SqliteStore::close_if_idle() {
  if (in_memory()) return false;
  const std::lock_guard guard(generation_mutex_);
  // Who uses the database holds the generation too.
  if (!generation_ || generation_.use_count() > 1) return false;
  generation_.reset();
  return true;
}

SqliteStore::Hold::Hold(std::shared_ptr<SqliteStore> store) : store_(std::move(store)) {
  settle();
  store_->lock_.lock();
  try {
    generation_ = store_->generation();
    store_->finish_undoing();
  } catch (...) {
    store_->lock_.unlock();
    throw;
  }
}

SqliteStore::Hold::~Hold() {
  if (store_) store_->lock_.unlock();
}

void SqliteStore::Hold::replace(std::shared_ptr<Generation> generation, std::string path) const noexcept {
  store_->failure_.reset();
  {
    const std::lock_guard guard(store_->generation_mutex_);
    store_->generation_.swap(generation);
    store_->path_.swap(path);
  }
  ++store_->life_;
  if (generation) generation->retire();  // and with the last reference, here or elsewhere, it goes
}

std::unique_ptr<ReadTransaction> SqliteStore::read() {
  if (in_memory()) {
    lock_.lock();
    try {
      finish_undoing();
      return std::make_unique<OwnReads>(shared_from_this(), generation(), true);
    } catch (...) {
      lock_.unlock();
      throw;
    }
  }
  if (lock_.held_by_this_thread()) return std::make_unique<OwnReads>(shared_from_this(), group_, false);
  return std::make_unique<FileReads>(generation());
}

std::unique_ptr<WriteTransaction> SqliteStore::write() {
  if (open_group.store.get() != this) settle();
  if (in_memory()) {
    lock_.lock();
    try {
      check_group();
      finish_undoing();
      return std::make_unique<WritePart>(shared_from_this(), generation(), true);
    } catch (...) {
      lock_.unlock();
      throw;
    }
  }
  if (!open_group.store) {
    begin_group();
    open_group.store = shared_from_this();
  }
  check_group();
  return std::make_unique<WritePart>(shared_from_this(), group_, false);
}

void SqliteStore::begin_group() {
  lock_.lock();
  try {
    group_ = generation();
    group_->writer().begin_immediate();
  } catch (...) {
    group_.reset();
    lock_.unlock();
    throw;
  }
}

void SqliteStore::commit_group() {
  if (open_transactions_ != 0) {
    open_group.store = shared_from_this();
    throw std::logic_error("settle() with a transaction of the group still open");
  }
  try {
    Session& session = group_->writer();
    check_group();
    // SQLite has rolled back by itself behind a failing read.
    if (session.database.autocommit()) {
      throw StoreError(StoreError::Kind::kIo, "the database gave a transaction up after an error in reading it");
    }
    session.spaces.write_gathered();
    session.commit();
  } catch (...) {
    abandon_group();
    throw;
  }
  const std::shared_ptr<Generation> written = group_;
  written->restart_log_if_due();
  const int frames = written->writer().database.log_frames();
  end_group();
  written->checkpoint_if_due(frames);
}

void SqliteStore::abandon_group() noexcept {
  Session& session = group_->writer();
  session.rollback();
  session.spaces.forget_gathered();
  end_group();
}

void SqliteStore::end_group() noexcept {
  failure_.reset();
  group_.reset();
  lock_.unlock();
}

void SqliteStore::finish_undoing() {
  while (!unfinished_.empty()) {
    unfinished_.front()->undo(generation()->writer());
    unfinished_.erase(unfinished_.begin());
  }
}

void SqliteStore::fail_group(const StoreError& error) {
  if (!failure_) failure_ = error;
}

void SqliteStore::check_group() const {
  if (failure_) throw StoreError(*failure_);
}

bool SqliteStore::erase_some() {
  if (!generation()->may_have_dropped) return false;
  settle();
  lock_.lock();
  const std::shared_ptr<Generation> current = generation();
  Session& session = current->writer();
  bool more = false;
  try {
    finish_undoing();
    if (!in_memory()) session.begin_immediate();
    const auto space = session.spaces.first_dropped();
    if (space) {
      more = true;
      if (!session.rows.erase_first(*space, kEraseStep)) session.spaces.remove(*space);
    } else {
      current->may_have_dropped = false;
    }
    if (!in_memory()) session.commit();
  } catch (...) {
    if (!in_memory()) session.rollback();
    lock_.unlock();
    throw;
  }
  lock_.unlock();
  return more;
}

}  // namespace stator::persistence
