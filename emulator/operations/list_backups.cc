#include "emulator/backup/backup.h"
#include "emulator/operations.h"

namespace stator::operations {
namespace {

bool type_asked(std::string_view type, const Backup& backup) {
  if (type == "ALL") return true;
  if (type == "AWS_BACKUP") return false;
  return backup.system == (type == "SYSTEM");
}

}  // namespace

void list_backups(OperationContext& context) {
  constexpr size_t kMaxBackups = 100;
  size_t limit = kMaxBackups;
  if (const JsonValue* given = context.find("Limit")) limit = static_cast<size_t>(integer_value(*given));
  std::string_view start = context.string("ExclusiveStartBackupArn");
  std::string_view after = backup_id(start);
  if (!start.empty() && after.empty())
    throw errors::validation("Invalid ExclusiveStartBackupArn: " + std::string(start));
  std::string_view table = table_name_of(context, context.string("TableName"));
  std::optional<int64_t> from = context.time_ms("TimeRangeLowerBound"), to = context.time_ms("TimeRangeUpperBound");
  if (from && to && *from > *to)
    throw errors::validation("Time range lower bound must be less than or equal to upper bound");

  std::vector<Backup> found;
  if (context.scope != nullptr)
    for (const auto& [id, document] : context.scope->store->read()->documents(kBackupDocument, after)) {
      Backup backup = read_backup(id, document);
      if (!table.empty() && backup.table.name != table) continue;
      if (!type_asked(context.string("BackupType"), backup)) continue;
      if ((from && backup.created_ms < *from) || (to && backup.created_ms >= *to)) continue;
      found.push_back(std::move(backup));
      if (found.size() > limit) break;
    }
  const bool more = found.size() > limit;
  if (more) found.pop_back();

  JsonWriter w(context.out);
  w.begin_object().key("BackupSummaries").begin_array();
  for (const Backup& backup : found) {
    w.begin_object().key("TableName").string(backup.table.name).key("TableId").string(backup.table.id);
    w.key("TableArn").string(backup.table.arn).key("BackupArn").string(backup.arn());
    w.key("BackupName").string(backup.name);
    write_backup_facts(w, backup, backup_status(backup));
    w.end_object();
  }
  w.end_array();
  if (more) w.key("LastEvaluatedBackupArn").string(found.back().arn());
  w.end_object();
}

}  // namespace stator::operations
