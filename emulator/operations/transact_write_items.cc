#include <algorithm>
#include <map>
#include <set>

#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/write_reply.h"
#include "emulator/transactions/claim_guard.h"
#include "emulator/transactions/tokens.h"

namespace stator::operations {
namespace {

using errors::CancellationReason;
using expressions::ExpressionError;
using expressions::ExpressionKind;

struct Action {
  std::string_view table_name;
  const JsonValue* input = nullptr;
  TableAccess access;
  ItemWrite write;
  ItemWritten written;
  bool returns_item = false;
};

Action read_action(const OperationContext& context, const JsonValue& element) {
  static constexpr std::pair<std::string_view, ItemWrite::Kind> kKinds[] = {{"ConditionCheck", ItemWrite::Kind::kCheck},
                                                                            {"Put", ItemWrite::Kind::kPut},
                                                                            {"Delete", ItemWrite::Kind::kDelete},
                                                                            {"Update", ItemWrite::Kind::kUpdate}};
  Action action;
  size_t present = 0;
  for (const auto& [name, kind] : kKinds)
    if (const JsonValue* input = element.find(name)) {
      ++present;
      action.input = input;
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
  action.table_name = OperationContext::string_in(*action.input, "TableName");
  action.returns_item = OperationContext::string_in(*action.input, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  RequestExpressions expressions(context, *action.input);
  if (write.kind == ItemWrite::Kind::kUpdate)
    expressions.check_use({}, {"UpdateExpression", "ConditionExpression"}, {"UpdateExpression", "ConditionExpression"});
  else
    expressions.check_use({}, {"ConditionExpression"}, {"ConditionExpression"});
  write.item = read_values(context, *action.input->find(write.kind == ItemWrite::Kind::kPut ? "Item" : "Key"));
  if (write.kind == ItemWrite::Kind::kPut && item_size(write.item) > kMaxItemSize)
    throw errors::validation(std::string(errors::text::kItemTooLarge));
  expressions.read_placeholders();
  write.update = expressions.update();
  write.condition = expressions.condition(ExpressionKind::ConditionExpression);
  expressions.check_unused();
  write.wants_old = action.returns_item;
  write.statement_rule = context.dialect.is_new();
  write.collection_limit = context.engine.options().collection_limit;
  return action;
}

bool empty_key_text(const AwsError& error) {
  return error.message().find("for a key attribute cannot contain an empty") != std::string::npos;
}

CancellationReason validation_reason(std::string message) {
  return {"ValidationError", std::move(message), {}};
}

// The action's key and what depends on the table. A fault that the service reports per action becomes its reason.
void resolve(Action& action, CancellationReason& reason) {
  ItemWrite& write = action.write;
  const Table& table = *action.access.table;
  write.table = &table;
  try {
    if (write.kind == ItemWrite::Kind::kPut) {
      write.key = key_of_new_item(table, write.item, false);
      check_index_keys(table, write.item);
      return;
    }
    if (write.update != nullptr) {
      write.update->check_keys(table.keys.names());
      check_scalar_keys(table, write.update->targets());
    }
    write.key = key_from_map(table, write.item);
  } catch (const ExpressionError& error) {
    reason = validation_reason(error.message);
  } catch (const AwsError& error) {
    if (empty_key_text(error)) throw;
    reason = validation_reason(error.message());
  }
}

void throw_if_cancelled(const std::vector<CancellationReason>& reasons) {
  for (const CancellationReason& reason : reasons)
    if (reason.code != "None") throw errors::transaction_canceled(reasons);
}

void check_targets(const std::vector<Action>& actions) {
  std::set<std::pair<persistence::SpaceId, std::string_view>> targets;
  for (const Action& action : actions)
    if (!action.write.key.row.empty() && !targets.emplace(action.access.table->space, action.write.key.row).second)
      throw errors::validation(std::string(errors::text::kTransactionDuplicate));
}

// What the action takes of the table and its indexes: the table's arm counts twice, an index's does not.
CapacityUse doubled(const Action& action) {
  CapacityUse use = action.written.use;
  use.table *= 2;
  return use;
}

// Takes what the actions cost, from all or from none: what could not be had becomes a reason.
void charge(const OperationContext& context, const std::vector<Action>& actions,
            std::vector<CancellationReason>& reasons, CapacityKind kind) {
  Throttle& throttle = context.space->throttle;
  if (!throttle.on()) return;
  std::vector<const Action*> taken;
  bool refused = false;
  for (size_t i = 0; i < actions.size(); ++i) {
    if (auto throttled = throttle.take(*actions[i].access.table, doubled(actions[i]), kind, context.now_ms())) {
      reasons[i] = throttled->reason();
      refused = true;
    } else {
      taken.push_back(&actions[i]);
    }
  }
  if (!refused) return;
  for (const Action* action : taken) throttle.give_back(*action->access.table, doubled(*action), kind);
}

// Carries out every action inside `transaction`; what fails becomes a reason.
void apply(OperationContext& context, std::vector<Action>& actions, persistence::WriteTransaction& transaction) {
  std::vector<CancellationReason> reasons(actions.size());
  for (size_t i = 0; i < actions.size(); ++i) {
    Action& action = actions[i];
    TablePtr current = context.scope->catalog.current(action.access.table, action.access.generation, transaction);
    if (current == nullptr || current->id != action.access.table->id) throw errors::resource_not_found();
    action.access.table = current;
    action.write.table = current.get();
    try {
      action.written = write_item(action.write, context.space->clock, transaction, context.arena);
      if (!action.written.condition_held) {
        reasons[i].code = "ConditionalCheckFailed";
        reasons[i].message = errors::text::kConditionFailed;
        if (action.returns_item && action.written.existed) reasons[i].item_json = action.written.old_body;
      }
    } catch (const ExpressionError& error) {
      reasons[i] = validation_reason(error.message);
    } catch (const AwsError& error) {
      if (error.name() == "ItemCollectionSizeLimitExceededException") {
        reasons[i] = {"ItemCollectionSizeLimitExceeded", error.message(), {}};
      } else {
        // A sized update is the request's fault in the new dialect, one action's in the old (validation_2026.md,
        // section 6).
        if (context.dialect.is_new() && error.message() == errors::text::kUpdateTooLarge) throw;
        reasons[i] = validation_reason(error.message());
      }
    }
  }
  charge(context, actions, reasons, CapacityKind::kWrite);
  throw_if_cancelled(reasons);
}

// Replays answer without writing: what they cost is the reading of the items.
void charge_replay(std::vector<Action>& actions, persistence::ReadTransaction& transaction) {
  for (Action& action : actions) {
    persistence::RowView row;
    size_t size = transaction.get(action.access.table->space, action.write.key.row, row) ? row.size : 0;
    action.written.use.table = read_units(size, true);
  }
}

void write_answer(OperationContext& context, const std::vector<Action>& actions, CapacityKind kind) {
  JsonWriter w(context.out);
  w.begin_object();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    std::map<std::string_view, CapacityUse> tables;
    for (const Action& action : actions) tables[action.access.table->name].add(doubled(action));
    w.key("ConsumedCapacity").begin_array();
    for (const auto& [name, use] : tables) write_consumed_capacity(w, name, use, report, true, kind);
    w.end_array();
  }
  if (context.string("ReturnItemCollectionMetrics") == "SIZE") {
    std::map<std::string_view, std::vector<const Action*>> tables;
    for (const Action& action : actions)
      if (action.written.collection_bytes >= 0) tables[action.access.table->name].push_back(&action);
    if (!tables.empty()) {
      w.key("ItemCollectionMetrics").begin_object();
      for (const auto& [name, members] : tables) {
        w.key(name).begin_array();
        for (const Action* action : members)
          write_collection_metrics(w, *action->access.table, action->write.key.hash, action->written.collection_bytes);
        w.end_array();
      }
      w.end_object();
    }
  }
  w.end_object();
}

size_t request_bytes(const std::vector<Action>& actions) {
  size_t bytes = 0;
  for (const Action& action : actions) bytes += item_size(action.write.item);
  return bytes;
}

}  // namespace

void transact_write_items(OperationContext& context) {
  const JsonValue& elements = *context.find("TransactItems");
  std::vector<Action> actions;
  for (const JsonValue& element : elements.elements()) actions.push_back(read_action(context, element));
  std::vector<CancellationReason> reasons(actions.size());
  for (Action& action : actions) action.access = require_table(context, action.table_name);
  for (size_t i = 0; i < actions.size(); ++i) resolve(actions[i], reasons[i]);
  check_targets(actions);
  throw_if_cancelled(reasons);
  if (request_bytes(actions) > kMaxTransactionBytes)
    throw errors::validation("Collection size of items in a TransactWriteItems request cannot exceed 4 MB");

  Scope& scope = *context.scope;
  std::string_view token = context.string("ClientRequestToken");
  std::string print = token.empty() ? std::string() : fingerprint(elements);
  std::vector<ClaimKey> keys;
  for (const Action& action : actions) keys.push_back({action.access.table->space, action.write.key.row});
  ClaimGuard claims(scope.claims, std::move(keys));
  std::vector<bool> conflicts;
  if (!claims.claim(context.engine.options().serialize_transactions, conflicts)) {
    for (size_t i = 0; i < actions.size(); ++i)
      if (conflicts[i]) reasons[i] = errors::conflict_reason();
    throw errors::transaction_canceled(reasons);
  }
  if (context.engine.options().after_claim) context.engine.options().after_claim();

  CapacityKind kind = CapacityKind::kWrite;
  {
    auto transaction = scope.write();
    TokenState state =
        token.empty() ? TokenState::kUnknown : look_up_token(*transaction, token, print, context.now_ms());
    if (state == TokenState::kOtherRequest) throw errors::idempotent_parameter_mismatch();
    if (state == TokenState::kSameRequest) {
      charge_replay(actions, *transaction);
      charge(context, actions, reasons, CapacityKind::kRead);
      throw_if_cancelled(reasons);
      kind = CapacityKind::kRead;
    } else {
      apply(context, actions, *transaction);
      if (!token.empty()) remember_token(*transaction, token, print, context.now_ms());
      transaction->commit();
    }
  }
  for (const Action& action : actions) context.notes.units += doubled(action).total();
  context.notes.rows = actions.size();
  write_answer(context, actions, kind);
}

}  // namespace stator::operations
