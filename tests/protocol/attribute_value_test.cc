#include "protocol/value/attribute_value.h"

#include <gtest/gtest.h>

#include <vector>

namespace stator {
namespace {

using Type = AttributeValue::Type;
using V = AttributeValue;

V set_of(Type type, std::initializer_list<std::string_view> members, Arena& arena) {
  std::span<V> out = arena.make<V>(members.size());
  size_t at = 0;
  for (std::string_view member : members) {
    out[at++] = type == Type::SS ? V::string(member) : type == Type::NS ? V::number(member) : V::binary(member);
  }
  return V::collection(type, out);
}

V list_of(std::initializer_list<V> elements, Arena& arena) {
  return V::collection(Type::L, arena.copy(std::span<const V>(elements.begin(), elements.size())));
}

V map(std::initializer_list<Attribute> attributes, Arena& arena) {
  std::vector<Attribute> copy(attributes);
  return map_of(copy, arena);
}

TEST(AttributeValue, NamesOfTypes) {
  for (const char* name : {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}) {
    Type type;
    ASSERT_TRUE(type_from_name(name, type)) << name;
    EXPECT_EQ(type_name(type), name);
  }
  for (const char* name : {"", "s", "X", "NULL_", "STRING", "SSS"}) {
    Type type;
    EXPECT_FALSE(type_from_name(name, type)) << name;
  }
}

TEST(AttributeValue, MapsSortAndTheLaterOfTwoWins) {
  Arena arena;
  V m = map({{"b", V::number("1")},
             {"a", V::number("2")},
             {"b", V::number("3")},
             {"", V::number("4")},
             {"a", V::number("5")}},
            arena);
  ASSERT_EQ(m.count(), 3u);
  EXPECT_EQ(m.attributes()[0].name, "");
  EXPECT_EQ(m.attributes()[1].name, "a");
  EXPECT_EQ(m.find("a")->bytes(), "5");
  EXPECT_EQ(m.find("b")->bytes(), "3");
  EXPECT_EQ(m.find("c"), nullptr);
  EXPECT_EQ(V::string("a").find("a"), nullptr);
}

TEST(AttributeValue, WithAndWithoutAnAttribute) {
  Arena arena;
  V m = map({{"b", V::number("1")}, {"d", V::number("2")}}, arena);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    V more = with_attribute(m, name, V::string("new"), arena);
    EXPECT_EQ(more.find(name)->bytes(), "new");
    EXPECT_EQ(more.count(), m.find(name) == nullptr ? 3u : 2u) << name;
    EXPECT_TRUE(std::is_sorted(more.attributes().begin(), more.attributes().end(),
                               [](const Attribute& x, const Attribute& y) { return x.name < y.name; }));
    V less = without_attribute(more, name, arena);
    EXPECT_EQ(less.find(name), nullptr);
    EXPECT_EQ(less.count(), more.count() - 1);
  }
  EXPECT_EQ(m.count(), 2u);
  V empty = map({}, arena);
  EXPECT_TRUE(equal(without_attribute(empty, "a", arena), empty));
  EXPECT_EQ(with_attribute(empty, "a", V::null(), arena).count(), 1u);
}

TEST(AttributeValue, Equality) {
  Arena arena;
  // Each row is unlike every other and like itself and its copy.
  const std::vector<V> rows = {V::string(""),
                               V::string("a"),
                               V::string("1"),
                               V::number("1"),
                               V::number("2"),
                               V::binary("1"),
                               V::binary(""),
                               V::boolean(true),
                               V::boolean(false),
                               V::null(),
                               set_of(Type::SS, {"a"}, arena),
                               set_of(Type::SS, {"a", "b"}, arena),
                               set_of(Type::SS, {"1"}, arena),
                               set_of(Type::NS, {"1"}, arena),
                               set_of(Type::BS, {"1"}, arena),
                               list_of({}, arena),
                               list_of({V::string("a")}, arena),
                               list_of({V::string("a"), V::string("b")}, arena),
                               list_of({V::string("b"), V::string("a")}, arena),
                               list_of({list_of({}, arena)}, arena),
                               map({}, arena),
                               map({{"a", V::string("a")}}, arena),
                               map({{"a", V::string("b")}}, arena),
                               map({{"b", V::string("a")}}, arena)};
  Arena other;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows.size(); ++j) EXPECT_EQ(equal(rows[i], rows[j]), i == j) << i << " " << j;
    EXPECT_TRUE(equal(rows[i], deep_copy(rows[i], other))) << i;
  }
}

