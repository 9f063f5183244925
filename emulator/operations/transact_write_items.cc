#include <map>

#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/transact_writes.h"
#include "emulator/operations/write_reply.h"

namespace stator::operations {
namespace {

using expressions::ExpressionKind;

TransactWrite read_action(const OperationContext& context, const JsonValue& element, std::string_view& table_name) {
  static constexpr std::pair<std::string_view, ItemWrite::Kind> kKinds[] = {{"ConditionCheck", ItemWrite::Kind::kCheck},
                                                                            {"Put", ItemWrite::Kind::kPut},
                                                                            {"Delete", ItemWrite::Kind::kDelete},
                                                                            {"Update", ItemWrite::Kind::kUpdate}};
  TransactWrite action;
  const JsonValue* input = nullptr;
  size_t present = 0;
  for (const auto& [name, kind] : kKinds)
    if (const JsonValue* found = element.find(name)) {
      ++present;
      input = found;
      action.write.kind = kind;
    }
  if (present == 0)
    throw errors::validation(
        context.dialect.is_new()
            ? "1 validation error detected: Value '' at 'transactItems' failed to satisfy constraint: "
              "TransactWriteRequest should "
              "contain Delete or Put or Update or ConditionCheck"
            : "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
  if (present > 1) throw errors::validation("TransactItems can only contain one of Check, Put, Update or Delete");

  ItemWrite& write = action.write;
  table_name = OperationContext::string_in(*input, "TableName");
  action.returns_item = OperationContext::string_in(*input, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  RequestExpressions expressions(context, *input);
  // Of an action without any expression nobody asks what its placeholders are for (ExtendDB's pull request 169).
  const bool expresses = expressions.has_any({"UpdateExpression", "ConditionExpression"});
  write.item = read_values(context, *input->find(write.kind == ItemWrite::Kind::kPut ? "Item" : "Key"));
  if (write.kind == ItemWrite::Kind::kPut && item_size(write.item) > kMaxItemSize)
    throw errors::validation(std::string(errors::text::kItemTooLarge));
  expressions.read_placeholders();
  write.update = expressions.update();
  write.condition = expressions.condition(ExpressionKind::ConditionExpression);
  if (expresses) expressions.check_unused();
  write.wants_old = action.returns_item;
  write.statement_rule = context.dialect.is_new();
  write.collection_limit = context.engine.options().collection_limit;
  return action;
}

void write_answer(OperationContext& context, const std::vector<TransactWrite>& actions, CapacityKind kind) {
  JsonWriter w(context.out);
  w.begin_object();
  write_transaction_capacity(context, w, actions, kind);
  if (context.string("ReturnItemCollectionMetrics") == "SIZE") {
    std::map<std::string_view, std::vector<const TransactWrite*>> tables;
    for (const TransactWrite& action : actions)
      if (action.written.collection_bytes >= 0) tables[action.access.table->name].push_back(&action);
    if (!tables.empty()) {
      w.key("ItemCollectionMetrics").begin_object();
      for (const auto& [name, members] : tables) {
        w.key(name).begin_array();
        for (const TransactWrite* action : members)
          write_collection_metrics(w, *action->access.table, action->write.key.hash, action->written.collection_bytes);
        w.end_array();
      }
      w.end_object();
    }
  }
  w.end_object();
}

}  // namespace

void transact_write_items(OperationContext& context) {
  const JsonValue& elements = *context.find("TransactItems");
  std::vector<TransactWrite> actions;
  std::vector<std::string_view> tables;
  for (const JsonValue& element : elements.elements())
    actions.push_back(read_action(context, element, tables.emplace_back()));
  for (size_t i = 0; i < actions.size(); ++i) actions[i].access = require_table(context, tables[i]);
  write_answer(context, actions, carry_out(context, actions, elements));
}

}  // namespace stator::operations
