// Removes from a scope's streams what is older than 24 hours by the space's clock: records, and a disabled stream as a
// whole. One step of bounded size at a time; Maintenance calls it, one thread at a time.
#pragma once

#include "emulator/engine.h"

namespace stator {

// True while there is more that is due.
bool trim_streams(Scope& scope);

}  // namespace stator
