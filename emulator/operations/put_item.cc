#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/write_reply.h"

namespace stator::operations {

void put_item(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"Expected", "ConditionalOperator"}, {"ConditionExpression"}, {"ConditionExpression"});
  ItemWrite write;
  write.kind = ItemWrite::Kind::kPut;
  write.item = read_values(context, *context.find("Item"));
  if (item_size(write.item) > kMaxItemSize) throw errors::validation(std::string(errors::text::kItemTooLarge));
  LegacyConditions expected = expressions.read_conditions("Expected");
  expressions.check_conditional_operator(expected);
  bool wants_old = returns_old(context);
  expressions.read_placeholders();
  write.condition = expressions.condition(expressions::ExpressionKind::ConditionExpression);
  if (!expected.empty()) write.condition = expressions.lower(expected);
  expressions.check_unused();

  TableAccess access = require_table(context, context.string("TableName"));
  write.table = access.table.get();
  write.key = key_of_new_item(*access.table, write.item, false);
  write.wants_old = wants_old;
  ItemWritten written = write_one(context, access, write);

  JsonWriter w(context.out);
  w.begin_object();
  if (wants_old && written.existed) w.key("Attributes").raw(written.old_body);
  write_capacity_and_metrics(context, w, *access.table, write.key, written);
}

}  // namespace stator::operations
