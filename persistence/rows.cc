#include "persistence/rows.h"

#include <cstdlib>
#include <exception>
#include <utility>

#include "persistence/schema.h"

namespace stator::persistence {
namespace {

// A body that lies in bodies is found by the join; for one in the row r.body is a BLOB, which equals no id.
#define STATOR_ROW "FROM rows r LEFT JOIN bodies b ON b.id = r.body WHERE r.space = ?1 "

constexpr std::string_view kFindRow = "SELECT r.size, r.body, b.body " STATOR_ROW "AND r.key = ?2";
constexpr std::string_view kForward =
    "SELECT r.size, r.body, b.body, r.key " STATOR_ROW "AND r.key >= ?2 ORDER BY r.key";
constexpr std::string_view kBackward =
    "SELECT r.size, r.body, b.body, r.key " STATOR_ROW "AND r.key >= ?2 AND r.key < ?3 ORDER BY r.key DESC";

// Rows that hold their bodies themselves, as those of small items do, need no join: a fifth less a row.
constexpr std::string_view kShortForward =
    "SELECT size, body, NULL, key FROM rows WHERE space = ?1 AND key >= ?2 ORDER BY key";
constexpr std::string_view kShortBackward =
    "SELECT size, body, NULL, key FROM rows WHERE space = ?1 AND key >= ?2 ORDER BY key DESC";
constexpr std::string_view kShortBackwardBounded =
    "SELECT size, body, NULL, key FROM rows WHERE space = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC";

// A walk's statement has visit_row (RowWalk) in its condition: a row that is to be followed by another is one that the
// statement passes over, so that SQLite goes from row to row by itself and the function sees their bytes in the page.
constexpr std::string_view kWalkForward =
    "SELECT 1 " STATOR_ROW "AND r.key >= ?2 AND visit_row(r.size, r.body, b.body, r.key) ORDER BY r.key";
constexpr std::string_view kWalkBackward =
    "SELECT 1 " STATOR_ROW
    "AND r.key >= ?2 AND r.key < ?3 AND visit_row(r.size, r.body, b.body, r.key) ORDER BY r.key DESC";
constexpr std::string_view kWalkShortForward =
    "SELECT 1 FROM rows WHERE space = ?1 AND key >= ?2 AND visit_row(size, body, NULL, key) ORDER BY key";
constexpr std::string_view kWalkShortBackward =
    "SELECT 1 FROM rows WHERE space = ?1 AND key >= ?2 AND key < ?3 AND visit_row(size, body, NULL, key) ORDER BY key "
    "DESC";

#undef STATOR_ROW

constexpr std::string_view kInsertShort = "INSERT INTO rows VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
constexpr std::string_view kInsertLong = "INSERT INTO rows VALUES(?1, ?2, ?3, ?4)";
constexpr std::string_view kUpdate = "UPDATE rows SET size = ?3, body = ?4 WHERE space = ?1 AND key = ?2";
constexpr std::string_view kUpdateSize = "UPDATE rows SET size = ?3 WHERE space = ?1 AND key = ?2";
constexpr std::string_view kEraseRow = "DELETE FROM rows WHERE space = ?1 AND key = ?2";
constexpr std::string_view kInsertBody = "INSERT INTO bodies(body) VALUES(?1)";
constexpr std::string_view kInsertHalf = "INSERT INTO bodies VALUES(?1, ?2)";
constexpr std::string_view kHalves = "SELECT body FROM bodies WHERE id BETWEEN ?1 AND ?1 + 1 ORDER BY id";
constexpr std::string_view kUpdateBody = "UPDATE bodies SET body = ?2 WHERE id = ?1";
constexpr std::string_view kEraseBody = "DELETE FROM bodies WHERE id = ?1";

constexpr std::string_view kNthKey = "SELECT key FROM rows WHERE space = ?1 ORDER BY key LIMIT 1 OFFSET ?2";
constexpr std::string_view kEraseBodiesThrough = R"sql(
    WITH gone AS (SELECT body FROM rows WHERE space = ?1 AND key <= ?2 AND typeof(body) = 'integer')
    DELETE FROM bodies WHERE id IN (SELECT abs(body) FROM gone UNION ALL SELECT 1 - body FROM gone WHERE body < 0))sql";
constexpr std::string_view kEraseThrough = "DELETE FROM rows WHERE space = ?1 AND key <= ?2";
constexpr std::string_view kEraseBodiesOf = R"sql(
    WITH gone AS (SELECT body FROM rows WHERE space = ?1 AND typeof(body) = 'integer')
    DELETE FROM bodies WHERE id IN (SELECT abs(body) FROM gone UNION ALL SELECT 1 - body FROM gone WHERE body < 0))sql";
