// The half of the template language that has values: references and expressions (the grammar is parser.h's). Knows
// directives only in that a string may hold a template of its own, which whoever derives from this reads.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/vtl/ast.h"
#include "emulator/gateway/vtl/scanner.h"

namespace stator::vtl {

class ExpressionParser : protected Scanner {
 protected:
  using Scanner::Scanner;
  ~ExpressionParser() = default;

  // At a '$'. False, and nothing is read, when it begins no reference.
  bool reference(Reference& out);
  Expression expression();
  Expression primary();

 private:
  using Operator = Expression::Operator;
  struct Spelling {
    std::string_view symbol, word;
    Operator op;
  };

  // The template within a string that begins on `line`.
  virtual Block template_in(std::string_view text, int line) = 0;

  void steps(Reference& out);
  bool property(Reference& out);  // one step; false: none stands here
  bool index(Reference& out);     // one step; false: none stands here
  void arguments(std::vector<Expression>& out);

  bool take_operator(std::initializer_list<Spelling> spellings, Operator& op);
  Expression chain(std::initializer_list<Spelling> spellings, Expression (ExpressionParser::*next)());
  Expression made(Expression::Kind kind);

  Expression conjunction();
  Expression equality();
  Expression relation();
  Expression sum();
  Expression product();
  Expression unary();
  Expression number();
  Expression list();
  Expression map();
  Expression string();
  void escape(std::string& text);
};

}  // namespace stator::vtl
