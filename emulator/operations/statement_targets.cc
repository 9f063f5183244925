#include "emulator/operations/statement_targets.h"

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/statement_call.h"
#include "emulator/query/where_plan.h"
#include "protocol/json/value_codec.h"

namespace stator {
namespace {

const JsonValue* key_in(const OperationContext& context, const JsonValue& element) {
  try {
    partiql::BoundStatement bound = read_statement(context, element);
    Item key = bound->kind == partiql::StatementKind::kInsert ? bound.item : equalities_of(bound.where, context.arena);
    std::string text;
    append_item(key, text);
    return new (context.arena.array<JsonValue>(1)) JsonValue(parse_json(text, context.arena).root);
  } catch (const expressions::ExpressionError&) {
    return nullptr;
  } catch (const AwsError&) {
    return nullptr;
  }
}

}  // namespace

StatementTargets statement_targets(const OperationContext& context, bool keys) {
  StatementTargets found;
  std::span<const JsonValue> elements;
  if (context.operation == OperationId::kExecuteStatement)
    elements = {&context.input, 1};
  else if (context.operation == OperationId::kBatchExecuteStatement)
    elements = context.find("Statements")->elements();
  else if (context.operation == OperationId::kExecuteTransaction)
    elements = context.find("TransactStatements")->elements();
  bool one = true;
  for (const JsonValue& element : elements) {
    std::shared_ptr<const partiql::Statement> statement;
    try {
      statement = context.engine.statement_cache().get(OperationContext::string_in(element, "Statement"));
    } catch (const expressions::ExpressionError&) {
      continue;
    }
    std::string_view table = context.arena.copy(statement->table);
    one = one && (found.targets.empty() || found.table == table);
    found.table = table;
    found.index = context.arena.copy(statement->index);
    found.reads = statement->reads();
    found.targets.push_back({table_name_in(table), keys ? key_in(context, element) : nullptr});
  }
  if (!one) found.table = found.index = {};
  return found;
}

}  // namespace stator
