#include "persistence/key_encoding.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "protocol/value/number.h"

namespace stator::persistence {
namespace {

std::string part(const AttributeValue& value) {
  std::string out;
  append_key_part(value, out);
  return out;
}

int sign(int value) {
  return (value > 0) - (value < 0);
}

// Bytes of a small alphabet around the escapes, so that shared prefixes and zeros are common.
std::string random_bytes(std::mt19937& random) {
  static constexpr char kAlphabet[] = {'\x00', '\x01', '\x02', 'a', '\xfe', '\xff'};
  std::string bytes(std::uniform_int_distribution<size_t>(0, 5)(random), ' ');
  for (char& byte : bytes) byte = kAlphabet[random() % sizeof kAlphabet];
  return bytes;
}

std::string random_number(std::mt19937& random) {
  Number number;
  number.count = static_cast<int>(random() % 3 == 0 ? random() % 39 : random() % 4);
  if (number.count == 0) return "0";
  number.negative = random() % 2 == 0;
  number.exponent = random() % 4 == 0 ? std::uniform_int_distribution<int>(-129, 126)(random)
                                      : std::uniform_int_distribution<int>(-2, 2)(random);
  for (int i = 0; i < number.count; ++i) number.digits[i] = static_cast<uint8_t>(random() % 10);
  number.digits[0] = static_cast<uint8_t>(1 + random() % 9);
  number.digits[number.count - 1] = static_cast<uint8_t>(1 + random() % 9);
  return canonical_text(number);
}

TEST(KeyEncoding, KeepsTheOrderOfStringsAndBinaries) {
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    const std::string a = random_bytes(random);
    const std::string b = random_bytes(random);
    EXPECT_EQ(sign(part(AttributeValue::binary(a)).compare(part(AttributeValue::binary(b)))), sign(a.compare(b)));
    EXPECT_EQ(part(AttributeValue::string(a)), part(AttributeValue::binary(a)));
  }
}

TEST(KeyEncoding, KeepsTheOrderOfNumbers) {
  std::mt19937 random(2);
  for (int i = 0; i < 100000; ++i) {
    const std::string a = random_number(random);
    const std::string b = random_number(random);
    EXPECT_EQ(sign(part(AttributeValue::number(a)).compare(part(AttributeValue::number(b)))),
              sign(compare_canonical(a, b)))
        << a << " against " << b;
  }
}

TEST(KeyEncoding, OrdersTheExtremes) {
  const std::vector<std::string> ascending = {"-" + std::string(38, '9') + std::string(88, '0'),
                                              "-100",
                                              "-99.5",
                                              "-99",
                                              "-1.1",
                                              "-1",
                                              "-0.11",
                                              "-0.1",
                                              "-0." + std::string(129, '0') + "1",
                                              "0",
                                              "0." + std::string(129, '0') + "1",
                                              "0.1",
                                              "0.11",
                                              "1",
                                              "1.1",
                                              "9.9",
                                              "10",
                                              "99",
                                              "100",
                                              std::string(38, '9') + std::string(88, '0')};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(part(AttributeValue::number(ascending[i - 1])), part(AttributeValue::number(ascending[i])))
        << ascending[i];
  }
}

// What follows a part must never change the order that the parts decide: no part is the start of another.
TEST(KeyEncoding, NoPartBeginsAnother) {
  std::mt19937 random(3);
  for (int i = 0; i < 100000; ++i) {
    const bool numbers = i % 2 == 0;
    const std::string a = numbers ? random_number(random) : random_bytes(random);
    const std::string b = numbers ? random_number(random) : random_bytes(random);
    if (a == b) continue;
    const std::string first = part(numbers ? AttributeValue::number(a) : AttributeValue::string(a));
    const std::string second = part(numbers ? AttributeValue::number(b) : AttributeValue::string(b));
    EXPECT_FALSE(second.starts_with(first)) << a << " begins " << b;
  }
}

TEST(KeyEncoding, PrefixesCoverWhatBeginsWithThem) {
  std::mt19937 random(4);
  for (int i = 0; i < 100000; ++i) {
    const std::string start = random_bytes(random);
    const std::string text = random_bytes(random);
    std::string prefix;
    append_key_prefix(AttributeValue::binary(start), prefix);
    EXPECT_EQ(part(AttributeValue::binary(text)).starts_with(prefix), text.starts_with(start));
    std::string above;
    if (!next_after_prefix(prefix, above)) continue;
    const std::string key = part(AttributeValue::binary(text));
    EXPECT_EQ(key >= prefix && key < above, text.starts_with(start));
  }
}

TEST(KeyEncoding, NothingFollowsAllOnes) {
  std::string above;
  EXPECT_FALSE(next_after_prefix("", above));
  EXPECT_FALSE(next_after_prefix("\xff\xff", above));
  ASSERT_TRUE(next_after_prefix("a\xff", above));
  EXPECT_EQ(above, "b");
}

TEST(KeyEncoding, BucketsAreMd5OfTheSaltedKey) {
  // printf Outliersabc | md5sum
  std::string bucket;
  append_bucket(AttributeValue::string("abc"), bucket);
  EXPECT_EQ(bucket, std::string("\x12\xdb\x4f", 3));
  // A number hashes in its own form: 1 is 0.01 x 10^2, so the bytes 0xC1 0x02. printf 'Outliers\xc1\x02' | md5sum
  bucket.clear();
  append_bucket(AttributeValue::number("1"), bucket);
  EXPECT_EQ(bucket, std::string("\xc3\xa0\x31", 3));
  // Several hash attributes hash as their bytes in a row.
  const AttributeValue both[] = {AttributeValue::string("a"), AttributeValue::string("bc")};
  bucket.clear();
  append_bucket(both, 2, bucket);
  EXPECT_EQ(bucket, std::string("\x12\xdb\x4f", 3));
}

TEST(KeyEncoding, SegmentsPartTheBuckets) {
  for (const uint32_t total : {1U, 2U, 3U, 7U, 100U, 4095U, 4096U, 4097U, 1000000U}) {
    std::string expected_lower = std::string(2, '\0');
    bool ended = false;
    for (uint32_t k = 0; k < total; ++k) {
      std::string lower, upper;
      bool has_upper = false;
      segment_bounds(k, total, lower, upper, has_upper);
      if (has_upper && lower == upper) continue;  // empty
      ASSERT_FALSE(ended);
      ASSERT_EQ(lower, expected_lower) << k << " of " << total;
      expected_lower = upper;
      ended = !has_upper;
    }
    EXPECT_TRUE(ended) << total;
  }
}

TEST(KeyEncoding, SegmentsRoundUp) {
  std::string lower, upper;
  bool has_upper = false;
  segment_bounds(1, 3, lower, upper, has_upper);  // ceil(4096 / 3) = 1366 = 0x556, ceil(8192 / 3) = 2731 = 0xaab
  EXPECT_EQ(lower, "\x55\x60");
  EXPECT_EQ(upper, "\xaa\xb0");
  EXPECT_TRUE(has_upper);
}

}  // namespace
}  // namespace stator::persistence
