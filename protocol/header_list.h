// Header values that are lists: elements between commas, with blanks around them (RFC 9110, 5.6.1). Knows no header by
// name. Pure.
#pragma once

#include <string_view>

#include "protocol/wire_message.h"

namespace stator {

inline std::string_view trim_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Calls `use` with each element, blanks cut off, until it returns true; whether one did.
template <typename Use>
bool any_element(std::string_view list, Use use) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (use(trim_blanks(list.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Whether the list has that element, in any case.
inline bool lists(std::string_view list, std::string_view element) {
  return any_element(list, [element](std::string_view one) { return equal_ignoring_case(one, element); });
}

}  // namespace stator
