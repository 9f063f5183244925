#include "emulator/tables/lifecycle.h"

#include <algorithm>

#include "emulator/backup/backup.h"
#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/maintenance.h"
#include "emulator/replication/replication.h"
#include "emulator/replication/scaling.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/pending_change.h"
#include "emulator/tables/table_spaces.h"
#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

// An index that is ACTIVE ends too what it is being warmed to.
bool ends(const Index& index) {
  return index.state == State::kUpdating || index.state == State::kDeleting ||
         (index.state == State::kActive && index.settles_ms != 0);
}

}  // namespace

std::string state_work(std::string_view table) {
  return "state/" + std::string(table);
}

void check_settled(const Table& table) {
  if (table.state == State::kCreating) throw errors::table_being_created(table.name);
  if (table.state == State::kDeleting) throw errors::table_being_deleted(table.name);
}

void check_not_copied(const Table& table, persistence::ReadTransaction& transaction) {
  if (copies_from(table.space, transaction))
    throw errors::resource_in_use(
        "Attempt to change a resource which is still in use: Table is being backed up or restored from: " + table.name);
}

void remove_table(const Table& table, Catalog& catalog, int64_t now_ms, persistence::WriteTransaction& transaction) {
  close_stream(table, now_ms, 0, transaction);
  Table going = table;
  if (table.recovery.enabled) {
    keep_system_backup(table, now_ms, transaction);
    going.space = 0;
  }
  drop_spaces(going, transaction);
  transaction.erase_document(kWorkDocument, history_work(table.name));
  transaction.erase_document(kWorkDocument, replication_work(table.name));
  transaction.erase_document(kWorkDocument, ttl_work(table.name));
  transaction.erase_document(kWorkDocument, state_work(table.name));
  transaction.erase_document(kScalingDocument, table.name);
  catalog.remove(std::string(table.name), transaction);
}

void prune_definitions(Table& table) {
  auto used = [&](const KeyAttribute& definition) {
    if (table.keys.find(definition.name) != nullptr) return true;
    for (const auto* list : {&table.global_indexes, &table.local_indexes})
      for (const Index& index : *list)
        if (index.keys.find(definition.name) != nullptr) return true;
    return false;
  };
  std::erase_if(table.definitions, [&](const KeyAttribute& definition) { return !used(definition); });
}

State state_of_changed(const Table& table) {
  bool waits = table.pending.busy();
  for (const Index& index : table.global_indexes) {
    // A table is ACTIVE again while its new index is filled. Where that takes but a moment the table waits for it, so
    // that who waits for the table need not look at its indexes.
    bool filled_slowly = index.backfilling && index.settles_ms != 0;
    waits = waits || ((index.state == State::kCreating || index.state == State::kDeleting) && !filled_slowly);
  }
  for (const Replica& replica : table.replication.replicas) waits = waits || replica.state != State::kActive;
  return waits ? State::kUpdating : State::kActive;
}

bool waits_to_settle(const Table& table) {
  return settles_by(table, INT64_MAX);
}

bool settles_by(const Table& table, int64_t now_ms) {
  if (table.settles_ms != 0 && table.settles_ms <= now_ms) return true;
  return std::any_of(table.global_indexes.begin(), table.global_indexes.end(),
                     [&](const Index& index) { return ends(index) && index.settles_ms <= now_ms; });
}

void settle(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction) {
  bool made = table.state == State::kCreating;
  if (table.settles_ms <= now_ms) {
    table.settles_ms = 0;
    complete(table, now_ms);
  }
  for (Index& index : table.global_indexes) {
    const bool came_with_it = made && table.settles_ms == 0;
    if (came_with_it) index.state = State::kActive;
    if (came_with_it) complete(index);
    if (!ends(index) || index.settles_ms > now_ms) continue;
    if (index.state == State::kDeleting) transaction.drop_space(index.space);
    if (index.state == State::kUpdating) index.state = State::kActive;
    complete(index);
    index.settles_ms = 0;
  }
  keep_warm(table);
  std::erase_if(table.global_indexes,
                [](const Index& index) { return index.state == State::kDeleting && index.settles_ms == 0; });
  prune_definitions(table);
  if (!made || table.settles_ms == 0) table.state = state_of_changed(table);
}

}  // namespace stator
