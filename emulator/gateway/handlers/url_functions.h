// Functions that run elsewhere or nowhere: behind another server's Lambda Invoke (invoke-url), as a plain web server
// that knows no Lambda (http), or as a fixed answer (mock).
//
// An http function gets each proxy event as the request it was made from, payload 1.0 or 2.0, and its answer is turned
// into the proxy result of the same version; any other event is POSTed as JSON and the answer's body is the result.
//
// Threads: invoke() from any; callbacks where the client's are. Lifetime: the client and the options outlive them.
#pragma once

#include <memory>

#include "emulator/gateway/function.h"
#include "emulator/gateway/handlers/owned_function.h"
#include "emulator/gateway/upstream.h"

namespace stator::gateway {

std::shared_ptr<OwnedFunction> make_mock_function(FunctionConfig config);
std::shared_ptr<OwnedFunction> make_invoke_url_function(FunctionConfig config, UpstreamClient& client);
std::shared_ptr<OwnedFunction> make_http_function(FunctionConfig config, UpstreamClient& client);

// The two halves of an http function, for its tests: nothing when `event` is no proxy event.
struct ProxyRequest {
  UpstreamRequest request;
  bool version_2 = false;
};
std::optional<ProxyRequest> request_of_event(std::string_view event, std::string_view base_url);
std::string result_of_answer(const UpstreamResult& answer, bool version_2);

}  // namespace stator::gateway
