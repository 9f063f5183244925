// The rows and bodies of one connection: the statements that read and change single rows, and cursors. Knows nothing of
// transactions, undoing or counts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "persistence/sqlite/statement_pool.h"
#include "persistence/store.h"

namespace stator::persistence {

class RowWalk;

class Rows {
 public:
  explicit Rows(Database& database);

  // A row in view: as long as the lease lives.
  struct Found {
    StatementPool::Lease lease;
    uint32_t size = 0;
    std::string_view body;
    int64_t body_id = 0;  // as in the row's column: 0 when the body lies in the row, negative when in two halves
    std::unique_ptr<std::string> joined;  // of halves
  };
  std::optional<Found> find(SpaceId space, std::string_view key);
  std::unique_ptr<Cursor> scan(SpaceId space, const KeyRange& range);
  void walk(SpaceId space, const KeyRange& range, const RowVisitor& visit);

  // False, and nothing done, when the key is there. A body longer than kInlineBody is two statements, so that its key
  // must be known to be absent: what failed between them could not be told from what was there before.
  bool insert(SpaceId space, std::string_view key, uint32_t size, std::string_view body);
  // The row is there; `old_size` and `old_body_id` are what find() said of it.
  void replace(SpaceId space, std::string_view key, uint32_t old_size, int64_t old_body_id, uint32_t size,
               std::string_view body);
  void erase(SpaceId space, std::string_view key, int64_t old_body_id);
  // Erases up to `limit` of the space's first rows; false when none is left.
  bool erase_first(SpaceId space, int limit);

 private:
  friend class RowCursor;
  friend class RowWalk;

  // The row that the statement stands on, whose own column of the body is `own`: its body and its body_id.
  int64_t body_of(const Statement& row, const SqlValue& own, std::string_view& body,
                  std::unique_ptr<std::string>& joined);
  // The two rows of bodies, appended.
  std::string_view join_halves(int64_t first, std::unique_ptr<std::string>& joined);
  int64_t add_body(std::string_view body);
  void erase_body(int64_t body_id);

  Database& database_;
  StatementPool find_;
  StatementPool forward_, backward_;
  StatementPool short_forward_, short_backward_, short_backward_bounded_;
  StatementPool walk_forward_, walk_backward_, walk_short_forward_, walk_short_backward_;
  RowWalk* walk_ = nullptr;  // the one whose statement runs
  Statement insert_, insert_long_, update_, update_long_, update_size_, erase_;
  Statement insert_body_, insert_half_, update_body_, erase_body_, halves_;
  Statement nth_key_, erase_bodies_through_, erase_through_, erase_bodies_of_, erase_all_of_;
};

}  // namespace stator::persistence
