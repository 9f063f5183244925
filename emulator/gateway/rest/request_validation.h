// REST request validation: required parameters, then the body against its model. See stage.h for what was compiled.
#pragma once

#include <optional>

#include "emulator/gateway/call.h"

namespace stator::gateway {

// The answer that refuses the request, or nothing.
std::optional<WireReply> refuse_invalid(Call& call);

}  // namespace stator::gateway
