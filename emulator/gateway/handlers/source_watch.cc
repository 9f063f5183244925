#include "emulator/gateway/handlers/source_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

namespace stator::gateway {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MODIFY;

bool is_noise(std::string_view name) {
  return name.empty() || name.front() == '.' || name.back() == '~' || name == "__pycache__" || name == "node_modules" ||
         name.ends_with(".swp") || name.ends_with(".pyc");
}

}  // namespace

SourceWatch::SourceWatch(const std::string& path) {
  if (path.empty()) return;
  inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_) return;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    add_tree(path, 0);
  } else {
    const std::filesystem::path file(path);
    only_ = file.filename().string();
    const int watch = inotify_add_watch(inotify_.get(), file.parent_path().c_str(), kEvents);
    if (watch >= 0) folders_[watch] = file.parent_path().string();
  }
  if (folders_.empty()) inotify_.reset();
}

void SourceWatch::add_tree(const std::string& folder, int depth) {
  if (depth > 32 || folders_.size() >= kMaxFolders) return;
  const int watch = inotify_add_watch(inotify_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
  if (watch < 0) return;
  folders_[watch] = folder;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code kind_error;
    if (!is_noise(at->path().filename().string()) && at->is_directory(kind_error) && !at->is_symlink(kind_error))
      add_tree(at->path().string(), depth + 1);
  }
}

bool SourceWatch::changed() {
  if (!inotify_) return false;
  bool any = false;
  alignas(inotify_event) char buffer[16384];
  ssize_t got;
  while ((got = read(inotify_.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) any = true;
      if ((event->mask & IN_IGNORED) != 0) folders_.erase(event->wd);
      const std::string_view name = event->len > 0 ? std::string_view(event->name) : std::string_view();
      if (event->len == 0 || is_noise(name) || (!only_.empty() && name != only_)) continue;
      any = true;
      changed_name_ = name;
      const auto folder = folders_.find(event->wd);
      if ((event->mask & IN_ISDIR) != 0 && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && folder != folders_.end())
        add_tree(folder->second + "/" + std::string(name), 1);
    }
  }
  return any;
}

}  // namespace stator::gateway
