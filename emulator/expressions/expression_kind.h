// The parameters that hold expressions. The name is what error texts begin with: "Invalid FilterExpression: ...".
// All but Update and Projection are written in the language of conditions. A PartiQL statement is no parameter and its
// texts stand alone.
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
  PartiQLStatement,
};

constexpr std::string_view name_of(ExpressionKind kind) {
  constexpr std::string_view kNames[] = {"ConditionExpression",       "FilterExpression",     "KeyConditionExpression",
                                         "SearchConditionExpression", "ProjectionExpression", "UpdateExpression",
                                         "PartiQLStatement"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace stator::expressions
