#include <random>

#include "emulator/operations.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/stream_label.h"
#include "emulator/tables/table_rules.h"
#include "emulator/tables/tag_rules.h"

namespace stator::operations {
namespace {

std::string new_uuid() {
  thread_local std::mt19937_64 random{std::random_device()()};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& c : id) {
    if (c == 'x') c = kHex[random() & 15];
    if (c == 'y') c = kHex[8 + (random() & 3)];
  }
  return id;
}

}  // namespace

void create_table(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  Table table = read_create_table(context.input);
  table.name = name;
  table.arn = table_arn(context, name);
  table.id = new_uuid();
  table.created_ms = context.now_ms();
  if (table.on_demand) table.on_demand_since_ms = table.created_ms;
  if (const JsonValue* sse = context.find("SSESpecification"))
    table.sse_description = sse_description(*sse, context.caller.region, context.caller.account);
  if (const JsonValue* tags = context.find("Tags")) add_tags(*tags, table.tags);
  table.resource_policy = context.string("ResourcePolicy");
  if (table.stream.enabled) table.stream.label = stream_label(table.created_ms);

  // The first CreateTable of an account and region makes its file; nothing else does.
  if (context.scope == nullptr) context.scope = context.engine.create_scope(context.scope_name);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  if (scope.catalog.find(name, *transaction) != nullptr) throw errors::table_already_exists(name);
  table.space = transaction->new_space();
  for (auto* list : {&table.local_indexes, &table.global_indexes})
    for (Index& index : *list) index.space = transaction->new_space();
  if (!table.local_indexes.empty()) table.collections = transaction->new_space();
  if (table.stream.enabled) table.stream.space = transaction->new_space();
  TablePtr made;
  try {
    made = scope.catalog.publish(std::move(table), *transaction);
    transaction->commit();
  } catch (...) {
    scope.catalog.forget(name);
    throw;
  }
  transaction.reset();

  JsonWriter w(context.out);
  w.begin_object().key("TableDescription");
  auto reading = scope.store->read();
  write_table_description(w, *made, *reading,
                          {.table_state = State::kCreating, .index_state = State::kCreating, .without_counts = true});
  w.end_object();
}

}  // namespace stator::operations
