#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/write_reply.h"

namespace stator::operations {

void delete_item(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"Expected", "ConditionalOperator"}, {"ConditionExpression"}, {"ConditionExpression"});
  Item key = read_values(context, *context.find("Key"));
  LegacyConditions expected = expressions.read_conditions("Expected");
  expressions.check_conditional_operator(expected);
  bool wants_old = returns_old(context);
  ItemWrite write;
  write.kind = ItemWrite::Kind::kDelete;
  expressions.read_placeholders();
  write.condition = expressions.condition(expressions::ExpressionKind::ConditionExpression);
  if (!expected.empty()) write.condition = expressions.lower(expected);
  expressions.check_unused();

  TableAccess access = require_table(context, context.string("TableName"));
  write.table = access.table.get();
  write.key = key_from_map(*access.table, key);
  write.wants_old = wants_old;
  ItemWritten written = write_one(context, access, write);

  JsonWriter w(context.out);
  w.begin_object();
  if (wants_old && written.existed) w.key("Attributes").raw(written.old_body);
  write_capacity_and_metrics(context, w, *access.table, write.key, written);
}

}  // namespace stator::operations
