#include "protocol/json/value_codec.h"

#include <gtest/gtest.h>

namespace stator {
namespace {

using Type = AttributeValue::Type;
using enum ValueFault;

struct Outcome {
  ValueProblem problem;
  std::string written;
};

Outcome read(std::string_view text, Arena& arena, NumberLayer layer = NumberLayer::kOld,
             size_t max_depth = kMaxValueDepth) {
  JsonParse parse = parse_json(text, arena);
  EXPECT_EQ(parse.fault, JsonFault::kNone) << text;
  AttributeValue value;
  Outcome outcome;
  outcome.problem = read_value(parse.root, layer, arena, value, max_depth);
  if (!outcome.problem) append_value(value, outcome.written);
  return outcome;
}

TEST(ValueCodec, ReadsAndWrites) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"({"S":""})", R"({"S":""})"},
      {R"({"S":"a\u0000\"\/b"})", R"({"S":"a\u0000\"/b"})"},
      {R"({"N":"1.50"})", R"({"N":"1.5"})"},
      {R"({"N":"1E2"})", R"({"N":"100"})"},
      {R"({"N":"-0"})", R"({"N":"0"})"},
      {R"({"B":""})", R"({"B":""})"},
      {R"({"B":"AAEC/w=="})", R"({"B":"AAEC/w=="})"},
      {R"({"BOOL":true})", R"({"BOOL":true})"},
      {R"({"BOOL":false})", R"({"BOOL":false})"},
      {R"({"BOOL":"yes"})", R"({"BOOL":true})"},
      {R"({"BOOL":"no"})", R"({"BOOL":false})"},
      {R"({"NULL":"1"})", R"({"NULL":true})"},
      {R"({"NULL":true})", R"({"NULL":true})"},
      {R"({"SS":["b","a",""]})", R"({"SS":["b","a",""]})"},
      {R"({"NS":["2","01","3e0"]})", R"({"NS":["2","1","3"]})"},
      {R"({"BS":["AA==",""]})", R"({"BS":["AA==",""]})"},
      {R"({"L":[]})", R"({"L":[]})"},
      {R"({"L":[{"S":"a"},{"L":[{"N":"1"}]},{"NULL":true}]})", R"({"L":[{"S":"a"},{"L":[{"N":"1"}]},{"NULL":true}]})"},
      {R"({"M":{}})", R"({"M":{}})"},
      {R"({"M":{"b":{"S":"1"},"a":{"S":"2"}}})", R"({"M":{"a":{"S":"2"},"b":{"S":"1"}}})"},
      {R"({"M":{"a":{"S":"1"},"a":{"S":"2"}}})", R"({"M":{"a":{"S":"2"}}})"},
      {R"({"M":{"":{"S":"1"}}})", R"({"M":{"":{"S":"1"}}})"},
      {R"({"S":"a","S":"b"})", R"({"S":"b"})"},
      {R"({"S":"a","N":null})", R"({"S":"a"})"},
      {R"({"N":null,"S":"a","X":1,"s":"b","SSS":{}})", R"({"S":"a"})"},
      {R"({"M":{"a":{"N":"1"},"B":{"N":"2"},"\u00e9":{"N":"3"},"ab":{"N":"4"}}})",
       "{\"M\":{\"B\":{\"N\":\"2\"},\"a\":{\"N\":\"1\"},\"ab\":{\"N\":\"4\"},\"\xC3\xA9\":{\"N\":\"3\"}}}"},
  };
  for (const auto& [text, again] : rows) {
    Arena arena;
    Outcome outcome = read(text, arena);
    EXPECT_EQ(static_cast<int>(outcome.problem.fault), static_cast<int>(kNone)) << text;
    EXPECT_EQ(outcome.written, again);
  }
}

