#include "emulator/operations.h"

namespace stator::operations {

// Names this server by the name the caller has for it (inside a network of containers that is not localhost): an SDK
// with endpoint discovery on would otherwise leave for AWS.
void describe_endpoints(OperationContext& context) {
  JsonWriter(context.out)
      .begin_object()
      .key("Endpoints")
      .begin_array()
      .begin_object()
      .key("Address")
      .string(context.host.empty() ? "localhost" : context.host)
      .key("CachePeriodInMinutes")
      .integer(1440)
      .end_object()
      .end_array()
      .end_object();
}

}  // namespace stator::operations
