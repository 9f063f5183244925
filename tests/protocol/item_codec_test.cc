#include "protocol/json/item_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <vector>

namespace stator {
namespace {

constexpr std::string_view kStored =
    R"({"":{"S":"empty name"},"a":{"S":"x\"y\\z\n\u0001"},"b":{"B":"AAEC"},"bool":{"BOOL":false},"l":{"L":[{"S":"]}\""},{"L":[]}]},)"
    R"("m":{"M":{"x":{"M":{}},"y":{"N":"-1.5"}}},"n":{"NULL":true},"q\"uote":{"SS":["}","\\"]},"z":{"NS":["1","2"]}})";

std::string encoded(const Item& item) {
  std::string out;
  encode_item(item, out);
  return out;
}

TEST(ItemCodec, ComesBack) {
  Arena arena;
  for (std::string_view stored : {std::string_view("{}"), kStored, std::string_view(R"({"a":{"BOOL":true}})")}) {
    EXPECT_EQ(encoded(decode_item(stored, arena)), stored);
  }
  Item item = decode_item(kStored, arena);
  EXPECT_EQ(item.find("a")->bytes(), "x\"y\\z\n\x01");
  EXPECT_EQ(item.find("b")->bytes(), std::string_view("\0\1\2", 3));
  EXPECT_EQ(item.find("q\"uote")->elements()[1].bytes(), "\\");
  EXPECT_EQ(item.find("m")->find("y")->bytes(), "-1.5");
}

TEST(ItemCodec, OneAttribute) {
  Arena arena;
  Item item = decode_item(kStored, arena);
  for (const Attribute& attribute : item.attributes()) {
    const AttributeValue* value = decode_attribute(kStored, attribute.name, arena);
    ASSERT_NE(value, nullptr) << attribute.name;
    EXPECT_TRUE(equal(*value, attribute.value)) << attribute.name;
  }
  for (std::string_view name : {"0", "aa", "q", "q\"", "zz", "~", "x", "y"}) {
    EXPECT_EQ(decode_attribute(kStored, name, arena), nullptr) << name;
  }
  EXPECT_EQ(decode_attribute("{}", "a", arena), nullptr);
}

TEST(ItemCodec, SomeAttributes) {
  Arena arena;
  Item item = decode_item(kStored, arena);
  std::vector<std::string_view> all = {"", "0", "a", "aa", "b", "bool", "l", "m", "n", "q", "q\"uote", "z", "zz"};
  // Every subset of the names, there or not.
  for (unsigned bits = 0; bits < 1u << all.size(); ++bits) {
    std::vector<std::string_view> names;
    std::vector<Attribute> expected;
    for (size_t i = 0; i < all.size(); ++i) {
      if ((bits >> i & 1) == 0) continue;
      names.push_back(all[i]);
      if (const AttributeValue* value = item.find(all[i])) expected.push_back({all[i], *value});
    }
    Arena scratch;
    std::string want = encoded(map_of(expected, scratch));
    ASSERT_EQ(encoded(decode_attributes(kStored, names, scratch)), want);
    std::string projected;
    project_item(kStored, names, projected);
    ASSERT_EQ(projected, want);
  }
}

TEST(ItemCodec, UnescapedStringsAreNotCopied) {
  Arena arena;
  std::string_view stored = R"({"name":{"S":"a longer text without escapes"}})";
  Item item = decode_item(stored, arena);
  EXPECT_TRUE(item.attributes()[0].name.data() > stored.data());
  EXPECT_TRUE(item.attributes()[0].value.bytes().data() > stored.data());
  EXPECT_TRUE(item.attributes()[0].value.bytes().data() < stored.data() + stored.size());
}

TEST(ItemCodec, CorruptTextThrowsAndReadsNothingElse) {
  const std::string_view rows[] = {"",
                                   "{",
                                   "}",
                                   "[]",
                                   "null",
                                   "{}x",
                                   "{ }",
                                   R"({"a"})",
                                   R"({"a":})",
                                   R"({"a":1})",
                                   R"({"a":"x"})",
                                   R"({"a":{}})",
                                   R"({"a":{"S":"x"})",
                                   R"({"a":{"S":"x"}},)",
                                   R"({"a":{"S":"x"},})",
                                   R"({"a":{"S":"x","N":"1"}})",
                                   R"({"a":{"X":"x"}})",
                                   R"({"a":{"S":1}})",
                                   R"({"a":{"S":"x)",
                                   R"({"a":{"S":"x\)",
                                   R"({"a":{"S":"x\")",
                                   R"({"a":{"S":"\x"}})",
                                   R"({"a":{"S":"\u0141"}})",
                                   R"({"a":{"S":"\u00"}})",
                                   R"({"a":{"S":"\u00g0"}})",
                                   R"({"a":{"N":""}})",
                                   R"({"a":{"N":"01"}})",
                                   R"({"a":{"N":"1"2"}})",
                                   R"({"a":{"NS":["1","-0"]}})",
                                   R"({"a":{"B":"A"}})",
                                   R"({"a":{"B":"AAA*"}})",
                                   R"({"a":{"BOOL":tru}})",
                                   R"({"a":{"BOOL":null}})",
                                   R"({"a":{"NULL":false}})",
                                   R"({"a":{"SS":"x"}})",
                                   R"({"a":{"SS":["x"}})",
                                   R"({"a":{"SS":["x",]}})",
                                   R"({"a":{"L":[{"S":"x"}})",
                                   R"({"a":{"L":[{"S":"x"},]}})",
                                   R"({"a":{"M":[]}})",
                                   R"({"a":{"M":{"b":{"S":"x"}}})",
                                   R"({"a":{"S")"};
  for (std::string_view row : rows) {
    Arena arena;
    // Exactly as long as the text is, so that a sanitizer sees a byte too many.
    std::vector<char> exact(row.begin(), row.end());
    EXPECT_THROW(decode_item({exact.data(), exact.size()}, arena), std::runtime_error) << row;
  }
  Arena arena;
  std::string deep = R"({"a":)";
  for (int i = 0; i < 100000; ++i) deep += R"({"L":[)";
  EXPECT_THROW(decode_item(deep, arena), std::runtime_error);
  EXPECT_THROW(decode_attribute(deep, "b", arena), std::runtime_error);
}

