#include "protocol/json/utf8.h"

#include <cstdint>
#include <cstring>

namespace stator {

namespace {

constexpr uint64_t kHighBits = 0x8080808080808080u;

// The length of the character that starts with a byte >= 0x80 at `at`, or 0.
size_t character_length(const unsigned char* at, size_t left) {
  auto continues = [&](size_t i) { return i < left && (at[i] & 0xC0) == 0x80; };
  unsigned char first = at[0];
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && at[1] < 0xA0) return 0;
    if (first == 0xED && at[1] > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && at[1] < 0x90) return 0;
    if (first == 0xF4 && at[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

size_t find_invalid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    // Most bodies are ASCII from end to end: eight bytes at a time.
    while (at + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, bytes + at, 8);
      if ((word & kHighBits) != 0) break;
      at += 8;
    }
    while (at < text.size() && bytes[at] < 0x80) ++at;
    while (at < text.size() && bytes[at] >= 0x80) {
      size_t length = character_length(bytes + at, text.size() - at);
      if (length == 0) return at;
      at += length;
    }
  }
  return at;
}

}  // namespace stator
