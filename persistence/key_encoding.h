// Key bytes whose memcmp order is DynamoDB's order. A row's key in a table's space is
//
//   bucket (3 bytes: MD5("Outliers" + hash-key bytes), first 3) . hash key . [sort key]
//
// and in an index's space
//
//   bucket of the index hash key . index hash key(s) . index sort key(s) . the whole key of the row in its table's
//   space
//
// so that a Scan walks the buckets in the service's order, a Query is one prefix, ties fall as the service lets them,
// and a parallel segment is a range of buckets. A part is self-delimiting unless it is the last of the row's own key:
//   S, B   0x00 is written 0x00 0xFF, the end is 0x00 0x01 (bytewise order kept, prefixes before longer ones)
//   N      sign and exponent in order-preserving bytes, then digit pairs, negative numbers inverted; self-delimiting as
//   it is
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/value/attribute_value.h"

namespace stator::persistence {

inline constexpr size_t kBucketBytes = 3;

// The three bucket bytes of a hash key. With several hash attributes (multi-attribute index keys) pass them in order.
void append_bucket(const AttributeValue* hash_values, size_t count, std::string& out);
inline void append_bucket(const AttributeValue& hash, std::string& out) {
  append_bucket(&hash, 1, out);
}

// One key part (S, N or B), self-delimiting.
void append_key_part(const AttributeValue& value, std::string& out);
// The start of every part of type S or B that begins with these bytes: for begins_with. Not closed.
void append_key_prefix(const AttributeValue& value, std::string& out);

// The smallest string greater than every string that starts with `prefix`; false if there is none (all 0xFF).
bool next_after_prefix(std::string_view prefix, std::string& out);

// Parallel scan: segment k of n covers 12-bit buckets [ceil(4096*k/n), ceil(4096*(k+1)/n)). Lower and upper bound as
// key bytes; has_upper is false for the last segment that reaches the end.
void segment_bounds(uint32_t segment, uint32_t total, std::string& lower, std::string& upper, bool& has_upper);

}  // namespace stator::persistence
