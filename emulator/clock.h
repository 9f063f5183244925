// The one source of the service's own time: timestamps in answers, TTL, token windows, state transitions. main.cc makes
// the real one; tests and the fixture interface hold it still or move it. Sockets and handlers' deadlines do not use
// it.
#pragma once

#include <cstdint>

namespace stator {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_ms() const = 0;  // milliseconds since 1970, UTC
};

}  // namespace stator
