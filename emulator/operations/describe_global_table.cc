#include "emulator/operations.h"
#include "emulator/replication/global_table.h"

namespace stator::operations {

void describe_global_table(OperationContext& context) {
  const GlobalTable global = require_global_table(context, context.string("GlobalTableName"));
  JsonWriter w(context.out);
  w.begin_object().key("GlobalTableDescription");
  write_global_table(w, context, global, "ACTIVE");
  w.end_object();
}

}  // namespace stator::operations
