#include "emulator/maintenance.h"

#include <algorithm>
#include <chrono>

#include "emulator/backup/backup.h"
#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/replication/replication.h"
#include "emulator/streams/stream.h"
#include "emulator/streams/stream_trim.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/transfers/transfer.h"
#include "emulator/writes/index_maintenance.h"
#include "emulator/writes/item_writer.h"
#include "emulator/writes/table_build.h"
#include "protocol/json/item_codec.h"

namespace stator {
namespace {

constexpr size_t kRowsAStep = 256;
constexpr size_t kBytesAStep = 1 << 20;
// How often those are looked at that wait for their time: expiring items, and states that a test wants to last a while.
constexpr auto kEachExpiry = std::chrono::milliseconds(500);
constexpr auto kEachState = std::chrono::milliseconds(20);
constexpr auto kEachTrim = std::chrono::seconds(60);
// The service leaves items alone whose time is more than five years past: such a number is likely no time at all.
constexpr int64_t kOldestExpiry = 5LL * 365 * 24 * 3600;

}  // namespace

std::string backfill_work(std::string_view table, std::string_view index) {
  return "backfill/" + std::string(table) + "/" + std::string(index);
}

std::string ttl_work(std::string_view table) {
  return "ttl/" + std::string(table);
}

void Maintenance::start() {
  thread_ = std::thread([this] { loop(); });
}

void Maintenance::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Maintenance::wake() {
  {
    std::lock_guard lock(mutex_);
    wake_ = true;
  }
  changed_.notify_all();
}

void Maintenance::loop() {
  Left left = Left::kNothing;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      auto woken = [this] { return wake_ || stopping_; };
      if (left == Left::kNothing)
        changed_.wait(lock, woken);
      else
        changed_.wait_for(lock, pause_before(left), woken);
      if (stopping_) return;
      wake_ = false;
    }
    left = run();
  }
}

std::chrono::milliseconds Maintenance::pause_before(Left left) {
  return left == Left::kTrims ? kEachTrim : left == Left::kExpiries ? kEachExpiry : kEachState;
}

void Maintenance::run_due() {
  // Somebody else moved the clock, or asks for what it made due: the thread must look anew at what it waits for.
  if (run() != Left::kNothing) wake();
}

Maintenance::Left Maintenance::run() {
  std::lock_guard running(run_mutex_);
  Left all = Left::kNothing;
  for (const std::shared_ptr<Scope>& scope : engine_.open_scopes()) {
    if (!scope->has_work.exchange(false)) continue;
    try {
      Left left;
      while ((left = step(*scope)) == Left::kMore) {
        persistence::settle();
        std::lock_guard lock(mutex_);
        if (stopping_) return Left::kNothing;
      }
      persistence::settle();
      if (left != Left::kNothing) scope->has_work = true;
      all = std::max(all, left);
    } catch (const std::exception& error) {
      scope->forget();
      if (on_failure) on_failure(error.what());
      all = std::max(all, Left::kExpiries);  // forget() has marked the scope: it is tried again
    }
  }
  return all;
}

void Maintenance::erase_leftovers() {
  std::lock_guard running(run_mutex_);
  for (const std::shared_ptr<Scope>& scope : engine_.open_scopes()) {
    for (const auto& [id, document] : scope->store->read()->documents(kWorkDocument))
      if (id.starts_with(kBuildWork)) drop_abandoned_build(engine_, *scope, id, document);
    persistence::settle();
    while (scope->store->erase_some()) {
    }
  }
}

Maintenance::Left Maintenance::step(Scope& scope) {
  bool more = scope.store->erase_some();
  auto documents = scope.store->read()->documents(kWorkDocument);
  // What was told of may stand in a group that is still open: as a writer one sees that too.
  if (documents.empty()) documents = scope.store->write()->documents(kWorkDocument);
  Left left = Left::kNothing;
  for (const auto& [id, document] : documents) {
    std::string_view work = id;
    if (work.starts_with(kBuildWork)) {
      more = drop_abandoned_build(engine_, scope, work, document) || more;
      continue;
    }
    if (work == kStreamsWork) {
      more = trim_streams(scope) || more;
      left = std::max(left, Left::kTrims);
      continue;
    }
    size_t slash = work.find('/');
    std::string_view rest = work.substr(slash + 1);
    if (work.starts_with("ttl/")) {
      more = expire_step(scope, rest) || more;
      left = std::max(left, Left::kExpiries);
    } else if (work.starts_with(kCopyWork)) {
      more = copy_step(scope, work) || more;
    } else if (work.starts_with("history/")) {
      more = trim_step(scope, rest) || more;
      left = std::max(left, Left::kExpiries);
    } else if (work.starts_with(kTransferWork)) {
      if (transfers != nullptr) transfers->begin(engine_.find_scope(scope.name), id);
    } else if (work.starts_with("replicate/")) {
      more = replication_step(engine_, scope, rest) || more;
      left = Left::kStates;
    } else if (work.starts_with("backup/")) {
      backup_step(scope, rest);
      left = std::max(left, Left::kExpiries);
    } else if (work.starts_with("state/")) {
      more = state_step(scope, rest) || more;
      left = Left::kStates;
    } else {
      size_t second = rest.find('/');
      more = backfill_step(scope, rest.substr(0, second), rest.substr(second + 1)) || more;
      left = Left::kStates;
    }
  }
  return more ? Left::kMore : left;
}

