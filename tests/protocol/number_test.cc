#include "protocol/value/number.h"

#include <gtest/gtest.h>

namespace stator {
namespace {

using enum NumberFault;

struct Parsed {
  const char* text;
  NumberFault old_layer;
  NumberFault new_layer;
  const char* canonical;
};

std::string nines(int count) {
  return std::string(static_cast<size_t>(count), '9');
}
std::string zeros(int count) {
  return std::string(static_cast<size_t>(count), '0');
}

NumberFault parsed(std::string_view text, NumberLayer layer, std::string& canonical) {
  Arena arena;
  std::string_view out;
  NumberFault fault = canonicalize(text, layer, arena, out);
  canonical = out;
  Number number;
  EXPECT_EQ(parse_number(text, number, layer), fault) << text;
  if (fault == kNone) {
    EXPECT_EQ(canonical_text(number), canonical) << text;
    EXPECT_TRUE(is_canonical_number(canonical)) << text;
    EXPECT_EQ(is_canonical_number(text), text == canonical) << text;
    Number again = from_canonical(canonical);
    EXPECT_EQ(compare(number, again), std::strong_ordering::equal) << text;
    EXPECT_EQ(canonical_text(again), canonical) << text;
  }
  return fault;
}

TEST(Number, ParsesAndNormalises) {
  const Parsed rows[] = {
      {"0", kNone, kNone, "0"},
      {"-0", kNone, kNone, "0"},
      {"+0", kNone, kNone, "0"},
      {"0.0", kNone, kNone, "0"},
      {"000", kNone, kNone, "0"},
      {"-0.000", kNone, kNone, "0"},
      {"1", kNone, kNone, "1"},
      {"+1", kNone, kNone, "1"},
      {"-1", kNone, kNone, "-1"},
      {"00042", kNone, kNone, "42"},
      {"-00042", kNone, kNone, "-42"},
      {"1.50", kNone, kNone, "1.5"},
      {"1.5E2", kNone, kNone, "150"},
      {"1.5e+2", kNone, kNone, "150"},
      {"1E2", kNone, kNone, "100"},
      {"100", kNone, kNone, "100"},
      {"15E-1", kNone, kNone, "1.5"},
      {"15E-5", kNone, kNone, "0.00015"},
      {"0.10", kNone, kNone, "0.1"},
      {"00.0150", kNone, kNone, "0.015"},
      {".5", kNone, kNone, "0.5"},
      {"-.5", kNone, kNone, "-0.5"},
      {"5.", kNone, kNone, "5"},
      {"5.E1", kNone, kNone, "50"},
      {"1E0000000000000002", kNone, kNone, "100"},
      {"1e-0", kNone, kNone, "1"},
      {"10203040506070809", kNone, kNone, "10203040506070809"},
      {"0.1020304050607080900", kNone, kNone, "0.10203040506070809"},
      // Not numbers.
      {"", kNotANumber, kNotANumber, ""},
      {" ", kNotANumber, kNotANumber, ""},
      {" 1", kNotANumber, kNotANumber, ""},
      {"1 ", kNotANumber, kNotANumber, ""},
      {"1\n", kNotANumber, kNotANumber, ""},
      {"1 2", kNotANumber, kNotANumber, ""},
      {"1_000", kNotANumber, kNotANumber, ""},
      {"1,5", kNotANumber, kNotANumber, ""},
      {"abc", kNotANumber, kNotANumber, ""},
      {"b", kNotANumber, kNotANumber, ""},
      {"1.2.3", kNotANumber, kNotANumber, ""},
      {"1..2", kNotANumber, kNotANumber, ""},
      {".", kNotANumber, kNotANumber, ""},
      {"-", kNotANumber, kNotANumber, ""},
      {"+", kNotANumber, kNotANumber, ""},
      {"-.", kNotANumber, kNotANumber, ""},
      {"--1", kNotANumber, kNotANumber, ""},
      {"+-1", kNotANumber, kNotANumber, ""},
      {"1-", kNotANumber, kNotANumber, ""},
      {"e1", kNotANumber, kNotANumber, ""},
      {".e1", kNotANumber, kNotANumber, ""},
      {"1e", kNotANumber, kNotANumber, ""},
      {"1e+", kNotANumber, kNotANumber, ""},
      {"1e-", kNotANumber, kNotANumber, ""},
      {"1e1.5", kNotANumber, kNotANumber, ""},
      {"1e1e1", kNotANumber, kNotANumber, ""},
      {"1e 1", kNotANumber, kNotANumber, ""},
      {"0x10", kNotANumber, kNotANumber, ""},
      {"1f", kNotANumber, kNotANumber, ""},
      {"1d", kNotANumber, kNotANumber, ""},
      {"NaN", kNotANumber, kNotANumber, ""},
      {"nan", kNotANumber, kNotANumber, ""},
      {"Infinity", kNotANumber, kNotANumber, ""},
      {"-Infinity", kNotANumber, kNotANumber, ""},
      {"true", kNotANumber, kNotANumber, ""},
      {"\xD9\xA3", kNotANumber, kNotANumber, ""},  // an Arabic-Indic three: BigDecimal would take it
      // The range of magnitudes.
      {"1E126", kOverflow, kOverflow, ""},
      {"-1e126", kOverflow, kOverflow, ""},
      {"10E125", kOverflow, kOverflow, ""},
      {"0.1E127", kOverflow, kOverflow, ""},
      {"1E-131", kUnderflow, kUnderflow, ""},
      {"-1E-131", kUnderflow, kUnderflow, ""},
      {"0.1E-130", kUnderflow, kUnderflow, ""},
      // A zero is judged by its written exponent.
      {"0E125", kNone, kNone, "0"},
      {"0e126", kOverflow, kOverflow, ""},
      {"00e126", kOverflow, kOverflow, ""},
      {"0.0E126", kNone, kNone, "0"},
      {"0.0E127", kOverflow, kOverflow, ""},
      {"0E-130", kNone, kNone, "0"},
      {"0e-131", kUnderflow, kUnderflow, ""},
      {"0.0E-129", kNone, kNone, "0"},
      {"0.0E-130", kUnderflow, kUnderflow, ""},
      {"-0e126", kOverflow, kOverflow, ""},
      // Where the two layers part: 32 bits that wrap, and 64 bits that do not.
      {"1e2147483646", kOverflow, kOverflow, ""},
      {"1e2147483647", kUnderflow, kOverflow, ""},
      {"-1e2147483647", kUnderflow, kOverflow, ""},
      {"1e2147483648", kNotANumber, kOverflow, ""},
      {"1e-2147483647", kUnderflow, kUnderflow, ""},
      {"1e-2147483648", kNotANumber, kUnderflow, ""},
      {"0.1e-2147483647", kNotANumber, kUnderflow, ""},
      {"1e99999999999", kNotANumber, kOverflow, ""},
      {"-1e99999999999", kNotANumber, kOverflow, ""},
      {"1e-99999999999", kNotANumber, kUnderflow, ""},
      {"1e9223372036854775807", kNotANumber, kOverflow, ""},
      {"1e-9223372036854775808", kNotANumber, kUnderflow, ""},
      {"1e9223372036854775808", kNotANumber, kNotANumber, ""},
      {"1e-9223372036854775809", kNotANumber, kNotANumber, ""},
      {"1e99999999999999999999999999", kNotANumber, kNotANumber, ""},
      // 38 significant digits.
      {"12345678901234567890123456789012345678", kNone, kNone, "12345678901234567890123456789012345678"},
      {"-12345678901234567890123456789012345678", kNone, kNone, "-12345678901234567890123456789012345678"},
      {"1.2345678901234567890123456789012345678", kNone, kNone, "1.2345678901234567890123456789012345678"},
      {"123456789012345678901234567890123456780", kNone, kNone, "123456789012345678901234567890123456780"},
      {"00123456789012345678901234567890123456780.00", kNone, kNone, "123456789012345678901234567890123456780"},
      {"123456789012345678901234567890123456789", kTooManyDigits, kTooManyDigits, ""},
      {"1234567890123456789012345678901234567890", kTooManyDigits, kTooManyDigits, ""},
      {"100000000000000000000000000000000000001", kTooManyDigits, kTooManyDigits, ""},
      {"10000000000000000000000000000000000001", kNone, kNone, "10000000000000000000000000000000000001"},
      {"0.12345678901234567890123456789012345678", kNone, kNone, "0.12345678901234567890123456789012345678"},
      {"0.123456789012345678901234567890123456789", kTooManyDigits, kTooManyDigits, ""},
      {"123456789012345678901234567890123456789e200", kTooManyDigits, kTooManyDigits, ""},
  };
  for (const Parsed& row : rows) {
    std::string canonical;
    EXPECT_EQ(parsed(row.text, NumberLayer::kOld, canonical), row.old_layer) << row.text;
    if (row.old_layer == kNone) {
      EXPECT_EQ(canonical, row.canonical) << row.text;
    }
    EXPECT_EQ(parsed(row.text, NumberLayer::kNew, canonical), row.new_layer) << row.text;
    if (row.new_layer == kNone) {
      EXPECT_EQ(canonical, row.canonical) << row.text;
    }
  }
}

TEST(Number, TheLimitsThemselves) {
  std::string canonical;
  EXPECT_EQ(parsed("9.9999999999999999999999999999999999999E+125", NumberLayer::kOld, canonical), kNone);
  EXPECT_EQ(canonical, nines(38) + zeros(88));
  EXPECT_EQ(parsed("1E-130", NumberLayer::kOld, canonical), kNone);
  EXPECT_EQ(canonical, "0." + zeros(129) + "1");
  EXPECT_EQ(parsed("-9.9999999999999999999999999999999999999E-130", NumberLayer::kOld, canonical), kNone);
  EXPECT_EQ(canonical, "-0." + zeros(129) + nines(38));
  EXPECT_EQ(parsed("1" + zeros(125), NumberLayer::kOld, canonical), kNone);
  EXPECT_EQ(canonical, "1" + zeros(125));
  EXPECT_EQ(parsed("1" + zeros(126), NumberLayer::kOld, canonical), kOverflow);
  EXPECT_EQ(parsed("0." + zeros(130) + "1", NumberLayer::kOld, canonical), kUnderflow);
  EXPECT_EQ(parsed(zeros(1000000) + "7." + zeros(1000000), NumberLayer::kOld, canonical), kNone);
  EXPECT_EQ(canonical, "7");
  EXPECT_EQ(parsed("1" + nines(1000000), NumberLayer::kNew, canonical), kTooManyDigits);
}

TEST(Number, CanonicalTextIsNotCopied) {
  Arena arena;
  for (std::string_view text : {"0", "-1", "12.5", "0.001", "12345678901234567890"}) {
    std::string_view canonical;
    ASSERT_EQ(canonicalize(text, NumberLayer::kNew, arena, canonical), kNone);
    EXPECT_EQ(canonical.data(), text.data()) << text;
  }
}

// In ascending order: every pair is compared both ways, parsed and as text.
TEST(Number, Orders) {
  const char* ascending[] = {"-9.9999999999999999999999999999999999999E+125",
                             "-1E125",
                             "-1000",
                             "-999.5",
                             "-100",
                             "-99",
                             "-10.01",
                             "-10",
                             "-2",
                             "-1.5",
                             "-1.25",
                             "-1",
                             "-0.5",
                             "-0.05",
                             "-0.01",
                             "-1E-130",
                             "0",
                             "1E-130",
                             "0.000001",
                             "0.01",
                             "0.02",
                             "0.1",
                             "0.11",
                             "0.2",
                             "0.5",
                             "1",
                             "1.000001",
                             "1.1",
                             "1.9",
                             "2",
                             "9",
                             "10",
                             "10.5",
                             "11",
                             "99",
                             "100",
                             "100.001",
                             "1000",
                             "123456789012345678901234567890",
                             "1E125",
                             "9.9999999999999999999999999999999999999E+125"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      Number a, b;
      ASSERT_EQ(parse_number(ascending[i], a), kNone);
      ASSERT_EQ(parse_number(ascending[j], b), kNone);
      EXPECT_EQ(compare(a, b), i <=> j) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(compare_canonical(canonical_text(a), canonical_text(b)) <=> 0, i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(Number, AddsAndSubtracts) {
  struct Row {
    const char *a, *b;
    NumberFault sum_fault;
    std::string sum;
    NumberFault difference_fault;
    std::string difference;
  };
  const Row rows[] = {
      {"0", "0", kNone, "0", kNone, "0"},
      {"1", "0", kNone, "1", kNone, "1"},
      {"0", "1", kNone, "1", kNone, "-1"},
      {"1", "1", kNone, "2", kNone, "0"},
      {"1", "-1", kNone, "0", kNone, "2"},
      {"-1", "-1", kNone, "-2", kNone, "0"},
      {"0.3", "0.1", kNone, "0.4", kNone, "0.2"},
      {"0.1", "0.2", kNone, "0.3", kNone, "-0.1"},
      {"999", "1", kNone, "1000", kNone, "998"},
      {"1000", "1", kNone, "1001", kNone, "999"},
      {"1", "1000", kNone, "1001", kNone, "-999"},
      {"5", "-7", kNone, "-2", kNone, "12"},
      {"-5", "7", kNone, "2", kNone, "-12"},
      {"12.75", "0.25", kNone, "13", kNone, "12.5"},
      {"100000000000000000000.00000001", "1", kNone, "100000000000000000001.00000001", kNone,
       "99999999999999999999.00000001"},
      {"1E37", "1", kNone, "1" + zeros(36) + "1", kNone, nines(37)},
      {"1E38", "1", kTooManyDigits, "", kNone, nines(38)},
      {"1E39", "1", kTooManyDigits, "", kTooManyDigits, ""},
      {"1E125", "1E-130", kTooManyDigits, "", kTooManyDigits, ""},
      {"9.9999999999999999999999999999999999999E+125", "1E125", kOverflow, "", kNone, "8" + nines(37) + zeros(88)},
      {"9.9999999999999999999999999999999999999E+125", "1E88", kOverflow, "", kNone, nines(37) + "8" + zeros(88)},
      {"-9E125", "9E125", kNone, "0", kOverflow, ""},
      {"99999999999999999999999999999999999999", "1", kNone, "1" + zeros(38), kNone, nines(37) + "8"},
      {"1.1E-130", "1E-130", kNone, "0." + zeros(129) + "21", kUnderflow, ""},
      {"-1.1E-130", "1E-130", kUnderflow, "", kNone, "-0." + zeros(129) + "21"},
  };
  for (const Row& row : rows) {
    Number a, b, result;
    ASSERT_EQ(parse_number(row.a, a), kNone);
    ASSERT_EQ(parse_number(row.b, b), kNone);
    EXPECT_EQ(add(a, b, result), row.sum_fault) << row.a << " + " << row.b;
    if (row.sum_fault == kNone) {
      EXPECT_EQ(canonical_text(result), row.sum) << row.a << " + " << row.b;
    }
    EXPECT_EQ(add(b, a, result), row.sum_fault) << row.b << " + " << row.a;
    if (row.sum_fault == kNone) {
      EXPECT_EQ(canonical_text(result), row.sum) << row.b << " + " << row.a;
    }
    EXPECT_EQ(subtract(a, b, result), row.difference_fault) << row.a << " - " << row.b;
    if (row.difference_fault == kNone) {
      EXPECT_EQ(canonical_text(result), row.difference) << row.a << " - " << row.b;
    }
  }
}

TEST(Number, Sizes) {
  struct Row {
    const char* text;
    size_t size;
  };
  const Row rows[] = {{"0", 1},
                      {"1", 2},
                      {"-1", 3},
                      {"12", 2},
                      {"123", 3},
                      {"100", 2},
                      {"1200", 2},
                      {"1230", 3},
                      {"0.5", 2},
                      {"0.05", 2},
                      {"0.001", 2},
                      {"0.0012", 2},
                      {"0.123", 3},
                      {"1.5", 3},
                      {"1.05", 3},
                      {"1.005", 4},
                      {"100.5", 4},
                      {"100.001", 5},
                      {"-0.5", 3},
                      {"-12.34", 4},
                      {"1E125", 2},
                      {"1E-130", 2},
                      {"12345678901234567890123456789012345678", 20},
                      {"-9.9999999999999999999999999999999999999E+125", 21}};
  for (const Row& row : rows) {
    Number number;
    ASSERT_EQ(parse_number(row.text, number), kNone);
    EXPECT_EQ(number_size(canonical_text(number)), row.size) << row.text;
  }
}

TEST(Number, HashBytes) {
  struct Row {
    const char* text;
    std::string_view bytes;
  };
  using namespace std::literals;
  const Row rows[] = {{"0", "\x80"sv},           {"1", "\xC1\x02"sv},
                      {"10", "\xC1\x0B"sv},      {"100", "\xC2\x02"sv},
                      {"0.01", "\xC0\x02"sv},    {"0.1", "\xC0\x0B"sv},
                      {"123", "\xC2\x02\x18"sv}, {"1.5", "\xC1\x02\x33"sv},
                      {"-1", "\x3E\x64\x66"sv},  {"-123", "\x3D\x64\x4E\x66"sv},
                      {"0.001", "\xBF\x0B"sv}};
  for (const Row& row : rows) {
    Number number;
    ASSERT_EQ(parse_number(row.text, number), kNone);
    EXPECT_EQ(hash_bytes(number), row.bytes) << row.text;
  }
}

}  // namespace
}  // namespace stator
