// One WebSocket connection that stands: reads frames, answers pings and closes, sends messages. It knows nothing of
// routes and functions: its owner is told of messages and of the end.
//
// Threads: messages and the end come on the connection's door thread, one at a time; send() and close() may be called
// from any. Lifetime: held by the door until the connection ends and by whoever looked it up; the owner outlives both.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "emulator/gateway/authorizers/caller.h"
#include "emulator/gateway/websocket/frames.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

class Socket;

class SocketOwner {
 public:
  virtual ~SocketOwner() = default;
  virtual void on_message(const std::shared_ptr<Socket>& socket, std::string message) = 0;
  virtual void on_closed(const std::shared_ptr<Socket>& socket) = 0;  // once, whoever closed
};

// What the handshake told.
struct SocketOrigin {
  std::string connection_id;
  std::string api_id;
  std::string stage;
  std::string domain_name;
  std::string source_ip;
  std::string user_agent;
  int64_t connected_ms = 0;
  std::shared_ptr<const Caller> caller{};  // what the authorizer of $connect said; null: nothing
};

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(SocketOrigin origin, std::shared_ptr<RawConnection> raw, std::function<int64_t()> now_ms, SocketOwner& owner);

  // Sends `head`, the answer to the handshake, and begins to read.
  void open(std::string head);
  void listen();

  enum class Sent : uint8_t {
    kSent,
    kGone,
    kFull,  // the client does not read what it was sent before
  };
  Sent send(std::string_view message);
  // Closes with that code; the owner then finds `reason` in reason(). Only the first close counts.
  void close(uint16_t code, std::string_view reason);

  const SocketOrigin& origin() const { return origin_; }
  int64_t last_active_ms() const { return last_active_ms_.load(std::memory_order_relaxed); }
  // Why it ended, in the service's words. For on_closed().
  uint16_t code() const { return code_; }
  const std::string& reason() const { return reason_; }

 private:
  void on_bytes(std::string_view bytes);
  void on_frame(Opcode opcode, std::string payload);
  bool end_with(uint16_t code, std::string_view reason);
  void touch() { last_active_ms_.store(now_ms_(), std::memory_order_relaxed); }

  const SocketOrigin origin_;
  const std::shared_ptr<RawConnection> raw_;
  const std::function<int64_t()> now_ms_;
  SocketOwner& owner_;
  FrameReader reader_;
  std::atomic<int64_t> last_active_ms_;
  std::mutex mutex_;  // ended_ and what is set with it
  bool ended_ = false;
  uint16_t code_ = 0;
  std::string reason_;
};

}  // namespace stator::gateway
