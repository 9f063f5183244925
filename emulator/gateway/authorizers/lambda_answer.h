// What a Lambda authorizer answered, read: an IAM policy, or a plain yes or no (HTTP APIs, format 2.0 with simple
// responses). Pure; see "Output from an API Gateway Lambda authorizer".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/authorizers/caller.h"
#include "emulator/policy/policy.h"

namespace stator::gateway {

struct LambdaAnswer {
  std::string problem;                           // not empty: it is no answer
  std::shared_ptr<const policy::Policy> policy;  // null: `authorized` decides
  bool authorized = false;
  std::string principal_id;
  std::string usage_identifier_key;
  std::vector<ContextMember> context;
};

// `text_only`: the context may hold strings, numbers and booleans alone (format 1.0).
LambdaAnswer read_policy_answer(std::string_view payload, bool text_only);
LambdaAnswer read_simple_answer(std::string_view payload);

// The "errorMessage" of a function's failure.
std::string error_message_of(std::string_view payload);

}  // namespace stator::gateway
