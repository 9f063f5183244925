#include "persistence/spaces.h"

namespace stator::persistence {
namespace {

constexpr std::string_view kAdd = "INSERT INTO spaces VALUES(?1, 0, 0, 0)";
constexpr std::string_view kRemove = "DELETE FROM spaces WHERE id = ?1";
constexpr std::string_view kSetDropped = "UPDATE spaces SET dropped = ?2 WHERE id = ?1";
constexpr std::string_view kFirstDropped = "SELECT id FROM spaces WHERE dropped = 1 ORDER BY id LIMIT 1";
constexpr std::string_view kCounts = "SELECT rows, bytes, dropped FROM spaces WHERE id = ?1";
constexpr std::string_view kChange = "UPDATE spaces SET rows = rows + ?2, bytes = bytes + ?3 WHERE id = ?1";

}  // namespace

Spaces::Spaces(Database& database)
    : add_(database, kAdd),
      remove_(database, kRemove),
      set_dropped_(database, kSetDropped),
      first_dropped_(database, kFirstDropped),
      counts_(database, kCounts),
      change_(database, kChange) {}

void Spaces::add(SpaceId id) {
  add_.bind(1, id).run();
}

void Spaces::remove(SpaceId id) {
  remove_.bind(1, id).run();
  gathered_.erase(id);
}

void Spaces::set_dropped(SpaceId id, bool dropped) {
  set_dropped_.bind(1, id).bind(2, int64_t{dropped}).run();
}

std::optional<SpaceId> Spaces::first_dropped() {
  StatementUse first(first_dropped_);
  if (!first->step()) return std::nullopt;
  return first->integer(0);
}

SpaceCounts Spaces::counts(SpaceId id) {
  StatementUse read(counts_);
  if (!read->bind(1, id).step() || read->integer(2) != 0) return {};
  SpaceCounts counts{read->integer(0), read->integer(1)};
  if (const auto gathered = gathered_.find(id); gathered != gathered_.end()) {
    counts.rows += gathered->second.rows;
    counts.bytes += gathered->second.bytes;
  }
  return counts;
}

void Spaces::write_gathered() {
  for (const auto& [id, counts] : gathered_) {
    if (counts.rows == 0 && counts.bytes == 0) continue;
    change_.bind(1, id).bind(2, counts.rows).bind(3, counts.bytes).run();
  }
  gathered_.clear();
}

}  // namespace stator::persistence
