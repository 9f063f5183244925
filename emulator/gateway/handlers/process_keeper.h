// Starts and ends the functions' processes, by way of the keeper (keeper_process.h says why there is one). A program is
// an argument vector, never a shell line; a child gets the three descriptors and the environment it is given, nothing
// else, and leads a process group of its own.
//
// Threads: all functions and all callbacks on the loop's thread. The constructor forks: make one before there are
// threads where that can be arranged (the keeper copes when it cannot). Lifetime: outlives whoever waits for its
// callbacks; the destructor returns when every process is gone. A keeper that dies is replaced; its children count as
// killed.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/handlers/unique_fd.h"

namespace stator::gateway {

struct ProcessSpec {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value", all there will be
  std::string folder;                    // working directory
  UniqueFd in, out, err;                 // the child's ends
};

// argv[0] as a path: with a '/' as it stands (relative to `folder`), else looked up along `path` ("/usr/bin:/bin").
// Nothing when there is no such executable file.
std::optional<std::string> find_program(std::string_view name, std::string_view path, std::string_view folder);

// "exit status 1", "signal: killed": as the service words it, or nothing for exit status 0.
std::optional<std::string> describe_exit(int wait_status);

using ProcessId = uint64_t;

class ProcessKeeper {
 public:
  using Started = std::function<void(int error, pid_t pid)>;  // errno of what failed, or 0
  using Exited = std::function<void(int wait_status)>;        // only after Started with 0

  explicit ProcessKeeper(boost::asio::io_context& loop);
  ~ProcessKeeper();
  ProcessKeeper(const ProcessKeeper&) = delete;
  ProcessKeeper& operator=(const ProcessKeeper&) = delete;

  // Callbacks never come from within start().
  ProcessId start(ProcessSpec spec, Started started, Exited exited);
  // Forgets the callbacks of a process (it is not ended by that).
  void forget(ProcessId id);
  // To the process's whole group. Nothing happens when it is gone.
  void signal(ProcessId id, int signal_number);

  pid_t keeper_pid() const { return keeper_; }

 private:
  struct Kept {
    pid_t pid = 0;
    Started started;
    Exited exited;
  };

  void fork_keeper();
  void wait_for_report();
  void read_reports();
  void keeper_died();

  boost::asio::io_context& loop_;
  boost::asio::posix::stream_descriptor socket_;
  std::atomic<pid_t> keeper_{-1};  // read by other threads
  ProcessId last_ = 0;
  std::map<ProcessId, Kept> kept_;
};

}  // namespace stator::gateway
