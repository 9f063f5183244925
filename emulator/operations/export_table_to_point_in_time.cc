#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/backup/recovery.h"
#include "emulator/operations.h"
#include "emulator/transactions/tokens.h"
#include "emulator/transfers/transfer.h"

namespace stator::operations {
namespace {

void answer_export(OperationContext& context, const Transfer& transfer) {
  JsonWriter w(context.out);
  w.begin_object().key("ExportDescription");
  write_export_description(w, transfer);
  w.end_object();
}

void check_offered(const OperationContext& context) {
  if (context.string("ExportFormat") == "ION")
    throw errors::invalid_parameter("ExportFormat ION is not offered by this server; DYNAMODB_JSON is");
  if (context.string("ExportType") == "INCREMENTAL_EXPORT")
    throw errors::invalid_parameter("ExportType INCREMENTAL_EXPORT is not offered by this server; FULL_EXPORT is");
  if (context.find("IncrementalExportSpecification") != nullptr)
    throw errors::invalid_parameter("IncrementalExportSpecification is not valid for ExportType FULL_EXPORT");
}

}  // namespace

// The items at the moment are copied aside first, then written to the bucket behind the request.
void export_table_to_point_in_time(OperationContext& context) {
  check_offered(context);
  std::string_view arn = context.string("TableArn");
  if (!arn.starts_with("arn:")) throw errors::validation("Invalid TableArn: " + std::string(arn));
  std::string_view name = table_name_of(context, arn);
  if (context.scope == nullptr) throw errors::table_not_found_exception(name);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  TablePtr table = scope.catalog.find(name, *transaction);
  if (table == nullptr || table->state == State::kDeleting) throw errors::table_not_found_exception(name);
  if (!table->recovery.enabled) throw errors::point_in_time_recovery_unavailable(name);
  const int64_t now = context.now_ms();
  Transfer transfer;
  append_json(context.input, transfer.request);
  if (auto before = find_by_token(Transfer::Kind::kExport, context.string("ClientToken"), now, *transaction)) {
    Arena arena;
    if (fingerprint(parse_json(before->request, arena).root) != fingerprint(context.input))
      throw errors::export_conflict("The ClientToken was used with other parameters before");
    return answer_export(context, *before);
  }
  std::optional<int64_t> time = context.time_ms("ExportTime");
  if (time && (*time > now || *time < earliest_restorable_ms(*table, now) / 1000 * 1000))
    throw errors::invalid_export_time("ExportTime is outside of the point in time recovery window");

  transfer.kind = Transfer::Kind::kExport;
  transfer.id = new_transfer_id(now);
  transfer.started_ms = now;
  transfer.moment_ms = time.value_or(now);
  transfer.table = *table;
  transfer.space = transaction->new_space();
  put_transfer(transfer, *transaction);
  CopyJob job;
  job.from = table->space;
  job.from_table = table->name;
  job.from_table_id = table->id;
  if (time)
    job.after_ms = restore_moment_ms(*table, *time, now);
  else
    job.after_number = history_mark(*transaction);
  job.to = transfer.space;
  job.to_export = transfer.id;
  begin_copy(context.engine, scope, std::move(job), std::move(transaction));
  answer_export(context, transfer);
}

}  // namespace stator::operations