constexpr std::string_view kEraseAllOf = "DELETE FROM rows WHERE space = ?1";

// The smallest key above k is k followed by a zero byte, so that every range is lower <= key < upper.
std::string lower_of(const KeyRange& range) {
  std::string lower(range.lower);
  if (range.lower_exclusive) lower.push_back('\0');
  return lower;
}
std::string upper_of(const KeyRange& range) {
  std::string upper(range.upper);
  if (range.upper_inclusive) upper.push_back('\0');
  return upper;
}

bool is_halved(std::string_view body) {
  return body.size() > kWholeBody && body.size() <= kHalvedBody;
}

std::string_view first_half(std::string_view body) {
  return body.substr(0, body.size() / 2);
}
std::string_view second_half(std::string_view body) {
  return body.substr(body.size() / 2);
}

}  // namespace

class RowCursor final : public Cursor {
 public:
  RowCursor(Rows& rows, SpaceId space, const KeyRange& range)
      : rows_(rows), space_(space), lower_(lower_of(range)), upper_(upper_of(range)), reverse_(range.reverse) {
    // Forwards the end is seen here: one memcmp, where SQLite would take each row's record apart to compare it.
    ends_at_upper_ = range.has_upper && !range.reverse;
    begin(!range.reverse    ? rows.short_forward_
          : range.has_upper ? rows.short_backward_bounded_
                            : rows.short_backward_,
          range.has_upper && range.reverse);
  }

  bool next(RowView& row) override {
    if (!lease_) return false;
    if (!lease_->step()) return end();
    SqlValue body = lease_->column(1);
    if (body.is_integer && !joins_) {
      join();
      if (!lease_->step()) return end();
      body = lease_->column(1);
    }
    row.key = lease_->blob(3);
    if (ends_at_upper_ && row.key >= upper_) return end();
    row.size = static_cast<uint32_t>(lease_->integer(0));
    rows_.body_of(*lease_, body, row.body, joined_);
    return true;
  }

 private:
  void begin(StatementPool& pool, bool bounded) {
    lease_ = pool.lease();
    lease_->bind(1, space_).bind_blob(2, lower_);
    if (bounded) lease_->bind_blob(3, upper_);
  }
  // Starts again at the row in view, which has its body elsewhere, as those behind it most often do.
  void join() {
    joins_ = true;
    std::string here(lease_->blob(3));
    lease_.reset();
    if (!reverse_) {
      lower_ = std::move(here);
      return begin(rows_.forward_, false);
    }
    upper_ = std::move(here);
    upper_.push_back('\0');
    begin(rows_.backward_, true);
  }
  bool end() {
    lease_.reset();
    return false;
  }

  Rows& rows_;
  const SpaceId space_;
  StatementPool::Lease lease_;
  std::unique_ptr<std::string> joined_;
  std::string lower_;
  std::string upper_;
  const bool reverse_;
  bool ends_at_upper_ = false;
  bool joins_ = false;
};

// One walk: SQLite calls it with each row, by the function visit_row.
class RowWalk {
 public:
  RowWalk(Rows& rows, SpaceId space, const KeyRange& range, const RowVisitor& visit)
      : rows_(rows),
        visit_(visit),
        space_(space),
        lower_(lower_of(range)),
        upper_(upper_of(range)),
        reverse_(range.reverse),
        ends_at_upper_(range.has_upper && !range.reverse) {}

