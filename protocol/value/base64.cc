#include "protocol/value/base64.h"

#include <array>
#include <cstdint>

namespace stator {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kForeign = 0xFF;

constexpr std::array<uint8_t, 256> reverse_alphabet() {
  std::array<uint8_t, 256> table{};
  for (auto& entry : table) entry = kForeign;
  for (size_t i = 0; i < kAlphabet.size(); ++i) table[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  return table;
}
constexpr std::array<uint8_t, 256> kReverse = reverse_alphabet();

uint32_t sextet(char c) {
  return kReverse[static_cast<uint8_t>(c)];
}

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    uint32_t group = static_cast<uint32_t>(from[0] << 16 | from[1] << 8 | from[2]);
    *to++ = kAlphabet[group >> 18];
    *to++ = kAlphabet[group >> 12 & 63];
    *to++ = kAlphabet[group >> 6 & 63];
    *to++ = kAlphabet[group & 63];
  }
  if (left == 0) return;
  uint32_t group = static_cast<uint32_t>(from[0] << 16 | (left == 2 ? from[1] << 8 : 0));
  *to++ = kAlphabet[group >> 18];
  *to++ = kAlphabet[group >> 12 & 63];
  *to++ = left == 2 ? kAlphabet[group >> 6 & 63] : '=';
  *to = '=';
}

std::optional<std::string_view> decode_base64(std::string_view text, Arena& arena) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return std::string_view();
  size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  size_t length = text.size() / 4 * 3 - padding;
  auto* bytes = arena.array<uint8_t>(text.size() / 4 * 3);
  uint8_t* to = bytes;
  size_t whole = text.size() - (padding != 0 ? 4 : 0);
  for (size_t i = 0; i < whole; i += 4) {
    uint32_t a = sextet(text[i]), b = sextet(text[i + 1]), c = sextet(text[i + 2]), d = sextet(text[i + 3]);
    if ((a | b | c | d) > 63) return std::nullopt;
    uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<uint8_t>(group >> 16);
    *to++ = static_cast<uint8_t>(group >> 8);
    *to++ = static_cast<uint8_t>(group);
  }
  if (padding != 0) {
    uint32_t a = sextet(text[whole]), b = sextet(text[whole + 1]);
    uint32_t c = padding == 1 ? sextet(text[whole + 2]) : 0;
    if ((a | b | c) > 63) return std::nullopt;
    uint32_t group = a << 18 | b << 12 | c << 6;
    // The bits beyond the last byte must be zero, or two texts would stand for the same bytes.
    if ((group & (padding == 1 ? 0xFFu : 0xFFFFu)) != 0) return std::nullopt;
    *to++ = static_cast<uint8_t>(group >> 16);
    if (padding == 1) *to = static_cast<uint8_t>(group >> 8);
  }
  return std::string_view(reinterpret_cast<const char*>(bytes), length);
}

}  // namespace stator
