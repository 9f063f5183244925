// Tells, for the log, where a table lives that a request did not find: under another region or account. The request is
// answered long before; the search has a thread of its own, because it may wait for a store that a request's thread
// holds.
//
// Threads: missed() from any, and it only takes a note; `tell` is called on the search's thread. The destructor ends
// it, with the notes that are left looked up first. A table is told of once for each scope that missed it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "emulator/engine.h"

namespace stator {

class Elsewhere {
 public:
  Elsewhere(Engine& engine, std::function<void(std::string_view sentence)> tell);
  ~Elsewhere();
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

  void missed(const persistence::ScopeName& where, std::string_view table);

 private:
  using Miss = std::pair<persistence::ScopeName, std::string>;
  void run();
  void look_up(const Miss& miss);

  Engine& engine_;
  std::function<void(std::string_view)> tell_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Miss> waiting_;  // guarded by mutex_
  std::set<Miss> seen_;       // guarded by mutex_
  bool ending_ = false;       // guarded by mutex_
  std::thread thread_;
};

}  // namespace stator
