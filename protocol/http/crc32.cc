#include "protocol/http/crc32.h"

#include <zlib.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace stator::http {
namespace {

uint32_t crc32_tables(uint32_t crc, const char* data, size_t size) {
  return static_cast<uint32_t>(::crc32_z(crc, reinterpret_cast<const Bytef*>(data), size));
}

#if defined(__x86_64__)

// Folding with carry-less multiplication, after Gopal et al., "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ" (Intel, 2009). Each constant is x^n mod P, bit-reflected and shifted by one, for the distance that a fold
// jumps.
constexpr int64_t kFold256Low = 0x011542778a, kFold256High = 0x01322d1430;  // 16 x 128 bits ahead
constexpr int64_t kFold64Low = 0x0154442bd4, kFold64High = 0x01c6e41596;    // 4 x 128 bits ahead
constexpr int64_t kFold16Low = 0x01751997d0, kFold16High = 0x00ccaa009e;    // 128 bits ahead
constexpr int64_t kFold8 = 0x0163cd6124;                                    // 64 bits ahead
constexpr int64_t kPolynomial = 0x01db710641, kQuotient = 0x01f7011641;     // Barrett

__attribute__((target("pclmul,sse4.1"))) inline __m128i fold(__m128i value, __m128i constants, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(value, constants, 0x00);
  __m128i high = _mm_clmulepi64_si128(value, constants, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

// `size` is at least 64 and a multiple of 16. `crc` is the running register, not inverted.
__attribute__((target("pclmul,sse4.1"))) uint32_t crc32_folded(uint32_t crc, const char* data, size_t size) {
  __m128i a = _mm_xor_si128(load(data), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = load(data + 16);
  __m128i c = load(data + 32);
  __m128i d = load(data + 48);
  data += 64;
  size -= 64;
  const __m128i by64 = _mm_set_epi64x(kFold64High, kFold64Low);
  for (; size >= 64; size -= 64, data += 64) {
    a = fold(a, by64, load(data));
    b = fold(b, by64, load(data + 16));
    c = fold(c, by64, load(data + 32));
    d = fold(d, by64, load(data + 48));
  }
  const __m128i by16 = _mm_set_epi64x(kFold16High, kFold16Low);
  a = fold(a, by16, b);
  a = fold(a, by16, c);
  a = fold(a, by16, d);
  for (; size >= 16; size -= 16, data += 16) a = fold(a, by16, load(data));

  // 128 bits to 64, then to 32 by Barrett reduction.
  const __m128i low32 = _mm_setr_epi32(-1, 0, -1, 0);
  __m128i folded = _mm_clmulepi64_si128(a, by16, 0x10);
  a = _mm_xor_si128(_mm_srli_si128(a, 8), folded);
  __m128i upper = _mm_srli_si128(a, 4);
  a = _mm_clmulepi64_si128(_mm_and_si128(a, low32), _mm_set_epi64x(0, kFold8), 0x00);
  a = _mm_xor_si128(a, upper);
  const __m128i barrett = _mm_set_epi64x(kQuotient, kPolynomial);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, low32), barrett, 0x10);
  __m128i product = _mm_clmulepi64_si128(_mm_and_si128(quotient, low32), barrett, 0x00);
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_xor_si128(a, product), 1));
}

// The same, four lanes at a time, for at least 512 bytes (a multiple of 16 as well).
__attribute__((target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.1"))) uint32_t crc32_folded_wide(uint32_t crc,
                                                                                                const char* data,
                                                                                                size_t size) {
  const __m512i by256 = _mm512_set_epi64(kFold256High, kFold256Low, kFold256High, kFold256Low, kFold256High,
                                         kFold256Low, kFold256High, kFold256Low);
  __m512i lanes[4];
  for (int i = 0; i < 4; ++i) lanes[i] = _mm512_loadu_si512(data + 64 * i);
  lanes[0] = _mm512_xor_si512(lanes[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc))));
  data += 256;
  size -= 256;
  for (; size >= 256; size -= 256, data += 256) {
    for (int i = 0; i < 4; ++i) {
      __m512i low = _mm512_clmulepi64_epi128(lanes[i], by256, 0x00);
      __m512i high = _mm512_clmulepi64_epi128(lanes[i], by256, 0x11);
      lanes[i] = _mm512_ternarylogic_epi64(low, high, _mm512_loadu_si512(data + 64 * i), 0x96);  // xor of three
    }
  }
  // The lanes are 256 bytes with the same remainder as all that they have swallowed: those and the rest, the narrow
  // way.
  alignas(64) char folded[512];
  for (int i = 0; i < 4; ++i) _mm512_store_si512(folded + 64 * i, lanes[i]);
  std::memcpy(folded + 256, data, size);
  return crc32_folded(0, folded, 256 + size);
}

bool can_fold_wide() {
  static const bool can =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("vpclmulqdq");
  return can;
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

#endif

}  // namespace

uint32_t crc32(std::string_view bytes) {
#if defined(__x86_64__)
  if (bytes.size() >= 64 && can_fold()) {
    size_t whole = bytes.size() & ~size_t{15};
    uint32_t crc = whole >= 512 && can_fold_wide() ? ~crc32_folded_wide(~uint32_t{0}, bytes.data(), whole)
                                                   : ~crc32_folded(~uint32_t{0}, bytes.data(), whole);
    return whole == bytes.size() ? crc : crc32_tables(crc, bytes.data() + whole, bytes.size() - whole);
  }
#endif
  return crc32_tables(0, bytes.data(), bytes.size());
}

}  // namespace stator::http
