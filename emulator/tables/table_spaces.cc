#include "emulator/tables/table_spaces.h"

namespace stator {

void take_spaces(Table& table, persistence::WriteTransaction& transaction) {
  table.space = transaction.new_space();
  for (auto* list : {&table.local_indexes, &table.global_indexes})
    for (Index& index : *list) {
      index.space = transaction.new_space();
      index.backfill_position.clear();
    }
  table.collections = table.local_indexes.empty() ? 0 : transaction.new_space();
  table.ttl.queue = table.ttl.enabled ? transaction.new_space() : 0;
  const bool replicated = !table.replication.replicas.empty();
  table.replication.outbox = replicated ? transaction.new_space() : 0;
  table.replication.stamps = replicated ? transaction.new_space() : 0;
  table.history = table.recovery.enabled ? transaction.new_space() : 0;
}

void drop_spaces(const Table& table, persistence::WriteTransaction& transaction) {
  for_each_space(table, [&](persistence::SpaceId space) { transaction.drop_space(space); });
}

}  // namespace stator
