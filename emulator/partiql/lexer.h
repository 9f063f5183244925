// Splits a PartiQL statement into tokens, all at once: the language has words of several words (NOT IN, INSERT INTO),
// and what is no token anywhere spoils the whole statement before its grammar is looked at.
//
//   name     (letter | '_' | '$') (letter | digit | '_' | '$')*       string   '...' with '' for a quote
//   quoted   "..." with "" for a quote                                number   digits with a point, an exponent
//   word     a keyword in any case, or several of them                mark     . , : ; ( ) [ ] { } << >> ?
//   operator = <> != < <= > >= + - * / % || @, and AND OR NOT IN IS BETWEEN LIKE ... as words
//   comment  -- to the end of the line, /* to */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/value/arena.h"

namespace stator::partiql {

enum class TokenKind : uint8_t { kEnd, kName, kQuoted, kString, kNumber, kWord, kOperator, kMark };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;  // in the statement, in bytes, with the length as written
  uint32_t length = 0;
  std::string_view text;  // names and strings without quotes, words and operators in lower case: "is_not"

  bool is(std::string_view word) const {
    return text == word && (kind == TokenKind::kWord || kind == TokenKind::kOperator || kind == TokenKind::kMark);
  }
  bool is_name() const { return kind == TokenKind::kName || kind == TokenKind::kQuoted; }
};

// Ends with a kEnd. Texts are views into `statement` and `arena`. Throws ExpressionError (before_table).
std::vector<Token> tokenize(std::string_view statement, Arena& arena);

// "Statement wasn't well formed, can't be processed: " + detail, as ExpressionError (before_table).
[[noreturn]] void refuse_syntax(std::string_view detail);

// " at 1:8:5": line, column and length of a part of the statement, counted in characters from 1.
std::string at_position(std::string_view statement, uint32_t offset, uint32_t length);

}  // namespace stator::partiql
