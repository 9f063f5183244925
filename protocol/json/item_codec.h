// The stored form of an item. It is the canonical JSON text of the item as append_item writes it: attributes sorted by
// name, no blanks, numbers canonical, binary as base64. Plain reads splice it into the answer unread; filters and
// projections read only the attributes they name; and a person with any SQLite tool can read it.
#pragma once

#include <string>
#include <string_view>

#include "protocol/json/value_codec.h"
#include "protocol/value/attribute_value.h"

namespace stator {

// Appends the stored form of `item`.
void encode_item(const Item& item, std::string& out);

// The whole item. Strings without escapes point into `stored`, which must outlive the item; the rest is in `arena`.
// `stored` came from encode_item: anything else is a corrupt file and throws std::runtime_error.
Item decode_item(std::string_view stored, Arena& arena);

// One attribute or null without decoding the others: they are skipped over, not parsed.
const AttributeValue* decode_attribute(std::string_view stored, std::string_view name, Arena& arena);

// An item of just those attributes that are there (`names` sorted, unique).
Item decode_attributes(std::string_view stored, std::span<const std::string_view> names, Arena& arena);

// Appends the stored form of just those attributes, copied as text ("{}" when there are none). `names` sorted, unique.
void project_item(std::string_view stored, std::span<const std::string_view> names, std::string& out);

}  // namespace stator
