// Calls an integration's function or web server and says how it went, within the integration's time. Shared by REST and
// HTTP APIs; what is answered is theirs.
//
// `finish` is called exactly once, from any thread, and by then the call is claimed: whoever is called must answer.
// When the client has left, nothing is called at all and the exchange is dropped.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/gateway/call.h"
#include "emulator/gateway/lambda_reply.h"

namespace stator::gateway {

enum class CallFate : uint8_t {
  kAnswered,         // see the result
  kTimeout,          // the integration's time is over
  kMissingFunction,  // nothing of that name is registered
  kStreamed,         // the answer went out as it came; only the logs are left
};

using FunctionFinish = std::function<void(Call& call, CallFate fate, InvocationResult result)>;
void call_function(std::shared_ptr<Call> call, std::string event, FunctionFinish finish);

// `head`: makes the head of a streamed answer from the prelude (headers, remapping). Null where streaming is not
// allowed.
using StreamHead = std::function<WireReply(Call& call, LambdaReply prelude)>;
void call_streaming_function(std::shared_ptr<Call> call, std::string event, StreamHead head, FunctionFinish finish);

using UpstreamFinish = std::function<void(Call& call, CallFate fate, UpstreamResult result)>;
void call_upstream(std::shared_ptr<Call> call, UpstreamRequest request, UpstreamFinish finish);

}  // namespace stator::gateway
