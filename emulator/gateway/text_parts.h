// Small pieces of text that several of the gateway's readers take apart alike. Pure text, no state.
#pragma once

#include <string>
#include <string_view>

namespace stator::gateway {

// Takes `prefix` off the front of `text`; false, and nothing taken, when it does not begin so.
inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// One part of a JSON pointer as it is meant (RFC 6901): "a~1b" is "a/b", "~0" is "~"; another ~ stays.
inline std::string pointer_part(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1'))
      out += part[++i] == '0' ? '~' : '/';
    else
      out += part[i];
  }
  return out;
}

}  // namespace stator::gateway
