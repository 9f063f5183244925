#include "protocol/http/request_target.h"

namespace stator::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Returns false at the first '%' that is not an escape, if `strict`.
bool decode(std::string_view text, PlusMeans plus, bool strict, std::string& out) {
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == PlusMeans::kSpace) {
      out += ' ';
    } else if (c == '%') {
      int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        if (strict) return false;
        out += c;
      } else {
        out += static_cast<char>(high * 16 + low);
        i += 2;
      }
    } else {
      out += c;
    }
  }
  return true;
}

}  // namespace

std::string_view origin_form(std::string_view target) {
  size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target.find_first_of("/?") < scheme) return target;
  size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

std::string percent_decode(std::string_view text, PlusMeans plus) {
  std::string out;
  decode(text, plus, false, out);
  return out;
}

std::optional<std::string> percent_decode_strict(std::string_view text, PlusMeans plus) {
  std::string out;
  if (!decode(text, plus, true, out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text, std::string_view also_plain) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    char lower = static_cast<char>(c | 0x20);
    bool plain =
        (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain || also_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

}  // namespace stator::http
