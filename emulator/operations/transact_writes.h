// Several writes as one: what TransactWriteItems and PartiQL's ExecuteTransaction have in common, from the keys of
// their actions to the commit. The caller has read the actions, looked their tables up and put the keys in place.
#pragma once

#include <vector>

#include "emulator/context.h"
#include "emulator/writes/item_writer.h"

namespace stator {

struct TransactWrite {
  TableAccess access;
  ItemWrite write;
  ItemWritten written;
  bool returns_item = false;  // where its condition fails
  bool inserts = false;       // its condition is that there is no such item: a failure is a duplicate
};

// Checks, claims, applies and commits, or replays what the token of the request names: `elements` are the actions as
// sent, by which a retry is known. Throws TransactionCanceledException with a reason for each action. Returns what kind
// of capacity it took, which is reading for a replay.
CapacityKind carry_out(OperationContext& context, std::vector<TransactWrite>& actions, const JsonValue& elements);

// The member ConsumedCapacity, where the request asks for it.
void write_transaction_capacity(const OperationContext& context, JsonWriter& w,
                                const std::vector<TransactWrite>& actions, CapacityKind kind);

}  // namespace stator
