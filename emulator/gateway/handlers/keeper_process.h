// The keeper: a process of ours beside the server that starts the functions' processes and ends them. It is their
// parent, so that nothing of theirs can outlive the server, however the server ends:
//   * the server's end of the socket closes (exit, crash, kill -9)  -> the keeper kills every group and every
//   descendant
//     (as their "subreaper" it inherits even those that left their group), then exits;
//   * the keeper itself is killed -> each child's PR_SET_PDEATHSIG fires. That signal follows the parent THREAD, which
//     is why the server, with its threads, would be the wrong parent and the single-threaded keeper is the right one.
//
// It is forked from the server and never execs, and the server may have threads: so keeper_main() and all it calls use
// only async-signal-safe functions, fixed buffers and no lock. It must not know what a function is.
//
// Wire, over one SOCK_SEQPACKET pair, both ends of the same build: KeeperOrder one way, KeeperReport the other. A start
// order carries four descriptors: a memfd holding `size` bytes (program, working directory, argc arguments, envc
// variables, each ended by NUL), and the child's stdin, stdout, stderr.
#pragma once

#include <cstdint>

namespace stator::gateway {

struct KeeperOrder {
  enum Kind : uint32_t { kStart, kSignal };
  uint64_t id = 0;
  Kind kind = kStart;
  int32_t signal = 0;  // kSignal: sent to the whole group
  uint32_t size = 0;   // kStart: of the memfd
  uint32_t argc = 0;
  uint32_t envc = 0;
};

struct KeeperReport {
  enum Kind : uint32_t { kStarted, kFailed, kExited };
  uint64_t id = 0;
  Kind kind = kStarted;
  int32_t value = 0;  // kStarted: the pid, which is also its group; kFailed: errno; kExited: the wait status
};

inline constexpr int kMaxKeptChildren = 4096;

// Runs in the forked process; never returns.
[[noreturn]] void keeper_main(int socket);

}  // namespace stator::gateway
