// DynamoDB's numbers: decimal, up to 38 significant digits, magnitude 1E-130 to 9.99..E+125, zero.
//
// The canonical text is plain decimal without exponent, superfluous zeros or "-0": "1.5E2" is "150", "0.10" is "0.1".
// It is what GetItem returns and how an N value is held in memory and on disk. Two numbers are equal exactly when their
// canonical texts are.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/value/arena.h"

namespace stator {

// sign * 0.d1 d2 ... dn * 10^exponent with d1 != 0 and dn != 0; count == 0 is zero.
struct Number {
  static constexpr int kMaxDigits = 38;
  bool negative = false;
  int exponent = 0;
  int count = 0;
  uint8_t digits[kMaxDigits] = {};

  bool is_zero() const { return count == 0; }
};

enum class NumberFault : uint8_t {
  kNone,
  kNotANumber,     // "The parameter cannot be converted to a numeric value"
  kTooManyDigits,  // more than 38 significant digits
  kOverflow,       // magnitude too large
  kUnderflow,      // magnitude too small and not zero
};

// How bad exponents are judged: the old request validator wraps them at 32 bits as Java's BigDecimal does, the new one
// range-checks up to 64 bits (validation_2026.md, section 3, "Value checks: two layers").
enum class NumberLayer : uint8_t { kOld, kNew };

// Parses text as a client sent it: an optional sign, digits with at most one point (".5" and "5." count, as in Java's
// BigDecimal), an optional exponent; nothing else, no blanks, no underscores, ASCII digits only. Faults are judged in
// this order: format, digits, overflow, underflow. A zero is range-checked by its written exponent: "0E126" overflows,
// "0.0E126" does not. On a fault `number` is unspecified.
NumberFault parse_number(std::string_view text, Number& number, NumberLayer layer = NumberLayer::kOld);

// Parses `text` and gives its canonical text: `text` itself when it is canonical already, else a new one in `arena`.
NumberFault canonicalize(std::string_view text, NumberLayer layer, Arena& arena, std::string_view& canonical);

// Whether `text` is canonical already.
bool is_canonical_number(std::string_view text);

// Parses canonical text, which cannot fail.
Number from_canonical(std::string_view canonical);

// The canonical text, in `arena`.
std::string_view canonical_text(const Number& number, Arena& arena);
std::string canonical_text(const Number& number);

std::strong_ordering compare(const Number& a, const Number& b);
// The same straight from two canonical texts, without parsing them.
int compare_canonical(std::string_view a, std::string_view b);

// a + b and a - b, always exact: a result that needs more than 38 digits is kTooManyDigits, one out of range kOverflow
// or kUnderflow, and nothing is ever rounded. The developer guide says of the type that exceeding 38 digits "results in
// an exception", and what has been recorded of the service's arithmetic agrees (an excess of precision or magnitude is
// refused when calculated as when stored).
NumberFault add(const Number& a, const Number& b, Number& result);
NumberFault subtract(const Number& a, const Number& b, Number& result);

// 1 + ceil(integer significant digits / 2) + ceil(fraction significant digits / 2), + 1 if negative; zeros trimmed at
// both ends.
size_t number_size(std::string_view canonical);

// The bytes that DynamoDB hashes for a number key: an Oracle-NUMBER-like form (dynamodb_behaviours: "Values and
// ordering").
std::string hash_bytes(const Number& number);

}  // namespace stator
