// Any JSON as an attribute value and as an item, in both layers: no crash; what is accepted is canonical, so that
// writing it, storing it and reading either again gives the same value, text, size and depth.
#include "claim.h"
#include "protocol/json/item_codec.h"

using namespace stator;

namespace {

void check_value(const AttributeValue& value, Arena& arena) {
  std::string text;
  append_value(value, text);
  JsonParse parse = parse_json(text, arena);
  fuzz::claim(parse.fault == JsonFault::kNone, "a written value is JSON");
  AttributeValue again;
  fuzz::claim(!read_value(parse.root, NumberLayer::kOld, arena, again), "a written value is a value");
  fuzz::claim(equal(value, again), "a value equals itself read back");
  fuzz::claim(size_of(value) == size_of(again), "sizes agree");
  fuzz::claim(depth_of(value) <= kMaxValueDepth, "depth is limited");
  fuzz::claim(equal(deep_copy(value, arena), value), "a copy equals its original");
}

void check_item(const Item& item, Arena& arena) {
  std::string stored;
  encode_item(item, stored);
  Item again = decode_item(stored, arena);
  fuzz::claim(equal(item, again), "a stored item equals itself read back");
  std::string twice;
  encode_item(again, twice);
  fuzz::claim(stored == twice, "storing what was stored changes nothing");
  fuzz::claim(item_size(item) == item_size(again), "sizes agree");
  for (const Attribute& attribute : item.attributes()) {
    const AttributeValue* one = decode_attribute(stored, attribute.name, arena);
    fuzz::claim(one != nullptr && equal(*one, attribute.value), "one attribute reads as it does in the whole");
    std::string projected;
    project_item(stored, {&attribute.name, 1}, projected);
    fuzz::claim(equal(decode_item(projected, arena), AttributeValue::map({&attribute, 1})),
                "a projection holds what it names");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  NumberLayer layer = data[0] % 2 == 0 ? NumberLayer::kOld : NumberLayer::kNew;
  Arena arena;
  JsonParse parse = parse_json({reinterpret_cast<const char*>(data) + 1, size - 1}, arena);
  if (parse.fault != JsonFault::kNone) return 0;
  AttributeValue value;
  if (!read_value(parse.root, layer, arena, value)) check_value(value, arena);
  Item item;
  if (!read_item(parse.root, layer, arena, item)) check_item(item, arena);
  return 0;
}
