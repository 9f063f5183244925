// Several reads as one: what TransactGetItems and PartiQL's ExecuteTransaction have in common, from the keys to the
// whole answer. The caller has read the gets and looked their tables up.
#pragma once

#include <vector>

#include "emulator/context.h"
#include "emulator/expressions/condition.h"
#include "emulator/expressions/projection.h"
#include "emulator/tables/item_key.h"

namespace stator {

struct TransactGet {
  TableAccess access;
  Item key_map;
  const expressions::Projection* projection = nullptr;
  const expressions::Condition* filter = nullptr;  // an item for which it is false is not answered
  ItemKey key;
  size_t size = 0;
};

void answer_gets(OperationContext& context, std::vector<TransactGet>& gets);

}  // namespace stator
