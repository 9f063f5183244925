#include "emulator/policy/pattern.h"

namespace stator::policy {
namespace {

// Stand for the characters themselves in an expanded pattern: neither can be in a JSON text's meaning by accident that
// matters, because what is compared with them is a name, an address or a date.
constexpr char kStar = '\x01';
constexpr char kQuestion = '\x02';

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same(char pattern, char text, bool ignore_case) {
  if (pattern == '?') return true;
  if (pattern == kStar) return text == '*';
  if (pattern == kQuestion) return text == '?';
  return ignore_case ? lower(pattern) == lower(text) : pattern == text;
}

std::string literal(std::string text) {
  for (char& c : text) c = c == '*' ? kStar : c == '?' ? kQuestion : c;
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  // The last star takes one character more whenever what follows it does not fit: linear in practice, never
  // exponential.
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && same(pattern[p], text[t], ignore_case)) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<std::string> expand(std::string_view pattern, const Lookup& lookup) {
  std::string out;
  for (;;) {
    const size_t open = pattern.find("${");
    const size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) return out += pattern;
    out += pattern.substr(0, open);
    const std::string_view name = pattern.substr(open + 2, close - open - 2);
    pattern.remove_prefix(close + 1);
    if (name == "*" || name == "?" || name == "$") {
      out += literal(std::string(name));
      continue;
    }
    const size_t comma = name.find(',');
    std::optional<std::string> value = lookup(trimmed(name.substr(0, comma)));
    if (!value && comma != std::string_view::npos) {
      std::string_view fallback = trimmed(name.substr(comma + 1));
      if (fallback.size() >= 2 && fallback.front() == '\'' && fallback.back() == '\'')
        fallback = fallback.substr(1, fallback.size() - 2);
      value = std::string(fallback);
    }
    if (!value) return std::nullopt;
    out += literal(std::move(*value));
  }
}

std::string plain(std::string expanded) {
  for (char& c : expanded) c = c == kStar ? '*' : c == kQuestion ? '?' : c;
  return expanded;
}

}  // namespace stator::policy
