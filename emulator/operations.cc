#include "emulator/operations.h"

namespace stator {

OperationFunction operation_function(OperationId id) {
  switch (id) {
#define OPERATION(Name, function) \
  case OperationId::k##Name:      \
    return operations::function;
#include "emulator/operations.def"
#undef OPERATION
    default:
      return nullptr;
  }
}

}  // namespace stator
