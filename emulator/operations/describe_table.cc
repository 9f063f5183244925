#include "emulator/tables/describe_table.h"

#include "emulator/operations.h"

namespace stator::operations {

void describe_table(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  if (context.scope == nullptr) throw errors::table_not_found(name);
  auto transaction = context.scope->store->read();
  TablePtr table = context.scope->catalog.find(name, *transaction);
  if (table == nullptr) throw errors::table_not_found(name);
  JsonWriter w(context.out);
  w.begin_object().key("Table");
  write_table_description(w, *table, *transaction, {.now_ms = context.now_ms()});
  w.end_object();
}

}  // namespace stator::operations
