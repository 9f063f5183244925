// The table that a ResourceArn names, for the three tag operations, refused step by step as the service does
// (validation_errors, operations TagResource, UntagResource, ListTagsOfResource).
#pragma once

#include <string_view>

#include "emulator/context.h"

namespace stator {

// Only the form of the ARN; the table may not exist. What is no ARN of a table in form is access that is denied.
std::string_view check_resource_arn(const OperationContext& context, std::string_view arn);

}  // namespace stator
