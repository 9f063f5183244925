// The parameters from before expressions: KeyConditions, QueryFilter, ScanFilter, Expected (with ConditionalOperator),
// AttributeUpdates and AttributesToGet. Input are plain structs that the caller has read; they are checked here, with
// texts of their own, and lowered to Condition, KeyCondition, Update and Projection. Names of operators and actions
// have passed the model's enums. Views into the request; results live in the arena.
//
// The checks come in two rounds with other checks of the operation between them: arguments (how many, which together)
// ahead of types (validation_errors.json, Query 28-40 and 48-109, PutItem 25-36, DeleteItem 43-50). All throw
// ExpressionError (before_table) without "Invalid ...Expression: ", which belongs to the other language.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "emulator/expressions/condition.h"
#include "emulator/expressions/key_condition.h"
#include "emulator/expressions/projection.h"
#include "emulator/expressions/update.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

// One entry of KeyConditions, QueryFilter, ScanFilter or Expected. `value` and `exists` are Expected's alone.
struct LegacyCondition {
  std::string_view attribute;
  std::string_view comparison;  // "EQ"; empty when not sent
  std::optional<std::span<const AttributeValue>> list;
  std::optional<AttributeValue> value;
  std::optional<bool> exists;
};

// "Invalid number of argument(s) for the EQ ComparisonOperator".
void check_filter_arguments(std::span<const LegacyCondition> conditions);
// Expected: which members go together, then the same.
void check_expected_arguments(std::span<const LegacyCondition> conditions);
// "ComparisonOperator LT is not valid for BOOL AttributeValue type", mixed types, BETWEEN bounds.
void check_legacy_types(std::span<const LegacyCondition> conditions);
// "Conditions can be of length 1 or 2 only".
void check_key_condition_count(std::span<const LegacyCondition> conditions);
// ConditionalOperator is there: `conditions` is how many QueryFilter, ScanFilter or Expected has, 0 when there is none.
void check_conditional_operator(size_t conditions);
// "One or more parameter values were invalid: Duplicate value in attribute name: a".
void check_attributes_to_get(std::span<const std::string_view> attributes);

// `any`: ConditionalOperator is OR.
Condition legacy_condition(std::span<const LegacyCondition> conditions, bool any, Arena& arena);
KeyCondition legacy_key_condition(std::span<const LegacyCondition> conditions, Arena& arena);

// One entry of AttributeUpdates.
struct LegacyUpdate {
  std::string_view attribute;
  std::string_view action;  // "PUT", "ADD", "DELETE"; empty is PUT
  std::optional<AttributeValue> value;
};

// "Only DELETE action is allowed when no attribute value is specified", "ADD action is not supported for the type S".
void check_legacy_updates(std::span<const LegacyUpdate> updates);
Update legacy_update(std::span<const LegacyUpdate> updates, Arena& arena);

}  // namespace stator::expressions
