// The HTTP client for upstreams: HTTP integrations, invoke-url and http functions. Sends targets and header values byte
// for byte (which is why it is Beast and not cpp-httplib, whose client decodes header values), keeps connections alive,
// speaks TLS with the system's certificates.
//
// Threads: send() from any thread, its callbacks on the loop's. Lifetime: the loop outlives it; stop() on the loop ends
// what is under way with kCancelled. A request is sent again on a new connection only when a kept one turns out to be
// closed before any byte of an answer, and only for methods that may be repeated.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "emulator/gateway/upstream.h"

namespace stator::gateway {

inline constexpr size_t kMaxUpstreamBody = 10 * 1024 * 1024;  // API Gateway's payload limit

class HttpClient : public UpstreamClient {
 public:
  explicit HttpClient(boost::asio::io_context& loop);
  ~HttpClient() override;

  void send(UpstreamRequest request, std::function<void(UpstreamResult)> done) override;
  void stop();

  struct Shared;  // the implementation's own

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace stator::gateway
