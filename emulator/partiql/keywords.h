// The words that PartiQL keeps for itself: unquoted they cannot name an attribute or a table.
#pragma once

#include <string_view>

namespace stator::partiql {

// `word` in lower case.
bool is_keyword(std::string_view word);
// Keywords that name a function where a parenthesis follows: exists, size, count ...
bool is_function_keyword(std::string_view word);
// Keywords that name a type behind IS, in the form that the lexer gives them (int4 is integer4).
bool is_type_name(std::string_view word);

}  // namespace stator::partiql
