#include "emulator/gateway/file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <set>

namespace stator::gateway {
namespace {

constexpr int kQuietMs = 40;
constexpr int kMaxWaits = 25;  // a file that is written all the time is read after a second anyway

void drain(int fd) {
  alignas(inotify_event) char buffer[4096];
  while (::read(fd, buffer, sizeof buffer) > 0) {
  }
}

}  // namespace

FileWatch::FileWatch(const std::vector<std::string>& files, std::function<void()> changed) {
  inotify_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (!working()) return;
  std::set<std::string> folders;
  for (const std::string& file : files) {
    std::error_code error;
    folders.insert(std::filesystem::absolute(file, error).parent_path().string());
  }
  for (const std::string& folder : folders)
    inotify_add_watch(inotify_, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MODIFY);
  thread_ = std::thread([this, callback = std::move(changed)] { run(callback); });
}

FileWatch::~FileWatch() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) == sizeof one)
      thread_.join();
    else
      thread_.detach();
  }
  if (inotify_ >= 0) close(inotify_);
  if (stop_ >= 0) close(stop_);
}

void FileWatch::run(const std::function<void()>& changed) const {
  pollfd wait[2] = {{inotify_, POLLIN, 0}, {stop_, POLLIN, 0}};
  for (;;) {
    if (poll(wait, 2, -1) < 0) continue;
    if (wait[1].revents) return;
    for (int i = 0; i < kMaxWaits; ++i) {
      drain(inotify_);
      const int more = poll(wait, 2, kQuietMs);
      if (wait[1].revents) return;
      if (more <= 0) break;
    }
    changed();
  }
}

}  // namespace stator::gateway
