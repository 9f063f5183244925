#include "emulator/backup/backup.h"
#include "emulator/backup/restore.h"
#include "emulator/operations.h"

namespace stator::operations {

void restore_table_from_backup(OperationContext& context) {
  std::string_view arn = context.string("BackupArn");
  check_backup_arn(arn);
  if (context.scope == nullptr) throw errors::backup_not_found(arn);
  auto transaction = context.scope->store->write();
  std::optional<Backup> backup = find_backup(arn, *transaction);
  if (!backup) throw errors::backup_not_found(arn);
  if (!backup->available) throw errors::backup_in_use("Backup is being created: " + std::string(arn));
  if (copies_from(backup->space, *transaction))
    throw errors::backup_in_use("Backup is being used to restore another table: " + std::string(arn));
  CopyJob job;
  job.from = backup->space;
  job.from_backup = backup->id;
  restore(context, backup->table, {std::string(arn), backup->table.arn, backup->created_ms, true}, std::move(job),
          std::move(transaction));
}

}  // namespace stator::operations
