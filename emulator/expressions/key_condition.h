// The KeyConditionExpression (or KeyConditions) of a Query: first what it says of attributes, then, given the key
// schema of the table or index, the equalities and the one range that a read can follow. Views into the request's
// arena.
//
// Multi-attribute keys (validation_2026.md, section 6): equality on every HASH attribute and on a leading run of the
// RANGE attributes, of which only the last may have a range.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "emulator/expressions/condition.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

// One clause, turned round where needed so that the attribute stands first: `:v >= sk` is {sk, kLessEqual, :v}.
struct KeyClause {
  std::string_view attribute;
  Operator op =
      Operator::kEqual;  // =, <, <=, >, >=, BETWEEN, begins_with; from KeyConditions possibly one that is refused
  AttributeValue value;  // BETWEEN: the lower bound
  AttributeValue upper;  // BETWEEN
};

struct KeyCondition {
  std::span<const KeyClause> clauses;  // as written
  bool legacy = false;
};

// What a KeyConditionExpression may not say, whatever the table. Throws ExpressionError (before_table).
KeyCondition key_condition(const Condition& condition, Arena& arena);

struct KeyAttribute {
  std::string_view name;
  AttributeValue::Type type = AttributeValue::Type::S;
};

struct KeyBounds {
  std::span<const AttributeValue> hash;   // one to each HASH attribute, in the schema's order
  std::span<const AttributeValue> equal;  // to the leading RANGE attributes, in the schema's order
  const KeyClause* range = nullptr;       // on the RANGE attribute behind those, or null
};

// Throws ExpressionError (not before_table).
KeyBounds key_bounds(const KeyCondition& condition, std::span<const KeyAttribute> hash,
                     std::span<const KeyAttribute> range, Arena& arena);

// "Filter Expression can only contain non-primary key attributes: Primary key attribute: a" of a Query ("QueryFilter"
// for the legacy parameter). `keys` are those of what is queried. Throws ExpressionError (not before_table).
void check_filter_keys(std::span<const DocumentPath> filter, std::span<const std::string_view> keys, bool legacy);

// "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a", or "IndexKey:
// d" for the key of an index, wherever an expression goes below a key attribute. Throws ExpressionError (not
// before_table).
void check_scalar_keys(std::span<const DocumentPath> paths, std::span<const std::string_view> table_keys,
                       std::span<const std::string_view> index_keys);

}  // namespace stator::expressions
