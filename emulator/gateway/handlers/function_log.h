// A function's stdout and stderr, cut into lines for the log, with bounds: a line that is too long is cut, a flood is
// dropped, and both are said in the log itself. It must not know where the lines go.
//
// Threads: the loop's. Lifetime: the descriptor is ours; stop reading by destroying the object.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "emulator/gateway/handlers/unique_fd.h"

namespace stator::gateway {

inline constexpr size_t kMaxLogLine = 16 * 1024;

// How much of one worker's output is shown: a burst at once, then a steady trickle.
class LogBudget {
 public:
  static constexpr int64_t kBurstBytes = 1024 * 1024;
  static constexpr int64_t kBytesPerSecond = 128 * 1024;

  // False: this line is dropped.
  bool take(size_t bytes, std::chrono::steady_clock::time_point now);
  // Lines dropped since the last call that returned more than 0; asked before a line is shown.
  struct Dropped {
    uint64_t lines = 0;
    uint64_t bytes = 0;
  };
  Dropped take_dropped();
  bool dropping() const { return dropped_.lines > 0; }

 private:
  int64_t left_ = kBurstBytes;
  std::chrono::steady_clock::time_point last_{};
  Dropped dropped_;
};

class LogPipe {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  // Reads `fd` until its end. `budget` is shared by the pipes of one worker and outlives them.
  LogPipe(boost::asio::io_context& loop, UniqueFd fd, LogBudget& budget, OnLine on_line);
  ~LogPipe();

  // Takes what has already been written, without waiting: so that lines come out before the answer they belong to.
  void drain();
  // The end: an unfinished line is shown as it is, and what was dropped is said.
  void finish();

 private:
  struct Shared;  // outlives us in a read under way
  std::shared_ptr<Shared> shared_;
};

}  // namespace stator::gateway
