// The data plane of REST APIs: from a call whose stage and path are known to its answer. Never blocks; the answer may
// come from any thread.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"

namespace stator::gateway {

void serve_rest(std::shared_ptr<Call> call);
// What comes behind the checks of access: call->plan and its path parameters are set.
void serve_rest_method(const std::shared_ptr<Call>& call);

}  // namespace stator::gateway
