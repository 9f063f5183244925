// How far text can be taken as it stands inside a JSON string: up to the first quote, backslash or control character.
// The one inner loop of writing and reading items, sixteen bytes at a time where the machine can (SSE2), else eight.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stator {

inline bool is_plain(char c) {
  return static_cast<uint8_t>(c) >= 0x20 && c != '"' && c != '\\';
}

// The first byte from `at` that is not plain, or `end`.
inline const char* end_of_plain_run(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  while (end - at >= 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
    int hits = _mm_movemask_epi8(special);
    if (hits != 0) return at + __builtin_ctz(static_cast<unsigned>(hits));
    at += 16;
  }
#else
  constexpr auto repeated = [](uint8_t byte) { return 0x0101010101010101u * byte; };
  constexpr auto zeros = [](uint64_t x) { return (x - 0x0101010101010101u) & ~x; };
  while (end - at >= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    // A byte behind the first hit may be marked wrongly, which only sends the eight to the loop below.
    uint64_t controls = (word - repeated(0x20)) & ~word;
    if (((controls | zeros(word ^ repeated('"')) | zeros(word ^ repeated('\\'))) & repeated(0x80)) != 0) break;
    at += 8;
  }
#endif
  while (at < end && is_plain(*at)) ++at;
  return at;
}

}  // namespace stator