TEST(AttributeValue, SetsAreEqualInAnyOrder) {
  Arena arena;
  EXPECT_TRUE(equal(set_of(Type::SS, {"a", "b", "c"}, arena), set_of(Type::SS, {"c", "a", "b"}, arena)));
  EXPECT_FALSE(equal(set_of(Type::SS, {"a", "b", "c"}, arena), set_of(Type::SS, {"a", "b", "d"}, arena)));
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(std::to_string(i * 7 % 200));
  std::span<V> up = arena.make<V>(200), down = arena.make<V>(200);
  for (size_t i = 0; i < 200; ++i) {
    up[i] = V::string(names[i]);
    down[i] = V::string(names[199 - i]);
  }
  EXPECT_TRUE(equal(V::collection(Type::SS, up), V::collection(Type::SS, down)));
  down[17] = V::string("other");
  EXPECT_FALSE(equal(V::collection(Type::SS, up), V::collection(Type::SS, down)));
}

TEST(AttributeValue, Order) {
  EXPECT_LT(compare(V::string("a"), V::string("b")), 0);
  EXPECT_LT(compare(V::string("a"), V::string("aa")), 0);
  EXPECT_LT(compare(V::string("Z"), V::string("a")), 0);
  EXPECT_LT(compare(V::string("z"), V::string("\xC3\xA9")), 0);
  EXPECT_LT(compare(V::binary(std::string_view("\x00", 1)), V::binary("\x01")), 0);
  EXPECT_LT(compare(V::binary("\x7F"), V::binary("\x80")), 0);
  EXPECT_EQ(compare(V::binary("\xFF"), V::binary("\xFF")), 0);
  EXPECT_LT(compare(V::number("-10"), V::number("9")), 0);
  EXPECT_GT(compare(V::number("10"), V::number("9")), 0);
}

TEST(AttributeValue, Sizes) {
  Arena arena;
  struct Row {
    V value;
    size_t size;
    size_t depth;
  };
  const Row rows[] = {
      {V::string(""), 0, 0},
      {V::string("h\xC3\xA9"), 3, 0},
      {V::binary("abc"), 3, 0},
      {V::number("100"), 2, 0},
      {V::number("-1.5"), 4, 0},
      {V::null(), 1, 0},
      {V::boolean(false), 1, 0},
      {set_of(Type::SS, {"a", "bc", ""}, arena), 3, 0},
      {set_of(Type::NS, {"1", "-1"}, arena), 5, 0},
      {set_of(Type::BS, {"ab"}, arena), 2, 0},
      {list_of({}, arena), 3, 0},
      {list_of({V::string("ab"), V::null()}, arena), 3 + 1 + 2 + 1 + 1, 1},
      {map({}, arena), 3, 0},
      {map({{"key", V::string("ab")}}, arena), 3 + 1 + 3 + 2, 1},
      {map({{"l", list_of({map({}, arena)}, arena)}}, arena), 3 + 1 + 1 + (3 + 1 + 3), 2},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(size_of(row.value), row.size);
    EXPECT_EQ(depth_of(row.value), row.depth);
  }
  EXPECT_EQ(item_size(map({}, arena)), 0u);
  EXPECT_EQ(item_size(map({{"pk", V::string("a")}, {"n", V::number("12")}}, arena)), 2u + 1 + 1 + 2);
}

TEST(AttributeValue, ADeepCopySharesNothing) {
  Arena arena;
  std::string name = "name", text = "text";
  V value = map({{name, list_of({V::string(text)}, arena)}}, arena);
  V copy = deep_copy(value, arena);
  name[0] = 'X';
  text[0] = 'X';
  EXPECT_EQ(copy.attributes()[0].name, "name");
  EXPECT_EQ(copy.attributes()[0].value.elements()[0].bytes(), "text");
}

}  // namespace
}  // namespace stator
