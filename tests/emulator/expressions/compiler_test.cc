// What takes more than one expression, or more than a line, to show: parameters together, unused placeholders across
// expressions, key rules, what is read of an item and what is shared with it.
#include "emulator/expressions/compiler.h"

#include <gtest/gtest.h>

#include <functional>

#include "emulator/expressions/key_condition.h"
#include "emulator/expressions/legacy.h"
#include "emulator/expressions/reserved_words.h"
#include "plain_json.h"

namespace stator::tests {
namespace {

using namespace stator::expressions;
using Names = std::vector<std::string_view>;

std::string refusal(const std::function<void()>& deed) {
  try {
    deed();
  } catch (const ExpressionError& error) {
    return (error.before_table ? "! " : "!! ") + error.message;
  }
  return "ok";
}

std::string parameters(Names legacy, Names expressions, Names with_values, bool names, bool values, bool explains) {
  return refusal([&] { check_parameters({legacy, expressions, with_values, names, values}, explains); });
}

class Expressions : public testing::Test {
 protected:
  Compiler compiler(std::string_view values = "{}", std::vector<NamePlaceholder> names = {}) {
    names_ = std::move(names);
    return Compiler(cache_, arena_, names_, plain_value(values, arena_));
  }
  AttributeValue value(std::string_view json) { return plain_value(json, arena_); }

