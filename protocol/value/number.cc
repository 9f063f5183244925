#include "protocol/value/number.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace stator {

namespace {

// The magnitude of sign * 0.d1d2.. * 10^exponent lies in 1E-130 .. 9.99E+125 exactly when exponent is in this range.
constexpr int kMinExponent = -129;
constexpr int kMaxExponent = 126;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

NumberFault range_fault(int64_t exponent) {
  if (exponent > kMaxExponent) return NumberFault::kOverflow;
  if (exponent < kMinExponent) return NumberFault::kUnderflow;
  return NumberFault::kNone;
}

// The written exponent of "e+12": false when it is not one or leaves the layer's range of exponents.
bool parse_exponent(std::string_view text, NumberLayer layer, int64_t& exponent) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  // Gathered as a negative number, whose range is the larger one.
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  int64_t value = 0;
  for (char c : text) {
    if (!is_digit(c)) return false;
    int digit = c - '0';
    if (value < (kLowest + digit) / 10) return false;
    value = value * 10 - digit;
  }
  if (!negative && value == kLowest) return false;
  exponent = negative ? value : -value;
  return layer == NumberLayer::kNew ||
         (exponent >= std::numeric_limits<int32_t>::min() && exponent <= std::numeric_limits<int32_t>::max());
}

// a - b without overflow, held at the ends of the range: far beyond any limit that is checked afterwards.
int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

}  // namespace

NumberFault parse_number(std::string_view text, Number& number, NumberLayer layer) {
  number = Number();
  size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    number.negative = text[at] == '-';
    ++at;
  }

  // Significant digits are stored; zeros behind them wait in `zeros` until another digit makes them significant.
  int64_t integer_digits = 0;   // written before the point, leading zeros included
  int64_t fraction_digits = 0;  // written behind it
  int64_t leading = 0;          // place of the first significant digit among all digits
  int64_t stored = 0;           // significant digits so far, also those beyond what fits
  int64_t zeros = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '.') {
      if (point) return NumberFault::kNotANumber;
      point = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (c != '0') {
      if (stored == 0) {
        leading = integer_digits + fraction_digits;
        zeros = 0;
      }
      stored += zeros;  // the zeros are in place: digits start as 0
      zeros = 0;
      if (stored < Number::kMaxDigits) number.digits[stored] = static_cast<uint8_t>(c - '0');
      ++stored;
    } else {
      ++zeros;
    }
    ++(point ? fraction_digits : integer_digits);
  }
  if (integer_digits + fraction_digits == 0) return NumberFault::kNotANumber;

  int64_t written = 0;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return NumberFault::kNotANumber;
    if (!parse_exponent(text.substr(at + 1), layer, written)) return NumberFault::kNotANumber;
  }
  if (layer == NumberLayer::kOld) {
    // BigDecimal's scale must fit 32 bits as well.
    int64_t scale = fraction_digits - written;
    if (scale < std::numeric_limits<int32_t>::min() || scale > std::numeric_limits<int32_t>::max()) {
      return NumberFault::kNotANumber;
    }
  }
  if (stored > Number::kMaxDigits) return NumberFault::kTooManyDigits;

  // A zero is one digit at the last place written.
  int64_t exponent =
      stored == 0 ? saturating_add(written, 1 - fraction_digits) : saturating_add(written, integer_digits - leading);
  // The old validator computes precision - scale in 32 bits, so that 1e2147483647 underflows.
  if (layer == NumberLayer::kOld) exponent = static_cast<int32_t>(static_cast<uint64_t>(exponent));
  NumberFault fault = range_fault(exponent);
  if (fault != NumberFault::kNone) return fault;

  if (stored == 0) {
    number.negative = false;
    return NumberFault::kNone;
  }
  number.count = static_cast<int>(stored);
  number.exponent = static_cast<int>(exponent);
  return NumberFault::kNone;
}

namespace {

// Whether `text` is canonical and short enough that it breaks no limit. False says nothing.
bool is_plainly_canonical(std::string_view text) {
  if (!text.empty() && text[0] == '-') {
    text.remove_prefix(1);
    if (text == "0") return false;
  }
  if (text.empty() || text.size() > Number::kMaxDigits) return false;
  size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0 || (text[0] == '0' && at > 1)) return false;
  if (at == text.size()) return true;
  if (text[at] != '.') return false;
  size_t fraction = ++at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at == text.size() && at > fraction && text.back() != '0';
}

