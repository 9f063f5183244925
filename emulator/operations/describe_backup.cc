#include "emulator/backup/backup.h"
#include "emulator/operations.h"

namespace stator::operations {

void describe_backup(OperationContext& context) {
  std::string_view arn = context.string("BackupArn");
  check_backup_arn(arn);
  std::optional<Backup> backup;
  if (context.scope != nullptr) backup = find_backup(arn, *context.scope->store->read());
  if (!backup) throw errors::backup_not_found(arn);
  JsonWriter w(context.out);
  w.begin_object().key("BackupDescription");
  write_backup_description(w, *backup, backup_status(*backup));
  w.end_object();
}

}  // namespace stator::operations
