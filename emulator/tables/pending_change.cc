#include "emulator/tables/pending_change.h"

namespace stator {
namespace {

void complete(Throughput& throughput) {
  if (throughput.next_read == 0) return;
  if (throughput.next_read < throughput.read || throughput.next_write < throughput.write) ++throughput.decreases_today;
  throughput.read = throughput.next_read;
  throughput.write = throughput.next_write;
  throughput.next_read = throughput.next_write = 0;
}

}  // namespace

void begin_throughput(Throughput& throughput, const Throughput& asked, int64_t now_ms) {
  if (asked.read > throughput.read || asked.write > throughput.write) throughput.last_increase_ms = now_ms;
  if (asked.read < throughput.read || asked.write < throughput.write) {
    if (throughput.last_decrease_ms / kDayMs != now_ms / kDayMs) throughput.decreases_today = 0;
    throughput.last_decrease_ms = now_ms;
  }
  throughput.next_read = asked.read;
  throughput.next_write = asked.write;
}

WarmThroughput warm_now(const Table& table, const Index* index) {
  const bool on_demand = table.on_demand && !table.pending.to_on_demand;
  return index != nullptr ? effective_warm(index->warm, index->throughput, on_demand)
                          : effective_warm(table.warm, table.throughput, on_demand);
}

void keep_warm(Table& table) {
  table.warm = warm_now(table, nullptr);
  for (Index& index : table.global_indexes) index.warm = warm_now(table, &index);
}

void complete(Table& table, int64_t now_ms) {
  complete(table.throughput);
  if (table.pending.to_on_demand) table.on_demand_since_ms = now_ms;
  if (table.pending.table_class) {
    table.table_class = *table.pending.table_class;
    table.table_class_changed_ms = now_ms;
  }
  if (table.pending.sse_description) table.sse_description = *table.pending.sse_description;
  if (table.next_warm) table.warm = table.next_warm;
  table.next_warm.reset();
  table.pending = {};
}

void complete(Index& index) {
  complete(index.throughput);
  if (index.next_warm) index.warm = index.next_warm;
  index.next_warm.reset();
}

}  // namespace stator
