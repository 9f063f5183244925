#include "protocol/value/base64.h"

#include <gtest/gtest.h>

namespace stator {
namespace {

TEST(Base64, KnownPairs) {
  using namespace std::literals;
  const std::pair<std::string_view, std::string_view> rows[] = {{""sv, ""sv},
                                                                {"f"sv, "Zg=="sv},
                                                                {"fo"sv, "Zm8="sv},
                                                                {"foo"sv, "Zm9v"sv},
                                                                {"foob"sv, "Zm9vYg=="sv},
                                                                {"fooba"sv, "Zm9vYmE="sv},
                                                                {"foobar"sv, "Zm9vYmFy"sv},
                                                                {"\0"sv, "AA=="sv},
                                                                {"\xFF"sv, "/w=="sv},
                                                                {"\xFB\xEF\xBE"sv, "++++"sv}};
  for (const auto& [bytes, text] : rows) {
    Arena arena;
    std::string out = "x";
    append_base64(bytes, out);
    EXPECT_EQ(out, "x" + std::string(text));
    auto decoded = decode_base64(text, arena);
    ASSERT_TRUE(decoded.has_value()) << text;
    EXPECT_EQ(*decoded, bytes);
  }
}

TEST(Base64, Refuses) {
  for (std::string_view text : {"A", "AA", "AAA", "AAAAA", "AA=A", "A===", "====", "=AAA", "AAA ", "AA\n=", "AA-_",
                                "AB==", "AAB=", "AA==AAAA", "AAAA=",
                                "\xC3\xA9"
                                "AA"}) {
    Arena arena;
    EXPECT_FALSE(decode_base64(text, arena).has_value()) << text;
  }
}

TEST(Base64, EveryLengthAndByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    Arena arena;
    std::string text;
    append_base64(bytes, text);
    auto decoded = decode_base64(text, arena);
    ASSERT_TRUE(decoded.has_value()) << i;
    ASSERT_EQ(*decoded, bytes) << i;
    bytes += static_cast<char>(i * 37);
  }
}

}  // namespace
}  // namespace stator
