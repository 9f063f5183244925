// Two values of one key type (S and B: the bytes of either half; N: numbers parsed from them): the order of their key
// bytes is the order of the values, whatever follows them, and equal key bytes mean equal values.
#include <string>

#include "claim.h"
#include "persistence/key_encoding.h"
#include "protocol/value/number.h"

using namespace stator;

namespace {

int sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::string key_of(const AttributeValue& value) {
  std::string key;
  persistence::append_key_part(value, key);
  return key;
}

void check_order(const AttributeValue& a, const AttributeValue& b) {
  int order = sign(compare(a, b));
  std::string key_a = key_of(a), key_b = key_of(b);
  fuzz::claim(sign(key_a.compare(key_b)) == order, "keys are ordered as values are");
  for (const char* behind_a : {"", "\x01", "\xFF"}) {
    for (const char* behind_b : {"", "\x01", "\xFF"}) {
      int longer = sign((key_a + behind_a).compare(key_b + behind_b));
      fuzz::claim(order == 0 || longer == order, "what follows a part does not change its place");
    }
  }
}

void check_prefix(const AttributeValue& value, const AttributeValue& prefix) {
  std::string key = key_of(value), start, after;
  persistence::append_key_prefix(prefix, start);
  bool starts = value.bytes().substr(0, prefix.bytes().size()) == prefix.bytes();
  fuzz::claim(key.compare(0, start.size(), start) == 0 == starts, "a key starts with the prefix when the value does");
  if (persistence::next_after_prefix(start, after)) {
    fuzz::claim(start < after, "what comes after a prefix is greater");
    fuzz::claim(((key >= start && key < after)) == starts,
                "the range of a prefix holds what starts with it, and no more");
  }
}

void check_segments(uint32_t total) {
  std::string before;
  bool open = true;
  for (uint32_t segment = 0; segment < total; ++segment) {
    std::string lower, upper;
    bool has_upper = false;
    persistence::segment_bounds(segment, total, lower, upper, has_upper);
    bool follows = segment == 0 ? lower <= std::string(persistence::kBucketBytes, '\0') : lower == before;
    fuzz::claim(open && follows, "segments follow each other without a gap");
    before = upper;
    open = has_upper;
  }
  fuzz::claim(!open, "the last segment reaches the end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  size_t half = data[1] % (rest.size() + 1);
  std::string_view first = rest.substr(0, half), second = rest.substr(half);
  switch (data[0] % 4) {
    case 0:
      check_order(AttributeValue::string(first), AttributeValue::string(second));
      check_prefix(AttributeValue::string(second), AttributeValue::string(first));
      break;
    case 1:
      check_order(AttributeValue::binary(first), AttributeValue::binary(second));
      check_prefix(AttributeValue::binary(second), AttributeValue::binary(first));
      break;
    case 2: {
      Arena arena;
      std::string_view a, b;
      if (canonicalize(first, NumberLayer::kNew, arena, a) != NumberFault::kNone) return 0;
      if (canonicalize(second, NumberLayer::kNew, arena, b) != NumberFault::kNone) return 0;
      check_order(AttributeValue::number(a), AttributeValue::number(b));
      break;
    }
    default:
      check_segments(data[1] + 1u);
  }
  return 0;
}
