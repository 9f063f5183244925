// Text with wildcards and policy variables, as Resource and Condition values hold it. Pure functions.
//
// In a pattern `*` stands for any characters, '/' and ':' included, and `?` for one. ${aws:username} is replaced by the
// request's value of that key, ${aws:username, 'nobody'} has a default, and ${*}, ${?}, ${$} are the characters
// themselves. What a variable brings in is never a wildcard.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace stator::policy {

bool matches(std::string_view pattern, std::string_view text, bool ignore_case = false);

// The single value of a context key, or nothing.
using Lookup = std::function<std::optional<std::string>(std::string_view key)>;
// The pattern with its variables in place, for matches(); nothing when a variable has no value.
std::optional<std::string> expand(std::string_view pattern, const Lookup& lookup);
// What expand() made, as the plain text it means.
std::string plain(std::string expanded);

}  // namespace stator::policy
