// Equality and order of attribute values (attribute_value.h).
#include <vector>

#include "protocol/value/attribute_value.h"
#include "protocol/value/number.h"

namespace stator {

namespace {

using Type = AttributeValue::Type;

// Members compare by their bytes: the canonical text of equal numbers is equal.
bool equal_sets(std::span<const AttributeValue> a, std::span<const AttributeValue> b) {
  if (a.size() != b.size()) return false;
  constexpr size_t kFew = 16;
  if (a.size() <= kFew) {
    return std::all_of(a.begin(), a.end(), [&](const AttributeValue& x) {
      return std::any_of(b.begin(), b.end(), [&](const AttributeValue& y) { return x.bytes() == y.bytes(); });
    });
  }
  auto sorted = [](std::span<const AttributeValue> set) {
    std::vector<std::string_view> members;
    members.reserve(set.size());
    for (const AttributeValue& member : set) members.push_back(member.bytes());
    std::sort(members.begin(), members.end());
    return members;
  };
  return sorted(a) == sorted(b);
}

}  // namespace

bool equal(const AttributeValue& a, const AttributeValue& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::S:
    case Type::N:
    case Type::B:
      return a.bytes() == b.bytes();
    case Type::SS:
    case Type::NS:
    case Type::BS:
      return equal_sets(a.elements(), b.elements());
    case Type::L:
      return std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(), b.elements().end(), equal);
    case Type::M:
      return std::equal(
          a.attributes().begin(), a.attributes().end(), b.attributes().begin(), b.attributes().end(),
          [](const Attribute& x, const Attribute& y) { return x.name == y.name && equal(x.value, y.value); });
    case Type::BOOL:
      return a.boolean() == b.boolean();
    case Type::NULL_:
      break;
  }
  return true;
}

int compare(const AttributeValue& a, const AttributeValue& b) {
  if (a.is(Type::N)) return compare_canonical(a.bytes(), b.bytes());
  return a.bytes().compare(b.bytes());  // char_traits<char> compares as unsigned bytes
}

}  // namespace stator
