#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/projected.h"
#include "emulator/tables/item_key.h"
#include "emulator/writes/capacity.h"

namespace stator::operations {

void get_item(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"AttributesToGet"}, {"ProjectionExpression"}, {});
  Item key_map = read_values(context, *context.find("Key"));
  expressions.check_attributes_to_get();
  expressions.read_placeholders();
  const expressions::Projection* projection = expressions.projection();
  expressions.check_unused();

  TableAccess access = require_table(context, context.string("TableName"));
  ItemKey key = key_from_map(*access.table, key_map);
  if (projection != nullptr) check_scalar_keys(*access.table, projection->paths());
  bool consistent = context.flag("ConsistentRead");
  JsonWriter w(context.out);
  w.begin_object();
  size_t size = 0;
  {
    Scope::Reads reads = context.scope->read();
    persistence::RowView row;
    if (reads.with(consistent).get(access.table->space, key.row, row)) {
      size = row.size;
      w.key("Item");
      append_projected(row.body, projection, context.arena, w.next());
    }
  }
  CapacityUse use{.table = read_units(size, consistent), .arms = {}};
  context.charge(*access.table, use, CapacityKind::kRead);
  context.notes = {use.table, size != 0 ? 1u : 0u};
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity");
    write_consumed_capacity(w, access.name, use, report, false, CapacityKind::kRead);
  }
  w.end_object();
}

}  // namespace stator::operations
