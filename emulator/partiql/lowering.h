// From the statement's tree to the expression language's: conditions, updates and paths. Constants become placeholders
// (statement.h). What DynamoDB does not have of PartiQL is refused here, in the service's words where they are
// recorded. Internal to statement.cc; lives for one reading of a statement.
#pragma once

#include <string_view>
#include <vector>

#include "emulator/partiql/statement.h"

namespace stator::partiql {

class Lowering {
 public:
  explicit Lowering(Statement& statement) : statement_(statement), arena_(statement.syntax.nodes()) {}

  const expressions::SyntaxNode* condition(const Node& node);
  expressions::SyntaxAction action(const Assignment& assignment);
  // False, with the part that no document path can have in `odd`.
  bool path(const Node& node, expressions::DocumentPath& out, const Node*& odd);
  // That the node is made of literals and parameters alone.
  void check_constant(const Node& node);

  [[noreturn]] void refuse_operation(const Node& node) const;  // "Unsupported operation: IsType"
  [[noreturn]] void refuse_at(std::string_view text, const Node& node) const;

 private:
  using Operator = expressions::Operator;
  using Operands = std::vector<const expressions::SyntaxNode*>;

  const expressions::SyntaxNode* make(Operator op, const Operands& operands);
  const expressions::SyntaxNode* negated(const expressions::SyntaxNode* node, bool negate);
  const expressions::SyntaxNode* operand(const Node& node);
  const expressions::SyntaxNode* placeholder(const Node& node);
  const expressions::SyntaxNode* document_path(const Node& node);
  const expressions::SyntaxNode* joined(Operator op, const Node& node);
  const expressions::SyntaxNode* operation(const Node& node);
  const expressions::SyntaxNode* membership(const Node& node);
  const expressions::SyntaxNode* of_type(const Node& node);
  const expressions::SyntaxNode* call(const Node& node);
  const expressions::SyntaxNode* update_value(const Node& node);
  expressions::SyntaxAction set_action(const Assignment& assignment);

  Statement& statement_;
  Arena& arena_;
  int depth_ = 0;
};

}  // namespace stator::partiql
