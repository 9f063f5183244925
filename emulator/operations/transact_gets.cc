#include "emulator/operations/transact_gets.h"

#include <map>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/named_rows.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/projected.h"
#include "emulator/writes/item_writer.h"
#include "emulator/writes/stored_item.h"

namespace stator {

using errors::CancellationReason;

namespace {

// Why a transaction does not happen: a reason for each of its actions, of which any one is enough.
struct Cancellation {
  std::vector<CancellationReason> reasons;
  bool cancelled = false;

  void set(size_t action, CancellationReason reason) {
    reasons[action] = std::move(reason);
    cancelled = true;
  }
  void throw_if_cancelled() const {
    if (cancelled) throw errors::transaction_canceled(reasons);
  }
};

// The row that `get` reads. A fault that the service reports per action becomes its reason; false then.
bool resolve_row(TransactGet& get, size_t action, Cancellation& cancellation) {
  try {
    get.key = key_from_map(*get.access.table, get.key_map);
    if (get.projection != nullptr) check_scalar_keys(*get.access.table, get.projection->paths());
    return true;
  } catch (const expressions::ExpressionError& error) {
    cancellation.set(action, {"ValidationError", error.message, {}});
  } catch (const AwsError& error) {
    if (is_empty_key_fault(error)) throw;
    cancellation.set(action, {"ValidationError", error.message(), {}});
  }
  return false;
}

void resolve_rows(OperationContext& context, std::vector<TransactGet>& gets, Cancellation& cancellation) {
  NamedRows targets;
  for (size_t i = 0; i < gets.size(); ++i) {
    if (!resolve_row(gets[i], i, cancellation)) continue;
    const persistence::SpaceId space = gets[i].access.table->space;
    const std::string& row = gets[i].key.row;
    if (!targets.add(space, row)) throw errors::validation(std::string(errors::text::kTransactionDuplicate));
    if (!context.scope->claims.held(space, row)) continue;
    if (context.engine.options().serialize_transactions)
      context.scope->claims.wait_until_free(space, row);
    else
      cancellation.set(i, errors::conflict_reason());
  }
}

// The element of Responses.
void write_item_of(JsonWriter& w, TransactGet& get, persistence::ReadTransaction& transaction, Arena& arena) {
  w.begin_object();
  persistence::RowView row;
  if (transaction.get(get.access.table->space, get.key.row, row)) {
    get.size = row.size;
    StoredItem stored(row.body, arena);
    if (get.filter == nullptr || get.filter->holds(stored)) {
      std::string item;
      append_projected(row.body, get.projection, arena, item);
      // Of which nothing is left it tells nothing, unlike GetItem and BatchGetItem (ExtendDB's issue 74).
      if (item != "{}") w.key("Item").raw(item);
    }
  }
  w.end_object();
}

double units_of(const TransactGet& get) {
  return 2 * read_units(get.size, true);
}

// Writes all Responses from one state, and takes what they cost.
void read_rows(OperationContext& context, JsonWriter& w, std::vector<TransactGet>& gets, Cancellation& cancellation) {
  const bool throttles = context.space->throttle.on();
  auto transaction = context.scope->store->read();
  for (size_t i = 0; i < gets.size(); ++i) {
    TransactGet& get = gets[i];
    write_item_of(w, get, *transaction, context.arena);
    CapacityUse use{.table = units_of(get), .arms = {}};
    context.notes.units += use.table;
    ++context.notes.rows;
    if (!throttles) continue;
    if (auto throttled = context.space->throttle.take(*get.access.table, use, CapacityKind::kRead, context.now_ms()))
      cancellation.set(i, throttled->reason());
  }
}

void write_capacity(OperationContext& context, JsonWriter& w, const std::vector<TransactGet>& gets) {
  const CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report == CapacityReport::kNone) return;
  std::map<std::string_view, CapacityUse> tables;
  for (const TransactGet& get : gets) tables[get.access.name].table += units_of(get);
  w.key("ConsumedCapacity").begin_array();
  for (const auto& [name, use] : tables) write_consumed_capacity(w, name, use, report, true, CapacityKind::kRead);
  w.end_array();
}

}  // namespace

void answer_gets(OperationContext& context, std::vector<TransactGet>& gets) {
  Cancellation cancellation{std::vector<CancellationReason>(gets.size())};
  resolve_rows(context, gets, cancellation);
  cancellation.throw_if_cancelled();

  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_array();
  read_rows(context, w, gets, cancellation);
  cancellation.throw_if_cancelled();
  size_t bytes = 0;
  for (const TransactGet& get : gets) bytes += get.size;
  if (bytes > kMaxTransactionBytes)
    throw errors::validation("Collection size of items in a TransactGetItems response cannot exceed 4 MB");
  w.end_array();
  write_capacity(context, w, gets);
  w.end_object();
}

}  // namespace stator
