// Percent-encoding, query strings and path segments as API Gateway reads them. Pure text, no state.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator {

// "%41" -> "A"; what is no escape stays as it is. `plus_is_space` for query strings.
std::string percent_decode(std::string_view text, bool plus_is_space = false);
// All but unreserved characters; '/' too unless `keep_slash`.
std::string percent_encode(std::string_view text, bool keep_slash = false);

// A decoded path as a URL holds it: what a path may not contain is escaped, the rest stays.
std::string encode_path(std::string_view path);

using QueryList = std::vector<std::pair<std::string, std::string>>;  // decoded, in the order sent
// REST APIs split at ';' as well as at '&'.
QueryList parse_query(std::string_view raw, bool split_at_semicolon);

// "/a/b%20c/" -> {"a", "b%20c", ""}: as sent, not decoded. "/" -> {""}.
std::vector<std::string_view> path_segments(std::string_view path);

}  // namespace stator
