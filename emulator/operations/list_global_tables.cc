#include "emulator/operations.h"
#include "emulator/replication/global_table.h"
#include "emulator/tables/table_document.h"

namespace stator::operations {

void list_global_tables(OperationContext& context) {
  constexpr size_t kMaxTables = 100;
  size_t limit = kMaxTables;
  if (const JsonValue* given = context.find("Limit")) limit = static_cast<size_t>(integer_value(*given));
  std::shared_ptr<Scope> scope = context.scope;
  if (std::string_view region = context.string("RegionName"); !region.empty() && !context.engine.options().shared)
    scope = context.engine.find_scope({context.scope_name.account, std::string(region), context.scope_name.fork});
  std::vector<GlobalTable> found;
  if (scope != nullptr)
    for (const auto& [name, document] :
         scope->store->read()->documents(kTableDocument, context.string("ExclusiveStartGlobalTableName"))) {
      GlobalTable global = global_table_of(read_table_document(document));
      if (global.regions.empty()) continue;
      found.push_back(std::move(global));
      if (found.size() > limit) break;
    }
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  JsonWriter w(context.out);
  w.begin_object().key("GlobalTables").begin_array();
  for (const GlobalTable& global : found) {
    w.begin_object().key("GlobalTableName").string(global.name).key("ReplicationGroup").begin_array();
    for (const std::string& region : global.regions) w.begin_object().key("RegionName").string(region).end_object();
    w.end_array().end_object();
  }
  w.end_array();
  if (more) w.key("LastEvaluatedGlobalTableName").string(found.back().name);
  w.end_object();
}

}  // namespace stator::operations
