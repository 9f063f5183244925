// Splits an expression into tokens. Never fails: a character that starts nothing is a token of its own (kBad), so that
// the parser reports it where it meets it, as the service does. Tokens are views into the text and know their offset.
//
//   identifier  letter (letter | digit | '_')*          keyword   an identifier, in any case, see below
//   #name       '#' (letter | digit | '_')+             :value    ':' (letter | digit | '_')+
//   number      digit+                                  marks     ( ) [ ] , . = <> < <= > >= + -
//
// AND, OR, NOT, BETWEEN and IN are keywords in conditions; SET, REMOVE, ADD and DELETE in updates; elsewhere they are
// identifiers (and then refused as reserved words).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/expressions/expression_kind.h"

namespace stator::expressions {

enum class TokenKind : uint8_t {
  kEnd,
  kBad,
  kIdentifier,
  kName,
  kValue,
  kNumber,
  kOpen,
  kClose,
  kOpenBracket,
  kCloseBracket,
  kComma,
  kDot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlus,
  kMinus,
  kAnd,
  kOr,
  kNot,
  kBetween,
  kIn,
  kSet,
  kRemove,
  kAdd,
  kDelete,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  std::string_view text;
};

class Lexer {
 public:
  Lexer(ExpressionKind kind, std::string_view text);

  const Token& current() const { return current_; }
  bool at(TokenKind kind) const { return current_.kind == kind; }
  void advance();
  // `token: "...", near: "..."` for the current token: near is the text as written from the token before to the one
  // after.
  std::string describe_current() const;

 private:
  Token scan(size_t from) const;

  std::string_view text_;
  bool condition_words_;
  bool update_words_;
  Token previous_;
  bool has_previous_ = false;
  Token current_;
};

// Whether `text` is `mark` followed by one or more letters, digits and underscores: the form of a placeholder.
bool is_placeholder(std::string_view text, char mark);

}  // namespace stator::expressions
