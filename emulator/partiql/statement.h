// A PartiQL statement as DynamoDB understands it: what it does to which table, in the terms that the rest of the house
// works in. Made from the text alone and cached; parameters come with bind() (bound_statement.h).
//
// WHERE and the right sides of SET are syntax trees of the expression language, whose values are placeholders: `:0000`
// is the first of `values`, and so on. Whatever expressions check of operands and paths is then checked there.
//
// Immutable once made; owns its text and all that it points at; any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/expressions/document_path.h"
#include "emulator/expressions/syntax.h"
#include "emulator/partiql/syntax.h"

namespace stator::partiql {

enum class StatementKind : uint8_t { kSelect, kExists, kInsert, kUpdate, kDelete };
enum class Returning : uint8_t { kNothing, kAllOld, kAllNew, kModifiedOld, kModifiedNew };

struct Order {
  std::string_view attribute;
  bool descending = false;
};

struct Statement {
  explicit Statement(std::string_view statement_text) : syntax(statement_text) {}

  std::string_view text() const { return syntax.text(); }
  bool reads() const { return kind == StatementKind::kSelect; }
  // Whether it stands on its own or checks an item for others to be written: SELECT and EXISTS have the same parts.
  bool selects() const { return kind == StatementKind::kSelect || kind == StatementKind::kExists; }
  size_t bytes() const { return sizeof(*this) + syntax.bytes() + values.capacity() * sizeof(values[0]); }

  StatementKind kind = StatementKind::kSelect;
  std::string_view table;
  std::string_view index;
  bool has_index = false;

  // Condition and actions; its arena holds the statement's tree as well.
  expressions::SyntaxTree syntax;
  std::vector<const Node*> values;  // of the placeholders
  size_t parameters = 0;

  bool everything = false;  // SELECT *
  std::span<const expressions::DocumentPath> projection;
  std::span<const std::string_view> projection_names;  // in the answer, one to each path
  std::span<const Order> order;
  const Node* item = nullptr;  // of INSERT: a kStruct or a kParameter
  Returning returning = Returning::kNothing;
  // Placeholders that must hold a set, and what is said otherwise.
  std::vector<std::pair<size_t, std::string>> sets;
  // What is wrong and is told only once the table is found; empty when nothing is.
  std::string fault;
};

// Throws ExpressionError (before_table).
std::shared_ptr<const Statement> read_statement(std::string_view text);

}  // namespace stator::partiql
