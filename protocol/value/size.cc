// Sizes and depths of attribute values (attribute_value.h).
#include "protocol/value/attribute_value.h"
#include "protocol/value/number.h"

namespace stator {

namespace {

using Type = AttributeValue::Type;

constexpr size_t kCollectionBytes = 3;
constexpr size_t kElementBytes = 1;

}  // namespace

size_t size_of(const AttributeValue& value) {
  size_t total = 0;
  switch (value.type()) {
    case Type::S:
    case Type::B:
      return value.count();
    case Type::N:
      return number_size(value.bytes());
    case Type::NULL_:
    case Type::BOOL:
      return 1;
    case Type::SS:
    case Type::NS:
    case Type::BS:
      for (const AttributeValue& member : value.elements()) total += size_of(member);
      return total;
    case Type::L:
      total = kCollectionBytes;
      for (const AttributeValue& element : value.elements()) total += kElementBytes + size_of(element);
      return total;
    case Type::M:
      total = kCollectionBytes;
      for (const Attribute& attribute : value.attributes()) {
        total += kElementBytes + attribute.name.size() + size_of(attribute.value);
      }
      return total;
  }
  return total;
}

size_t item_size(const Item& item) {
  size_t total = 0;
  for (const Attribute& attribute : item.attributes()) total += attribute.name.size() + size_of(attribute.value);
  return total;
}

size_t depth_of(const AttributeValue& value) {
  size_t deepest = 0;
  if (!value.is(Type::L) && !value.is(Type::M)) return 0;
  if (value.count() == 0) return 0;
  if (value.is(Type::L)) {
    for (const AttributeValue& element : value.elements()) deepest = std::max(deepest, depth_of(element));
  } else {
    for (const Attribute& attribute : value.attributes()) deepest = std::max(deepest, depth_of(attribute.value));
  }
  return deepest + 1;
}

}  // namespace stator
