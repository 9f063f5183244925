#include "emulator/operations/transact_writes.h"

#include <map>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/named_rows.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/transactions/claim_guard.h"
#include "emulator/transactions/tokens.h"

namespace stator {
namespace {

using errors::CancellationReason;
using expressions::ExpressionError;

CancellationReason validation_reason(std::string message) {
  return {"ValidationError", std::move(message), {}};
}

// The action's key and what depends on the table. A fault that the service reports per action becomes its reason.
void resolve(TransactWrite& action, CancellationReason& reason, Arena& arena) {
  ItemWrite& write = action.write;
  const Table& table = *action.access.table;
  write.table = &table;
  try {
    if (write.kind == ItemWrite::Kind::kPut) {
      write.key = key_of_new_item(table, write.item, false);
      return;
    }
    write.key = key_from_map(table, write.item);
    if (write.update != nullptr) check_update(table, *write.update, arena);
  } catch (const ExpressionError& error) {
    reason = validation_reason(error.message);
  } catch (const AwsError& error) {
    if (is_empty_key_fault(error)) throw;
    reason = validation_reason(error.message());
  }
}

void throw_if_cancelled(const std::vector<CancellationReason>& reasons) {
  for (const CancellationReason& reason : reasons)
    if (reason.code != "None") throw errors::transaction_canceled(reasons);
}

void check_targets(const std::vector<TransactWrite>& actions) {
  NamedRows targets;
  for (const TransactWrite& action : actions)
    if (!action.write.key.row.empty() && !targets.add(action.access.table->space, action.write.key.row))
      throw errors::validation(std::string(errors::text::kTransactionDuplicate));
}

// What the action takes of the table and its indexes: the table's arm counts twice, an index's does not.
CapacityUse doubled(const TransactWrite& action) {
  CapacityUse use = action.written.use;
  use.table *= 2;
  return use;
}

// Takes what the actions cost, from all or from none: what could not be had becomes a reason.
void charge(const OperationContext& context, const std::vector<TransactWrite>& actions,
            std::vector<CancellationReason>& reasons, CapacityKind kind) {
  Throttle& throttle = context.space->throttle;
  if (!throttle.on()) return;
  std::vector<const TransactWrite*> taken;
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
  for (const TransactWrite* action : taken) throttle.give_back(*action->access.table, doubled(*action), kind);
}

// Carries out every action inside `transaction`; what fails becomes a reason.
void apply(OperationContext& context, std::vector<TransactWrite>& actions, persistence::WriteTransaction& transaction) {
  std::vector<CancellationReason> reasons(actions.size());
  for (size_t i = 0; i < actions.size(); ++i) {
    TransactWrite& action = actions[i];
    TablePtr current = context.scope->catalog.current(action.access.table, action.access.generation, transaction);
    if (current == nullptr || current->id != action.access.table->id) throw errors::resource_not_found();
    action.access.table = current;
    action.write.table = current.get();
    try {
      action.written = write_item(action.write, context.space->clock, transaction, context.arena);
      if (!action.written.condition_held) {
        if (action.inserts) {
          AwsError duplicate = errors::duplicate_item();
          reasons[i] = {"DuplicateItem", duplicate.message(), {}};
          continue;
        }
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
        if (is_empty_key_fault(error)) throw;  // of an index, by an update (dynoxide 99, ExtendDB 184)
        reasons[i] = validation_reason(error.message());
      }
    }
  }
  charge(context, actions, reasons, CapacityKind::kWrite);
  throw_if_cancelled(reasons);
}

// Replays answer without writing: what they cost is the reading of the images that the first request was charged for,
// whatever has become of the items (nubo-db/dynoxide's pull request 188, captured from the service).
void charge_replay(std::vector<TransactWrite>& actions, const TokenRecord& record) {
  for (size_t i = 0; i < actions.size(); ++i)
    actions[i].written.use.table = read_units(i < record.image_bytes.size() ? record.image_bytes[i] : 0, true);
}

void remember(const OperationContext& context, const std::vector<TransactWrite>& actions, std::string_view token,
              std::string_view print, persistence::WriteTransaction& transaction) {
  std::vector<size_t> image_bytes;
  for (const TransactWrite& action : actions) image_bytes.push_back(action.written.image_bytes);
  remember_token(transaction, token, print, image_bytes, context.now_ms());
}

size_t request_bytes(const std::vector<TransactWrite>& actions) {
  size_t bytes = 0;
  for (const TransactWrite& action : actions) bytes += item_size(action.write.item);
  return bytes;
}

}  // namespace

CapacityKind carry_out(OperationContext& context, std::vector<TransactWrite>& actions, const JsonValue& elements) {
  std::vector<CancellationReason> reasons(actions.size());
  for (size_t i = 0; i < actions.size(); ++i) resolve(actions[i], reasons[i], context.arena);
  check_targets(actions);
  throw_if_cancelled(reasons);
  if (request_bytes(actions) > kMaxTransactionBytes)
    throw errors::validation("Collection size of items in a TransactWriteItems request cannot exceed 4 MB");

  Scope& scope = *context.scope;
  std::string token(context.string("ClientRequestToken"));
  if (!token.empty()) token = std::string(info(context.operation).name) + ':' + token;
  std::string print = token.empty() ? std::string() : fingerprint(elements);
  std::vector<ClaimKey> keys;
  for (const TransactWrite& action : actions) keys.push_back({action.access.table->space, action.write.key.row});
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
    TokenRecord record;
    if (!token.empty()) record = look_up_token(*transaction, token, print, context.now_ms());
    if (record.state == TokenState::kOtherRequest) throw errors::idempotent_parameter_mismatch();
    if (record.state == TokenState::kSameRequest) {
      charge_replay(actions, record);
      charge(context, actions, reasons, CapacityKind::kRead);
      throw_if_cancelled(reasons);
      kind = CapacityKind::kRead;
    } else {
      apply(context, actions, *transaction);
      if (!token.empty()) remember(context, actions, token, print, *transaction);
      transaction->commit();
    }
  }
  for (const TransactWrite& action : actions) context.notes.units += doubled(action).total();
  context.notes.rows = actions.size();
  return kind;
}

void write_transaction_capacity(const OperationContext& context, JsonWriter& w,
                                const std::vector<TransactWrite>& actions, CapacityKind kind) {
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report == CapacityReport::kNone) return;
  std::map<std::string_view, CapacityUse> tables;
  for (const TransactWrite& action : actions) tables[action.access.name].add(doubled(action));
  w.key("ConsumedCapacity").begin_array();
  for (const auto& [name, use] : tables) write_consumed_capacity(w, name, use, report, true, kind);
  w.end_array();
}

}  // namespace stator
