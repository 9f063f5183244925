// The condition keys of fine-grained access control: what a request on items names and asks for, as a policy sees it
// (dynamodb:LeadingKeys, dynamodb:Attributes, ...). What of a request cannot be read adds nothing: the operation
// refuses it by itself.
#pragma once

#include <string>
#include <string_view>

#include "emulator/context.h"
#include "emulator/partiql/bound_statement.h"
#include "emulator/policy/condition.h"

namespace stator {

// A value more for that key (lower case), unless it has it.
void add_condition(policy::ConditionContext& conditions, std::string_view key, std::string value);

// Of the attributes of a Key or an Item: their names, and the partition key's value. `table` is null where there is no
// such table.
void add_item_conditions(const OperationContext& context, const Table* table, const JsonValue& map,
                         policy::ConditionContext& conditions);
// Of an object with Key, Item, expressions or their older forms: a request, a part of a batch, an action of a
// transaction. `keys` are those of the table or of the index that it reads; null: unknown.
void add_object_conditions(const OperationContext& context, const Table* table, const KeySchema* keys,
                           const JsonValue& object, policy::ConditionContext& conditions);
void add_statement_conditions(const partiql::BoundStatement& bound, const KeySchema* keys,
                              policy::ConditionContext& conditions);

}  // namespace stator
