// The connections that stand, by id, and their time limits: idle for ten minutes, or open for two hours, and the
// service closes with 1001. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/gateway/timers.h"
#include "emulator/gateway/websocket/socket.h"

namespace stator::gateway {

inline constexpr int64_t kIdleLimitMs = 10 * 60 * 1000;
inline constexpr int64_t kDurationLimitMs = 2 * 60 * 60 * 1000;

class Sockets : public std::enable_shared_from_this<Sockets> {
 public:
  Sockets(Timers& timers, std::function<int64_t()> now_ms) : timers_(timers), now_ms_(std::move(now_ms)) {}

  void add(std::shared_ptr<Socket> socket);
  void remove(const std::string& connection_id);
  std::shared_ptr<Socket> find(const std::string& connection_id) const;
  size_t size() const;
  void close_all(uint16_t code, std::string_view reason);
  // Closes those whose time is over; the timer calls it when the next one may be due.
  void close_overdue();

 private:
  void arm(int64_t due_ms);

  Timers& timers_;
  const std::function<int64_t()> now_ms_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Socket>> sockets_;
  bool armed_ = false;
};

}  // namespace stator::gateway
