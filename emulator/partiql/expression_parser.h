// The half of the parser that has values: operators by their rank, paths, literals, calls (the grammar is parser.h's).
// A query or a change is a term like any other here; whoever derives from this reads those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/partiql/lexer.h"
#include "emulator/partiql/syntax.h"
#include "protocol/value/arena.h"

namespace stator::partiql {

class ExpressionParser {
 public:
  size_t parameters() const { return parameters_; }  // '?' met so far

 protected:
  using Nodes = std::vector<const Node*>;

  // Both must outlive the tree.
  ExpressionParser(std::string_view text, Arena& arena) : arena_(arena), tokens_(tokenize(text, arena)) {}
  ~ExpressionParser() = default;

  const Token& head() const { return tokens_[at_]; }
  bool at_end() const { return head().kind == TokenKind::kEnd; }
  void advance() {
    if (!at_end()) ++at_;
  }
  bool accept(std::string_view word) {
    if (!head().is(word)) return false;
    advance();
    return true;
  }
  void expect(std::string_view word, std::string_view otherwise) {
    if (!accept(word)) refuse_syntax(otherwise);
  }

  Node* make(NodeKind kind, const Token& token);
  const Node* make(NodeKind kind, const Token& token, const Nodes& parts);
  template <typename Made>
  Made* make() {
    return new (arena_.array<Made>(1)) Made();
  }
  template <typename Part>
  std::span<const Part> keep(const std::vector<Part>& parts) {
    return arena_.copy(std::span<const Part>(parts));
  }

  const Node* expression(int rank = -1);  // of operators that bind closer than that
  const Node* simple_path();
  const Node* group();  // a parenthesis groups one expression, and makes a list of several

 private:
  // The query or the change that begins at the head, or null when none does.
  virtual const Node* statement_term() = 0;

  const Token& ahead(size_t count) const;
  const Node* take(NodeKind kind);          // the head as a node of its own
  const Node* right_side(const Token& op);  // of an infix operator, which is the head
  const Node* type();
  const Node* term();
  const Node* steps(const Node* first, bool simple);
  const Node* primary();
  const Node* word();
  const Node* call();
  // What stands before `close`, separated by commas; the opening token has been read.
  const Node* finish_list(NodeKind kind, const Token& token, std::string_view close, std::string_view otherwise);
  const Node* structure(const Token& open);

  Arena& arena_;
  const std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  uint32_t parameters_ = 0;
};

}  // namespace stator::partiql
