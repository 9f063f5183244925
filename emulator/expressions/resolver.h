// Replaces placeholders in a parsed expression and checks what depends on them. Internal to the compiler.
#pragma once

#include <string>
#include <vector>

#include "emulator/expressions/condition.h"
#include "emulator/expressions/expression_kind.h"
#include "emulator/expressions/placeholders.h"
#include "emulator/expressions/projection.h"
#include "emulator/expressions/syntax.h"
#include "emulator/expressions/update.h"

namespace stator::expressions {

class Resolver {
 public:
  Resolver(ExpressionKind kind, Placeholders& placeholders, Arena& arena)
      : kind_(kind), placeholders_(placeholders), arena_(arena) {}

  Condition condition(const SyntaxTree& tree);
  Projection projection(const SyntaxTree& tree);
  Update update(const SyntaxTree& tree);

 private:
  const ConditionNode* node(const SyntaxNode& syntax);
  std::span<Operand> spread(const SyntaxNode& syntax);
  Operand operand(const SyntaxNode& syntax);
  void check_clause(const SyntaxNode& syntax, std::span<const Operand> operands, ConditionNode& out);
  void check_operand_types(Operator op, std::span<const Operand> operands);
  void check_bounds(const Operand& lower, const Operand& upper);
  void check_distinct(Operator op, std::span<const Operand> operands);
  AttributeValue literal_size(const AttributeValue& value);

  UpdateValue update_value(const SyntaxNode& syntax);
  void check_update_value(const UpdateValue& value);

  DocumentPath path(const SyntaxNode& syntax);
  AttributeValue value(const SyntaxNode& syntax);
  void refuse_clash(std::span<const DocumentPath> paths);
  [[noreturn]] void refuse(const std::string& text) const;
  [[noreturn]] void refuse_type(Operator op, std::string_view type) const;
  void check_count(Operator op, size_t wanted, size_t got) const;

  ExpressionKind kind_;
  Placeholders& placeholders_;
  Arena& arena_;
  std::vector<DocumentPath> paths_;
  std::vector<Operand*> path_operands_;
};

}  // namespace stator::expressions
