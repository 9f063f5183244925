#include "emulator/backup/history.h"
#include "emulator/backup/recovery.h"
#include "emulator/backup/restore.h"
#include "emulator/operations.h"

namespace stator::operations {

void restore_table_to_point_in_time(OperationContext& context) {
  std::string_view name = context.string("SourceTableName");
  std::string_view arn = context.string("SourceTableArn");
  // The texts are those of ACK's API notes, DDB-TABLE-100 and DDB-TABLE-272.
  if (name.empty() && arn.empty())
    throw errors::validation("The parameter 'TableName' is required but was not present in the request");
  if (!name.empty() && !arn.empty())
    throw errors::validation("Must provide exactly one of: sourceTableArn, sourceTableName");
  if (name.empty()) {
    if (!arn.starts_with("arn:")) throw errors::validation("sourceTableArn is not a valid ARN");
    name = table_name_of(context, arn);
  }
  const bool latest = context.flag("UseLatestRestorableTime");
  std::optional<int64_t> time = context.time_ms("RestoreDateTime");
  if (latest == time.has_value())
    throw errors::validation(
        latest ? "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time "
                 "restore request. Please set only one of them."
               : "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not "
                 "both");
  auto [scope, transaction, source] = change_table(context, name, errors::table_not_found_exception(name));
  if (source->state == State::kDeleting) throw errors::table_not_found_exception(name);
  if (!source->recovery.enabled) throw errors::point_in_time_recovery_unavailable(name);
  const int64_t now = context.now_ms();
  CopyJob job;
  job.from = source->space;
  job.from_table = source->name;
  job.from_table_id = source->id;
  if (latest)
    job.after_number = history_mark(*transaction);
  else
    job.after_ms = restore_moment_ms(*source, *time, now);
  restore(context, *source, {{}, source->arn, latest ? now : *time, true}, std::move(job), std::move(transaction));
}

}  // namespace stator::operations
