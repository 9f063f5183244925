#include "persistence/write_part.h"

#include <functional>
#include <stdexcept>
#include <utility>

#include "persistence/schema.h"

namespace stator::persistence {
namespace {

constexpr std::string_view kSpaceSequence = "space";

bool lies_in(std::string_view part, std::string_view whole) {
  return std::less_equal<>()(whole.data(), part.data()) && std::less<>()(part.data(), whole.data() + whole.size());
}

}  // namespace

OwnReads::OwnReads(std::shared_ptr<SqliteStore> store, std::shared_ptr<Generation> generation, bool unlock)
    : store_(std::move(store)), generation_(std::move(generation)), session_(generation_->writer()), unlock_(unlock) {
  ++store_->open_transactions_;
}

OwnReads::~OwnReads() {
  in_view_.reset();
  --store_->open_transactions_;
  generation_.reset();
  if (unlock_) store_->lock_.unlock();
}

bool OwnReads::get(SpaceId space, std::string_view key, RowView& row) {
  in_view_.reset();
  in_view_ = session_.rows.find(space, key);
  if (!in_view_) return false;
  row = {key, in_view_->size, in_view_->body};
  return true;
}

std::unique_ptr<Cursor> OwnReads::scan(SpaceId space, const KeyRange& range) {
  return session_.rows.scan(space, range);
}

void OwnReads::walk(SpaceId space, const KeyRange& range, const RowVisitor& visit) {
  session_.rows.walk(space, range, visit);
}

SpaceCounts OwnReads::counts(SpaceId space) {
  return session_.spaces.counts(space);
}

std::optional<std::string> OwnReads::document(std::string_view kind, std::string_view id) {
  return session_.documents.find(kind, id);
}

std::vector<std::pair<std::string, std::string>> OwnReads::documents(std::string_view kind, std::string_view after,
                                                                     size_t limit) {
  return session_.documents.list(kind, after, limit);
}

WritePart::WritePart(std::shared_ptr<SqliteStore> store, std::shared_ptr<Generation> generation, bool unlock)
    : store_(std::move(store)),
      generation_(std::move(generation)),
      session_(&generation_->writer()),
      unlock_(unlock),
      undo_(std::move(store_->spare_log_)) {
  if (!undo_) undo_ = std::make_unique<UndoLog>();
  ++store_->open_transactions_;
}

WritePart::~WritePart() {
  if (session_ == nullptr) return;
  forget();
  // A group that has failed is rolled back as a whole; there is nothing left to undo.
  if (!undo_->empty() && !store_->failure_) {
    try {
      undo_->undo(*session_);
    } catch (const StoreError& error) {
      if (generation_->in_memory()) {
        store_->unfinished_.push_back(std::move(undo_));
        undo_ = std::make_unique<UndoLog>();
      } else {
        store_->fail_group(error);
      }
    }
  }
  end();
}

void WritePart::end() noexcept {
  session_ = nullptr;
  undo_->clear();
  store_->spare_log_ = std::move(undo_);
  --store_->open_transactions_;
  generation_.reset();
  if (unlock_) store_->lock_.unlock();
}

Session& WritePart::session() const {
  if (session_ == nullptr) throw std::logic_error("a transaction was used after its commit");
  return *session_;
}

void WritePart::forget() {
  seen_.reset();
  remembered_ = false;
}

void WritePart::look(SpaceId space, std::string_view key) {
  forget();
  seen_ = session().rows.find(space, key);
  seen_space_ = space;
  seen_key_.assign(key);
  remembered_ = true;
}

bool WritePart::get(SpaceId space, std::string_view key, RowView& row) {
  look(space, key);
  if (!seen_) return false;
  row = {seen_key_, seen_->size, seen_->body};
  return true;
}

std::unique_ptr<Cursor> WritePart::scan(SpaceId space, const KeyRange& range) {
  forget();
  return session().rows.scan(space, range);
}

SpaceCounts WritePart::counts(SpaceId space) {
  forget();
  return session().spaces.counts(space);
}

std::optional<std::string> WritePart::document(std::string_view kind, std::string_view id) {
  forget();
  return session().documents.find(kind, id);
}

std::vector<std::pair<std::string, std::string>> WritePart::documents(std::string_view kind, std::string_view after,
                                                                      size_t limit) {
  forget();
  return session().documents.list(kind, after, limit);
}

// A change that fails on file may have failed half way, or have made SQLite roll back: the group is lost. In memory
// every statement stands for itself, and the destructor undoes those that were done.
template <typename Change>
auto WritePart::change(const Change& deed) {
  session();
  store_->check_group();
  try {
    return deed();
  } catch (const StoreError& error) {
    forget();
    if (!generation_->in_memory() || session_->database.autocommit()) store_->fail_group(error);
    throw;
  }
}

void WritePart::replace_seen(SpaceId space, std::string_view key, uint32_t size, std::string_view body) {
  const int64_t grown = int64_t{size} - int64_t{seen_->size};
  undo_->row_present(space, key, seen_->size, seen_->body, 0, grown);
  session().spaces.change(space, 0, grown);
  const uint32_t old_size = seen_->size;
  const int64_t body_id = seen_->body_id;
  forget();
  session().rows.replace(space, key, old_size, body_id, size, body);
}

void WritePart::put(SpaceId space, std::string_view key, uint32_t size, std::string_view body) {
  std::string copy;
  if (seen_ && lies_in(body, seen_->body)) {  // a body just read, put elsewhere or back: forget() ends its view
    copy.assign(body);
    body = copy;
  }
  change([&] {
    if (body.size() > kInlineBody && !remembers(space, key)) look(space, key);
    if (!remembers(space, key) || !seen_) {
      forget();
      undo_->row_absent(space, key, size);
      session().spaces.change(space, 1, size);
      if (session().rows.insert(space, key, size, body)) return;
      undo_->forget_last();
      session().spaces.change(space, -1, -int64_t{size});
      look(space, key);
    }
    replace_seen(space, key, size, body);
  });
}

bool WritePart::erase(SpaceId space, std::string_view key) {
  return change([&] {
    if (!remembers(space, key)) look(space, key);
    if (!seen_) return false;
    undo_->row_present(space, key, seen_->size, seen_->body, -1, -int64_t{seen_->size});
    session().spaces.change(space, -1, -int64_t{seen_->size});
    const int64_t body_id = seen_->body_id;
    forget();
    session().rows.erase(space, key, body_id);
    return true;
  });
}

SpaceId WritePart::new_space() {
  return change([&] {
    forget();
    // The number is used up even if this transaction is taken back: ids are never reused.
    const SpaceId id = session().documents.next(kSpaceSequence);
    undo_->space_added(id);
    session().spaces.add(id);
    return id;
  });
}

void WritePart::drop_space(SpaceId space) {
  change([&] {
    forget();
    undo_->space_dropped(space);
    session().spaces.set_dropped(space, true);
    generation_->may_have_dropped = true;
  });
}

void WritePart::put_document(std::string_view kind, std::string_view id, std::string_view bytes) {
  change([&] {
    forget();
    const auto old = session().documents.find(kind, id);
    undo_->document(kind, id, old ? &*old : nullptr);
    session().documents.put(kind, id, bytes);
  });
}

bool WritePart::erase_document(std::string_view kind, std::string_view id) {
  return change([&] {
    forget();
    const auto old = session().documents.find(kind, id);
    if (!old) return false;
    undo_->document(kind, id, &*old);
    session().documents.erase(kind, id);
    return true;
  });
}

int64_t WritePart::next_sequence(std::string_view name, int64_t at_least) {
  return change([&] {
    forget();
    const int64_t value = session().documents.next(name, at_least);
    undo_->sequence(name, value - 1);
    return value;
  });
}

void WritePart::commit() {
  session();
  forget();
  store_->check_group();
  end();
}

}  // namespace stator::persistence
