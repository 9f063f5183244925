// A value inside a JSON body, by a JSONPath: what parameter mappings of REST and HTTP APIs may name. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stator::gateway {

// "a.b[0]" is "$.a.b[0]". A string is its text, all else JSON; nothing when it is not there, is null, or `body` is no
// JSON.
std::optional<std::string> value_in_body(std::string_view body, std::string_view path);

}  // namespace stator::gateway
