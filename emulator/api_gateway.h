// API Gateway and its functions as the program wires them: options in, requests and start lines out. Part of the
// program, not of a room: it knows the gateway and the handlers.
//
// Lifetime: made before the door starts (it forks), stopped after the door has stopped taking requests and before it is
// gone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/access/identities.h"
#include "emulator/clock.h"
#include "emulator/engine.h"
#include "emulator/options.h"
#include "emulator/templates/tables.h"
#include "protocol/wire_message.h"

namespace stator {

// One call of an API, for the request log.
struct ApiRequest {
  int status = 200;
  int64_t microseconds = 0;
  std::string problem;  // why the answer is an error
  std::string details;  // route, event, result and times, a JSON object
};

class ApiGateway {
 public:
  using Log = std::function<void(LogLevel, const std::string&)>;

  // Throws std::runtime_error, its text a "file:line: ..." a line.
  // `identities`: whose signatures are good; null: nobody asks.
  static std::unique_ptr<ApiGateway> make(const Options& options, std::shared_ptr<const access::Identities> identities,
                                          const Clock& clock, Log log);

  virtual ~ApiGateway() = default;
  // Opens the control planes, which keep their APIs in the engine's databases. To be called before requests come;
  // stop() comes before the engine's end.
  virtual void keep_in(Engine& engine) = 0;
  // The engine's databases were emptied, restored or forked. Any thread.
  virtual void databases_replaced() = 0;
  // Has the templates' tables made, now and whenever an edited template has been read again. `make` leaves alone those
  // that are there, and throws when one is refused.
  using MakeTables = std::function<void(const std::vector<templates::TableRequest>&)>;
  virtual void create_tables(MakeTables make) = 0;
  // `keep` is told of each call of an API, on the thread that answers it, until stop(). To be set before requests come.
  virtual void keep_requests(std::function<void(ApiRequest)> keep) = 0;
  // `dynamodb` answers one request at once, on the thread that asks, until stop(): for integrations with DynamoDB. To
  // be set before requests come.
  virtual void reach_dynamodb(std::function<void(WireRequest&, WireReply&)> dynamodb) = 0;
  // `base_url`: where this server is reached from this machine; `certificate`: what it shows there by https (PEM, or
  // empty). Functions started from then on know both.
  virtual void listening_at(const std::string& base_url, const std::string& certificate) = 0;
  virtual std::vector<std::string> start_lines(const std::string& base_url) const = 0;
  // True when the request is an API's.
  virtual bool handle(const std::shared_ptr<Exchange>& exchange) = 0;
  // Says goodbye to WebSocket clients: before the door stops.
  virtual void close_sockets() = 0;
  // Ends the functions; what is under way is answered.
  virtual void stop() = 0;
};

}  // namespace stator
