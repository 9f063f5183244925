// JSON Schema draft 04: what is refused, and in which words.
#include <gtest/gtest.h>

#include <regex>

#include "protocol/json/json_schema.h"

namespace stator {
namespace {

JsonSchema::Pattern compiled(std::string_view expression) {
  try {
    return [regex = std::regex(std::string(expression))](std::string_view text) {
      return std::regex_search(text.begin(), text.end(), regex);
    };
  } catch (const std::regex_error&) {
    return {};
  }
}

// What is wrong with the document; "" when nothing is.
std::string judged(const std::string& schema, const std::string& document) {
  std::string problem;
  const auto made = JsonSchema::compile(schema, compiled, problem);
  if (!made) return "no schema: " + problem;
  const JsonSchema::Verdict verdict = made->check(document);
  EXPECT_EQ(verdict.valid, verdict.message.empty());
  return verdict.is_json ? verdict.message : "not JSON: " + verdict.message;
}

struct Case {
  const char *schema, *document, *message;
};

TEST(JsonSchema, SaysWhatIsWrongWithAValue) {
  const Case cases[] = {
      {R"({"type":"integer"})", R"("x")",
       R"(instance type (string) does not match any allowed primitive type (allowed: ["integer"]))"},
      {R"({"type":"integer"})", "1.5",
       R"(instance type (number) does not match any allowed primitive type (allowed: ["integer"]))"},
      {R"({"type":"number"})", "7", ""},
      {R"({"type":["string","number"]})", "null",
       R"(instance type (null) does not match any allowed primitive type (allowed: ["integer","number","string"]))"},
      {R"({"enum":["dog",1,null]})", R"("cat")",
       R"(instance value ("cat") not found in enum (possible values: ["dog",1,null]))"},
      {R"({"enum":[1]})", "1.0", ""},
      {R"({"minimum":3,"type":"integer"})", "1",
       "numeric instance is lower than the required minimum (minimum: 3, found: 1)"},
      {R"({"maximum":500})", "543.12",
       "numeric instance is greater than the required maximum (maximum: 500, found: 543.12)"},
      {R"({"minimum":3,"exclusiveMinimum":true})", "3",
       "numeric instance is not strictly greater than the required minimum 3"},
      {R"({"maximum":3,"exclusiveMaximum":true})", "3",
       "numeric instance is not strictly lower than the required maximum 3"},
      {R"({"maximum":3,"exclusiveMaximum":false})", "3", ""},
      {R"({"multipleOf":3})", "7", "remainder of division is not zero (7 / 3)"},
      {R"({"multipleOf":0.01})", "0.07", ""},
      {R"({"maxLength":2,"minLength":1})", "\"h\xC3\xA9\"", ""},
      {R"({"maxLength":2})", R"("abc")", R"(string "abc" is too long (length: 3, maximum allowed: 2))"},
      {R"({"minLength":2})", R"("a")", R"(string "a" is too short (length: 1, required minimum: 2))"},
      {R"({"pattern":"^\\d{3}$"})", R"("12a")", R"(ECMA 262 regex "^\d{3}$" does not match input string "12a")"},
      {R"({"pattern":"\\d"})", R"("a1b")", ""},
      {R"({"pattern":"("})", R"("x")", ""},
      {R"({"minLength":9})", "1", ""},
  };
  for (const Case& each : cases)
    EXPECT_EQ(judged(each.schema, each.document), each.message) << each.schema << each.document;
}

TEST(JsonSchema, SaysWhatIsWrongWithArraysAndObjects) {
  const Case cases[] = {
      {R"({"minItems":2})", "[1]", "array is too short: must have at least 2 elements but instance has 1 elements"},
      {R"({"maxItems":1})", "[1,2]", "array is too long: must have at most 1 elements but instance has 2 elements"},
      {R"({"uniqueItems":true})", "[1,2,1]", "array must not contain duplicate elements"},
      {R"({"items":[{"type":"string"}],"additionalItems":{"type":"integer"}})", R"(["a",1,"b"])",
       R"(instance type (string) does not match any allowed primitive type (allowed: ["integer"]))"},
      {R"({"items":[{}],"additionalItems":false})", "[1,2]", "additional items are not allowed (allowed: 1, found: 2)"},
      {R"({"required":["a","b","c"]})", R"({"b":1})", R"(object has missing required properties (["a","c"]))"},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"c":1,"a":1,"b":1})",
       R"(object instance has properties which are not allowed by the schema: ["b","c"])"},
      {R"({"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false})", R"({"x1":1})", ""},
      {R"({"patternProperties":{"^x":{"type":"null"}}})", R"({"x1":1})",
       R"(instance type (integer) does not match any allowed primitive type (allowed: ["null"]))"},
      {R"({"additionalProperties":{"type":"null"},"properties":{"a":{}}})", R"({"a":1,"b":1})",
       R"(instance type (integer) does not match any allowed primitive type (allowed: ["null"]))"},
      {R"({"minProperties":2})", R"({"a":1})",
       "object has too few properties (found 1 but schema requires at least 2)"},
      {R"({"maxProperties":0})", R"({"a":1})",
       "object has too many properties (found 1 but schema requires at most 0)"},
      {R"({"dependencies":{"a":["b","c"]}})", R"({"a":1,"c":2})",
       R"(property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["b"]))"},
      {R"({"dependencies":{"a":{"required":["d"]}}})", R"({"a":1})",
       R"(object has missing required properties (["d"]))"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(judged(each.schema, each.document), each.message) << each.schema << each.document;
}

TEST(JsonSchema, CombinesAndRefers) {
  const Case cases[] = {
      {R"({"allOf":[{"type":"integer"},{"minimum":5}]})", "1",
       "instance failed to match all required schemas (matched only 1 out of 2)"},
      {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "1",
       "instance failed to match at least one required schema among 2"},
      {R"({"oneOf":[{"type":"integer"},{"minimum":0}]})", "1",
       "instance failed to match exactly one schema (matched 2 out of 2)"},
      {R"({"not":{"type":"integer"}})", "1", "instance matched a schema which it should not have"},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}})", "1",
       R"(instance type (integer) does not match any allowed primitive type (allowed: ["string"]))"},
      {R"({"$ref":"http://elsewhere/x"})", "1", ""},
      {R"({"allOf":[{"$ref":"#"},{"$ref":"#"}],"type":"string"})", R"("x")", ""},
      {R"({"type":"object","properties":{"next":{"$ref":"#"}}})", R"({"next":{"next":1}})",
       R"(instance type (integer) does not match any allowed primitive type (allowed: ["object"]))"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(judged(each.schema, each.document), each.message) << each.schema << each.document;
}

TEST(JsonSchema, TellsAllOfALevelAndWhatLiesBelowWhenTheLevelIsRight) {
  const std::string schema =
      R"({"type":"object","required":["a"],"properties":{"b":{"type":"string","maxLength":1,"pattern":"^x"},"a":{"type":"integer"}}})";
  EXPECT_EQ(judged(schema, R"({"b":"yy"})"), R"(object has missing required properties (["a"]))");
  EXPECT_EQ(
      judged(schema, R"({"b":"yy","a":"z"})"),
      R"(instance type (string) does not match any allowed primitive type (allowed: ["integer"]), )"
      R"(string "yy" is too long (length: 2, maximum allowed: 1), ECMA 262 regex "^x" does not match input string "yy")");
  EXPECT_EQ(judged(schema, R"({"b":"x","a":1})"), "");
}

TEST(JsonSchema, DoesNotFollowWhatIsTooDeepOrNoJson) {
  EXPECT_EQ(judged("{}", std::string(501, '[') + std::string(501, ']')), "instance is nested too deeply");
  EXPECT_EQ(judged("{}", std::string(500, '[') + std::string(500, ']')), "");
  EXPECT_EQ(judged("{}", R"(["]]]", "\"[[["])"), "");
  EXPECT_EQ(judged("{}", "{").substr(0, 9), "not JSON:");
  EXPECT_EQ(judged("{", "1").substr(0, 10), "no schema:");
}

}  // namespace
}  // namespace stator
