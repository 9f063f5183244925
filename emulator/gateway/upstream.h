// A web server behind an HTTP or HTTP_PROXY integration, as the data plane sees it: one request out, one answer in,
// target and header values byte for byte. emulator/gateway/handlers implements it.
//
// Threads: send() may be called from any thread and returns at once; `done` is called exactly once, from any thread,
// also from within send(). Errors are results, never exceptions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace stator::gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // in order, repeated ones repeated

struct UpstreamRequest {
  std::string method;
  std::string url;     // "http://host:port/path?query" or https; sent as written, nothing is encoded again
  HeaderList headers;  // Host, Content-Length and Connection are added by the client, Host only when it is not here
  std::string body;
  std::chrono::milliseconds timeout{30000};  // for the whole exchange
  std::stop_token client_gone;               // stops the exchange
};

enum class UpstreamFault : uint8_t {
  kNone,
  kBadUrl,
  kUnreachable,  // no name, no connection, a broken TLS handshake
  kTimeout,
  kMalformed,  // not HTTP, or cut before its end
  kTooLarge,   // over the limit of 10 MB
  kCancelled,
};

struct UpstreamResult {
  UpstreamFault fault = UpstreamFault::kNone;
  int status = 0;
  HeaderList headers;  // hop-by-hop ones included as received; the body is de-chunked
  std::string body;
  std::string message;  // for the log
};

class UpstreamClient {
 public:
  virtual ~UpstreamClient() = default;
  virtual void send(UpstreamRequest request, std::function<void(UpstreamResult)> done) = 0;
};

}  // namespace stator::gateway
