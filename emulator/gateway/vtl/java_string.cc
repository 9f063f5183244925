#include "emulator/gateway/vtl/java_string.h"

#include <algorithm>

#include "emulator/gateway/vtl/regex.h"
#include "protocol/json/utf8.h"

namespace stator::vtl {
namespace {

using Arguments = std::span<const Value>;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::shared_ptr<const Regex> regex_of(const Value& pattern) {
  std::string problem;
  std::shared_ptr<const Regex> regex = Regex::compile(text_of(pattern), problem);
  if (!regex) throw TemplateError("\"" + text_of(pattern) + "\" is no regular expression: " + problem);
  return regex;
}

// "$1" and "\$" in a replacement, by Java's rules.
void append_replacement(std::string_view replacement, std::string_view text, const Regex::Groups& groups,
                        std::string& out) {
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i == replacement.size()) throw TemplateError("the replacement ends in a backslash");
      out += replacement[i];
    } else if (c == '$') {
      if (++i == replacement.size() || replacement[i] < '0' || replacement[i] > '9')
        throw TemplateError("the replacement names no group after $");
      size_t group = static_cast<size_t>(replacement[i] - '0');
      if (group >= groups.size()) throw TemplateError("there is no group " + std::to_string(group));
      while (i + 1 < replacement.size() && replacement[i + 1] >= '0' && replacement[i + 1] <= '9') {
        const size_t longer = group * 10 + static_cast<size_t>(replacement[i + 1] - '0');
        if (longer >= groups.size()) break;
        group = longer;
        ++i;
      }
      if (groups[group]) out += text.substr(groups[group]->first, groups[group]->second - groups[group]->first);
    } else {
      out += c;
    }
  }
}

size_t next_character(std::string_view text, size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

std::string replace_by_regex(Heap& heap, const std::string& text, const Value& pattern, const Value& by, bool all) {
  const auto regex = regex_of(pattern);
  const std::string replacement = text_of(by);
  std::string out;
  size_t from = 0, copied = 0;
  while (from <= text.size()) {
    const auto groups = regex->find(text, from);
    if (!groups) break;
    const auto [begin, end] = *(*groups)[0];
    out.append(text, copied, begin - copied);
    append_replacement(replacement, text, *groups, out);
    copied = end;
    from = end > begin ? end : next_character(text, end);
    heap.charge(32 + replacement.size());
    heap.check_time();
    if (!all) break;
  }
  if (copied < text.size()) out.append(text, copied);
  return out;
}

Value split(Heap& heap, const std::string& text, const Value& pattern, int64_t limit) {
  const auto regex = regex_of(pattern);
  List* parts = heap.make_list();
  size_t from = 0, begin = 0;
  while (from <= text.size() && (limit <= 0 || static_cast<int64_t>(parts->items.size()) < limit - 1)) {
    const auto groups = regex->find(text, from);
    if (!groups) break;
    const auto [at, end] = *(*groups)[0];
    from = end > at ? end : next_character(text, end);
    heap.check_time();
    if (end == 0 || at >= text.size()) continue;  // nothing before the first character, nor behind the last
    heap.append(*parts, heap.text(text.substr(begin, at - begin)));
    begin = end;
  }
  heap.append(*parts, heap.text(text.substr(begin)));
  if (limit == 0)
    while (parts->items.size() > 1 && parts->items.back().string().empty()) parts->items.pop_back();
  return Value::list(parts);
}

std::string replace_text(Heap& heap, std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  if (what.empty()) {
    for (size_t i = 0; i < text.size();) {
      const size_t next = next_character(text, i);
      out.append(by).append(text.substr(i, next - i));
      i = next;
      heap.charge(by.size() + 1);
    }
    return out.append(by);
  }
  for (;;) {
    const size_t at = text.find(what);
    if (at == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, at)).append(by);
    heap.charge(by.size());
    text.remove_prefix(at + what.size());
  }
}

