// {"S": "..."} <-> AttributeValue. Reading checks what the service checks of a value before it looks at any table: one
// type to a value, numbers, base64, sets without duplicates or emptiness, NULL only true, depth. The fault is a value,
// not an exception: its text depends on the operation and the dialect, and the error catalogue owns texts.
#pragma once

#include <string>
#include <string_view>

#include "protocol/json/json_value.h"
#include "protocol/value/attribute_value.h"
#include "protocol/value/number.h"

namespace stator {

enum class ValueFault : uint8_t {
  kNone,
  kNoType,        // {} or no known member: "Supplied AttributeValue is empty, must contain exactly one of the supported
                  // datatypes"
  kSeveralTypes,  // "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported
                  // datatypes"
  kNullNotTrue,   // "Null attribute value types must have the value of true"
  kNumberFormat,  // not a number: `detail` is the text sent
  kNumberDigits,  // more than 38 significant digits
  kNumberOverflow,
  kNumberUnderflow,
  kEmptySet,        // `type` says which
  kDuplicateInSet,  // `type` says which; `set` is the set as sent, in order
  kTooDeep,         // nesting beyond the depth allowed
  kEmptyName,       // an attribute of an item with an empty name: "Empty attribute name"
  kNameTooLong,     // an attribute's name, at any depth: "Attribute name is too large, must be less than 65536 bytes"
  kMalformed,       // not the JSON of a value at all: the shape check lets none of these through
};

// What a text that is no number of the service's is as a value's fault.
ValueFault fault_of(NumberFault fault);

struct ValueProblem {
  ValueFault fault = ValueFault::kNone;
  AttributeValue::Type type = AttributeValue::Type::NULL_;
  std::string_view detail;         // the offending text, in the document's or the arena's memory
  const JsonValue* set = nullptr;  // the set with the duplicate
  explicit operator bool() const { return fault != ValueFault::kNone; }
};

// Levels of L and M around a leaf must stay below this: 31 pass, 32 do not, on every write surface. Expression values
// that the old layer reads may have one more (validation_2026.md, section 6, "Depth"; 40 are refused, between is not
// recorded).
inline constexpr size_t kMaxValueDepth = 32;
inline constexpr size_t kMaxOldExpressionValueDepth = 33;

// In bytes, at every depth (measured 2026-09-16 by ExtendDB's issue 365: 65,536 are refused).
inline constexpr size_t kMaxAttributeName = 65535;

// `json` should have passed the shape check (each member has the JSON type that the model names, blobs are base64).
// Values point into the document's memory where they can and into `arena` where they cannot. Members are judged in
// document order and a fault inside one comes before kSeveralTypes ({"S":"a","N":"b"} is a bad number); null members
// and members of no known type count as absent, and of a member sent twice the later stands.
ValueProblem read_value(const JsonValue& json, NumberLayer layer, Arena& arena, AttributeValue& value,
                        size_t max_depth = kMaxValueDepth);
// A map of attribute name to value (Item, Key, ExpressionAttributeValues). Empty names are looked for first, then
// values are checked in document order. The attributes come out sorted.
ValueProblem read_item(const JsonValue& json, NumberLayer layer, Arena& arena, Item& item,
                       size_t max_depth = kMaxValueDepth);

// Appends {"S":"..."}; for an item {"name":{"S":"..."},...} (attributes in their sorted order).
void append_value(const AttributeValue& value, std::string& out);
void append_item(const Item& item, std::string& out);

}  // namespace stator
