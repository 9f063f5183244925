#include "emulator/operations.h"

namespace stator::operations {

// Names this very server: an SDK with endpoint discovery on would otherwise leave for AWS.
void describe_endpoints(OperationContext& context) {
  JsonWriter(context.out)
      .begin_object()
      .key("Endpoints")
      .begin_array()
      .begin_object()
      .key("Address")
      .string(context.engine.options().endpoint ? context.engine.options().endpoint() : "localhost")
      .key("CachePeriodInMinutes")
      .integer(1440)
      .end_object()
      .end_array()
      .end_object();
}

}  // namespace stator::operations
