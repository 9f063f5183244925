#include "protocol/url/url.h"

namespace stator {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// All but unreserved characters and those of `kept`.
std::string escaped(std::string_view text, std::string_view kept) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~' || kept.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  return escaped(text, keep_slash ? "/" : "");
}

std::string encode_path(std::string_view path) {
  return escaped(path, "/!$&'()*+,;=:@");  // RFC 3986, section 3.3
}

QueryList parse_query(std::string_view raw, bool split_at_semicolon) {
  QueryList out;
  const char* separators = split_at_semicolon ? "&;" : "&";
  while (!raw.empty()) {
    const size_t end = raw.find_first_of(separators);
    const std::string_view one = raw.substr(0, end);
    if (!one.empty()) {
      const size_t equals = one.find('=');
      out.emplace_back(percent_decode(one.substr(0, equals), true),
                       equals == std::string_view::npos ? std::string() : percent_decode(one.substr(equals + 1), true));
    }
    raw = end == std::string_view::npos ? std::string_view() : raw.substr(end + 1);
  }
  return out;
}

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace stator