TEST(ItemCodec, EveryCutOfAnItemThrows) {
  for (size_t length = 0; length < kStored.size(); ++length) {
    Arena arena;
    std::vector<char> exact(kStored.begin(), kStored.begin() + static_cast<std::ptrdiff_t>(length));
    std::string_view cut(exact.data(), exact.size());
    EXPECT_THROW(decode_item(cut, arena), std::runtime_error) << length;
    std::string out;
    std::string_view last = "zz";
    EXPECT_THROW(project_item(cut, {&last, 1}, out), std::runtime_error) << length;
  }
}

// Random items through both codecs: text -> value -> stored -> value -> stored.
class RandomItem {
 public:
  explicit RandomItem(unsigned seed) : random_(seed) {}
  AttributeValue value(Arena& arena, int depth) {
    switch (random_() % (depth > 4 ? 8 : 10)) {
      case 0:
        return AttributeValue::string(text(arena));
      case 1:
        return AttributeValue::number(
            arena.copy(std::string_view(std::to_string(static_cast<int>(random_() % 2000) - 1000))));
      case 2:
        return AttributeValue::binary(text(arena));
      case 3:
        return AttributeValue::null();
      case 4:
        return AttributeValue::boolean(random_() % 2 == 0);
      case 5:
        return set(AttributeValue::Type::SS, AttributeValue::string, "s", arena);
      case 6:
        return set(AttributeValue::Type::NS, AttributeValue::number, "1", arena);
      case 7:
        return set(AttributeValue::Type::BS, AttributeValue::binary, "\xFF", arena);
      case 8: {
        std::span<AttributeValue> elements = arena.make<AttributeValue>(random_() % 4);
        for (AttributeValue& element : elements) element = value(arena, depth + 1);
        return AttributeValue::collection(AttributeValue::Type::L, elements);
      }
      default:
        return map(arena, depth + 1);
    }
  }
  AttributeValue map(Arena& arena, int depth) {
    std::vector<Attribute> attributes(random_() % 6);
    for (Attribute& attribute : attributes) attribute = {text(arena), value(arena, depth)};
    return map_of(attributes, arena);
  }

 private:
  std::string_view text(Arena& arena) {
    const std::string_view pieces[] = {"a",
                                       "b",
                                       "name",
                                       "\"",
                                       "\\",
                                       "\n",
                                       std::string_view("\0", 1),
                                       "\x1F",
                                       "{}",
                                       "[",
                                       "\xC3\xA9",
                                       "\xF0\x9F\x98\x80",
                                       ":",
                                       "\",\"",
                                       "longer text of many letters"};
    std::string out;
    for (auto i = random_() % 5; i > 0; --i) out += pieces[random_() % std::size(pieces)];
    return arena.copy(std::string_view(out));
  }
  AttributeValue set(AttributeValue::Type type, AttributeValue (*make)(std::string_view), std::string_view stem,
                     Arena& arena) {
    std::span<AttributeValue> members = arena.make<AttributeValue>(1 + random_() % 4);
    for (size_t i = 0; i < members.size(); ++i)
      members[i] = make(arena.copy(std::string_view(std::string(stem) + std::to_string(i))));
    return AttributeValue::collection(type, members);
  }
  std::mt19937 random_;
};

TEST(ItemCodec, RandomItemsComeBack) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Arena arena;
    Item item = RandomItem(seed).map(arena, 0);
    std::string stored = encoded(item);
    Item again = decode_item(stored, arena);
    ASSERT_TRUE(equal(item, again)) << "seed " << seed << ": " << stored;
    ASSERT_EQ(encoded(again), stored) << "seed " << seed;
    JsonParse parse = parse_json(stored, arena);
    ASSERT_EQ(parse.fault, JsonFault::kNone) << "seed " << seed;
    for (const Attribute& attribute : item.attributes()) {
      const AttributeValue* one = decode_attribute(stored, attribute.name, arena);
      ASSERT_TRUE(one != nullptr && equal(*one, attribute.value)) << "seed " << seed;
    }
    if (item.find("") != nullptr) continue;
    Item read;
    ASSERT_FALSE(read_item(parse.root, NumberLayer::kNew, arena, read)) << "seed " << seed << ": " << stored;
    ASSERT_EQ(encoded(read), stored) << "seed " << seed;
    ASSERT_EQ(item_size(read), item_size(item));
  }
}

}  // namespace
}  // namespace stator
