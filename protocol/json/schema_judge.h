// Judges a document by a JSON Schema of draft 04 and says what is wrong in the words of the validator that the service
// uses: all of a level (what combines schemas first, then the kind's own keywords in alphabetical order, then the
// type), and of what lies in an array or an object only when the level itself is right, members in the order of their
// names. For json_schema.cc alone.
//
// Recursive: both documents are to be no deeper than kMaxSchemaDepth. One judge a document; one thread.
#pragma once

#include <rapidjson/document.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/json/json_schema.h"

namespace stator {

constexpr size_t kMaxSchemaDepth = 500;

using SchemaPatterns = std::map<std::string, JsonSchema::Pattern, std::less<>>;  // by expression

class SchemaJudge {
 public:
  using Value = rapidjson::Value;
  using Errors = std::vector<std::string>;

  // `root`: where references begin; it and `patterns` outlive the judge.
  SchemaJudge(const Value& root, const SchemaPatterns& patterns) : root_(root), patterns_(patterns) {}

  // False when the instance does not fit; `errors`, if there is any, gets why.
  bool judge(const Value& schema, const Value& instance, Errors* errors);

 private:
  void judge_number(const Value& schema, const Value& instance, Errors& errors) const;
  void judge_string(const Value& schema, const Value& instance, Errors& errors) const;
  void judge_array(const Value& schema, const Value& instance, Errors& errors) const;
  void judge_object(const Value& schema, const Value& instance, Errors& errors);
  void judge_combined(const Value& schema, const Value& instance, Errors& errors);
  void judge_items(const Value& schema, const Value& instance, Errors& errors);
  void judge_members(const Value& schema, const Value& instance, Errors& errors);
  size_t matched(const Value& schemas, const Value& instance);
  const Value* referred(const Value& schema) const;
  bool fits(const Value& expression, const Value& text) const;

  const Value& root_;
  const SchemaPatterns& patterns_;
  std::vector<std::pair<const Value*, const Value*>> active_;  // what is being judged: schema and instance
};

}  // namespace stator
