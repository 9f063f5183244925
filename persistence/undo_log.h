// What a WriteTransaction must do to take itself back. Groups commit many transactions at once, so each needs an undo
// of its own; SQLite's is the SAVEPOINT, which copies every page that the transaction touches (8 KB for a put of 100
// bytes). This one copies the old rows alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/session.h"

namespace stator::persistence {

class UndoLog {
 public:
  // Each is called before the change that it undoes; forget_last() takes one back whose change turned out not to
  // happen.
  void row_absent(SpaceId space, std::string_view key, uint32_t new_size);
  void row_present(SpaceId space, std::string_view key, uint32_t old_size, std::string_view old_body,
                   int64_t rows_change, int64_t bytes_change);
  void document(std::string_view kind, std::string_view id, const std::string* old_bytes);
  void sequence(std::string_view name, int64_t old_value);
  void space_added(SpaceId space);
  void space_dropped(SpaceId space);
  void forget_last();

  bool empty() const { return entries_.empty(); }
  // Undoes everything, latest first. Throws StoreError; what is left to undo is then left in the log.
  void undo(Session& session);
  // Ready for the next transaction; keeps a moderate amount of memory for it.
  void clear();

 private:
  enum class Deed : uint8_t {
    kRowAbsent,
    kRowPresent,
    kDocument,
    kDocumentAbsent,
    kSequence,
    kSpaceAdded,
    kSpaceDropped
  };
  struct Entry {
    Deed deed;
    uint32_t size = 0;
    int64_t number = 0;  // a space, or a sequence's value
    int64_t rows_change = 0;
    int64_t bytes_change = 0;
    size_t at = 0;  // name (key or kind), then more (body or id), then tail (a document's bytes), in bytes_
    size_t name = 0;
    size_t more = 0;
    size_t tail = 0;
  };

  Entry& add(Deed deed, std::string_view name, std::string_view more, std::string_view tail);
  void undo_row(Session& session, const Entry& entry, std::string_view key, std::string_view body);

  std::vector<Entry> entries_;
  std::string bytes_;
};

}  // namespace stator::persistence
