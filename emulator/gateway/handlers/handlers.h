// Everything that runs functions, as the server sees it: the registry of functions, the client for upstreams, one
// thread with an event loop of its own that all of it lives on, and the keeper of its processes.
//
// Threads: make it before the server's other threads where possible (it forks); use it from any. Lifetime: outlives the
// invocations' callers; the destructor stops all, answers what is under way, and returns when no process of ours is
// left. Errors: the constructor throws std::system_error when the machine refuses (no fork, no temporary folder).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/gateway/function.h"
#include "emulator/gateway/handlers/handler_options.h"
#include "emulator/gateway/upstream.h"

namespace stator::gateway {

class Handlers {
 public:
  explicit Handlers(HandlerOptions options);
  ~Handlers();
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;

  FunctionRegistry& functions();
  UpstreamClient& upstream();

  // What is known once the door is open, for processes started from then on: where the functions' SDKs find this
  // server, and the certificate (PEM, or empty) that it shows those who come by https.
  void set_server(std::string url, std::string_view certificate);
  // See ChildDefaults.
  void set_api_urls(std::map<std::string, std::string> urls);
  // The Runtime API's port of an attach function, or 0.
  uint16_t attach_port(std::string_view function);
  int keeper_pid() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace stator::gateway
