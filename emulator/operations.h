// The functions behind operations.def, and the table that finds them.
#pragma once

#include "emulator/context.h"

namespace stator {
namespace operations {
#define OPERATION(Name, function) void function(OperationContext& context);
#include "emulator/operations.def"
#undef OPERATION
}  // namespace operations

// Null for an operation of the model that this server does not offer.
OperationFunction operation_function(OperationId id);

}  // namespace stator
