#include "emulator/backup/recovery.h"
#include "emulator/operations.h"

namespace stator::operations {

void describe_continuous_backups(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  TablePtr table = known_table(context, name);
  if (table == nullptr) throw errors::table_not_found_exception(name);
  JsonWriter w(context.out);
  write_continuous_backups(w, *table, context.now_ms());
}

}  // namespace stator::operations
