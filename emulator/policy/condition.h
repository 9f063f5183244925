// The Condition element: operators over context keys. `IfExists` behind an operator, `ForAnyValue:` and
// `ForAllValues:` before it. Unknown operators are refused when the policy is read, so a policy never means less than
// it says.
//
// A key that the request does not have fails every operator but the negated ones, Null, IfExists and ForAllValues.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/policy/pattern.h"

namespace stator::policy {

// Key (lower case, "aws:sourceip") -> its values. Keys are compared without case.
using ConditionContext = std::map<std::string, std::vector<std::string>, std::less<>>;

std::string lower_key(std::string_view key);

enum class ConditionOperator : uint8_t {
  kString,
  kStringIgnoreCase,
  kStringLike,
  kNumber,
  kDate,
  kBool,
  kBinary,
  kIpAddress,
  kArn,
  kNull,
};
enum class Comparison : uint8_t { kEquals, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
enum class SetQualifier : uint8_t { kNone, kAnyValue, kAllValues };

struct Condition {
  ConditionOperator kind = ConditionOperator::kString;
  Comparison comparison = Comparison::kEquals;
  SetQualifier qualifier = SetQualifier::kNone;
  bool negated = false;
  bool if_exists = false;
  std::string key;  // lower case
  std::vector<std::string> values;
};

// Sets all but key and values; false when there is no such operator.
bool read_operator(std::string_view name, Condition& condition);

bool holds(const Condition& condition, const ConditionContext& context, bool expand_variables);

// The single value of a key.
Lookup lookup_in(const ConditionContext& context);

}  // namespace stator::policy
