#include "emulator/backup/backup.h"
#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/operations.h"

namespace stator::operations {

void create_backup(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  auto [scope, transaction, table] = change_table(context, name, errors::table_not_found_exception(name));
  if (table->state == State::kCreating) throw errors::table_not_found_exception(name);
  if (copies_from(table->space, *transaction))
    throw errors::backup_in_use("Another backup or restore of the table is in progress: " + table->name);

  Backup backup = new_backup(*table, std::string(context.string("BackupName")), context.now_ms(), *transaction);
  backup.space = transaction->new_space();
  CopyJob job;
  job.from = table->space;
  job.from_table = table->name;
  job.from_table_id = table->id;
  job.after_number = history_mark(*transaction);
  job.to = backup.space;
  job.to_backup = backup.id;
  put_backup(backup, *transaction);
  Table changed = *table;
  begin_history(changed, *transaction);
  if (changed.history != table->history) scope.catalog.publish(std::move(changed), *transaction);
  begin_copy(context.engine, scope, std::move(job), std::move(transaction));

  JsonWriter w(context.out);
  w.begin_object().key("BackupDetails");
  write_backup_details(w, backup, "CREATING");
  w.end_object();
}

}  // namespace stator::operations
