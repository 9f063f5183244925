// A statement with its parameters in place, ready to be carried out. Lives in the request's arena, and holds on to the
// statement that it points into.
#pragma once

#include <memory>
#include <span>

#include "emulator/expressions/condition.h"
#include "emulator/expressions/projection.h"
#include "emulator/expressions/update.h"
#include "emulator/partiql/statement.h"
#include "protocol/value/arena.h"

namespace stator::partiql {

struct BoundStatement {
  std::shared_ptr<const Statement> statement;
  const expressions::Condition* where = nullptr;        // null: there is none
  const expressions::Update* update = nullptr;          // of UPDATE
  const expressions::Projection* projection = nullptr;  // of SELECT; null: *
  Item item;                                            // of INSERT

  const Statement* operator->() const { return statement.get(); }
};

// Throws ExpressionError (before_table): the number of parameters, constants that no attribute can have, operands of
// the wrong type.
BoundStatement bind(std::shared_ptr<const Statement> statement, std::span<const AttributeValue> parameters,
                    Arena& arena);

}  // namespace stator::partiql