std::string changed_case(std::string_view text, bool upper) {
  // Beyond ASCII only Latin-1's letters, which is what field names and codes are made of.
  std::u16string units = to_utf16(text);
  for (char16_t& c : units) {
    if (upper && ((c >= u'a' && c <= u'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7)))
      c = static_cast<char16_t>(c - 32);
    else if (!upper && ((c >= u'A' && c <= u'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)))
      c = static_cast<char16_t>(c + 32);
  }
  return to_utf8(units);
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return std::string(text);
}

int64_t integer_argument(const Value& value) {
  if (!value.is_integer()) throw TemplateError("expected a whole number, not " + text_of(value));
  return value.integer();
}

// substring() and its kin, in UTF-16 units.
std::string part(const std::string& text, int64_t from, int64_t to) {
  const bool ascii = is_ascii(text);
  const std::u16string units = ascii ? std::u16string() : to_utf16(text);
  const auto size = static_cast<int64_t>(ascii ? text.size() : units.size());
  if (to < 0) to = size;
  if (from < 0 || to > size || from > to)
    throw TemplateError("begin " + std::to_string(from) + ", end " + std::to_string(to) + ", length " +
                        std::to_string(size));
  const auto begin = static_cast<size_t>(from), length = static_cast<size_t>(to - from);
  return ascii ? text.substr(begin, length) : to_utf8(std::u16string_view(units).substr(begin, length));
}

int64_t find_index(const std::string& text, const std::string& what, int64_t from, bool last) {
  const std::u16string units = to_utf16(text), wanted = to_utf16(what);
  const auto start = static_cast<size_t>(std::max<int64_t>(from, 0));
  const size_t at = last                   ? units.rfind(wanted, from < 0 ? std::u16string::npos : start)
                    : start > units.size() ? std::u16string::npos
                                           : units.find(wanted, start);
  return at == std::u16string::npos ? -1 : static_cast<int64_t>(at);
}

}  // namespace

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 0;
    const std::string_view one = text.substr(i, length);
    if (length == 0 || one.size() < length || find_invalid_utf8(one) != one.size()) {
      out += char16_t{0xFFFD};
      ++i;
      continue;
    }
    char32_t point = length == 1 ? c : c & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) point = (point << 6) | (static_cast<unsigned char>(one[k]) & 0x3Fu);
    if (point >= 0x10000) {
      out += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      out += static_cast<char16_t>(point);
    }
    i += length;
  }
  return out;
}

std::string to_utf8(std::u16string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char32_t point = text[i];
    if (point >= 0xD800 && point < 0xE000) {
      const bool pair = point < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000;
      if (!pair) {
        out += '?';
        continue;
      }
      point = 0x10000 + ((point - 0xD800) << 10) + (text[++i] - 0xDC00u);
    }
    auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xC0 | (point >> 6));
      tail(0);
    } else if (point < 0x10000) {
      out += static_cast<char>(0xE0 | (point >> 12));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0 | (point >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return out;
}

bool call_string(Heap& heap, const Value& receiver, std::string_view name, Arguments a, Value& out) {
  const std::string& text = receiver.string();
  auto give = [&](std::string result) { return out = heap.text(std::move(result)), true; };
  auto say = [&](bool result) { return out = Value::boolean(result), true; };
  if (a.empty()) {
    if (name == "length")
      return out = Value::integer(static_cast<int64_t>(is_ascii(text) ? text.size() : to_utf16(text).size())), true;
    if (name == "isEmpty") return say(text.empty());
    if (name == "isBlank") return say(trimmed(text).empty());
    if (name == "trim" || name == "strip") return give(trimmed(text));
    if (name == "toLowerCase") return give(changed_case(text, false));
    if (name == "toUpperCase") return give(changed_case(text, true));
    if (name == "toString" || name == "intern") return out = receiver, true;
    if (name == "toCharArray") {
      List* list = heap.make_list();
      for (const char16_t unit : to_utf16(text)) heap.append(*list, heap.text(to_utf8({&unit, 1})));
      return out = Value::list(list), true;
    }
    return false;
  }
  if (std::any_of(a.begin(), a.end(), [](const Value& each) { return each.is_null(); })) {
    if (name == "equals" || name == "equalsIgnoreCase") return say(false);
    throw TemplateError(std::string(name) + "() of null");
  }
  if (a.size() == 1) {
    if (name == "equals") return say(a[0].is_string() && a[0].string() == text);
    if (name == "equalsIgnoreCase") return say(changed_case(text, false) == changed_case(text_of(a[0]), false));
    if (name == "contains") return say(text.find(text_of(a[0])) != std::string::npos);
    if (name == "startsWith") return say(text.starts_with(text_of(a[0])));
    if (name == "endsWith") return say(text.ends_with(text_of(a[0])));
    if (name == "concat") return give(text + text_of(a[0]));
    if (name == "matches") return say(regex_of(a[0])->matches_all(text));
    if (name == "split") return out = split(heap, text, a[0], 0), true;
    if (name == "indexOf") return out = Value::integer(find_index(text, text_of(a[0]), 0, false)), true;
    if (name == "lastIndexOf") return out = Value::integer(find_index(text, text_of(a[0]), -1, true)), true;
    if (name == "substring") return give(part(text, integer_argument(a[0]), -1));
    if (name == "charAt") return give(part(text, integer_argument(a[0]), integer_argument(a[0]) + 1));
    if (name == "valueOf") return give(text_of(a[0]));
    if (name == "compareTo") {
      const int order = to_utf16(text).compare(to_utf16(text_of(a[0])));
      return out = Value::integer(order < 0 ? -1 : order > 0 ? 1 : 0), true;
    }
    if (name == "repeat") {
      const int64_t times = integer_argument(a[0]);
      if (times < 0) throw TemplateError("count is negative: " + std::to_string(times));
      if (!text.empty() && static_cast<uint64_t>(times) > (64u << 20) / text.size())
        throw TemplateError("the template needs too much memory");
      std::string all;
      for (int64_t i = 0; i < times && !text.empty(); ++i) all += text;
      return give(std::move(all));
    }
    return false;
  }
  if (a.size() == 2) {
    if (name == "replace") return give(replace_text(heap, text, text_of(a[0]), text_of(a[1])));
    if (name == "replaceAll") return give(replace_by_regex(heap, text, a[0], a[1], true));
    if (name == "replaceFirst") return give(replace_by_regex(heap, text, a[0], a[1], false));
    if (name == "substring") {
      const int64_t to = integer_argument(a[1]);
      if (to < 0) throw TemplateError("end " + std::to_string(to) + " is negative");
      return give(part(text, integer_argument(a[0]), to));
    }
    if (name == "split") return out = split(heap, text, a[0], integer_argument(a[1])), true;
    if (name == "indexOf")
      return out = Value::integer(find_index(text, text_of(a[0]), integer_argument(a[1]), false)), true;
    if (name == "startsWith") {
      const int64_t from = integer_argument(a[1]);
      const std::u16string units = to_utf16(text);
      return say(from >= 0 && static_cast<size_t>(from) <= units.size() &&
                 std::u16string_view(units).substr(static_cast<size_t>(from)).starts_with(to_utf16(text_of(a[0]))));
    }
  }
  return false;
}

}  // namespace stator::vtl
