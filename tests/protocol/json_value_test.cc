#include "protocol/json/json_value.h"

#include <gtest/gtest.h>

#include <thread>

#include "protocol/json/json_writer.h"

namespace stator {
namespace {

using namespace std::literals;

std::string written(const JsonValue& value) {
  std::string out;
  append_json(value, out);
  return out;
}

TEST(JsonParse, ComesBackAsCompactText) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"null"sv, "null"sv},
      {" true "sv, "true"sv},
      {"\t\r\n false\n"sv, "false"sv},
      {"0"sv, "0"sv},
      {"-0"sv, "-0"sv},
      {"1.50"sv, "1.50"sv},
      {"-12.5e+10"sv, "-12.5e+10"sv},
      {"1E308"sv, "1E308"sv},
      {"123456789012345678901234567890"sv, "123456789012345678901234567890"sv},
      {"[12, 345 ,6]"sv, "[12,345,6]"sv},
      {"{\"a\":12,\"b\":345}"sv, "{\"a\":12,\"b\":345}"sv},
      {"{\"a\":\"x\\ny\",\"b\":345,\"c\":[-1,2.5]}"sv, "{\"a\":\"x\\ny\",\"b\":345,\"c\":[-1,2.5]}"sv},
      {"\"\""sv, "\"\""sv},
      {"[]"sv, "[]"sv},
      {"[ ]"sv, "[]"sv},
      {"{}"sv, "{}"sv},
      {"[[],{},[{}]]"sv, "[[],{},[{}]]"sv},
      {"{\"\":{\"\":null}}"sv, "{\"\":{\"\":null}}"sv},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""sv, "\"\\\"\\\\/\\b\\f\\n\\r\\t\""sv},
      {"\"\\u0041\\u00e9\\u20ac\""sv, "\"A\xC3\xA9\xE2\x82\xAC\""sv},
      {"\"\\uD83D\\uDE00\\ud83d\\ude00\""sv, "\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\""sv},
      {"\"\\uD7FF\\uE000\""sv, "\"\xED\x9F\xBF\xEE\x80\x80\""sv},
      {"\"a\\u0000b\\u001f\""sv, "\"a\\u0000b\\u001F\""sv},
      {"\"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""sv,
       "\"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""sv},
      {"{\"a\":1,\"a\":2}"sv, "{\"a\":1,\"a\":2}"sv},  // repeated members stay: find() takes the last
      {"\"abcdefghijklmnopqrstuvwxyz\\u0041bcdefghijklmnopqrstuvwxyz\""sv,
       "\"abcdefghijklmnopqrstuvwxyzAbcdefghijklmnopqrstuvwxyz\""sv},
  };
  for (const auto& [text, again] : rows) {
    Arena arena;
    JsonParse parse = parse_json(text, arena);
    ASSERT_EQ(parse.fault, JsonFault::kNone) << text;
    EXPECT_EQ(written(parse.root), again);
  }
}

