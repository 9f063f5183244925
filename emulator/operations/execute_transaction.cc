#include "emulator/expressions/expression_error.h"
#include "emulator/operations.h"
#include "emulator/operations/statement_call.h"
#include "emulator/operations/transact_gets.h"
#include "emulator/operations/transact_writes.h"
#include "emulator/query/where_plan.h"

namespace stator::operations {
namespace {

using partiql::StatementKind;

// Runs `step`; a validation error of one statement is the transaction's, which says of which.
template <typename Step>
auto named(size_t place, Step step) {
  auto text = [&](const std::string& message) {
    return "Validation failed in TransactStatements[" + std::to_string(place) + "]: " + message;
  };
  try {
    return step();
  } catch (const AwsError& error) {
    if (error.name() != "ValidationException") throw;
    throw errors::validation(text(error.message()));
  } catch (const expressions::ExpressionError& error) {
    throw errors::validation(text(error.message));
  }
}

// What no statement of a transaction may have, whatever the table.
void check_statement(const partiql::BoundStatement& bound) {
  if (bound->returning != partiql::Returning::kNothing)
    throw errors::validation("RETURNING clause is not supported in ExecuteTransaction.");
  if (bound->has_index) throw errors::validation("Reads on indices are not supported within transactions.");
}

void check_kinds(const std::vector<partiql::BoundStatement>& statements) {
  bool reads = false, writes = false;
  for (const partiql::BoundStatement& bound : statements) {
    reads = reads || bound->reads();
    writes = writes || !bound->reads();
  }
  if (reads && writes)  // ours, after the batch's: not recorded
    throw errors::validation("Read and write requests together in the same transaction is not supported.");
}

TransactGet read_get(const OperationContext& context, const StatementCall& call) {
  TransactGet get;
  get.access = call.access;
  get.projection = call.bound.projection;
  get.filter = call.bound.where;
  if (!whole_key(call, context.arena, get.key_map))
    throw errors::validation(
        "Select statements within ExecuteTransaction must specify the primary key in the where clause.");
  return get;
}

TransactWrite read_write(const OperationContext& context, const StatementCall& call, const JsonValue& element) {
  TransactWrite action;
  action.access = call.access;
  Item key;
  if (call.bound->kind == StatementKind::kExists &&
      (!whole_key(call, context.arena, key) || !says_more_than_key(*call.bound.where, call.access.table->keys)))
    throw errors::validation("EXISTS() must contain a single item read with additional condition");
  action.write = write_of(context, call);
  action.inserts = call.bound->kind == StatementKind::kInsert;
  action.returns_item = OperationContext::string_in(element, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  action.write.wants_old = action.returns_item && !action.inserts;
  return action;
}

}  // namespace

void execute_transaction(OperationContext& context) {
  const JsonValue& elements = *context.find("TransactStatements");
  std::vector<partiql::BoundStatement> statements;
  for (size_t i = 0; i < elements.count(); ++i)
    statements.push_back(named(i, [&] {
      partiql::BoundStatement bound = read_statement(context, elements.elements()[i]);
      check_statement(bound);
      return bound;
    }));
  check_kinds(statements);
  bool reads = statements[0]->reads();
  std::vector<StatementCall> calls;
  for (size_t i = 0; i < statements.size(); ++i)
    calls.push_back(named(i, [&] { return find_table(context, std::move(statements[i])); }));
  if (reads) {
    std::vector<TransactGet> gets;
    for (size_t i = 0; i < calls.size(); ++i) gets.push_back(named(i, [&] { return read_get(context, calls[i]); }));
    answer_gets(context, gets);
    return;
  }
  std::vector<TransactWrite> actions;
  for (size_t i = 0; i < calls.size(); ++i)
    actions.push_back(named(i, [&] { return read_write(context, calls[i], elements.elements()[i]); }));
  CapacityKind kind = carry_out(context, actions, elements);
  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_array().end_array();
  write_transaction_capacity(context, w, actions, kind);
  w.end_object();
}

}  // namespace stator::operations
