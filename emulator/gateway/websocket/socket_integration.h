// Calls the integration of a WebSocket route, whatever its type, and says what came of it in one shape. What it means
// (a refused handshake, a frame, nothing) is the plane's business.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/gateway/call.h"

namespace stator::gateway {

struct SocketOutcome {
  int status = 200;   // the integration's own when `fault` is empty, else the service's
  std::string fault;  // "Internal server error", "Endpoint request timed out": what the client is told
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool cancelled = false;  // the client is gone: nobody is to be told
};

// `finish` is called exactly once (not at all when the client has left), from any thread; the call is claimed then.
using SocketFinish = std::function<void(Call& call, SocketOutcome outcome)>;
void call_socket_integration(std::shared_ptr<Call> call, SocketFinish finish);

}  // namespace stator::gateway
