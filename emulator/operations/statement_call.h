// One PartiQL statement of a request, from its text to what the other operations work with: the table, the key, the
// write. What ExecuteStatement, BatchExecuteStatement and ExecuteTransaction have in common. Lives for the request.
//
// The order of the calls is the order of the service's checks (validation_2026.json): syntax and parameters, operands,
// the table, its index, what of the statement depends on them.
#pragma once

#include <string>

#include "emulator/context.h"
#include "emulator/partiql/bound_statement.h"
#include "emulator/writes/item_writer.h"

namespace stator {

struct StatementCall {
  partiql::BoundStatement bound;
  TableAccess access;
  const Index* index = nullptr;
};

// The members Statement and Parameters of the request or of one of its elements.
partiql::BoundStatement read_statement(const OperationContext& context, const JsonValue& element);

// Looks the table and the index up.
StatementCall find_table(OperationContext& context, partiql::BoundStatement bound);

// The key that the WHERE gives; false where it does not give all of it, or an index is read.
bool whole_key(const StatementCall& call, Arena& arena, Item& key);

// What an INSERT, UPDATE, DELETE or EXISTS writes or checks. `write.item` has the new item or the key attributes; the
// key itself is still to be found (resolve_key). `write.wants_old` is set for what RETURNING shows.
ItemWrite write_of(const OperationContext& context, const StatementCall& call);
// The row of the write, and what the table says of the item or the paths.
void resolve_key(const StatementCall& call, ItemWrite& write, Arena& arena);

// Appends the item that RETURNING asks for; false when there is none.
bool append_returned(const StatementCall& call, const ItemWritten& written, Arena& arena, std::string& out);

}  // namespace stator
