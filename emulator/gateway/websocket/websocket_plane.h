// Serves WebSocket APIs: handshakes and their $connect route, messages and their routes, $disconnect, and the
// @connections calls by which functions send to clients. An API's routes are looked up for each message, so a
// connection outlives a change of the template.
//
// Threads: any; never blocks. Lifetime: outlives the door's connections and the functions' answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/gateway/call.h"
#include "emulator/gateway/websocket/sockets.h"

namespace stator::gateway {

class WebSocketPlane final : public SocketOwner {
 public:
  // The stage as it is served now, or null when it is no more.
  using FindStage =
      std::function<std::shared_ptr<const ServedStage>(const std::string& api_id, const std::string& stage)>;

  WebSocketPlane(const CallServices& services, FindStage find_stage);

  // A request to a WebSocket API's own URL: `call` has its stage. Becomes a connection or is refused.
  void serve(std::shared_ptr<Call> call);
  // A request to .../@connections/ID. `reaches`: whether the URL's API and stage are those of a connection.
  void manage(std::shared_ptr<Call> call, const std::string& connection_id,
              const std::function<bool(const SocketOrigin&)>& reaches);
  // Says goodbye to all clients. $disconnect is not called any more: the functions are about to end.
  void stop();

  Sockets& sockets() { return *sockets_; }

 private:
  void on_message(const std::shared_ptr<Socket>& socket, std::string message) override;
  void on_closed(const std::shared_ptr<Socket>& socket) override;
  void connect(std::shared_ptr<Call> call);
  void accept(Call& call, std::string_view subprotocol);

  const CallServices& services_;
  const FindStage find_stage_;
  const std::shared_ptr<Sockets> sockets_;
  std::atomic<bool> stopping_ = false;
};

// True for a request that asks for WebSocket (RFC 6455 section 4.1), well-formed or not.
bool is_upgrade(const WireRequest& request);

}  // namespace stator::gateway
