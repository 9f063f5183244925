#include "emulator/operations.h"
#include "emulator/replication/global_settings.h"

namespace stator::operations {

void describe_global_table_settings(OperationContext& context) {
  JsonWriter w(context.out);
  write_global_settings(w, context, require_settings(context), "ACTIVE");
}

}  // namespace stator::operations
