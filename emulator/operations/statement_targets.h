// What the statements of a PartiQL request are about, for those who look at requests from outside: the request log, the
// faults that a test orders. Statements that cannot be read are about nothing: they fail by themselves.
#pragma once

#include <string_view>
#include <vector>

#include "emulator/context.h"
#include "emulator/fixture/faults.h"

namespace stator {

struct StatementTargets {
  std::string_view table;  // where all statements are about one, as they name it
  std::string_view index;
  bool reads = false;
  std::vector<FaultSubject::Target> targets;  // with keys where they were asked for
};

// Nothing for an operation without statements. `keys`: with what each statement says of its item's key: what it
// inserts, or what its WHERE gives by equality. All of it lives in the request's arena.
StatementTargets statement_targets(const OperationContext& context, bool keys);

}  // namespace stator
