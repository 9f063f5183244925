// One invocation from the moment it is asked for to the moment it is answered, shared by the pool (while it waits) and
// the worker (while it runs). answer() calls `done` once and only once, whoever comes first.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "emulator/gateway/function.h"

namespace stator::gateway {

struct InvocationState {
  Invocation call;
  std::chrono::steady_clock::time_point asked, handed;
  InvocationResult result;  // filled as it goes
  bool answered = false;
  bool streaming = false;    // begin() of call.stream was called
  bool client_left = false;  // a write to the stream said so

  void answer(FunctionFault fault, std::string payload, std::string error_type, std::string message) {
    if (answered) return;
    answered = true;
    const auto now = std::chrono::steady_clock::now();
    if (handed != std::chrono::steady_clock::time_point{})
      result.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - handed);
    result.fault = fault;
    result.payload = std::move(payload);
    result.error_type = std::move(error_type);
    result.message = std::move(message);
    const auto done = std::move(call.done);
    call.stream.reset();
    if (done) done(std::move(result));
  }
};

// {"errorType":...,"errorMessage":"RequestId: ... Error: text"}, the payload that the service makes up when the
// function itself had no chance to.
std::string platform_error(std::string_view type, std::string_view request_id, std::string_view text);

}  // namespace stator::gateway
