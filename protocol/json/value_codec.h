// {"S": "..."} <-> AttributeValue. Reading checks what the service checks of a value before it looks at any table: one type
// to a value, numbers, base64, sets without duplicates or emptiness, NULL only true, depth. The fault is a value, not an
// exception: its text depends on the operation and the dialect, and the error catalogue owns texts.
#pragma once

#include <string>
#include <string_view>

#include "protocol/json/json_value.h"
#include "protocol/value/attribute_value.h"
#include "protocol/value/number.h"

namespace stator {

enum class ValueFault : uint8_t {
  kNone,
  kNoType,            // {} or no known member: "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
  kSeveralTypes,      // "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
  kNullNotTrue,       // "Null attribute value types must have the value of true"
  kNumberFormat,      // not a number: `detail` is the text sent
  kNumberDigits,      // more than 38 significant digits
  kNumberOverflow,
  kNumberUnderflow,
  kEmptySet,          // `type` says which
  kDuplicateInSet,    // `type` says which; `set` is the set as sent, in order
  kEmptyNumberInSet,
  kTooDeep,           // nesting beyond kMaxValueDepth
};

struct ValueProblem {
  ValueFault fault = ValueFault::kNone;
  AttributeValue::Type type = AttributeValue::Type::NULL_;
  std::string_view detail;               // the offending text, in the document's or the arena's memory
  const JsonValue* set = nullptr;        // the set with the duplicate
  explicit operator bool() const { return fault != ValueFault::kNone; }
};

inline constexpr size_t kMaxValueDepth = 32;

// `json` must have passed the shape check (each member has the JSON type that the model names, blobs are base64).
// Values point into the document's memory where they can and into `arena` where they cannot.
ValueProblem read_value(const JsonValue& json, NumberLayer layer, Arena& arena, AttributeValue& value);
// A map of attribute name to value (Item, Key, ExpressionAttributeValues). Checked in document order, then sorted.
ValueProblem read_item(const JsonValue& json, NumberLayer layer, Arena& arena, Item& item);

// Appends {"S":"..."}; for an item {"name":{"S":"..."},...} (attributes in their sorted order).
void append_value(const AttributeValue& value, std::string& out);
void append_item(const Item& item, std::string& out);

}  // namespace stator