  void run() {
    run(reverse_ ? rows_.walk_short_backward_ : rows_.walk_short_forward_);
    if (!joins_) return;
    // Again from the row that has its body elsewhere, as those behind it most often do.
    (reverse_ ? upper_ : lower_) = std::move(joins_from_);
    if (reverse_) upper_.push_back('\0');
    run(reverse_ ? rows_.walk_backward_ : rows_.walk_forward_);
  }

  static bool stops_at(void* rows, sqlite3_value** row) noexcept {
    RowWalk& walk = *static_cast<Rows*>(rows)->walk_;
    try {
      return walk.stops_at(row);
    } catch (...) {
      walk.thrown_ = std::current_exception();
      return true;
    }
  }

 private:
  void run(StatementPool& pool) {
    StatementPool::Lease lease = pool.lease();
    lease->bind(1, space_).bind_blob(2, lower_);
    if (reverse_) lease->bind_blob(3, upper_);
    // What `visit` reads may be a walk as well.
    RowWalk* const outer = std::exchange(rows_.walk_, this);
    try {
      lease->step();
    } catch (...) {
      rows_.walk_ = outer;
      throw;
    }
    rows_.walk_ = outer;
    if (thrown_) std::rethrow_exception(thrown_);
  }

  bool stops_at(sqlite3_value** row) {
    const SqlValue key = read_value(row[3]);
    if (ends_at_upper_ && key.bytes >= upper_) return true;
    const SqlValue own = read_value(row[1]);
    RowView view{key.bytes, static_cast<uint32_t>(read_value(row[0]).integer), own.bytes};
    if (own.is_integer) {
      if (!joins_) {
        joins_ = true;
        joins_from_ = key.bytes;
        return true;
      }
      view.body = own.integer > 0 ? read_value(row[2]).bytes : rows_.join_halves(-own.integer, joined_);
    }
    return !visit_(view);
  }

  Rows& rows_;
  const RowVisitor& visit_;
  const SpaceId space_;
  std::string lower_;
  std::string upper_;
  std::string joins_from_;
  std::unique_ptr<std::string> joined_;
  std::exception_ptr thrown_;
  const bool reverse_;
  const bool ends_at_upper_;
  bool joins_ = false;
};

Rows::Rows(Database& database)
    : database_(database),
      find_(database, kFindRow),
      forward_(database, kForward),
      backward_(database, kBackward),
      short_forward_(database, kShortForward),
      short_backward_(database, kShortBackward),
      short_backward_bounded_(database, kShortBackwardBounded),
      walk_forward_(database, kWalkForward),
      walk_backward_(database, kWalkBackward),
      walk_short_forward_(database, kWalkShortForward),
      walk_short_backward_(database, kWalkShortBackward),
      insert_(database, kInsertShort),
      insert_long_(database, kInsertLong),
      update_(database, kUpdate),
      update_long_(database, kUpdate),
      update_size_(database, kUpdateSize),
      erase_(database, kEraseRow),
      insert_body_(database, kInsertBody),
      insert_half_(database, kInsertHalf),
      update_body_(database, kUpdateBody),
      erase_body_(database, kEraseBody),
      halves_(database, kHalves),
      nth_key_(database, kNthKey),
      erase_bodies_through_(database, kEraseBodiesThrough),
      erase_through_(database, kEraseThrough),
      erase_bodies_of_(database, kEraseBodiesOf),
      erase_all_of_(database, kEraseAllOf) {
  database.define("visit_row", 4, &RowWalk::stops_at, this);
}

std::optional<Rows::Found> Rows::find(SpaceId space, std::string_view key) {
  Found found;
  found.lease = find_.lease();
  if (!found.lease->bind(1, space).bind_blob(2, key).step()) return std::nullopt;
  found.size = static_cast<uint32_t>(found.lease->integer(0));
  found.body_id = body_of(*found.lease, found.lease->column(1), found.body, found.joined);
  return found;
}

std::unique_ptr<Cursor> Rows::scan(SpaceId space, const KeyRange& range) {
  return std::make_unique<RowCursor>(*this, space, range);
}

