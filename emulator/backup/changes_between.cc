#include "emulator/backup/changes_between.h"

#include "emulator/backup/history.h"
#include "emulator/tables/table_document.h"

namespace stator {

ChangesBetween::ChangesBetween(persistence::Store& store, const Table& table, int64_t from_ms, int64_t to_ms)
    : store_(store), table_(table), from_ms_(from_ms), to_ms_(to_ms) {}

bool ChangesBetween::next(ChangedItem& item) {
  if (at_ == page_.size() && !fetch()) return false;
  item = std::move(page_[at_++]);
  return true;
}

// Changes that came since the last page may hide what an item was at the end.
void ChangesBetween::catch_up(persistence::ReadTransaction& reading) {
  auto cursor = reading.scan(table_.history, {.lower = seen_, .upper = {}, .lower_exclusive = !seen_.empty()});
  persistence::RowView row;
  while (cursor->next(row)) {
    seen_ = row.key;
    const PastRow past = read_past_row(row);
    if (past.time_ms < from_ms_) continue;
    if (past.time_ms >= to_ms_) {
      auto span = changed_.find(std::string(past.item_row));
      if (span != changed_.end() && span->second.behind.empty()) span->second.behind = row.key;
      continue;
    }
    Span& span = changed_[std::string(past.item_row)];
    if (span.first.empty()) span.first = row.key;
    span.last_ms = past.time_ms;
  }
}

bool ChangesBetween::fetch() {
  constexpr size_t kBytesAPage = 1 << 20;
  page_.clear();
  at_ = 0;
  auto reading = store_.read();
  const std::optional<std::string> document = reading->document(kTableDocument, table_.name);
  if (document) {
    const Table now = read_table_document(*document);
    lost_ = now.id != table_.id || now.history != table_.history;
  }
  if (!document || lost_) {
    lost_ = true;
    return false;
  }
  catch_up(*reading);
  const auto image = [&](const std::string& number, std::string& body) {
    persistence::RowView row;
    if (!reading->get(table_.history, number, row)) return false;
    const PastRow past = read_past_row(row);
    body = past.body;
    return past.existed;
  };
  size_t bytes = 0;
  auto at = position_.empty() ? changed_.begin() : changed_.upper_bound(position_);
  for (; at != changed_.end() && bytes < kBytesAPage; ++at) {
    position_ = at->first;
    ChangedItem item;
    item.time_ms = at->second.last_ms;
    item.existed = image(at->second.first, item.before);
    if (!at->second.behind.empty()) {
      item.exists = image(at->second.behind, item.after);
    } else {
      persistence::RowView row;
      item.exists = reading->get(table_.space, at->first, row);
      if (item.exists) item.after = row.body;
    }
    if (!item.existed && !item.exists) continue;
    bytes += item.before.size() + item.after.size();
    page_.push_back(std::move(item));
  }
  return !page_.empty();
}

}  // namespace stator
