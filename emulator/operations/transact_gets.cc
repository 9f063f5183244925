#include "emulator/operations/transact_gets.h"

#include <map>
#include <set>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/projected.h"
#include "emulator/writes/item_writer.h"
#include "emulator/writes/stored_item.h"

namespace stator {

using errors::CancellationReason;

void answer_gets(OperationContext& context, std::vector<TransactGet>& gets) {
  std::vector<CancellationReason> reasons(gets.size());
  bool cancelled = false;
  std::set<std::pair<persistence::SpaceId, std::string_view>> targets;
  for (size_t i = 0; i < gets.size(); ++i) {
    TransactGet& get = gets[i];
    try {
      get.key = key_from_map(*get.access.table, get.key_map);
      if (get.projection != nullptr) check_scalar_keys(*get.access.table, get.projection->paths());
    } catch (const expressions::ExpressionError& error) {
      reasons[i] = {"ValidationError", error.message, {}};
      cancelled = true;
      continue;
    } catch (const AwsError& error) {
      if (is_empty_key_fault(error)) throw;
      reasons[i] = {"ValidationError", error.message(), {}};
      cancelled = true;
      continue;
    }
    if (!targets.emplace(get.access.table->space, get.key.row).second)
      throw errors::validation(std::string(errors::text::kTransactionDuplicate));
    if (context.scope->claims.held(get.access.table->space, get.key.row)) {
      if (context.engine.options().serialize_transactions) {
        context.scope->claims.wait_until_free(get.access.table->space, get.key.row);
      } else {
        reasons[i] = errors::conflict_reason();
        cancelled = true;
      }
    }
  }
  if (cancelled) throw errors::transaction_canceled(reasons);

  bool throttles = context.space->throttle.on();
  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_array();
  size_t bytes = 0;
  {
    auto transaction = context.scope->store->read();
    for (size_t i = 0; i < gets.size(); ++i) {
      TransactGet& get = gets[i];
      w.begin_object();
      persistence::RowView row;
      if (transaction->get(get.access.table->space, get.key.row, row)) {
        get.size = row.size;
        bytes += get.size;
        StoredItem stored(row.body, context.arena);
        if (get.filter == nullptr || get.filter->holds(stored)) {
          std::string item;
          append_projected(row.body, get.projection, context.arena, item);
          // Of which nothing is left it tells nothing, unlike GetItem and BatchGetItem (ExtendDB's issue 74).
          if (item != "{}") w.key("Item").raw(item);
        }
      }
      w.end_object();
      CapacityUse use{.table = 2 * read_units(get.size, true), .arms = {}};
      context.notes.units += use.table;
      ++context.notes.rows;
      if (!throttles) continue;
      if (auto throttled =
              context.space->throttle.take(*get.access.table, use, CapacityKind::kRead, context.now_ms())) {
        reasons[i] = throttled->reason();
        cancelled = true;
      }
    }
  }
  if (cancelled) throw errors::transaction_canceled(reasons);
  if (bytes > kMaxTransactionBytes)
    throw errors::validation("Collection size of items in a TransactGetItems response cannot exceed 4 MB");
  w.end_array();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    std::map<std::string_view, CapacityUse> tables;
    for (const TransactGet& get : gets) tables[get.access.name].table += 2 * read_units(get.size, true);
    w.key("ConsumedCapacity").begin_array();
    for (const auto& [name, use] : tables) write_consumed_capacity(w, name, use, report, true, CapacityKind::kRead);
    w.end_array();
  }
  w.end_object();
}

}  // namespace stator
