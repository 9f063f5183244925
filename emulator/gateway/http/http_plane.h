// The data plane of HTTP APIs: from a call whose stage and path are known to its answer. Never blocks; the answer may
// come from any thread.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"

namespace stator::gateway {

void serve_http(std::shared_ptr<Call> call);

// {"message":"Not Found"} and its kind, with the headers that all answers of an HTTP API have.
WireReply http_error(Call& call, int status, const char* message);

}  // namespace stator::gateway