bool Maintenance::state_step(Scope& scope, std::string_view name) {
  int64_t now = scope.space->clock.now_ms();
  TablePtr table = scope.catalog.find(name);
  if (table != nullptr && waits_to_settle(*table) && !settles_by(*table, now)) return false;
  auto transaction = scope.store->write();
  table = scope.catalog.find(name, *transaction);
  if (table == nullptr) {
    transaction->erase_document(kWorkDocument, state_work(name));
  } else if (table->state == State::kDeleting) {
    remove_table(*table, scope.catalog, now, *transaction);
  } else {
    Table changed = *table;
    settle(changed, now, *transaction);
    if (!waits_to_settle(changed)) transaction->erase_document(kWorkDocument, state_work(name));
    scope.catalog.publish(std::move(changed), *transaction);
  }
  transaction->commit();
  return true;
}

bool Maintenance::backfill_step(Scope& scope, std::string_view table_name, std::string_view index_name) {
  auto transaction = scope.store->write();
  TablePtr table = scope.catalog.find(table_name, *transaction);
  const Index* index = table != nullptr ? table->find_index(index_name) : nullptr;
  if (index == nullptr || index->state != State::kCreating) {  // deleted meanwhile: that cancels it
    transaction->erase_document(kWorkDocument, backfill_work(table_name, index_name));
    transaction->commit();
    return false;
  }
  int64_t now = scope.space->clock.now_ms();
  if (!index->backfilling) {
    if (now < index->backfills_ms) return false;
    Table begun = *table;
    begun.find_index(index_name)->backfilling = true;
    begun.state = state_of_changed(begun);
    scope.catalog.publish(std::move(begun), *transaction);
    transaction->commit();
    return true;
  }
  // Rows are gathered first: the cursor's views end with the first write.
  std::vector<std::pair<std::string, std::string>> rows;
  size_t bytes = 0;
  bool end = false;
  {
    auto cursor = transaction->scan(
        table->space,
        {.lower = index->backfill_position, .upper = {}, .lower_exclusive = !index->backfill_position.empty()});
    persistence::RowView row;
    while (rows.size() < kRowsAStep && bytes < kBytesAStep && !end) {
      end = !cursor->next(row);
      if (end) break;
      rows.emplace_back(row.key, row.body);
      bytes += row.body.size();
    }
  }
  bool waits = end && now < index->settles_ms;
  if (waits && rows.empty()) return false;
  Arena arena;
  for (const auto& [key, body] : rows) {
    arena.reset();
    insert_into_index(*index, decode_item(body, arena), key, body, *transaction);
  }
  Table changed = *table;
  Index& copy = *changed.find_index(index_name);
  if (end && !waits) {
    copy.state = State::kActive;
    copy.backfilling = false;
    copy.backfill_position.clear();
    copy.settles_ms = copy.backfills_ms = 0;
    changed.state = state_of_changed(changed);
    transaction->erase_document(kWorkDocument, backfill_work(table_name, index_name));
  } else {
    copy.backfill_position = rows.back().first;
  }
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
  return !end;
}

bool Maintenance::expire_step(Scope& scope, std::string_view table_name) {
  int64_t now = scope.space->clock.now_ms() / 1000;
  TablePtr table = scope.catalog.find(table_name);
  if (table == nullptr || table->ttl.queue == 0 || table->state == State::kDeleting) return false;
  std::string from = expiry_row(std::max<int64_t>(0, now - kOldestExpiry), {});
  std::string to = expiry_row(now + 1, {});
  std::vector<std::string> rows;
  {
    auto reading = scope.store->read();
    auto cursor = reading->scan(table->ttl.queue, {.lower = from, .upper = to, .has_upper = true});
    persistence::RowView row;
    while (rows.size() < kRowsAStep && cursor->next(row)) rows.emplace_back(row.key.substr(8));
  }
  if (rows.empty()) return false;
  Arena arena;
  auto transaction = scope.write();
  table = scope.catalog.find(table_name, *transaction);
  if (table == nullptr || table->ttl.queue == 0) return false;
  for (const std::string& row : rows) {
    arena.reset();
    persistence::RowView stored;
    if (!transaction->get(table->space, row, stored)) continue;
    Item item = deep_copy(decode_item(stored.body, arena), arena);
    int64_t expiry = expiry_of(*table, item);
    if (expiry < 0 || expiry > now) continue;  // changed since it was found
    ItemWrite erase;
    erase.kind = ItemWrite::Kind::kDelete;
    erase.expired = true;
    erase.table = table.get();
    erase.key = key_of_stored_item(*table, item);
    write_item(erase, scope.space->clock, *transaction, arena);
  }
  transaction->commit();
  return rows.size() == kRowsAStep;
}

bool Maintenance::trim_step(Scope& scope, std::string_view table_name) {
  TablePtr table = scope.catalog.find(table_name);
  if (table == nullptr || !table->recovery.enabled) return false;
  const int64_t oldest = scope.space->clock.now_ms() - table->recovery.days * kDayMs;
  if (table->recovery.since_ms >= oldest) return false;  // nothing in it can be older
  {
    auto reading = scope.store->read();
    auto cursor = reading->scan(table->history, {});
    persistence::RowView row;
    if (!cursor->next(row) || read_past_row(row).time_ms >= oldest) return false;
  }
  auto transaction = scope.store->write();
  table = scope.catalog.find(table_name, *transaction);
  if (table == nullptr || table->history == 0 || copies_from(table->space, *transaction)) return false;
  const bool more = trim_history(table->history, oldest, *transaction);
  transaction->commit();
  return more;
}

void Maintenance::backup_step(Scope& scope, std::string_view id) {
  std::optional<std::string> document = scope.store->read()->document(kBackupDocument, id);
  if (!document || read_backup(id, *document).expires_ms > scope.space->clock.now_ms()) return;
  auto transaction = scope.store->write();
  document = transaction->document(kBackupDocument, id);
  if (!document) return;
  const Backup backup = read_backup(id, *document);
  if (copies_from(backup.space, *transaction)) return;
  drop_backup(backup, *transaction);
  transaction->commit();
}

}  // namespace stator
