// One thread that calls back when a time has come: integration timeouts. Callbacks must be short. Any thread may add
// and cancel; a callback that has begun is not waited for by cancel(), so it must hold what it needs (weak_ptr).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace stator::gateway {

class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Ticket = std::pair<Clock::time_point, uint64_t>;

  Timers() : thread_([this] { run(); }) {}
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Ticket after(std::chrono::milliseconds wait, std::function<void()> callback) {
    const Clock::time_point when = Clock::now() + wait;
    bool first;
    Ticket ticket;
    {
      const std::lock_guard lock(mutex_);
      ticket = {when, ++serial_};
      const auto added = due_.emplace(ticket, std::move(callback)).first;
      first = added == due_.begin();  // not in one expression: begin() may be asked ahead of emplace()
    }
    if (first) wake_.notify_one();
    return ticket;
  }

  void cancel(const Ticket& ticket) {
    std::function<void()> dropped;  // outlives the lock below: its captures are destroyed without it
    const std::lock_guard lock(mutex_);
    if (const auto found = due_.find(ticket); found != due_.end()) {
      dropped = std::exchange(found->second, nullptr);
      // The last one stays, empty: so the next to come is not the first, and the thread need not be woken for each
      // request.
      if (due_.size() > 1) due_.erase(found);
    }
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (due_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const Clock::time_point next = due_.begin()->first.first;
      if (Clock::now() < next) {
        wake_.wait_until(lock, next);
        continue;
      }
      std::function<void()> callback = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      lock.unlock();
      if (callback) callback();
      callback = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Ticket, std::function<void()>> due_;
  uint64_t serial_ = 0;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace stator::gateway
