#include "emulator/backup/copy_job.h"
#include "emulator/backup/history.h"
#include "emulator/backup/recovery.h"
#include "emulator/maintenance.h"
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

// The texts here and below are the service's: ACK's API notes on DynamoDB, DDB-EXPORT-001 to 008 (October 2026); the
// one of 24 hours is after that of 15 minutes.
void check_specification(const OperationContext& context) {
  if (context.string("ExportFormat") == "ION" && context.string("ExportType") == "INCREMENTAL_EXPORT")
    throw errors::invalid_parameter("ExportFormat ION is not offered by this server for incremental exports");
  if (context.find("FilterSpecification") != nullptr)
    throw errors::invalid_parameter("FilterSpecification is not offered by this server");
  if (context.find("S3SseKmsKeyId") != nullptr && context.string("S3SseAlgorithm") != "KMS")
    throw errors::validation("Invalid Request: KMS Key Id is not supported for this encryption type");
  const JsonValue* specification = context.find("IncrementalExportSpecification");
  if (context.string("ExportType") != "INCREMENTAL_EXPORT") {
    if (specification == nullptr) return;
    throw errors::validation(
        context.string("ExportType").empty()
            ? "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is "
              "provided"
            : "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be "
              "provided");
  }
  if (specification == nullptr)
    throw errors::validation(
        "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export");
  if (specification->find("ExportFromTime") == nullptr)
    throw errors::validation("Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification");
}

// The times of an incremental export, which must lie 15 minutes to 24 hours apart.
void read_period(const OperationContext& context, const Table& table, int64_t now_ms, Transfer& transfer) {
  constexpr int64_t kMinute = 60 * 1000;
  const JsonValue& specification = *context.find("IncrementalExportSpecification");
  const std::string period = "Incremental export period ";
  const int64_t from = *OperationContext::time_ms_in(specification, "ExportFromTime");
  const int64_t to = OperationContext::time_ms_in(specification, "ExportToTime").value_or(now_ms);
  if (from < table.created_ms / 1000 * 1000)
    throw errors::invalid_export_time(period +
                                      "from time cannot be less than the table creation time : " + iso_second(from));
  if (to > now_ms)
    throw errors::invalid_export_time(period + "to time cannot be greater than the current time : " + iso_second(to));
  const std::string difference = "Difference between export period from time and export period to time is ";
  if (to - from < 15 * kMinute) throw errors::invalid_export_time(difference + "less than 15 minutes");
  if (to - from > 24 * 60 * kMinute) throw errors::invalid_export_time(difference + "greater than 24 hours");
  transfer.from_ms = from;
  transfer.moment_ms = to;
}

// Nothing is copied aside: what changed is told by the table's history.
void begin_incremental(OperationContext& context, Scope& scope, const Transfer& transfer,
                       std::unique_ptr<persistence::WriteTransaction> transaction) {
  put_transfer(transfer, *transaction);
  transaction->put_document(kWorkDocument, transfer_work(transfer.kind, transfer.id), {});
  transaction->commit();
  transaction.reset();
  context.engine.tell_work(scope);
}

}  // namespace

// The items at the moment are copied aside first, then written to the bucket behind the request.
void export_table_to_point_in_time(OperationContext& context) {
  check_specification(context);
  std::string_view arn = context.string("TableArn");
  if (!arn.starts_with("arn:")) throw errors::invalid_parameter("tableArn is not a valid ARN");
  if (arn.find("/index/") != std::string_view::npos) throw errors::validation("Invalid Request: Table ARN is invalid.");
  std::string_view name = table_name_of(context, arn);
  auto [scope, transaction, table] = change_table(context, name, errors::table_not_found_exception(arn));
  if (table->state == State::kDeleting) throw errors::table_not_found_exception(arn);
  const int64_t now = context.now_ms();
  Transfer transfer;
  const bool incremental = context.string("ExportType") == "INCREMENTAL_EXPORT";
  if (incremental) read_period(context, *table, now, transfer);
  if (!table->recovery.enabled) throw errors::point_in_time_recovery_unavailable(name);
  append_json(context.input, transfer.request);
  if (auto before = find_by_token(Transfer::Kind::kExport, context.string("ClientToken"), now, *transaction)) {
    Arena arena;
    if (fingerprint(parse_json(before->request, arena).root) != fingerprint(context.input))
      throw errors::export_conflict();
    return answer_export(context, *before);
  }
  const int64_t earliest = earliest_restorable_ms(*table, now) / 1000 * 1000;
  std::optional<int64_t> time = context.time_ms("ExportTime");
  if (time && !incremental && (*time > now || *time < table->created_ms / 1000 * 1000))
    throw errors::invalid_export_time("Export Time is invalid");
  if (incremental ? transfer.from_ms < earliest : time && *time < earliest)
    throw errors::invalid_export_time("Point in Time Recovery is not available for specified export time");

  transfer.kind = Transfer::Kind::kExport;
  transfer.id = new_transfer_id(now);
  transfer.started_ms = now;
  transfer.table = *table;
  if (incremental) {
    begin_incremental(context, scope, transfer, std::move(transaction));
    return answer_export(context, transfer);
  }
  transfer.moment_ms = time.value_or(now);
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
