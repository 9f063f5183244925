// Any text as an expression of any kind, then as JSON the item that it is asked of: the only exception is
// ExpressionError, a condition has an answer for every item, and what an update or a projection makes is a well-formed
// item.
#include <string>

#include "claim.h"
#include "emulator/expressions/compiler.h"
#include "emulator/expressions/key_condition.h"
#include "protocol/json/item_codec.h"
#include "protocol/json/utf8.h"

using namespace stator;
using namespace stator::expressions;

namespace {

constexpr std::string_view kValues =
    R"({":b":{"B":"AAE="},":e":{"S":""},":l":{"L":[{"N":"1"},{"S":"a"}]},":m":{"M":{"a":{"N":"1"}}},)"
    R"(":n":{"N":"1"},":n2":{"N":"-2.5"},":ns":{"NS":["1","2"]},":nul":{"NULL":true},":s":{"S":"a"},)"
    R"(":s2":{"S":"b"},":ss":{"SS":["a","b"]},":t":{"BOOL":true},":type":{"S":"SS"}})";

void check_item(const Item& item, Arena& arena) {
  std::string stored;
  encode_item(item, stored);
  fuzz::claim(equal(decode_item(stored, arena), item), "a made item can be stored");
  std::string_view before;
  bool first = true;
  for (const Attribute& attribute : item.attributes()) {
    fuzz::claim(first || before < attribute.name, "the attributes of a made item are sorted");
    before = attribute.name;
    first = false;
  }
}

void check_condition(const Condition& condition, const Item& item, Arena& arena) {
  bool answer = condition.holds(item);
  // The attributes that it says it reads are all that it needs.
  std::string stored;
  encode_item(item, stored);
  fuzz::claim(condition.holds(decode_attributes(stored, condition.attributes(), arena)) == answer,
              "a condition needs only the attributes that it names");
  condition.holds(Item());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static SyntaxCache cache(16);
  Arena arena;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t line = input.find('\n');
  std::string_view text = input.substr(0, line);
  Item item = map_of({}, arena);
  if (line != std::string_view::npos) {
    JsonParse parse = parse_json(input.substr(line + 1), arena);
    if (parse.fault != JsonFault::kNone || read_item(parse.root, NumberLayer::kNew, arena, item))
      item = map_of({}, arena);
  }
  const NamePlaceholder names[] = {{"#a", "a"}, {"#b", "b"}, {"#l", "list"}, {"#m", "map"}, {"#dot", "a.b"}};
  Item values = decode_item(kValues, arena);
  try {
    Compiler compiler(cache, arena, names, values);
    switch (data[0] % 5) {
      case 0:
        check_condition(compiler.condition(ExpressionKind::ConditionExpression, text), item, arena);
        break;
      case 1:
        check_condition(compiler.condition(ExpressionKind::FilterExpression, text), item, arena);
        break;
      case 2: {
        Condition condition = compiler.condition(ExpressionKind::KeyConditionExpression, text);
        KeyCondition keys = key_condition(condition, arena);
        const KeyAttribute hash[] = {{"a", AttributeValue::Type::S}};
        const KeyAttribute range[] = {{"b", AttributeValue::Type::N}};
        key_bounds(keys, hash, range, arena);
        break;
      }
      case 3:
        check_item(compiler.projection(text).apply(item, arena), arena);
        break;
      default: {
        Update update = compiler.update(text);
        update.statement_charge(item);
        UpdateResult result = update.apply(item, arena);
        check_item(result.item, arena);
        check_item(project(result.item, result.touched, arena), arena);
      }
    }
    compiler.check_unused();
  } catch (const ExpressionError& error) {
    fuzz::claim(!error.message.empty(), "an error says what is wrong");
    fuzz::claim(find_invalid_utf8(text) != text.size() || find_invalid_utf8(error.message) == error.message.size(),
                "an error about UTF-8 text is UTF-8 text");
  }
  return 0;
}