void Rows::walk(SpaceId space, const KeyRange& range, const RowVisitor& visit) {
  if (range.reverse && !range.has_upper) {
    // No key is the largest. Nobody has long walks of this kind.
    RowView row;
    for (RowCursor cursor(*this, space, range); cursor.next(row) && visit(row);) {
    }
    return;
  }
  RowWalk(*this, space, range, visit).run();
}

int64_t Rows::body_of(const Statement& row, const SqlValue& own, std::string_view& body,
                      std::unique_ptr<std::string>& joined) {
  if (!own.is_integer) {
    body = own.bytes;
    return 0;
  }
  const int64_t id = own.integer;
  if (id > 0) {
    body = row.blob(2);
    return id;
  }
  body = join_halves(-id, joined);
  return id;
}

std::string_view Rows::join_halves(int64_t first, std::unique_ptr<std::string>& joined) {
  if (joined == nullptr) joined = std::make_unique<std::string>();
  joined->clear();
  StatementUse halves(halves_);
  halves->bind(1, first);
  while (halves->step()) joined->append(halves->blob(0));
  return *joined;
}

int64_t Rows::add_body(std::string_view body) {
  if (!is_halved(body)) {
    insert_body_.bind_blob(1, body).run();
    return database_.last_insert_rowid();
  }
  insert_body_.bind_blob(1, first_half(body)).run();
  const int64_t id = database_.last_insert_rowid();  // above all others, so that the next is free
  insert_half_.bind(1, id + 1).bind_blob(2, second_half(body)).run();
  return -id;
}

void Rows::erase_body(int64_t body_id) {
  if (body_id == 0) return;
  erase_body_.bind(1, std::abs(body_id)).run();
  if (body_id < 0) erase_body_.bind(1, 1 - body_id).run();
}

// Where one deed takes two statements, the order is such that a failure between them leaves at worst a body without a
// row.
bool Rows::insert(SpaceId space, std::string_view key, uint32_t size, std::string_view body) {
  if (body.size() <= kInlineBody) {
    insert_.bind(1, space).bind_blob(2, key).bind(3, size).bind_blob(4, body).run();
    return database_.changes() != 0;
  }
  const int64_t id = add_body(body);
  insert_long_.bind(1, space).bind_blob(2, key).bind(3, size).bind(4, id).run();
  return true;
}

void Rows::replace(SpaceId space, std::string_view key, uint32_t old_size, int64_t old_body_id, uint32_t size,
                   std::string_view body) {
  if (body.size() <= kInlineBody) {
    update_.bind(1, space).bind_blob(2, key).bind(3, size).bind_blob(4, body).run();
    erase_body(old_body_id);
    return;
  }
  const bool halved = is_halved(body);
  if (old_body_id != 0 && (old_body_id < 0) == halved) {
    const int64_t id = std::abs(old_body_id);
    update_body_.bind(1, id).bind_blob(2, halved ? first_half(body) : body).run();
    if (halved) update_body_.bind(1, id + 1).bind_blob(2, second_half(body)).run();
    if (size != old_size) update_size_.bind(1, space).bind_blob(2, key).bind(3, size).run();
    return;
  }
  const int64_t id = add_body(body);
  update_long_.bind(1, space).bind_blob(2, key).bind(3, size).bind(4, id).run();
  erase_body(old_body_id);
}

void Rows::erase(SpaceId space, std::string_view key, int64_t old_body_id) {
  erase_.bind(1, space).bind_blob(2, key).run();
  erase_body(old_body_id);
}

bool Rows::erase_first(SpaceId space, int limit) {
  {
    StatementUse nth(nth_key_);
    if (nth->bind(1, space).bind(2, int64_t{limit} - 1).step()) {
      const std::string key(nth->blob(0));
      nth_key_.reset();
      erase_bodies_through_.bind(1, space).bind_blob(2, key).run();
      erase_through_.bind(1, space).bind_blob(2, key).run();
      return true;
    }
  }
  erase_bodies_of_.bind(1, space).run();
  erase_all_of_.bind(1, space).run();
  return false;
}

}  // namespace stator::persistence
