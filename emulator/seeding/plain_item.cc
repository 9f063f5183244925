#include "emulator/seeding/plain_item.h"

#include "protocol/value/base64.h"

namespace stator::seeding {
namespace {

using Type = AttributeValue::Type;

const KeyAttribute* definition_of(const Table& table, std::string_view name) {
  for (const KeyAttribute& definition : table.definitions)
    if (definition.name == name) return &definition;
  return nullptr;
}

ValueProblem read_number(std::string_view text, Arena& arena, AttributeValue& value) {
  std::string_view canonical;
  ValueProblem problem;
  problem.type = Type::N;
  problem.detail = text;
  problem.fault = fault_of(canonicalize(text, NumberLayer::kNew, arena, canonical));
  if (!problem) value = AttributeValue::number(canonical);
  return problem;
}

ValueProblem read_binary(std::string_view text, Arena& arena, AttributeValue& value) {
  const auto bytes = decode_base64(text, arena);
  if (!bytes) return {ValueFault::kMalformed, Type::B, text, nullptr};
  value = AttributeValue::binary(*bytes);
  return {};
}

ValueProblem read_value(const JsonValue& json, size_t depth, Arena& arena, AttributeValue& value);

ValueProblem read_map(const JsonValue& json, size_t depth, Arena& arena, AttributeValue& value) {
  std::span<Attribute> attributes = arena.make<Attribute>(json.members().size());
  size_t at = 0;
  for (const JsonMember& member : json.members()) {
    attributes[at].name = member.name;
    if (ValueProblem problem = read_value(member.value, depth, arena, attributes[at].value)) return problem;
    ++at;
  }
  value = AttributeValue::map(sort_attributes(attributes));
  return {};
}

// `depth` is how many lists and maps stand around the value.
ValueProblem read_value(const JsonValue& json, size_t depth, Arena& arena, AttributeValue& value) {
  if (depth >= kMaxValueDepth) return {ValueFault::kTooDeep, Type::NULL_, {}, nullptr};
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      value = AttributeValue::null();
      return {};
    case JsonValue::Kind::kFalse:
    case JsonValue::Kind::kTrue:
      value = AttributeValue::boolean(json.boolean());
      return {};
    case JsonValue::Kind::kNumber:
      return read_number(json.text(), arena, value);
    case JsonValue::Kind::kString:
      value = AttributeValue::string(json.text());
      return {};
    case JsonValue::Kind::kArray: {
      std::span<AttributeValue> elements = arena.make<AttributeValue>(json.count());
      for (size_t i = 0; i < elements.size(); ++i)
        if (ValueProblem problem = read_value(json.elements()[i], depth + 1, arena, elements[i])) return problem;
      value = AttributeValue::collection(Type::L, elements);
      return {};
    }
    case JsonValue::Kind::kObject:
      return read_map(json, depth + 1, arena, value);
  }
  return {};
}

}  // namespace

ValueProblem read_plain_item(const JsonValue& json, const Table& table, Arena& arena, Item& item) {
  std::span<Attribute> attributes = arena.make<Attribute>(json.members().size());
  size_t at = 0;
  for (const JsonMember& member : json.members()) {
    if (member.name.empty()) return {ValueFault::kEmptyName, Type::NULL_, {}, nullptr};
    Attribute& attribute = attributes[at++];
    attribute.name = member.name;
    const KeyAttribute* definition = definition_of(table, member.name);
    const bool binary = definition != nullptr && definition->type == Type::B && member.value.is_string();
    if (ValueProblem problem = binary ? read_binary(member.value.text(), arena, attribute.value)
                                      : read_value(member.value, 0, arena, attribute.value))
      return problem;
  }
  item = AttributeValue::map(sort_attributes(attributes));
  return {};
}

ValueProblem read_plain_text(std::string_view name, std::string_view text, const Table& table, Arena& arena,
                             AttributeValue& value) {
  const KeyAttribute* definition = definition_of(table, name);
  if (definition != nullptr && definition->type == Type::N) return read_number(text, arena, value);
  if (definition != nullptr && definition->type == Type::B) return read_binary(text, arena, value);
  value = AttributeValue::string(text);
  return {};
}

}  // namespace stator::seeding
