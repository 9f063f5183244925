// The parameters that hold expressions. The name is what error texts begin with: "Invalid FilterExpression: ...".
// All but Update and Projection are written in the language of conditions.
#pragma once

#include <cstdint>
#include <string_view>

namespace stator::expressions {

enum class ExpressionKind : uint8_t {
  ConditionExpression,
  FilterExpression,
  KeyConditionExpression,
  SearchConditionExpression,
  ProjectionExpression,
  UpdateExpression,
};

constexpr std::string_view name_of(ExpressionKind kind) {
  constexpr std::string_view kNames[] = {"ConditionExpression",       "FilterExpression",     "KeyConditionExpression",
                                         "SearchConditionExpression", "ProjectionExpression", "UpdateExpression"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace stator::expressions
