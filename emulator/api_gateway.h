// API Gateway and its functions as the program wires them: options in, requests and start lines out. Part of the
// program, not of a room: it knows the gateway, the handlers and the dispatcher.
//
// Lifetime: made before the door starts (it forks), stopped after the door has stopped taking requests and before it is
// gone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/dispatcher.h"
#include "emulator/options.h"
#include "protocol/wire_message.h"

namespace stator {

class ApiGateway {
 public:
  using Log = std::function<void(LogLevel, const std::string&)>;

  // Null when the options name no API and no function. Throws std::runtime_error, its text a "file:line: ..." a line.
  static std::unique_ptr<ApiGateway> make(const Options& options, const Clock& clock, Log log);

  virtual ~ApiGateway() = default;
  // Makes the tables that the templates describe, those that are not there yet. Throws when one is refused.
  virtual void create_tables(Dispatcher& dispatcher) = 0;
  // `base_url`: where this server is reached from this machine. Functions started from then on know it.
  virtual void listening_at(const std::string& base_url) = 0;
  virtual std::vector<std::string> start_lines(const std::string& base_url) const = 0;
  // True when the request is an API's.
  virtual bool handle(const std::shared_ptr<Exchange>& exchange) = 0;
  // Ends the functions; what is under way is answered.
  virtual void stop() = 0;
};

}  // namespace stator