size_t canonical_length(const Number& n) {
  if (n.is_zero()) return 1;
  size_t sign = n.negative ? 1 : 0;
  if (n.exponent <= 0) return sign + 2 + static_cast<size_t>(-n.exponent + n.count);
  if (n.count <= n.exponent) return sign + static_cast<size_t>(n.exponent);
  return sign + static_cast<size_t>(n.count) + 1;
}

void write_canonical(const Number& n, char* out) {
  if (n.is_zero()) {
    *out = '0';
    return;
  }
  if (n.negative) *out++ = '-';
  int at = 0;
  if (n.exponent <= 0) {
    *out++ = '0';
    *out++ = '.';
    for (int i = n.exponent; i < 0; ++i) *out++ = '0';
  } else {
    for (; at < n.exponent; ++at) *out++ = static_cast<char>('0' + (at < n.count ? n.digits[at] : 0));
    if (at < n.count) *out++ = '.';
  }
  for (; at < n.count; ++at) *out++ = static_cast<char>('0' + n.digits[at]);
}

// The parts of a canonical text: its sign, and its digits before and behind the point ("0.5" has none before).
struct Parts {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
};

Parts parts_of(std::string_view text) {
  Parts parts;
  if (!text.empty() && text[0] == '-') {
    parts.negative = true;
    text.remove_prefix(1);
  }
  size_t point = text.find('.');
  parts.integer = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  if (parts.integer == "0") parts.integer = {};
  return parts;
}

}  // namespace

NumberFault canonicalize(std::string_view text, NumberLayer layer, Arena& arena, std::string_view& canonical) {
  if (is_plainly_canonical(text)) {
    canonical = text;
    return NumberFault::kNone;
  }
  Number number;
  NumberFault fault = parse_number(text, number, layer);
  if (fault == NumberFault::kNone) canonical = canonical_text(number, arena);
  return fault;
}

bool is_canonical_number(std::string_view text) {
  if (is_plainly_canonical(text)) return true;
  Number number;
  // The length keeps the second look from building a text for anything but a long number.
  constexpr size_t kLongest = 1 + 2 + 129 + Number::kMaxDigits;
  return text.size() <= kLongest && parse_number(text, number) == NumberFault::kNone && canonical_text(number) == text;
}

Number from_canonical(std::string_view canonical) {
  Number n;
  Parts parts = parts_of(canonical);
  n.negative = parts.negative;
  n.exponent = static_cast<int>(parts.integer.size());
  if (parts.integer.empty()) {
    size_t zeros = parts.fraction.find_first_not_of('0');
    if (zeros == std::string_view::npos) return Number();
    n.exponent = -static_cast<int>(zeros);
    parts.fraction.remove_prefix(zeros);
  }
  for (std::string_view digits : {parts.integer, parts.fraction}) {
    for (char c : digits) {
      if (n.count < Number::kMaxDigits) n.digits[n.count] = static_cast<uint8_t>(c - '0');
      ++n.count;
    }
  }
  n.count = std::min(n.count, Number::kMaxDigits);
  while (n.count > 0 && n.digits[n.count - 1] == 0) --n.count;
  return n;
}

std::string_view canonical_text(const Number& number, Arena& arena) {
  size_t length = canonical_length(number);
  char* text = arena.array<char>(length);
  write_canonical(number, text);
  return {text, length};
}

std::string canonical_text(const Number& number) {
  std::string text(canonical_length(number), '0');
  write_canonical(number, text.data());
  return text;
}

std::strong_ordering compare(const Number& a, const Number& b) {
  int sign_a = a.is_zero() ? 0 : a.negative ? -1 : 1;
  int sign_b = b.is_zero() ? 0 : b.negative ? -1 : 1;
  if (sign_a != sign_b) return sign_a <=> sign_b;
  if (sign_a == 0) return std::strong_ordering::equal;
  std::strong_ordering order = a.exponent <=> b.exponent;
  if (order == 0) order = std::memcmp(a.digits, b.digits, Number::kMaxDigits) <=> 0;
  return sign_a > 0 ? order : 0 <=> order;
}

