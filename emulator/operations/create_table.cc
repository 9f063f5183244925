#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/pending_change.h"
#include "emulator/tables/table_spaces.h"

namespace stator::operations {
namespace {

void complete_new(Table& table) {
  complete(table, table.created_ms);
  for (Index& index : table.global_indexes) complete(index);
}

}  // namespace

void create_table(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  Table table = new_table(context.input, name, {context.caller.account, context.caller.region}, context.now_ms());

  // The first CreateTable of an account and region makes its file; nothing else does.
  if (context.scope == nullptr) context.scope = context.engine.create_scope(context.scope_name);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  if (TablePtr other = scope.catalog.find(name, *transaction)) {
    if (other->state == State::kDeleting) throw errors::table_being_deleted(name);
    throw errors::table_already_exists(name);
  }
  take_spaces(table, *transaction);
  int64_t delay = context.space->table_delay_ms.load(std::memory_order_relaxed);
  if (delay != 0) {
    table.state = State::kCreating;
    table.settles_ms = table.created_ms + delay;
    for (Index& index : table.global_indexes) index.state = State::kCreating;
    transaction->put_document(kWorkDocument, state_work(name), {});
  }
  if (table.stream.enabled) open_stream(table, table.created_ms, *transaction);
  const bool work = delay != 0 || table.stream.enabled;
  const Table shown = table;
  if (delay == 0) complete_new(table);
  try {
    scope.catalog.publish(std::move(table), *transaction);
    transaction->commit();
  } catch (...) {
    scope.catalog.forget(name);
    throw;
  }
  transaction.reset();
  if (work) context.engine.tell_work(scope);

  JsonWriter w(context.out);
  w.begin_object().key("TableDescription");
  auto reading = scope.store->read();
  write_table_description(
      w, shown, *reading,
      {.table_state = State::kCreating, .index_state = State::kCreating, .without_counts = true, .creates = true});
  w.end_object();
}

}  // namespace stator::operations