TEST(JsonParse, Refuses) {
  using enum JsonFault;
  const std::pair<std::string_view, JsonFault> rows[] = {
      {""sv, kEmpty},
      {" \n\t"sv, kEmpty},
      {"\0"sv, kSyntax},
      {"{}\0"sv, kSyntax},
      {"{}\0junk"sv, kSyntax},
      {"{\"a\":\0}"sv, kSyntax},
      {"\"a\0b\""sv, kSyntax},
      {"{} {}"sv, kSyntax},
      {"{}x"sv, kSyntax},
      {"1 2"sv, kSyntax},
      {"[1,]"sv, kSyntax},
      {"[,1]"sv, kSyntax},
      {"{,}"sv, kSyntax},
      {"{\"a\":1,}"sv, kSyntax},
      {"{\"a\" 1}"sv, kSyntax},
      {"{\"a\"}"sv, kSyntax},
      {"{a:1}"sv, kSyntax},
      {"{1:1}"sv, kSyntax},
      {"{'a':1}"sv, kSyntax},
      {"["sv, kSyntax},
      {"{"sv, kSyntax},
      {"[1"sv, kSyntax},
      {"]"sv, kSyntax},
      {"[}"sv, kSyntax},
      {"tru"sv, kSyntax},
      {"True"sv, kSyntax},
      {"nul"sv, kSyntax},
      {"NaN"sv, kSyntax},
      {"Infinity"sv, kSyntax},
      {"-"sv, kSyntax},
      {"+1"sv, kSyntax},
      {".5"sv, kSyntax},
      {"5."sv, kSyntax},
      {"1e"sv, kSyntax},
      {"01"sv, kSyntax},
      {"0x10"sv, kSyntax},
      {"1E400"sv, kSyntax},  // no member of any request is a number that a double cannot hold
      {"\""sv, kSyntax},
      {"\"a"sv, kSyntax},
      {"\"\\"sv, kSyntax},
      {"\"\\x\""sv, kSyntax},
      {"\"\\u12\""sv, kSyntax},
      {"\"\\u12G4\""sv, kSyntax},
      {"\"a\nb\""sv, kSyntax},
      {"\"\x01\""sv, kSyntax},
      {"\"\\uD800\""sv, kSyntax},
      {"\"\\uD800x\""sv, kSyntax},
      {"\"\\uD800\\u0041\""sv, kSyntax},
      {"\"\\uD800\\uD800\""sv, kSyntax},
      {"\"\\uDC00\""sv, kBadUtf8},
      {"{\"\\uDFFF\":1}"sv, kBadUtf8},
      {"/* */ {}"sv, kSyntax},
      {"{} // x"sv, kSyntax},
      {"\xEF\xBB\xBF{}"sv, kSyntax},  // a byte order mark is no JSON
      {"\"\x80\""sv, kBadUtf8},
      {"\"\xC0\xAF\""sv, kBadUtf8},
      {"\"\xC1\xBF\""sv, kBadUtf8},
      {"\"\xC3\""sv, kBadUtf8},
      {"\"\xE0\x9F\xBF\""sv, kBadUtf8},
      {"\"\xE2\x82\""sv, kBadUtf8},
      {"\"\xED\xA0\x80\""sv, kBadUtf8},
      {"\"\xF0\x8F\xBF\xBF\""sv, kBadUtf8},
      {"\"\xF0\x9F\x98\""sv, kBadUtf8},
      {"\"\xF4\x90\x80\x80\""sv, kBadUtf8},
      {"\"\xF5\x80\x80\x80\""sv, kBadUtf8},
      {"\"\xFF\""sv, kBadUtf8},
      {"{}\xFF"sv, kBadUtf8},
      {"\xFE\xFF\0{\0}"sv, kBadUtf8},
      {"{\"a\":\"12345678\xE2\x28\xA1\"}"sv, kBadUtf8},
  };
  for (const auto& [text, fault] : rows) {
    Arena arena;
    JsonParse parse = parse_json(text, arena);
    EXPECT_EQ(static_cast<int>(parse.fault), static_cast<int>(fault)) << text;
    EXPECT_LE(parse.offset, text.size());
  }
}