TEST(ValueCodec, Refuses) {
  struct Row {
    std::string_view text;
    ValueFault fault;
    Type type;
    std::string_view detail;
  };
  const Row rows[] = {
      {R"({})", kNoType, Type::NULL_, ""},
      {R"({"X":"a"})", kNoType, Type::NULL_, ""},
      {R"({"S":null})", kNoType, Type::NULL_, ""},
      {R"({"s":"a"})", kNoType, Type::NULL_, ""},
      {R"({"S":"a","N":"1"})", kSeveralTypes, Type::NULL_, ""},
      {R"({"NULL":true,"BOOL":true})", kSeveralTypes, Type::NULL_, ""},
      {R"({"S":"","N":""})", kNumberFormat, Type::N, ""},
      {R"({"S":"a","N":"b"})", kNumberFormat, Type::N, "b"},
      {R"({"NULL":false})", kNullNotTrue, Type::NULL_, ""},
      {R"({"NULL":"no"})", kNullNotTrue, Type::NULL_, ""},
      {R"({"NULL":false,"S":"a"})", kNullNotTrue, Type::NULL_, ""},
      {R"({"N":""})", kNumberFormat, Type::N, ""},
      {R"({"N":" 1"})", kNumberFormat, Type::N, " 1"},
      {R"({"N":"abc"})", kNumberFormat, Type::N, "abc"},
      {R"({"N":"123456789012345678901234567890123456789"})", kNumberDigits, Type::N,
       "123456789012345678901234567890123456789"},
      {R"({"N":"1e126"})", kNumberOverflow, Type::N, "1e126"},
      {R"({"N":"1e-131"})", kNumberUnderflow, Type::N, "1e-131"},
      {R"({"SS":[]})", kEmptySet, Type::SS, ""},
      {R"({"NS":[]})", kEmptySet, Type::NS, ""},
      {R"({"BS":[]})", kEmptySet, Type::BS, ""},
      {R"({"SS":["a","b","a"]})", kDuplicateInSet, Type::SS, ""},
      {R"({"SS":["",""]})", kDuplicateInSet, Type::SS, ""},
      {R"({"NS":["1","2","1.0"]})", kDuplicateInSet, Type::NS, ""},
      {R"({"NS":["100","1E2"]})", kDuplicateInSet, Type::NS, ""},
      {R"({"BS":["AA==","AA=="]})", kDuplicateInSet, Type::BS, ""},
      {R"({"NS":["1","1","x"]})", kNumberFormat, Type::N, "x"},
      {R"({"NS":["1",""]})", kNumberFormat, Type::N, ""},
      {R"({"NS":["1","1e126"]})", kNumberOverflow, Type::N, "1e126"},
      {R"({"L":[{"S":"a"},{}]})", kNoType, Type::NULL_, ""},
      {R"({"L":[{"N":"x"},{}]})", kNumberFormat, Type::N, "x"},
      {R"({"M":{"b":{"N":"x"},"a":{}}})", kNumberFormat, Type::N, "x"},
      {R"({"M":{"a":{"L":[{"M":{"c":{"SS":[]}}}]}}})", kEmptySet, Type::SS, ""},
      // What the shape check would have caught still does no harm here.
      {R"("a")", kMalformed, Type::NULL_, ""},
      {R"([])", kMalformed, Type::NULL_, ""},
      {R"(1)", kMalformed, Type::NULL_, ""},
      {R"({"S":1})", kMalformed, Type::S, ""},
      {R"({"S":["a"]})", kMalformed, Type::S, ""},
      {R"({"S":{"S":"a"}})", kMalformed, Type::S, ""},
      {R"({"N":1})", kMalformed, Type::N, ""},
      {R"({"B":true})", kMalformed, Type::B, ""},
      {R"({"B":"AAA"})", kMalformed, Type::B, "AAA"},
      {R"({"B":"A*=="})", kMalformed, Type::B, "A*=="},
      {R"({"BOOL":1})", kMalformed, Type::BOOL, ""},
      {R"({"SS":"a"})", kMalformed, Type::SS, ""},
      {R"({"SS":{}})", kMalformed, Type::SS, ""},
      {R"({"SS":[1]})", kMalformed, Type::S, ""},
      {R"({"SS":[null]})", kMalformed, Type::S, ""},
      {R"({"NS":[1]})", kMalformed, Type::N, ""},
      {R"({"BS":["a"]})", kMalformed, Type::B, "a"},
      {R"({"L":{}})", kMalformed, Type::L, ""},
      {R"({"L":["a"]})", kMalformed, Type::NULL_, ""},
      {R"({"L":[null]})", kNoType, Type::NULL_, ""},
      {R"({"M":[]})", kMalformed, Type::M, ""},
      {R"({"M":{"a":"b"}})", kMalformed, Type::NULL_, ""},
      {R"({"M":{"a":null}})", kNoType, Type::NULL_, ""},
  };
  for (const Row& row : rows) {
    Arena arena;
    Outcome outcome = read(row.text, arena);
    EXPECT_EQ(static_cast<int>(outcome.problem.fault), static_cast<int>(row.fault)) << row.text;
    EXPECT_EQ(outcome.problem.type, row.type) << row.text;
    EXPECT_EQ(outcome.problem.detail, row.detail) << row.text;
    EXPECT_EQ(outcome.problem.set != nullptr, row.fault == kDuplicateInSet) << row.text;
  }
}

