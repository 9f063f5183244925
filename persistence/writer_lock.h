// The lock that makes writers (and in memory everybody) take turns. The thread that holds it may lock it again.
// A thread that finds it free takes it even past waiting threads, which saves a switch for each short deed; after it
// was passed over kPatience times, the thread that waits longest gets it handed over, so that nobody starves.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace stator::persistence {

class WriterLock {
 public:
  void lock() {
    if (held_by_this_thread()) {
      ++depth_;
      return;
    }
    std::unique_lock guard(mutex_);
    if (held_ || (!waiting_.empty() && passed_over_ >= kPatience)) {
      wait(guard);
    } else if (!waiting_.empty()) {
      ++passed_over_;
    }
    held_ = true;
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }

  void unlock() {
    if (depth_ > 0) {
      --depth_;
      return;
    }
    std::unique_lock guard(mutex_);
    owner_.store(std::thread::id(), std::memory_order_relaxed);
    held_ = false;
    if (waiting_.empty()) return;
    Waiter& first = *waiting_.front();
    if (passed_over_ >= kPatience) {
      held_ = true;  // nobody else can have it in between
      first.granted = true;
    }
    // Under the mutex: a waiter that goes takes its condition variable along.
    first.wake.notify_one();
  }

  // True only on the thread that holds it, so the answer cannot change behind the asker's back.
  bool held_by_this_thread() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  static constexpr int kPatience = 16;
  struct Waiter {
    std::condition_variable wake;
    bool granted = false;
  };

  void wait(std::unique_lock<std::mutex>& guard) {
    Waiter me;
    const auto place = waiting_.insert(waiting_.end(), &me);
    me.wake.wait(guard, [&] { return me.granted || (!held_ && waiting_.front() == &me); });
    waiting_.erase(place);
    passed_over_ = 0;
  }

  std::mutex mutex_;
  std::list<Waiter*> waiting_;
  int passed_over_ = 0;
  bool held_ = false;
  std::atomic<std::thread::id> owner_;
  int depth_ = 0;  // touched by the holder alone
};

}  // namespace stator::persistence
