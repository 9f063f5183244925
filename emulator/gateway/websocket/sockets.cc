#include "emulator/gateway/websocket/sockets.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace stator::gateway {
namespace {

int64_t due_of(const Socket& socket) {
  return std::min(socket.last_active_ms() + kIdleLimitMs, socket.origin().connected_ms + kDurationLimitMs);
}

}  // namespace

void Sockets::add(std::shared_ptr<Socket> socket) {
  const int64_t due = due_of(*socket);
  const std::lock_guard lock(mutex_);
  sockets_[socket->origin().connection_id] = std::move(socket);
  // What is already armed comes no later: limits only ever move away from now.
  if (!std::exchange(armed_, true)) arm(due);
}

void Sockets::remove(const std::string& connection_id) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(connection_id);
}

std::shared_ptr<Socket> Sockets::find(const std::string& connection_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = sockets_.find(connection_id);
  return found == sockets_.end() ? nullptr : found->second;
}

size_t Sockets::size() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

void Sockets::close_all(uint16_t code, std::string_view reason) {
  std::vector<std::shared_ptr<Socket>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, socket] : sockets_) all.push_back(socket);
  }
  for (const auto& socket : all) socket->close(code, reason);
}

void Sockets::arm(int64_t due_ms) {
  // A second apart at least, so that busy connections do not make the timer busy.
  const auto wait = std::chrono::milliseconds(std::max<int64_t>(due_ms - now_ms_(), 1000));
  timers_.after(wait, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->close_overdue();
  });
}

void Sockets::close_overdue() {
  const int64_t now = now_ms_();
  int64_t next = std::numeric_limits<int64_t>::max();
  std::vector<std::shared_ptr<Socket>> overdue;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, socket] : sockets_) {
      const int64_t due = due_of(*socket);
      if (due <= now)
        overdue.push_back(socket);
      else
        next = std::min(next, due);
    }
    armed_ = next != std::numeric_limits<int64_t>::max();
    if (armed_) arm(next);
  }
  for (const auto& socket : overdue) socket->close(kCloseGoingAway, "Going away");
}

}  // namespace stator::gateway
