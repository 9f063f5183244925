// What the service says of an attribute value that it does not take: the wording per reading layer, and around it what
// the operation's dialect puts there. Source: validation_2026.md section 3, "Value checks: two layers".
#pragma once

#include <string>
#include <string_view>

#include "protocol/error/aws_error.h"
#include "protocol/json/value_codec.h"
#include "protocol/shapes/dialect.h"

namespace stator {

// The bare text. `problem` must be one.
std::string value_problem_text(const ValueProblem& problem, NumberLayer layer);

// The ValidationException for a fault in an item, a key or a legacy value.
AwsError value_fault(const ValueProblem& problem, const OperationDialect& dialect);
// ... and in ExpressionAttributeValues under `key` (":v"): the old dialect names it.
AwsError expression_value_fault(const ValueProblem& problem, const OperationDialect& dialect, std::string_view key);

}  // namespace stator
