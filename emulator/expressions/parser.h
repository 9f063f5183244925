// Text -> SyntaxTree, by recursive descent, one function per rule:
//
//   condition   := and (OR and)*                  and        := not (AND not)*
//   not         := NOT* comparison
//   comparison  := primary [ comparator operand | BETWEEN operand AND operand | IN '(' operand (',' operand)* ')' ]
//   primary     := '(' condition ')' | operand    comparator := = | <> | < | <= | > | >=
//   operand     := path | value | function | '(' operand ')'
//   function    := identifier '(' operand (',' operand)* ')'
//   path        := name ( '.' name | '[' number ']' )*          name := identifier | #name
//
//   update      := ( SET set (',' set)* | REMOVE path (',' path)* | ADD path value (',' path value)*
//                  | DELETE path value (',' path value)* )+
//   set         := path '=' sum                    sum := operand [ ('+' | '-') operand ] | '(' sum ')'
//
//   projection  := path (',' path)*
//
// A '(' may open a condition or an operand; `primary` reads either and the rule above it decides which it had to be.
//
// Everything that can be said of the text alone is said here, in the service's order: emptiness and size, then syntax
// (the first error ends the parse), then, for the text as a whole: operators, redundant parentheses, function names,
// functions in the wrong place, reserved words (updates: reserved words, function names, sections).
// validation_errors.json, Scan 109-122 and UpdateItem 54-63.
#pragma once

#include <memory>
#include <string_view>

#include "emulator/expressions/expression_kind.h"
#include "emulator/expressions/syntax.h"

namespace stator::expressions {

inline constexpr size_t kMaxExpressionSize = 4096;  // bytes, before placeholders are replaced
inline constexpr int kMaxOperators = 300;
inline constexpr size_t kMaxInOperands = 100;
// What an IN with more of them is refused with.
std::string too_many_in_operands(size_t count);

// Throws ExpressionError (before_table).
std::shared_ptr<const SyntaxTree> parse(ExpressionKind kind, std::string_view text);

}  // namespace stator::expressions
