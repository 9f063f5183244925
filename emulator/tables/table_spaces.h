// The spaces that a table's rows lie in: its items, each index, the sizes of item collections, the TTL queue, the
// history, what replication keeps. A stream's records are no part of it: they outlive the items they tell of.
#pragma once

#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator {

// Gives the table new, empty ones: all it needs, whatever it had before.
void take_spaces(Table& table, persistence::WriteTransaction& transaction);
void drop_spaces(const Table& table, persistence::WriteTransaction& transaction);
// Calls `deed` with each.
template <typename Deed>
void for_each_space(const Table& table, const Deed& deed) {
  for (persistence::SpaceId space : {table.space, table.collections, table.ttl.queue, table.history,
                                     table.replication.outbox, table.replication.stamps})
    if (space != 0) deed(space);
  for (const auto* list : {&table.local_indexes, &table.global_indexes})
    for (const Index& index : *list) deed(index.space);
}

}  // namespace stator
