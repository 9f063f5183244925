#include "protocol/value/attribute_value.h"

#include <array>

namespace stator {

static_assert(sizeof(AttributeValue) == 16);
static_assert(sizeof(Attribute) == 32);

namespace {

using Type = AttributeValue::Type;

constexpr std::array<std::string_view, 10> kTypeNames = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"};

}  // namespace

std::string_view type_name(Type type) {
  return kTypeNames[static_cast<size_t>(type)];
}

bool type_from_name(std::string_view name, Type& type) {
  constexpr std::string_view kSingles = "SNB";
  if (name.size() == 1) {
    switch (name[0]) {
      case 'S':
        type = Type::S;
        return true;
      case 'N':
        type = Type::N;
        return true;
      case 'B':
        type = Type::B;
        return true;
      case 'M':
        type = Type::M;
        return true;
      case 'L':
        type = Type::L;
        return true;
      default:
        return false;
    }
  }
  if (name.size() == 2 && name[1] == 'S') {
    size_t at = kSingles.find(name[0]);
    if (at == std::string_view::npos) return false;
    type = static_cast<Type>(static_cast<size_t>(Type::SS) + at);
    return true;
  }
  if (name == "BOOL") {
    type = Type::BOOL;
    return true;
  }
  type = Type::NULL_;
  return name == "NULL";
}

const AttributeValue* AttributeValue::find(std::string_view name) const {
  if (type_ != Type::M) return nullptr;
  std::span<const Attribute> all = attributes();
  auto at = std::lower_bound(all.begin(), all.end(), name,
                             [](const Attribute& attribute, std::string_view key) { return attribute.name < key; });
  return at != all.end() && at->name == name ? &at->value : nullptr;
}

std::span<Attribute> sort_attributes(std::span<Attribute> attributes) {
  auto by_name = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
  auto not_ascending = [](const Attribute& a, const Attribute& b) { return a.name >= b.name; };
  if (std::adjacent_find(attributes.begin(), attributes.end(), not_ascending) == attributes.end()) return attributes;
  std::stable_sort(attributes.begin(), attributes.end(), by_name);
  size_t kept = 0;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (kept > 0 && attributes[kept - 1].name == attributes[i].name) --kept;
    attributes[kept++] = attributes[i];
  }
  return attributes.first(kept);
}

AttributeValue map_of(std::span<Attribute> attributes, Arena& arena) {
  return AttributeValue::map(arena.copy(std::span<const Attribute>(sort_attributes(attributes))));
}

AttributeValue with_attribute(const AttributeValue& map, std::string_view name, const AttributeValue& value,
                              Arena& arena) {
  std::span<const Attribute> old = map.attributes();
  auto at = std::lower_bound(old.begin(), old.end(), name,
                             [](const Attribute& attribute, std::string_view key) { return attribute.name < key; });
  size_t before = static_cast<size_t>(at - old.begin());
  bool replaces = at != old.end() && at->name == name;
  std::span<Attribute> changed = arena.make<Attribute>(old.size() + (replaces ? 0 : 1));
  std::copy(old.begin(), at, changed.begin());
  changed[before] = {name, value};
  std::copy(at + (replaces ? 1 : 0), old.end(), changed.begin() + static_cast<std::ptrdiff_t>(before) + 1);
  return AttributeValue::map(changed);
}

AttributeValue without_attribute(const AttributeValue& map, std::string_view name, Arena& arena) {
  const AttributeValue* there = map.find(name);
  if (there == nullptr) return map;
  std::span<const Attribute> old = map.attributes();
  std::span<Attribute> changed = arena.make<Attribute>(old.size() - 1);
  size_t at = 0;
  for (const Attribute& attribute : old) {
    if (&attribute.value != there) changed[at++] = attribute;
  }
  return AttributeValue::map(changed);
}

AttributeValue deep_copy(const AttributeValue& value, Arena& arena) {
  switch (value.type()) {
    case Type::S:
      return AttributeValue::string(arena.copy(value.bytes()));
    case Type::N:
      return AttributeValue::number(arena.copy(value.bytes()));
    case Type::B:
      return AttributeValue::binary(arena.copy(value.bytes()));
    case Type::SS:
    case Type::NS:
    case Type::BS:
    case Type::L: {
      std::span<AttributeValue> copies = arena.make<AttributeValue>(value.count());
      for (size_t i = 0; i < copies.size(); ++i) copies[i] = deep_copy(value.elements()[i], arena);
      return AttributeValue::collection(value.type(), copies);
    }
    case Type::M: {
      std::span<Attribute> copies = arena.make<Attribute>(value.count());
      for (size_t i = 0; i < copies.size(); ++i) {
        const Attribute& from = value.attributes()[i];
        copies[i] = {arena.copy(from.name), deep_copy(from.value, arena)};
      }
      return AttributeValue::map(copies);
    }
    case Type::NULL_:
    case Type::BOOL:
      break;
  }
  return value;
}

}  // namespace stator
