#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/write_reply.h"
#include "protocol/json/value_codec.h"

namespace stator::operations {
namespace {

// Attributes as ReturnValues asks for them. A part of an item that is empty is not sent.
void write_attributes(JsonWriter& w, std::string_view returned, const ItemWritten& written, Arena& arena) {
  if (returned == "ALL_OLD") {
    if (written.existed) w.key("Attributes").raw(written.old_body);
  } else if (returned == "ALL_NEW") {
    if (!written.new_body.empty()) w.key("Attributes").raw(written.new_body);  // a legacy DELETE makes no item
  } else if (returned == "UPDATED_OLD" || returned == "UPDATED_NEW") {
    const Item& image = returned == "UPDATED_OLD" ? written.old_item : written.new_item;
    Item part = expressions::project(image, written.touched, arena);
    if (part.count() == 0) return;
    w.key("Attributes");
    append_item(part, w.next());
  }
}

}  // namespace

void update_item(OperationContext& context) {
  RequestExpressions expressions(context, context.input);
  expressions.check_use({"AttributeUpdates", "Expected", "ConditionalOperator"},
                        {"UpdateExpression", "ConditionExpression"}, {"UpdateExpression", "ConditionExpression"});
  Item key = read_values(context, *context.find("Key"));
  ItemWrite write;
  write.kind = ItemWrite::Kind::kUpdate;
  std::vector<expressions::LegacyUpdate> updates = expressions.read_updates();
  LegacyConditions expected = expressions.read_conditions("Expected");
  expressions.check_conditional_operator(expected);
  expressions.read_placeholders();
  write.update = expressions.update();
  write.condition = expressions.condition(expressions::ExpressionKind::ConditionExpression);
  if (!updates.empty()) write.update = expressions.lower(updates);
  if (!expected.empty()) write.condition = expressions.lower(expected);
  expressions.check_unused();

  TableAccess access = require_table(context, context.string("TableName"));
  const Table& table = *access.table;
  write.table = &table;
  write.key = key_from_map(table, key);
  if (write.update != nullptr) check_update(table, *write.update, context.arena);
  write.item = key;
  write.statement_rule = context.dialect.is_new();
  std::string_view returned = context.string("ReturnValues");
  write.wants_old = returned == "ALL_OLD";
  ItemWritten written = write_one(context, access, write);

  JsonWriter w(context.out);
  w.begin_object();
  write_attributes(w, returned, written, context.arena);
  write_capacity_and_metrics(context, w, *access.table, write.key, written);
}

}  // namespace stator::operations
