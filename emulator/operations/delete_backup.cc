#include "emulator/backup/backup.h"
#include "emulator/backup/copy_job.h"
#include "emulator/backup/recovery.h"
#include "emulator/operations.h"

namespace stator::operations {

void delete_backup(OperationContext& context) {
  std::string_view arn = context.string("BackupArn");
  check_backup_arn(arn);
  if (context.scope == nullptr) throw errors::backup_not_found(arn);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  std::optional<Backup> backup = find_backup(arn, *transaction);
  if (!backup) throw errors::backup_not_found(arn);
  if (backup->system)  // ACK's API notes, DDB-BACKUP-015
    throw errors::validation("User is not allowed to delete the system backup with arn " + std::string(arn) +
                             ". It will automatically expire on " + iso_second(backup->expires_ms));
  if (!backup->available) throw errors::backup_in_use("Backup is being created: " + std::string(arn));
  if (copies_from(backup->space, *transaction))
    throw errors::backup_in_use("Backup is being used to restore table: " + std::string(arn));
  drop_backup(*backup, *transaction);
  transaction->commit();
  transaction.reset();
  context.engine.tell_work(scope);

  JsonWriter w(context.out);
  w.begin_object().key("BackupDescription");
  write_backup_description(w, *backup, "DELETED");
  w.end_object();
}

}  // namespace stator::operations
