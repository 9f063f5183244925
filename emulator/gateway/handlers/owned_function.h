// A Function as its registry holds it: with something to give back (processes, ports, connections).
#pragma once

#include "emulator/gateway/function.h"

namespace stator::gateway {

class OwnedFunction : public Function {
 public:
  // All three on the loop.
  virtual void prepare() {}  // once, before the first call
  virtual void retire() {}   // out of the registry: serves what waits and runs, then lets go of everything
  virtual void stop() {}     // at once: what waits or runs is answered as cancelled
};

}  // namespace stator::gateway
