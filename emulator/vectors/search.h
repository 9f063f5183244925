// A search of one vector index: its condition (a value for the partition, values to filter by) and its walk over the
// entries. The walk is exact: every entry of the partition is compared, where the service approximates.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "emulator/expressions/condition.h"
#include "emulator/tables/table.h"
#include "persistence/store.h"

namespace stator::vectors {

// `attribute = value`, all that a SearchConditionExpression may be made of, joined by AND.
struct Equality {
  const expressions::DocumentPath* path = nullptr;
  AttributeValue value;
};
// Throws ExpressionError for any other operator.
std::vector<Equality> equalities(const expressions::Condition& condition);
// Throws AwsError where the equalities do not suit the index: attributes outside its SearchSchema, no value for its
// HASH attribute, values of another type.
void check_equalities(std::span<const Equality> equalities, const Index& index);

struct Hit {
  float score = 0;
  std::string body;  // the entry's stored item, vector included
};
struct Found {
  std::vector<Hit> hits;  // the nearest first; of equally near ones the first in the index
  size_t bytes = 0;       // of the entries that were compared
};
Found search(const Index& index, std::span<const float> wanted, size_t top, std::span<const Equality> equalities,
             persistence::ReadTransaction& transaction);

}  // namespace stator::vectors
