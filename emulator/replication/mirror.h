// What the service keeps alike in all regions of a global table (version 2019.11.21): time to live, global indexes,
// billing mode, provisioned throughput and table class (ACK's API notes on DynamoDB, DDB-TABLE-230, 251, 294, 296). A
// change in one region is carried out in the others behind it, each in a transaction of its own; a region that cannot
// take it stays as it is.
#pragma once

#include <functional>

#include "emulator/context.h"

namespace stator {

// Calls `change` once for each other region of the table: with the request as if it had been sent there, and that
// region's replica as this table has it. Does nothing for a table without replicas.
void mirror_change(const OperationContext& context, const Table& table,
                   const std::function<void(OperationContext& there, const Replica& replica)>& change);

}  // namespace stator
