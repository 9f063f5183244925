#include "plain_json.h"

#include <stdexcept>

#include "protocol/json/json_value.h"
#include "protocol/json/value_codec.h"
#include "protocol/value/base64.h"
#include "protocol/value/number.h"

namespace stator::tests {
namespace {

using Type = AttributeValue::Type;

AttributeValue number(std::string_view text, Arena& arena) {
  Number parsed;
  if (parse_number(text, parsed) != NumberFault::kNone) throw std::runtime_error("bad number " + std::string(text));
  return AttributeValue::number(canonical_text(parsed, arena));
}

AttributeValue binary(std::string_view base64, Arena& arena) {
  auto bytes = decode_base64(base64, arena);
  if (!bytes) throw std::runtime_error("bad base64 " + std::string(base64));
  return AttributeValue::binary(*bytes);
}

AttributeValue convert(const JsonValue& json, Arena& arena);

AttributeValue set(Type type, const JsonValue& members, Arena& arena) {
  std::span<AttributeValue> elements = arena.make<AttributeValue>(members.elements().size());
  for (size_t i = 0; i < elements.size(); ++i) {
    std::string_view text = members.elements()[i].text();
    elements[i] = type == Type::NS   ? number(text, arena)
                  : type == Type::BS ? binary(text, arena)
                                     : AttributeValue::string(text);
  }
  return AttributeValue::collection(type, elements);
}

AttributeValue object(const JsonValue& json, Arena& arena) {
  if (json.members().size() == 1) {
    const JsonMember& only = json.members()[0];
    if (only.name == "$B") return binary(only.value.text(), arena);
    if (only.name == "$SS") return set(Type::SS, only.value, arena);
    if (only.name == "$NS") return set(Type::NS, only.value, arena);
    if (only.name == "$BS") return set(Type::BS, only.value, arena);
  }
  std::span<Attribute> attributes = arena.make<Attribute>(json.members().size());
  for (size_t i = 0; i < attributes.size(); ++i) {
    attributes[i] = {json.members()[i].name, convert(json.members()[i].value, arena)};
  }
  return map_of(attributes, arena);
}

AttributeValue convert(const JsonValue& json, Arena& arena) {
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      return AttributeValue::null();
    case JsonValue::Kind::kFalse:
    case JsonValue::Kind::kTrue:
      return AttributeValue::boolean(json.boolean());
    case JsonValue::Kind::kNumber:
      return number(json.text(), arena);
    case JsonValue::Kind::kString:
      return AttributeValue::string(json.text());
    case JsonValue::Kind::kArray: {
      std::span<AttributeValue> elements = arena.make<AttributeValue>(json.elements().size());
      for (size_t i = 0; i < elements.size(); ++i) elements[i] = convert(json.elements()[i], arena);
      return AttributeValue::collection(Type::L, elements);
    }
    case JsonValue::Kind::kObject:
      return object(json, arena);
  }
  return {};
}

}  // namespace

AttributeValue plain_value(std::string_view json, Arena& arena) {
  JsonParse parsed = parse_json(json, arena);
  if (parsed.fault != JsonFault::kNone) throw std::runtime_error("bad JSON in a case: " + std::string(json));
  return convert(parsed.root, arena);
}

std::string print(const AttributeValue& value) {
  std::string out;
  if (value.is(Type::M)) {
    append_item(value, out);
  } else {
    append_value(value, out);
  }
  return out;
}

}  // namespace stator::tests
