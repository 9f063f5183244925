#include "emulator/operations.h"
#include "emulator/replication/scaling.h"

namespace stator::operations {

void describe_table_replica_auto_scaling(OperationContext& context) {
  const TablePtr table = require_scaled_table(context, table_name_of(context, context.string("TableName")));
  JsonWriter w(context.out);
  w.begin_object().key("TableAutoScalingDescription");
  write_table_scaling(w, context, *table);
  w.end_object();
}

}  // namespace stator::operations
