// The words that may not stand as attribute names in an expression, in any case: the developer guide's "Reserved words
// in DynamoDB", all 573 of them, its misspellings (FLATTERN, INNTER, LOGED) included.
#pragma once

#include <string_view>

namespace stator::expressions {

bool is_reserved_word(std::string_view word);

}  // namespace stator::expressions
