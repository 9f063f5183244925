#include "emulator/gateway/media_type.h"

#include <cctype>

#include "protocol/json/utf8.h"

namespace stator::gateway {

std::string media_type(std::string_view header) {
  std::string out;
  for (const char c : header.substr(0, header.find_first_of(";,"))) {
    if (c == ' ' || c == '\t') continue;
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

bool is_binary_type(std::string_view type, const std::vector<std::string>& binary_media_types) {
  for (const std::string& each : binary_media_types) {
    const std::string pattern = media_type(each);
    if (pattern == "*/*" || pattern == type) return true;
    if (pattern.ends_with("/*") && type.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1)))
      return true;
  }
  return false;
}

bool is_text_type(std::string_view type) {
  return type.starts_with("text/") || type == "application/json" || type == "application/xml" ||
         type == "application/javascript" || type.ends_with("+json") || type.ends_with("+xml");
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  for (;;) {
    const size_t good = find_invalid_utf8(bytes);
    out += bytes.substr(0, good);
    if (good == bytes.size()) return out;
    out += "\xEF\xBF\xBD";
    bytes.remove_prefix(good + 1);
  }
}

}  // namespace stator::gateway
