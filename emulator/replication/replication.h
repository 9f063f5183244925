// Global tables: a table's replicas in other regions, which are other scopes. UpdateTable (and, in the older version of
// global tables, its own operations) write down what shall be; the rest is done behind the requests, in steps: making a
// replica's table, filling it, bringing every change to the other regions, taking a replica away.
//
// Each region's table names the others. Between two stores there is no common transaction, so a step commits in the
// other region first and notes that here afterwards; done twice it comes out the same, since an item's stamp decides
// what stands (replica_log.h). A region whose table is gone or does not know this one any more is no replica any
// longer. Only the items are replicated, and the definition as it was when the replica was made.
#pragma once

#include <string>
#include <string_view>

#include "emulator/context.h"
#include "emulator/engine.h"

namespace stator {

// The work document of a table with replicas.
std::string replication_work(std::string_view table);

// Before the table's own store is written to: the regions of UpdateTable's ReplicaUpdates, and that none that is to be
// added has a table of that name. (Whoever waits for another store must hold none.)
void check_replica_regions(const OperationContext& context, std::string_view table);
// UpdateTable's ReplicaUpdates, into `table`. Throws AwsError.
void change_replicas(const OperationContext& context, Table& table, persistence::WriteTransaction& transaction);
// Makes `table` ready to have replicas: its stream, its log. Throws AwsError when its stream is of another kind.
void prepare_replication(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction);
// A table gets no replica while a bulk put into it is under way. Throws ResourceInUseException.
void check_no_bulk_put(const Table& table, persistence::ReadTransaction& transaction);
// Forgets the replicas and the log.
void end_replication(Table& table, persistence::WriteTransaction& transaction);
void check_region(const OperationContext& context, std::string_view region);

// One step for a table of that scope. True while there is more that can be done at once.
bool replication_step(Engine& engine, Scope& scope, std::string_view table);

}  // namespace stator
