// DynamoDB's AttributeValue: sixteen bytes that point into an arena (or any memory that outlives them). A plain value:
// copying it copies the pointer, never what it points at; nothing is owned and nothing is freed.
//
// Invariants that whoever builds one keeps (value_codec does, for what comes from outside):
//   * N, and each member of NS, is the canonical text of number.h: `1E2` is held as `100`.
//   * B, and each member of BS, is raw bytes, not base64.
//   * The attributes of an M are sorted by name (bytewise) and the names are unique.
//   * Sets keep the order in which they came and hold no member twice.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/value/arena.h"

namespace stator {

struct Attribute;

class AttributeValue {
 public:
  // The order of the names is the one in the API model. Not stored on disk.
  enum class Type : uint8_t { S, N, B, SS, NS, BS, M, L, NULL_, BOOL };

  AttributeValue() = default;  // NULL
  static AttributeValue string(std::string_view text) { return {Type::S, text.data(), text.size()}; }
  static AttributeValue number(std::string_view canonical) { return {Type::N, canonical.data(), canonical.size()}; }
  static AttributeValue binary(std::string_view bytes) { return {Type::B, bytes.data(), bytes.size()}; }
  static AttributeValue boolean(bool value) {
    AttributeValue v;
    v.type_ = Type::BOOL;
    v.boolean_ = value;
    return v;
  }
  static AttributeValue null() { return {}; }
  // `type` is SS, NS, BS or L; the members of a set are held as S, N or B values.
  static AttributeValue collection(Type type, std::span<const AttributeValue> elements) {
    return {type, elements.data(), elements.size()};
  }
  // `attributes` must be sorted by name.
  static AttributeValue map(std::span<const Attribute> attributes) {
    return {Type::M, attributes.data(), attributes.size()};
  }

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }
  bool is_set() const { return type_ == Type::SS || type_ == Type::NS || type_ == Type::BS; }

  std::string_view bytes() const { return {static_cast<const char*>(data_), count_}; }  // S, N, B
  bool boolean() const { return boolean_; }
  std::span<const AttributeValue> elements() const {  // SS, NS, BS, L
    return {static_cast<const AttributeValue*>(data_), count_};
  }
  std::span<const Attribute> attributes() const;            // M
  const AttributeValue* find(std::string_view name) const;  // M: binary search; null when absent
  uint32_t count() const { return count_; }                 // bytes, members or attributes

 private:
  AttributeValue(Type type, const void* data, size_t count)
      : data_(data), count_(static_cast<uint32_t>(count)), type_(type) {}

  const void* data_ = nullptr;
  uint32_t count_ = 0;
  Type type_ = Type::NULL_;
  bool boolean_ = false;
};

struct Attribute {
  std::string_view name;
  AttributeValue value;
};

inline std::span<const Attribute> AttributeValue::attributes() const {
  return {static_cast<const Attribute*>(data_), count_};
}

// An item is an M value: its attributes sorted by name.
using Item = AttributeValue;

// "S", "N", ... as on the wire ("NULL" for NULL_).
std::string_view type_name(AttributeValue::Type type);
// The type of that wire name, or false.
bool type_from_name(std::string_view name, AttributeValue::Type& type);

// Equality as DynamoDB's `=` has it: same type, numbers by value (their canonical text is equal), sets without regard
// to order, lists in order, maps by name.
bool equal(const AttributeValue& a, const AttributeValue& b);

// Order of two values of the same type S, N or B: below, equal to or above zero. S and B bytewise, N by value.
int compare(const AttributeValue& a, const AttributeValue& b);

// A copy of everything that `value` reaches, in `arena`.
AttributeValue deep_copy(const AttributeValue& value, Arena& arena);

// A copy of `map` (an M) with `name` set to `value`, or with `name` removed; the other attributes are shared.
AttributeValue with_attribute(const AttributeValue& map, std::string_view name, const AttributeValue& value,
                              Arena& arena);
AttributeValue without_attribute(const AttributeValue& map, std::string_view name, Arena& arena);

// Sorts in place and drops the earlier of two with one name; gives what is left. Nothing moves when they came sorted.
std::span<Attribute> sort_attributes(std::span<Attribute> attributes);
// A map from a copy of attributes in any order. Of two with one name the later wins.
AttributeValue map_of(std::span<Attribute> attributes, Arena& arena);

// Sizes by AWS's rules, in bytes: name + value for an attribute, the sum of them for an item.
// L and M: 3 + 1 per element + elements (+ names); NULL and BOOL 1; N by significant digits (number.h); sets the sum of
// members.
size_t size_of(const AttributeValue& value);
size_t item_size(const Item& item);

// How many L and M levels stand around the deepest leaf: 0 for a scalar. An empty L or M is a leaf, as it is to the
// reader of requests.
size_t depth_of(const AttributeValue& value);

}  // namespace stator
