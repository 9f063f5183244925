// Runs tests/cases/expressions/*.txt. A case is one line:
//
//   expression | item | names | values -> result
//
// Fields may be left out from the right. Values are plain JSON (plain_json.h). `! text` as the result is an error of
// the request, `!! text` one of the table or the item. A line `[Kind]` says what the lines below it are; `#` and a
// blank begin a comment. `%{3*a$i, }` in any field stands for "a0, a1, a2, ".
//
//   [ConditionExpression] and the like     -> true | false
//   [ProjectionExpression]                 -> the projected item
//   [UpdateExpression]                     -> the new item
//   [UPDATED_OLD] [UPDATED_NEW] [charge]   of an UpdateExpression
//   [key]        fields: expression | {"hash": {"pk": "S"}, "range": {"sk": "N"}} | names | values -> pk = .. sk ..
//   [Expected] [Filter] [KeyConditions] [AttributeUpdates]   fields: the parameter | item or key schema | OR or nothing
//   [check]      fields: expression | kind | names | values: only the errors matter; "ok" otherwise
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "case_file.h"
#include "emulator/expressions/compiler.h"
#include "emulator/expressions/key_condition.h"
#include "emulator/expressions/legacy.h"
#include "plain_json.h"

namespace stator::tests {
namespace {

using namespace stator::expressions;

ExpressionKind kind_of(const std::string& name) {
  for (ExpressionKind kind : {ExpressionKind::ConditionExpression, ExpressionKind::FilterExpression,
                              ExpressionKind::KeyConditionExpression, ExpressionKind::SearchConditionExpression,
                              ExpressionKind::ProjectionExpression, ExpressionKind::UpdateExpression}) {
    if (name_of(kind) == name) return kind;
  }
  throw std::runtime_error("unknown kind " + name);
}

class CaseRun {
 public:
  explicit CaseRun(const Case& one) : case_(one) {}

  std::string result() {
    try {
      if (case_.kind == "Expected" || case_.kind == "Filter") return legacy_condition_result();
      if (case_.kind == "KeyConditions") return legacy_key_result();
      if (case_.kind == "AttributeUpdates") return legacy_update_result();
      read_placeholders();
      Compiler compiler(cache_, arena_, names_, values_);
      std::string out = evaluate(compiler);
      compiler.check_unused();
      return out;
    } catch (const ExpressionError& error) {
      return (error.before_table ? "! " : "!! ") + error.message;
    }
  }

 private:
  std::string evaluate(Compiler& compiler) {
    std::string kind = case_.kind;
    const std::string& text = case_.fields[0];
    if (kind == "key") return key(compiler, text);
    if (kind == "check") return check(compiler, text, kind_of(case_.fields[1]));
    Item item = case_.fields[1].empty() ? AttributeValue::map({}) : plain_value(case_.fields[1], arena_);
    if (kind == "UpdateExpression") return print(compiler.update(text).apply(item, arena_).item);
    if (kind == "UPDATED_OLD") {
      return print(project(item, compiler.update(text).apply(item, arena_).touched, arena_));
    }
    if (kind == "UPDATED_NEW") {
      UpdateResult updated = compiler.update(text).apply(item, arena_);
      return print(project(updated.item, updated.touched, arena_));
    }
    if (kind == "charge") return std::to_string(compiler.update(text).statement_charge(item));
    if (kind == "ProjectionExpression") return print(compiler.projection(text).apply(item, arena_));
    return compiler.condition(kind_of(kind), text).holds(item) ? "true" : "false";
  }

  std::string check(Compiler& compiler, const std::string& text, ExpressionKind kind) {
    switch (kind) {
      case ExpressionKind::UpdateExpression:
        compiler.update(text);
        break;
      case ExpressionKind::ProjectionExpression:
        compiler.projection(text);
        break;
      case ExpressionKind::KeyConditionExpression:
        key_condition(compiler.condition(kind, text), arena_);
        break;
      default:
        compiler.condition(kind, text);
        break;
    }
    return "ok";
  }

  std::vector<KeyAttribute> key_attributes(const AttributeValue& schema, std::string_view part) {
    std::vector<KeyAttribute> out;
    const AttributeValue* attributes = schema.find(part);
    if (!attributes) return out;
    for (const Attribute& attribute : attributes->attributes()) {  // sorted by name: cases name them in that order
      KeyAttribute key{attribute.name};
      EXPECT_TRUE(type_from_name(attribute.value.bytes(), key.type));
      out.push_back(key);
    }
    return out;
  }

  std::string key(Compiler& compiler, const std::string& text) {
    return bounds(key_condition(compiler.condition(ExpressionKind::KeyConditionExpression, text), arena_));
  }

