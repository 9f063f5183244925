// The resource that the three policy operations name by its ARN: a table, or the newest stream of one. (A table's
// policy holds for its indexes too; they have none of their own.)
#pragma once

#include <string_view>

#include "emulator/context.h"

namespace stator {

struct PolicyTarget {
  std::string_view arn;
  std::string_view table;
  std::string_view stream_label;  // empty: the table itself
};

// Reads ResourceArn. Throws AwsError for what is no ARN of a table or stream of the caller's.
PolicyTarget policy_target(const OperationContext& context);
// The target's policy. Throws ResourceNotFoundException for a stream that the table has not.
ResourcePolicy& policy_of(Table& table, const PolicyTarget& target);
// Throws PolicyNotFoundException unless ExpectedRevisionId, if there is one, names this policy.
void check_expected_revision(const OperationContext& context, const ResourcePolicy& policy);

}  // namespace stator
