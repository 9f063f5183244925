// The tree that the parser makes of one PartiQL statement: its grammar and no meaning. Views into the statement's text
// and the arena that the parser was given; immutable once built.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace stator::partiql {

enum class NodeKind : uint8_t {
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kMissing,
  kParameter,  // `index` counts them from 0
  kName,
  kPath,      // parts: what it begins with, then steps
  kField,     // step .name
  kElement,   // step [part]
  kEvery,     // step .* or [*], or the argument of COUNT(*)
  kCall,      // text: the function in lower case
  kOperator,  // text: as the lexer names it; one, two or three parts
  kType,      // the right side of IS
  kList,
  kBag,
  kStruct,  // parts: key, value, key, value ...
  kSelect,
  kChange,
};

struct Query;
struct Change;

struct Node {
  NodeKind kind = NodeKind::kNull;
  uint32_t offset = 0;  // of the token that stands for it in error texts
  uint32_t length = 0;
  uint32_t index = 0;
  std::string_view text;
  std::span<const Node* const> parts;
  const Query* query = nullptr;    // kSelect
  const Change* change = nullptr;  // kChange
};

struct OrderTerm {
  const Node* key = nullptr;
  bool descending = false;
};

struct Query {
  bool everything = false;             // SELECT *
  std::span<const Node* const> items;  // else what is selected
  const Node* source = nullptr;        // the first of FROM
  bool aliased = false;                // AS or its like, on an item or the source
  bool joined = false;                 // more than one source
  const Node* where = nullptr;         // or null
  std::span<const OrderTerm> order;
  std::string_view other_clause;  // the first clause that DynamoDB does not have: "LIMIT"
  const Node* other_clause_at = nullptr;
};

struct Assignment {
  const Node* target = nullptr;
  const Node* value = nullptr;  // null: REMOVE
};

// INSERT, UPDATE, DELETE, and FROM .. SET, which is another way to write an UPDATE.
struct Change {
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  const Node* table = nullptr;
  bool aliased = false;
  bool joined = false;
  const Node* value = nullptr;  // of INSERT
  std::span<const Assignment> assignments;
  const Node* where = nullptr;
  std::string_view returning;      // "all_old"; empty: nothing
  const Node* returned = nullptr;  // null: *
  bool several_returned = false;
  std::string_view other_clause;  // of INSERT: ON CONFLICT and AT
};

}  // namespace stator::partiql