  std::string bounds(const KeyCondition& condition) {
    AttributeValue schema = plain_value(case_.fields[1], arena_);
    std::vector<KeyAttribute> hash = key_attributes(schema, "hash");
    std::vector<KeyAttribute> range = key_attributes(schema, "range");
    KeyBounds bounds = key_bounds(condition, hash, range, arena_);
    std::string out;
    for (size_t i = 0; i < hash.size(); ++i) out += std::string(hash[i].name) + "=" + print(bounds.hash[i]) + " ";
    for (size_t i = 0; i < bounds.equal.size(); ++i) {
      out += std::string(range[i].name) + "=" + print(bounds.equal[i]) + " ";
    }
    if (bounds.range) {
      out += std::string(bounds.range->attribute) + std::string(name_of(bounds.range->op)) + print(bounds.range->value);
      if (bounds.range->op == Operator::kBetween) out += ".." + print(bounds.range->upper);
    }
    return trimmed(out);
  }

  // ---- the parameters from before expressions ----

  std::vector<LegacyCondition> legacy_conditions() {
    std::vector<LegacyCondition> out;
    for (const Attribute& entry : plain_value(case_.fields[0], arena_).attributes()) {
      LegacyCondition condition;
      condition.attribute = entry.name;
      if (const AttributeValue* name = entry.value.find("ComparisonOperator")) condition.comparison = name->bytes();
      if (const AttributeValue* list = entry.value.find("AttributeValueList")) condition.list = list->elements();
      if (const AttributeValue* value = entry.value.find("Value")) condition.value = *value;
      if (const AttributeValue* exists = entry.value.find("Exists")) condition.exists = exists->boolean();
      out.push_back(condition);
    }
    return out;
  }

  std::string legacy_condition_result() {
    std::vector<LegacyCondition> conditions = legacy_conditions();
    if (case_.kind == "Expected") {
      check_expected_arguments(conditions);
    } else {
      check_filter_arguments(conditions);
    }
    check_legacy_types(conditions);
    Item item = case_.fields[1].empty() ? AttributeValue::map({}) : plain_value(case_.fields[1], arena_);
    return legacy_condition(conditions, case_.fields[2] == "OR", arena_).holds(item) ? "true" : "false";
  }

  std::string legacy_key_result() {
    std::vector<LegacyCondition> conditions = legacy_conditions();
    check_filter_arguments(conditions);
    check_key_condition_count(conditions);
    check_legacy_types(conditions);
    return bounds(legacy_key_condition(conditions, arena_));
  }

  std::string legacy_update_result() {
    std::vector<LegacyUpdate> updates;
    for (const Attribute& entry : plain_value(case_.fields[0], arena_).attributes()) {
      LegacyUpdate update{entry.name, {}, {}};
      if (const AttributeValue* action = entry.value.find("Action")) update.action = action->bytes();
      if (const AttributeValue* value = entry.value.find("Value")) update.value = *value;
      updates.push_back(update);
    }
    check_legacy_updates(updates);
    Item item = case_.fields[1].empty() ? AttributeValue::map({}) : plain_value(case_.fields[1], arena_);
    return print(legacy_update(updates, arena_).apply(item, arena_).item);
  }

  void read_placeholders() {
    if (!case_.fields[2].empty()) {
      AttributeValue names = plain_value(case_.fields[2], arena_);
      std::vector<std::string_view> keys;
      for (const Attribute& name : names.attributes()) {
        names_.push_back({name.name, name.value.bytes()});
        keys.push_back(name.name);
      }
      check_name_keys(keys);
      check_names(names_);
    }
    if (!case_.fields[3].empty()) {
      values_ = plain_value(case_.fields[3], arena_);
      std::vector<std::string_view> keys;
      for (const Attribute& value : values_.attributes()) keys.push_back(value.name);
      check_value_keys(keys);
    }
  }

  const Case& case_;
  SyntaxCache cache_;
  Arena arena_;
  std::vector<NamePlaceholder> names_;
  AttributeValue values_ = AttributeValue::map({});
};

class CaseTest : public testing::Test {
 public:
  explicit CaseTest(Case one) : case_(std::move(one)) {}
  void TestBody() override {
    std::string result = CaseRun(case_).result();
    EXPECT_TRUE(matches(case_.expected, result)) << case_.where << "\n  " << case_.fields[0].substr(0, 200)
                                                 << "\n  expected " << case_.expected << "\n  got      " << result;
  }

 private:
  Case case_;
};

[[maybe_unused]] const bool registered =
    register_cases("expressions", "ExpressionCases", 1000, [](const Case& one) { return new CaseTest(one); });

}  // namespace
}  // namespace stator::tests
