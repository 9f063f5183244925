#include "protocol/http/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace stator::http {

Mailbox::Mailbox() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() {
  ::close(descriptor_);
}

bool Mailbox::post(Task task) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  // The loop looks into the mailbox before it sleeps, so its own thread need not wake it.
  if (first && std::this_thread::get_id() != owner_.load(std::memory_order_relaxed)) {
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = ::write(descriptor_, &one, sizeof one);
  }
  return true;
}

void Mailbox::acknowledge() {
  uint64_t count;
  [[maybe_unused]] ssize_t got = ::read(descriptor_, &count, sizeof count);
}

bool Mailbox::take(std::vector<Task>& tasks) {
  std::lock_guard lock(mutex_);
  tasks.swap(tasks_);
  return !tasks.empty();
}

void Mailbox::close() {
  std::vector<Task>
      dropped;  // destroyed outside the lock: a task may hold the last reference to an Exchange, which posts
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(tasks_);
  }
}

}  // namespace stator::http
