// Tests make SQLite fail through this: before every call that can fail (open, prepare, step, backup) the hook is asked,
// and what it answers is thrown as if SQLite had answered so. Called from any thread. Null everywhere outside tests.
#pragma once

#include <optional>

#include "persistence/store_error.h"

namespace stator::persistence {

class FaultHook {
 public:
  virtual ~FaultHook() = default;
  // `call` names what is about to happen: "open", "prepare", "step", "commit", "backup".
  virtual std::optional<StoreError::Kind> before(const char* call) = 0;
};

}  // namespace stator::persistence
