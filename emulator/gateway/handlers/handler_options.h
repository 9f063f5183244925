// What whoever builds the server decides about functions, and where their log lines go.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "emulator/gateway/handlers/child_environment.h"

namespace stator::gateway {

struct FunctionLogLine {
  std::string_view function;
  std::string_view request_id;  // empty between invocations
  std::string_view text;        // one line, without its end; [stator: ...] where it is ours
};

struct HandlerOptions {
  // False where no function will be described: then no process is kept ready to start programs, and none can be
  // started.
  bool programs = true;
  ChildDefaults child;
  std::string node = "node";  // the programs that run the shorthand kinds
  std::string python;         // empty: pythonX.Y as the function's runtime says, if there is one, else python3
  int worker_limit = 10;      // workers of one function, unless its own concurrency says otherwise
  size_t queue_limit = 1000;  // invocations of one function that wait for a worker
  std::chrono::milliseconds init_timeout{10000};    // the service's own; the function's timeout is added to it
  std::function<int64_t()> epoch_ms;                // the clock, for deadlines told to functions; must be set
  std::function<void(const FunctionLogLine&)> log;  // on the handlers' thread; must not block; may be empty
};

}  // namespace stator::gateway