int compare_canonical(std::string_view a, std::string_view b) {
  Parts x = parts_of(a);
  Parts y = parts_of(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order;
  if (x.integer.size() != y.integer.size()) {
    order = x.integer.size() < y.integer.size() ? -1 : 1;
  } else {
    order = x.integer.compare(y.integer);
    if (order == 0) order = x.fraction.compare(y.fraction);
  }
  return x.negative ? -order : order;
}

namespace {

// Decimal places from 10^(kMaxExponent) down to the last digit of the smallest number: room for any exact sum.
constexpr int kPlaces = kMaxExponent + 1 - kMinExponent + Number::kMaxDigits + 1;

// Puts the digits 0.d1d2.. * 10^(top) of `places` into `result`.
NumberFault normalise(const uint8_t* places, int count, int top, bool negative, Number& result) {
  int first = 0;
  while (first < count && places[first] == 0) ++first;
  int last = count;
  while (last > first && places[last - 1] == 0) --last;
  result = Number();
  if (first == last) return NumberFault::kNone;
  if (last - first > Number::kMaxDigits) {
    // Out of range comes first only when no digit could be kept: 38 digits is what is wrong otherwise.
    NumberFault fault = range_fault(top - first);
    return fault == NumberFault::kOverflow ? fault : NumberFault::kTooManyDigits;
  }
  result.negative = negative;
  result.exponent = top - first;
  result.count = last - first;
  std::memcpy(result.digits, places + first, static_cast<size_t>(result.count));
  return range_fault(result.exponent);
}

}  // namespace

NumberFault add(const Number& a, const Number& b, Number& result) {
  if (a.is_zero() || b.is_zero()) {
    result = a.is_zero() ? b : a;
    return NumberFault::kNone;
  }
  // The larger magnitude first, so that a difference of signs is a plain subtraction.
  bool a_larger =
      a.exponent != b.exponent ? a.exponent > b.exponent : std::memcmp(a.digits, b.digits, Number::kMaxDigits) >= 0;
  const Number& large = a_larger ? a : b;
  const Number& small = a_larger ? b : a;
  int top = large.exponent + 1;  // one place for the carry
  int shift = large.exponent - small.exponent;
  int count = 1 + std::max(large.count, shift + small.count);
  uint8_t places[kPlaces];
  std::memset(places, 0, static_cast<size_t>(count));
  std::memcpy(places + 1, large.digits, static_cast<size_t>(large.count));

  int carry = 0;
  bool subtracting = a.negative != b.negative;
  for (int i = shift + small.count; i > 0; --i) {
    int other = i > shift ? small.digits[i - shift - 1] : 0;
    int digit = subtracting ? places[i] - other - carry : places[i] + other + carry;
    carry = subtracting ? digit < 0 : digit > 9;
    places[i] = static_cast<uint8_t>(subtracting ? (digit < 0 ? digit + 10 : digit) : (digit > 9 ? digit - 10 : digit));
    if (carry == 0 && i <= shift) break;
  }
  if (!subtracting) places[0] = static_cast<uint8_t>(carry);
  return normalise(places, count, top, large.negative, result);
}

NumberFault subtract(const Number& a, const Number& b, Number& result) {
  Number minus = b;
  minus.negative = !b.negative;
  if (b.is_zero()) minus.negative = false;
  return add(a, minus, result);
}

size_t number_size(std::string_view canonical) {
  Parts parts = parts_of(canonical);
  if (parts.integer.empty()) {
    size_t zeros = parts.fraction.find_first_not_of('0');
    parts.fraction.remove_prefix(std::min(zeros, parts.fraction.size()));
  }
  if (parts.fraction.empty()) {
    size_t last = parts.integer.find_last_not_of('0');
    parts.integer = last == std::string_view::npos ? std::string_view() : parts.integer.substr(0, last + 1);
  }
  return 1 + (parts.integer.size() + 1) / 2 + (parts.fraction.size() + 1) / 2 + (parts.negative ? 1 : 0);
}

std::string hash_bytes(const Number& number) {
  if (number.is_zero()) return "\x80";
  std::string out;
  int odd = number.exponent % 2 != 0 ? 1 : 0;
  uint8_t first = static_cast<uint8_t>((number.exponent + odd) / 2 - 64);
  out += static_cast<char>(number.negative ? ~first : first);
  // Digit pairs of base 100; `odd` puts one 0 in front, an odd end is filled with another.
  int pairs = 0;
  for (int at = -odd; at < number.count; at += 2, ++pairs) {
    int high = at < 0 ? 0 : number.digits[at];
    int low = at + 1 < number.count ? number.digits[at + 1] : 0;
    int pair = high * 10 + low;
    out += static_cast<char>(number.negative ? 101 - pair : pair + 1);
  }
  if (number.negative && pairs < 20) out += static_cast<char>(102);
  return out;
}

}  // namespace stator
