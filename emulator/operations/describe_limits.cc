#include "emulator/operations.h"

namespace stator::operations {

// The service's quotas for an account whose limits nobody raised.
void describe_limits(OperationContext& context) {
  JsonWriter(context.out)
      .begin_object()
      .key("AccountMaxReadCapacityUnits")
      .integer(80000)
      .key("AccountMaxWriteCapacityUnits")
      .integer(80000)
      .key("TableMaxReadCapacityUnits")
      .integer(40000)
      .key("TableMaxWriteCapacityUnits")
      .integer(40000)
      .end_object();
}

}  // namespace stator::operations