  SyntaxCache cache_;
  Arena arena_;
  std::vector<NamePlaceholder> names_;
};

TEST(Parameters, both_languages_in_one_request) {
  EXPECT_EQ(
      parameters({"AttributeUpdates", "Expected"}, {"UpdateExpression", "ConditionExpression"},
                 {"UpdateExpression", "ConditionExpression"}, true, true, true),
      "! Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
      "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression, ConditionExpression}");
  EXPECT_EQ(
      parameters({"Expected"}, {"ConditionExpression"}, {"ConditionExpression"}, false, false, false),
      "! Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
      "{Expected} Expression parameters: {ConditionExpression}");
}

TEST(Parameters, placeholders_without_an_expression) {
  EXPECT_EQ(parameters({"Expected"}, {}, {"ConditionExpression"}, true, true, true),
            "! ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(parameters({}, {}, {"ConditionExpression"}, false, true, true),
            "! ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null");
  EXPECT_EQ(parameters({}, {}, {"ConditionExpression"}, false, true, false),
            "! ExpressionAttributeValues can only be specified when using expressions");
  EXPECT_EQ(parameters({}, {}, {"UpdateExpression", "ConditionExpression"}, false, true, true),
            "! ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and "
            "ConditionExpression are null");
  EXPECT_EQ(parameters({}, {"ProjectionExpression"}, {"FilterExpression", "KeyConditionExpression"}, true, true, true),
            "! ExpressionAttributeValues can only be specified when using expressions: FilterExpression and "
            "KeyConditionExpression are null");
  EXPECT_EQ(parameters({}, {"FilterExpression"}, {"FilterExpression"}, true, true, true), "ok");
  EXPECT_EQ(parameters({"Expected"}, {}, {"ConditionExpression"}, false, false, true), "ok");
}

TEST_F(Expressions, a_placeholder_may_be_used_by_any_of_them) {
  Compiler both = compiler(R"({":a": 1, ":b": 2})", {{"#a", "a"}, {"#b", "b"}});
  both.update("SET #a = :a");
  EXPECT_EQ(refusal([&] { both.check_unused(); }),
            "! Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");
  both.condition(ExpressionKind::ConditionExpression, "#b = :a");
  EXPECT_EQ(refusal([&] { both.check_unused(); }),
            "! Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}");
  both.condition(ExpressionKind::ConditionExpression, "#b = :b");
  EXPECT_EQ(refusal([&] { both.check_unused(); }), "ok");
}

// validation_errors.json, UpdateItem 112 and 113.
TEST_F(Expressions, unused_ones_are_listed_once_all_expressions_are_right) {
  Compiler names = compiler(R"({":a": "a", ":b": "a"})", {{"#a", "a"}, {"#b", "b"}});
  names.update("remove a set b = list_append(b, if_not_exists(a, :a))");
  names.condition(ExpressionKind::ConditionExpression, "a = :b");
  EXPECT_EQ(refusal([&] { names.check_unused(); }),
            "! Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
  Compiler values = compiler(R"({":a": "a", ":b": "a", ":c": "a"})");
  values.update("remove a");
  values.condition(ExpressionKind::ConditionExpression, "a = :b");
  EXPECT_EQ(refusal([&] { values.check_unused(); }),
            "! Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}");
}

TEST_F(Expressions, key_attributes_may_not_be_updated) {
  Names keys = {"pk", "sk"};
  Compiler c = compiler(R"({":v": 1, ":s": {"$SS": ["x"]}})");
  auto told = [&](std::string_view text) { return refusal([&] { c.update(text).check_keys(keys); }); };
  EXPECT_EQ(
      told("SET a = :v, pk = :v"),
      "!! One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key");
  EXPECT_EQ(
      told("REMOVE sk"),
      "!! One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key");
  EXPECT_EQ(
      told("ADD pk.x :v"),
      "!! One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key");
  EXPECT_EQ(
      told("DELETE sk[0] :s"),
      "!! One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key");
  EXPECT_EQ(told("SET a.pk = :v, b = pk"), "ok");
  std::vector<LegacyUpdate> updates = {{"d", "PUT", value("1")}, {"sk", "DELETE", {}}};
  EXPECT_EQ(
      refusal([&] { legacy_update(updates, arena_).check_keys(keys); }),
      "!! One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key");
}

TEST_F(Expressions, a_query_filter_may_not_name_key_attributes) {
  Names keys = {"a", "b"};
  Compiler c = compiler(R"({":b": 1})");
  auto told = [&](std::string_view text, bool legacy) {
    return refusal(
        [&] { check_filter_keys(c.condition(ExpressionKind::FilterExpression, text).paths(), keys, legacy); });
  };
  EXPECT_EQ(told("attribute_exists(a.b) AND c = :b", false),
            "!! Filter Expression can only contain non-primary key attributes: Primary key attribute: a");
  EXPECT_EQ(told("c = :b OR size(b) > :b", false),
            "!! Filter Expression can only contain non-primary key attributes: Primary key attribute: b");
  EXPECT_EQ(told("b = :b", true),
            "!! QueryFilter can only contain non-primary key attributes: Primary key attribute: b");
  EXPECT_EQ(told("c.a = :b", false), "ok");
}

TEST_F(Expressions, key_attributes_have_no_parts) {
  Names table = {"a", "b"};
  Names index = {"d"};
  Compiler c = compiler("{}", {{"#a", "a"}, {"#d", "d"}});
  auto told = [&](std::string_view text) {
    return refusal([&] { check_scalar_keys(c.projection(text).paths(), table, index); });
  };
  EXPECT_EQ(told("#a.b.c"),
            "!! Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a");
  EXPECT_EQ(
      told("x, #d[0]"),
      "!! Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: d");
  EXPECT_EQ(told("a, d, x.a"), "ok");
}

TEST(Legacy, attributes_to_get_and_conditional_operator) {
  EXPECT_EQ(refusal([] {
              check_attributes_to_get(Names{"a", "b", "a"});
            }),
            "! One or more parameter values were invalid: Duplicate value in attribute name: a");
  EXPECT_EQ(refusal([] { check_attributes_to_get(Names{"a", "b"}); }), "ok");
  EXPECT_EQ(refusal([] { check_conditional_operator(0); }),
            "! ConditionalOperator cannot be used without Filter or Expected");
  EXPECT_EQ(refusal([] { check_conditional_operator(1); }),
            "! ConditionalOperator can only be used when Filter or Expected has two or more elements");
  EXPECT_EQ(refusal([] { check_conditional_operator(2); }), "ok");
}

TEST_F(Expressions, attributes_to_get_project_whole_attributes) {
  Projection projection = projection_of(Names{"b", "a.c"}, arena_);
  EXPECT_TRUE(projection.whole_attributes());
  EXPECT_EQ(Names(projection.attributes().begin(), projection.attributes().end()), (Names{"a.c", "b"}));
  EXPECT_EQ(print(projection.apply(value(R"({"a": {"c": 1}, "a.c": 2, "b": 3, "d": 4})"), arena_)),
            R"({"a.c":{"N":"2"},"b":{"N":"3"}})");
}

TEST_F(Expressions, updates_that_only_delete_bring_no_item_into_being) {
  std::vector<LegacyUpdate> deletes = {{"a", "DELETE", {}}, {"b", "DELETE", value(R"({"$SS": ["x"]})")}};
  EXPECT_FALSE(legacy_update(deletes, arena_).creates_item());
  std::vector<LegacyUpdate> adds = {{"a", "DELETE", {}}, {"b", "ADD", value("1")}};
  EXPECT_TRUE(legacy_update(adds, arena_).creates_item());
  EXPECT_TRUE(legacy_update({}, arena_).creates_item());
  Compiler c = compiler();
  EXPECT_TRUE(c.update("REMOVE a").creates_item());
}

// A row of which each attribute costs something to get at.
class CountingSource final : public AttributeSource {
 public:
  explicit CountingSource(const Item& item) : item_(item) {}
  const AttributeValue* find(std::string_view name) override {
    asked.push_back(std::string(name));
    return item_.find(name);
  }
  std::vector<std::string> asked;

 private:
  const Item& item_;
};

TEST_F(Expressions, a_condition_asks_once_and_only_for_what_it_needs) {
  Compiler c = compiler(R"({":v": 1, ":w": 9})", {{"#a", "a"}});
  Condition condition = c.condition(ExpressionKind::FilterExpression,
                                    "#a.x = :w OR a.y = :v AND a.z BETWEEN :v AND :w AND b = :v AND size(c) > :v");
  EXPECT_EQ(Names(condition.attributes().begin(), condition.attributes().end()), (Names{"a", "b", "c"}));
  EXPECT_EQ(condition.paths().size(), 5u);
  Item item = value(R"({"a": {"x": 0, "y": 1, "z": 5}, "b": 2, "c": [1, 2], "d": 0})");
  CountingSource source(item);
  EXPECT_FALSE(condition.holds(source));
  EXPECT_EQ(source.asked, (std::vector<std::string>{"a", "b"}));
}

TEST_F(Expressions, a_condition_on_many_attributes) {
  std::string text = "a0 = :v";
  std::string item = "{";
  for (int i = 0; i < 40; ++i) {
    if (i > 0) text += " AND a" + std::to_string(i) + " = :v";
    item += (i > 0 ? ", \"a" : "\"a") + std::to_string(i) + "\": 1";
  }
  Compiler c = compiler(R"({":v": 1})");
  Condition condition = c.condition(ExpressionKind::FilterExpression, text);
  EXPECT_EQ(condition.attributes().size(), 40u);
  EXPECT_TRUE(condition.holds(value(item + "}")));
  EXPECT_FALSE(condition.holds(value(item + R"(, "a39": 2})")));
}

TEST_F(Expressions, a_projection_tells_whether_it_needs_decoding) {
  Compiler c = compiler("{}", {{"#b", "b"}});
  EXPECT_TRUE(c.projection("c, a, #b").whole_attributes());
  Projection parts = c.projection("c, a.x, a.y, #b[0]");
  EXPECT_FALSE(parts.whole_attributes());
  EXPECT_EQ(Names(parts.attributes().begin(), parts.attributes().end()), (Names{"a", "b", "c"}));
}

TEST_F(Expressions, an_update_shares_what_it_leaves_alone) {
  Item old_item = value(R"({"a": {"x": [1, 2], "y": 1}, "b": [{"c": "long"}, 2], "k": "key"})");
  std::string before = print(old_item);
  Compiler c = compiler(R"({":v": 9})");
  Item item = c.update("SET a.y = :v").apply(old_item, arena_).item;
  EXPECT_EQ(print(item), R"({"a":{"M":{"x":{"L":[{"N":"1"},{"N":"2"}]},"y":{"N":"9"}}},)"
                         R"("b":{"L":[{"M":{"c":{"S":"long"}}},{"N":"2"}]},"k":{"S":"key"}})");
  EXPECT_EQ(item.find("b")->elements().data(), old_item.find("b")->elements().data());
  EXPECT_EQ(item.find("a")->find("x")->elements().data(), old_item.find("a")->find("x")->elements().data());
  EXPECT_EQ(item.find("k")->bytes().data(), old_item.find("k")->bytes().data());
  EXPECT_EQ(print(old_item), before);
}

// A resolved expression must not depend on the tree that the cache held when it was made.
TEST_F(Expressions, results_outlive_the_cache) {
  Condition condition;
  Update update;
  {
    SyntaxCache cache;
    Compiler c(cache, arena_, {}, value(R"({":v": 1})"));
    condition = c.condition(ExpressionKind::ConditionExpression, "attribute_name_one.attribute_name_two = :v");
    update = c.update("SET attribute_name_one.attribute_name_two = :v");
  }
  Item item = value(R"({"attribute_name_one": {"attribute_name_two": 1}})");
  EXPECT_TRUE(condition.holds(item));
  EXPECT_TRUE(condition.holds(update.apply(item, arena_).item));
}

TEST(ReservedWords, in_any_case_and_whole) {
  for (std::string_view word : {"ABORT", "zone", "Name", "lOcAlTiMeStAmP", "flattern", "LOGED", "innter", "size"}) {
    EXPECT_TRUE(is_reserved_word(word)) << word;
  }
  for (std::string_view word :
       {"", "a", "pk", "id", "sk", "names_", "zon", "zones", "localtimestampx", "nam\xC3\xA9"}) {
    EXPECT_FALSE(is_reserved_word(word)) << word;
  }
}

}  // namespace
}  // namespace stator::tests
