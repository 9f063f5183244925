#include "emulator/gateway/websocket/socket.h"

#include <utility>

namespace stator::gateway {
namespace {

constexpr size_t kMaxUnsent = 1 << 20;

// The service's word for a client that closes without saying why.
constexpr std::string_view kNoStatusReason = "Client-side close frame status not set";

}  // namespace

Socket::Socket(SocketOrigin origin, std::shared_ptr<RawConnection> raw, std::function<int64_t()> now_ms,
               SocketOwner& owner)
    : origin_(std::move(origin)),
      raw_(std::move(raw)),
      now_ms_(std::move(now_ms)),
      owner_(owner),
      last_active_ms_(origin_.connected_ms) {}

void Socket::open(std::string head) {
  raw_->send(std::move(head));
}

void Socket::listen() {
  auto self = shared_from_this();
  raw_->start([self](std::string_view bytes) { self->on_bytes(bytes); },
              [self] {
                self->end_with(kCloseAbnormal, "");  // unless somebody has closed: from here on the reason stands
                self->owner_.on_closed(self);
              });
}

bool Socket::end_with(uint16_t code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return false;
  code_ = code;
  reason_ = reason;
  return true;
}

Socket::Sent Socket::send(std::string_view message) {
  if (raw_->unsent_bytes() > kMaxUnsent) return Sent::kFull;
  std::string frames = message_frames(message);
  const std::lock_guard lock(mutex_);  // nothing may follow a close frame
  if (ended_) return Sent::kGone;
  touch();
  raw_->send(std::move(frames));
  return Sent::kSent;
}

void Socket::close(uint16_t code, std::string_view reason) {
  if (!end_with(code, reason)) return;
  raw_->send(close_frame(code, code == kCloseGoingAway ? reason : std::string_view()));
  raw_->close();
}

void Socket::on_bytes(std::string_view bytes) {
  touch();
  const uint16_t fault =
      reader_.feed(bytes, [this](Opcode opcode, std::string payload) { on_frame(opcode, std::move(payload)); });
  if (fault != 0) close(fault, "");
}

void Socket::on_frame(Opcode opcode, std::string payload) {
  switch (opcode) {
    case Opcode::kPing:
      // One that asks and asks and never reads an answer is let go.
      if (raw_->unsent_bytes() > kMaxUnsent) return close(kCloseGoingAway, "");
      {
        const std::lock_guard lock(mutex_);
        if (!ended_) raw_->send(control_frame(Opcode::kPong, payload));
      }
      return;
    case Opcode::kClose: {
      const CloseWords words = read_close(payload);
      if (words.fault != 0) return close(words.fault, "");
      if (!end_with(words.code, words.code == kCloseNoStatus ? kNoStatusReason : words.reason)) return;
      raw_->send(close_frame(words.code, {}));
      raw_->close();
      return;
    }
    case Opcode::kText:
      owner_.on_message(shared_from_this(), std::move(payload));
      return;
    default:
      return;  // a pong nobody asked for
  }
}

}  // namespace stator::gateway
