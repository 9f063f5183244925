// Values in test cases, written as plain JSON so that a case fits a line: "x" is S, 5 is N, true, null, [..] is L, {..}
// is M;
// {"$SS": [..]}, {"$NS": [..]}, {"$B": "base64"} and {"$BS": [..]} are what JSON has no word for.
#pragma once

#include <string>
#include <string_view>

#include "protocol/value/attribute_value.h"

namespace stator::tests {

// Throws std::runtime_error with the text when it does not parse.
AttributeValue plain_value(std::string_view json, Arena& arena);
std::string print(const AttributeValue& value);

}  // namespace stator::tests
