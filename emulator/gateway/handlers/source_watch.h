// Tells whether a function's code has changed, by inotify over its folder. Asked before each call rather than waited
// for: a call that comes after a save always sees the save. Watches files in the folder and below; names that begin
// with '.',
// __pycache__ and node_modules are left out (they change without anyone having edited).
//
// Threads: one at a time. Where inotify cannot be had (its limits are per user), changed() says false and working()
// too.
#pragma once

#include <map>
#include <string>

#include "emulator/gateway/handlers/unique_fd.h"

namespace stator::gateway {

class SourceWatch {
 public:
  // `path` is a folder, or a file whose folder is watched for that name alone. Empty: nothing is watched.
  explicit SourceWatch(const std::string& path);

  // Whether something changed since the last time this said true. Does not wait; one system call when nothing did.
  bool changed();
  const std::string& changed_name() const { return changed_name_; }  // a file of the last change, for the log
  bool working() const { return static_cast<bool>(inotify_); }

  static constexpr size_t kMaxFolders = 2000;

 private:
  void add_tree(const std::string& folder, int depth);

  UniqueFd inotify_;
  std::string only_;  // the file's name when `path` is a file
  std::string changed_name_;
  std::map<int, std::string> folders_;
};

}  // namespace stator::gateway
