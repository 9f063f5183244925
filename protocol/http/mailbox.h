// How other threads reach an event loop: they leave a task, the loop runs it between two rounds. Outlives its loop,
// because Exchanges may; once closed, tasks are dropped unrun.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace stator::http {

class Mailbox {
 public:
  Mailbox();  // throws std::system_error without descriptors
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  using Task = std::function<void()>;

  // False when the loop has ended.
  bool post(Task task);

  // For the loop's own thread.
  void adopt_by_this_thread() { owner_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
  int descriptor() const { return descriptor_; }  // readable when another thread has posted
  void acknowledge();
  // Swaps what is waiting into `tasks`, which must be empty. False if nothing was.
  bool take(std::vector<Task>& tasks);
  void close();

 private:
  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool closed_ = false;
  std::atomic<std::thread::id> owner_{};
  int descriptor_;
};

}  // namespace stator::http