TEST(ValueCodec, TheDuplicateSetIsTheOneThatWasSent) {
  Arena arena;
  Outcome outcome = read(R"({"L":[{"SS":["x"]},{"SS":["b","a","b"]}]})", arena);
  ASSERT_NE(outcome.problem.set, nullptr);
  std::string text;
  append_json(*outcome.problem.set, text);
  EXPECT_EQ(text, R"(["b","a","b"])");
}

TEST(ValueCodec, LargeSetsAreCheckedToo) {
  std::string text = R"({"NS":[)";
  for (int i = 0; i < 5000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i * 7919 % 5000) + "\"";
  Arena arena;
  EXPECT_EQ(static_cast<int>(read(text + "]}", arena).problem.fault), static_cast<int>(kNone));
  EXPECT_EQ(static_cast<int>(read(text + ",\"4.2e1\"]}", arena).problem.fault), static_cast<int>(kDuplicateInSet));
}

TEST(ValueCodec, TheLayersJudgeExponentsDifferently) {
  Arena arena;
  EXPECT_EQ(read(R"({"N":"1e2147483647"})", arena, NumberLayer::kOld).problem.fault, kNumberUnderflow);
  EXPECT_EQ(read(R"({"N":"1e2147483647"})", arena, NumberLayer::kNew).problem.fault, kNumberOverflow);
}

std::string nested(size_t levels, bool lists, std::string_view leaf) {
  std::string text;
  for (size_t i = 0; i < levels; ++i) text += lists ? R"({"L":[)" : R"({"M":{"a":)";
  text += leaf;
  for (size_t i = 0; i < levels; ++i) text += lists ? "]}" : "}}";
  return text;
}

TEST(ValueCodec, DepthIsLimited) {
  for (bool lists : {false, true}) {
    Arena arena;
    EXPECT_EQ(read(nested(31, lists, R"({"S":"x"})"), arena).problem.fault, kNone);
    EXPECT_EQ(read(nested(32, lists, R"({"S":"x"})"), arena).problem.fault, kTooDeep);
    EXPECT_EQ(read(nested(31, lists, R"({"M":{}})"), arena).problem.fault, kNone);
    EXPECT_EQ(read(nested(200, lists, R"({"S":"x"})"), arena).problem.fault, kTooDeep);
    EXPECT_EQ(
        read(nested(32, lists, R"({"S":"x"})"), arena, NumberLayer::kOld, kMaxOldExpressionValueDepth).problem.fault,
        kNone);
    EXPECT_EQ(
        read(nested(40, lists, R"({"S":"x"})"), arena, NumberLayer::kOld, kMaxOldExpressionValueDepth).problem.fault,
        kTooDeep);
  }
}

TEST(ValueCodec, Items) {
  struct Row {
    std::string_view text;
    ValueFault fault;
    std::string_view written;
  };
  const Row rows[] = {
      {R"({})", kNone, R"({})"},
      {R"({"b":{"S":"1"},"a":{"N":"2.0"}})", kNone, R"({"a":{"N":"2"},"b":{"S":"1"}})"},
      {R"({"a":{"S":"1"},"a":{"S":"2"}})", kNone, R"({"a":{"S":"2"}})"},
      {R"({"":{"S":"1"}})", kEmptyName, ""},
      {R"({"a":{"N":"x"},"":{"S":"1"}})", kEmptyName, ""},
      {R"({"b":{"N":"x"},"a":{}})", kNumberFormat, ""},
      {R"({"a":{},"b":{"N":"x"}})", kNoType, ""},
      {R"([])", kMalformed, ""},
      {R"("x")", kMalformed, ""},
  };
  for (const Row& row : rows) {
    Arena arena;
    Item item;
    ValueProblem problem = read_item(parse_json(row.text, arena).root, NumberLayer::kNew, arena, item);
    EXPECT_EQ(static_cast<int>(problem.fault), static_cast<int>(row.fault)) << row.text;
    if (problem) continue;
    std::string written;
    append_item(item, written);
    EXPECT_EQ(written, row.written);
  }
}

TEST(ValueCodec, ValuesPointIntoTheBody) {
  std::string body = R"({"s":{"S":"text"},"n":{"N":"12.5"}})";
  Arena arena;
  Item item;
  ASSERT_FALSE(read_item(parse_json_in_place({body.data(), body.size()}, arena).root, NumberLayer::kNew, arena, item));
  for (const Attribute& attribute : item.attributes()) {
    const char* at = attribute.value.bytes().data();
    EXPECT_TRUE(at > body.data() && at < body.data() + body.size()) << attribute.name;
  }
}

}  // namespace
}  // namespace stator
