#include "protocol/json/json_writer.h"

#include <array>
#include <charconv>
#include <cstring>

namespace stator {

namespace {

// 0 for a byte that stands for itself, 'u' for \u00XX, else the letter behind the backslash.
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

constexpr uint64_t repeated(uint8_t byte) { return 0x0101010101010101u * byte; }

// Not zero when one of the eight bytes is a control character, a quote or a backslash. (A byte behind the first hit may be
// marked wrongly, which only sends the eight to the slow path.)
uint64_t needs_escape(uint64_t word) {
  auto zeros = [](uint64_t x) { return (x - repeated(0x01)) & ~x; };
  uint64_t controls = (word - repeated(0x20)) & ~word;
  return (controls | zeros(word ^ repeated('"')) | zeros(word ^ repeated('\\'))) & repeated(0x80);
}

// The length of the run from `at` that can be copied as it is.
size_t plain_run(std::string_view text, size_t at) {
  size_t start = at;
  while (at + 8 <= text.size()) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (needs_escape(word) != 0) break;
    at += 8;
  }
  while (at < text.size() && kEscapes[static_cast<uint8_t>(text[at])] == 0) ++at;
  return at - start;
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  size_t at = 0;
  for (;;) {
    size_t run = plain_run(text, at);
    out.append(text.data() + at, run);
    at += run;
    if (at == text.size()) break;
    uint8_t c = static_cast<uint8_t>(text[at++]);
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
