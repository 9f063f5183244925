#include "persistence/undo_log.h"

namespace stator::persistence {
namespace {

constexpr size_t kKeptBytes = size_t{64} * 1024;

}  // namespace

UndoLog::Entry& UndoLog::add(Deed deed, std::string_view name, std::string_view more, std::string_view tail) {
  Entry& entry = entries_.emplace_back();
  entry.deed = deed;
  entry.at = bytes_.size();
  entry.name = name.size();
  entry.more = more.size();
  entry.tail = tail.size();
  bytes_.append(name).append(more).append(tail);
  return entry;
}

void UndoLog::row_absent(SpaceId space, std::string_view key, uint32_t new_size) {
  Entry& entry = add(Deed::kRowAbsent, key, {}, {});
  entry.number = space;
  entry.rows_change = 1;
  entry.bytes_change = new_size;
}

void UndoLog::row_present(SpaceId space, std::string_view key, uint32_t old_size, std::string_view old_body,
                          int64_t rows_change, int64_t bytes_change) {
  Entry& entry = add(Deed::kRowPresent, key, old_body, {});
  entry.number = space;
  entry.size = old_size;
  entry.rows_change = rows_change;
  entry.bytes_change = bytes_change;
}

void UndoLog::document(std::string_view kind, std::string_view id, const std::string* old_bytes) {
  if (old_bytes == nullptr) {
    add(Deed::kDocumentAbsent, kind, id, {});
  } else {
    add(Deed::kDocument, kind, id, *old_bytes);
  }
}

void UndoLog::sequence(std::string_view name, int64_t old_value) {
  add(Deed::kSequence, name, {}, {}).number = old_value;
}

void UndoLog::space_added(SpaceId space) {
  add(Deed::kSpaceAdded, {}, {}, {}).number = space;
}

void UndoLog::space_dropped(SpaceId space) {
  add(Deed::kSpaceDropped, {}, {}, {}).number = space;
}

void UndoLog::forget_last() {
  bytes_.resize(entries_.back().at);
  entries_.pop_back();
}

void UndoLog::undo_row(Session& session, const Entry& entry, std::string_view key, std::string_view body) {
  // What stands there now may be the old row, the new one or, after a failure, none: look, then set it right.
  int64_t body_id = 0;
  uint32_t size = 0;
  bool present = false;
  if (auto found = session.rows.find(entry.number, key)) {
    present = true;
    body_id = found->body_id;
    size = found->size;
  }
  if (entry.deed == Deed::kRowAbsent) {
    if (present) session.rows.erase(entry.number, key, body_id);
  } else if (present) {
    session.rows.replace(entry.number, key, size, body_id, entry.size, body);
  } else {
    session.rows.insert(entry.number, key, entry.size, body);
  }
}

void UndoLog::undo(Session& session) {
  while (!entries_.empty()) {
    const Entry* const entry = &entries_.back();
    const std::string_view bytes = std::string_view(bytes_).substr(entry->at, entry->name + entry->more + entry->tail);
    const std::string_view name = bytes.substr(0, entry->name);
    const std::string_view more = bytes.substr(entry->name, entry->more);
    const std::string_view tail = bytes.substr(entry->name + entry->more);
    switch (entry->deed) {
      case Deed::kRowAbsent:
      case Deed::kRowPresent:
        undo_row(session, *entry, name, more);
        session.spaces.change(entry->number, -entry->rows_change, -entry->bytes_change);
        break;
      case Deed::kDocument:
        session.documents.put(name, more, tail);
        break;
      case Deed::kDocumentAbsent:
        session.documents.erase(name, more);
        break;
      case Deed::kSequence:
        session.documents.set(name, entry->number);
        break;
      case Deed::kSpaceAdded:
        session.spaces.remove(entry->number);
        break;
      case Deed::kSpaceDropped:
        session.spaces.set_dropped(entry->number, false);
        break;
    }
    forget_last();  // only now: what fails is tried again by the next undo()
  }
}

void UndoLog::clear() {
  entries_.clear();
  bytes_.clear();
  if (bytes_.capacity() > kKeptBytes) bytes_.shrink_to_fit();
  if (entries_.capacity() * sizeof(Entry) > kKeptBytes) entries_.shrink_to_fit();
}

}  // namespace stator::persistence
