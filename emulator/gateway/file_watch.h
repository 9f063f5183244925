// Calls back when one of a few files may have changed: inotify on their folders (editors replace files rather than
// write them), and a moment's patience until the writing is over. The callback runs on the watch's own thread, never
// twice at once. Where inotify cannot be had nothing is ever reported, and working() says so.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace stator::gateway {

class FileWatch {
 public:
  FileWatch(const std::vector<std::string>& files, std::function<void()> changed);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  bool working() const { return inotify_ >= 0 && stop_ >= 0; }

 private:
  void run(const std::function<void()>& changed) const;

  int inotify_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

}  // namespace stator::gateway
