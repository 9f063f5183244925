#include "emulator/operations.h"
#include "emulator/tables/table_document.h"

namespace stator::operations {

void list_tables(OperationContext& context) {
  constexpr size_t kMaxNames = 100;
  size_t limit = kMaxNames;
  if (const JsonValue* given = context.find("Limit")) limit = static_cast<size_t>(given->integer().value_or(kMaxNames));
  std::vector<std::pair<std::string, std::string>> tables;
  if (context.scope != nullptr)
    tables =
        context.scope->store->read()->documents(kTableDocument, context.string("ExclusiveStartTableName"), limit + 1);
  bool more = tables.size() > limit;
  if (more) tables.pop_back();
  JsonWriter w(context.out);
  w.begin_object();
  if (more) w.key("LastEvaluatedTableName").string(tables.back().first);
  w.key("TableNames").begin_array();
  for (const auto& [name, document] : tables) w.string(name);
  w.end_array().end_object();
}

}  // namespace stator::operations
