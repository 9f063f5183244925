#include "protocol/json/json_writer.h"

#include <array>
#include <charconv>

#include "protocol/json/plain_run.h"

namespace stator {

namespace {

// The letter behind the backslash for a byte that is not plain; 'u' for \u00XX.
constexpr std::array<char, 256> escapes() {
  std::array<char, 256> table{};
  for (size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}
constexpr std::array<char, 256> kEscapes = escapes();

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  const char* at = text.data();
  const char* end = at + text.size();
  out += '"';
  for (;;) {
    const char* run_end = end_of_plain_run(at, end);
    out.append(at, run_end);
    at = run_end;
    if (at == end) break;
    uint8_t c = static_cast<uint8_t>(*at++);
    out += '\\';
    out += kEscapes[c];
    if (kEscapes[c] == 'u') {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      out += "00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  out += '"';
}

JsonWriter& JsonWriter::integer(int64_t value) {
  char text[24];
  auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return raw({text, static_cast<size_t>(end - text)});
}

JsonWriter& JsonWriter::real(double value) {
  char text[40];
  char* end = std::to_chars(text, text + sizeof text - 2, value).ptr;
  std::string_view written(text, static_cast<size_t>(end - text));
  if (written.find_first_not_of("-0123456789") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  return raw({text, static_cast<size_t>(end - text)});
}

}  // namespace stator