TEST(JsonParse, DepthIsGuarded) {
  auto nested = [](size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += open;
    for (size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  Arena arena;
  EXPECT_EQ(parse_json(nested(kMaxJsonDepth, "[", "]"), arena).fault, JsonFault::kNone);
  EXPECT_EQ(parse_json(nested(kMaxJsonDepth + 1, "[", "]"), arena).fault, JsonFault::kTooDeep);
  EXPECT_EQ(parse_json(std::string(5000000, '['), arena).fault, JsonFault::kTooDeep);
  EXPECT_EQ(parse_json(nested(kMaxJsonDepth - 1, "{\"a\":", "}"), arena).fault, JsonFault::kSyntax);
  std::string objects;
  for (int i = 0; i < 1000000; ++i) objects += "{\"a\":";
  EXPECT_EQ(parse_json(objects, arena).fault, JsonFault::kTooDeep);
}

TEST(JsonParse, InPlaceAndReentrantAcrossThreads) {
  std::string body = "{\"a\":\"x\\ty\",\"n\":12}";
  Arena arena;
  JsonParse parse = parse_json_in_place({body.data(), body.size()}, arena);
  ASSERT_EQ(parse.fault, JsonFault::kNone);
  std::string_view text = parse.root.find("a")->text();
  EXPECT_EQ(text, "x\ty");
  EXPECT_TRUE(text.data() > body.data() && text.data() < body.data() + body.size());
  std::thread other([&] {
    Arena arena2;
    EXPECT_EQ(written(parse_json("[1,2]", arena2).root), "[1,2]");
  });
  other.join();
  EXPECT_EQ(parse.root.find("n")->text(), "12");
}

// Strings are scanned in blocks: every length at every offset within a block, with and without an escape.
TEST(JsonParse, StringsAtEveryAlignment) {
  for (size_t offset = 0; offset < 17; ++offset) {
    for (size_t length = 0; length < 50; ++length) {
      std::string text(length, 'x');
      std::string body = std::string(offset, ' ') + "[\"" + text + "\",\"\\n" + text + "\"]";
      Arena arena;
      JsonParse parse = parse_json_in_place({body.data(), body.size()}, arena);
      ASSERT_EQ(parse.fault, JsonFault::kNone) << body;
      ASSERT_EQ(parse.root.elements()[0].text(), text);
      ASSERT_EQ(parse.root.elements()[1].text(), "\n" + text);
    }
  }
}

TEST(JsonValue, FindTakesTheLastAndSkipsNull) {
  Arena arena;
  JsonValue root = parse_json(R"({"a":1,"b":null,"a":2,"c":3,"c":null})", arena).root;
  EXPECT_EQ(root.find("a")->text(), "2");
  EXPECT_EQ(root.find("b"), nullptr);
  EXPECT_EQ(root.find("c"), nullptr);
  EXPECT_EQ(root.find("d"), nullptr);
  EXPECT_EQ(parse_json("[1]", arena).root.find("a"), nullptr);
  EXPECT_EQ(JsonValue().find("a"), nullptr);
  EXPECT_EQ(root.members().size(), 5u);
}

TEST(JsonValue, Integers) {
  const std::pair<std::string_view, std::optional<int64_t>> rows[] = {{"0", 0},
                                                                      {"-0", 0},
                                                                      {"17", 17},
                                                                      {"-3", -3},
                                                                      {"9223372036854775807", INT64_MAX},
                                                                      {"-9223372036854775808", INT64_MIN},
                                                                      {"9223372036854775808", std::nullopt},
                                                                      {"1.0", std::nullopt},
                                                                      {"1e2", std::nullopt},
                                                                      {"\"1\"", std::nullopt},
                                                                      {"true", std::nullopt}};
  for (const auto& [text, integer] : rows) {
    Arena arena;
    EXPECT_EQ(parse_json(text, arena).root.integer(), integer) << text;
  }
}

TEST(JsonWriter, Strings) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {""sv, "\"\""sv},
      {"abc"sv, "\"abc\""sv},
      {"12345678"sv, "\"12345678\""sv},
      {"1234567\""sv, "\"1234567\\\"\""sv},
      {"12345678\\90"sv, "\"12345678\\\\90\""sv},
      {"/ \x7F \xC3\xA9"sv, "\"/ \x7F \xC3\xA9\""sv},
      {"\0\x1F\x1e\v"sv, "\"\\u0000\\u001F\\u001E\\u000B\""sv},
      {"\b\f\n\r\t\"\\"sv, "\"\\b\\f\\n\\r\\t\\\"\\\\\""sv},
      {"\x80\xFF\xC0"sv, "\"\x80\xFF\xC0\""sv},
  };
  for (const auto& [text, quoted] : rows) {
    std::string out;
    append_json_string(text, out);
    EXPECT_EQ(out, quoted);
  }
}

// Every byte at every place of the eight that are looked at together.
TEST(JsonWriter, EveryByteAtEveryPlaceReadsBack) {
  for (int byte = 0; byte < 128; ++byte) {
    for (size_t place = 0; place < 17; ++place) {
      std::string text(17, '~');
      text[place] = static_cast<char>(byte);
      std::string out;
      append_json_string(text, out);
      Arena arena;
      JsonParse parse = parse_json(out, arena);
      ASSERT_EQ(parse.fault, JsonFault::kNone) << out;
      ASSERT_EQ(parse.root.text(), text);
    }
  }
}

TEST(JsonWriter, Documents) {
  std::string out;
  JsonWriter w(out);
  w.begin_object()
      .key("a")
      .integer(-3)
      .key("b")
      .begin_array()
      .end_array()
      .key("c")
      .begin_array()
      .string("x")
      .null()
      .boolean(true);
  w.begin_object()
      .end_object()
      .raw("{\"r\":1}")
      .end_array()
      .key("d")
      .real(1)
      .key("e")
      .real(0.5)
      .key("f")
      .real(-12.25)
      .key("g");
  w.next() += "7";
  w.key("h").integer(INT64_MIN).end_object();
  EXPECT_EQ(
      out,
      R"({"a":-3,"b":[],"c":["x",null,true,{},{"r":1}],"d":1.0,"e":0.5,"f":-12.25,"g":7,"h":-9223372036854775808})");
}

}  // namespace
}  // namespace stator
