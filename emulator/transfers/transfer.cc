#include "emulator/transfers/transfer.h"

#include <cstdio>
#include <random>

#include "emulator/tables/describe_table.h"
#include "emulator/tables/stored_document.h"
#include "emulator/tables/table_document.h"

namespace stator {
namespace {

constexpr int64_t kTokenLife = 8 * 3600 * 1000LL;

// Members of the request that the description repeats.
void repeat(JsonWriter& w, const JsonValue& request, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names)
    if (const JsonValue* member = request.find(name)) append_json(*member, w.key(name).next());
}

}  // namespace

std::string_view transfer_document(Transfer::Kind kind) {
  return kind == Transfer::Kind::kExport ? "export" : kind == Transfer::Kind::kImport ? "import" : "bulk";
}

std::string Transfer::arn() const {
  return table.arn +
         (kind == Kind::kExport   ? "/export/"
          : kind == Kind::kImport ? "/import/"
                                  : "/bulk-operation/") +
         id;
}

std::string transfer_work(Transfer::Kind kind, std::string_view id) {
  return std::string(kTransferWork) + std::string(transfer_document(kind)) + "/" + std::string(id);
}

std::string new_transfer_id(int64_t now_ms) {
  thread_local std::mt19937 random{std::random_device()()};
  char text[40];
  std::snprintf(text, sizeof text, "%014lld-%08x", static_cast<long long>(now_ms), static_cast<unsigned>(random()));
  return text;
}

void put_transfer(const Transfer& transfer, persistence::WriteTransaction& transaction) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("Status").integer(static_cast<int>(transfer.status));
  w.key("Started").integer(transfer.started_ms).key("Ended").integer(transfer.ended_ms);
  w.key("Table").string(table_document(transfer.table)).key("Request").string(transfer.request);
  w.key("Moment")
      .integer(transfer.moment_ms)
      .key("From")
      .integer(transfer.from_ms)
      .key("Space")
      .integer(transfer.space);
  w.key("Items").integer(transfer.items).key("Imported").integer(transfer.imported);
  w.key("Errors").integer(transfer.errors).key("Bytes").integer(transfer.bytes);
  w.key("FailureCode").string(transfer.failure_code).key("FailureMessage").string(transfer.failure_message);
  w.end_object();
  transaction.put_document(transfer_document(transfer.kind), transfer.id, out);
}

Transfer read_transfer(Transfer::Kind kind, std::string_view id, std::string_view document) {
  Arena arena;
  const JsonValue root = stored::parse(document, arena, "transfer");
  Transfer transfer;
  transfer.kind = kind;
  transfer.id = id;
  transfer.status = static_cast<Transfer::Status>(stored::integer(root, "Status"));
  transfer.started_ms = stored::integer(root, "Started");
  transfer.ended_ms = stored::integer(root, "Ended");
  transfer.table = read_table_document(stored::text(root, "Table"));
  transfer.request = stored::text(root, "Request");
  transfer.moment_ms = stored::integer(root, "Moment");
  transfer.from_ms = stored::integer(root, "From");
  transfer.space = stored::integer(root, "Space");
  transfer.items = stored::integer(root, "Items");
  transfer.imported = stored::integer(root, "Imported");
  transfer.errors = stored::integer(root, "Errors");
  transfer.bytes = stored::integer(root, "Bytes");
  transfer.failure_code = stored::text(root, "FailureCode");
  transfer.failure_message = stored::text(root, "FailureMessage");
  return transfer;
}

std::optional<Transfer> find_transfer(Transfer::Kind kind, std::string_view arn,
                                      persistence::ReadTransaction& transaction) {
  const std::string_view id = arn.substr(arn.rfind('/') + 1);
  std::optional<std::string> document = transaction.document(transfer_document(kind), id);
  if (!document) return std::nullopt;
  Transfer transfer = read_transfer(kind, id, *document);
  if (transfer.arn() != arn) return std::nullopt;
  return transfer;
}

std::optional<Transfer> find_by_token(Transfer::Kind kind, std::string_view token, int64_t now_ms,
                                      persistence::ReadTransaction& transaction) {
  if (token.empty()) return std::nullopt;
  for (const auto& [id, document] : transaction.documents(transfer_document(kind))) {
    Transfer transfer = read_transfer(kind, id, document);
    Arena arena;
    const JsonValue* other = parse_json(transfer.request, arena).root.find("ClientToken");
    if (other != nullptr && other->text() == token && transfer.started_ms > now_ms - kTokenLife) return transfer;
  }
  return std::nullopt;
}

std::string_view export_view(const JsonValue& request) {
  const JsonValue* specification = request.find("IncrementalExportSpecification");
  const JsonValue* view = specification != nullptr ? specification->find("ExportViewType") : nullptr;
  return view != nullptr ? view->text() : "NEW_AND_OLD_IMAGES";
}

std::string_view export_format(const JsonValue& request) {
  const JsonValue* format = request.find("ExportFormat");
  return format != nullptr ? format->text() : "DYNAMODB_JSON";
}

std::string_view transfer_status(const Transfer& transfer) {
  switch (transfer.status) {
    case Transfer::Status::kInProgress:
      return "IN_PROGRESS";
    case Transfer::Status::kCompleted:
      return "COMPLETED";
    case Transfer::Status::kFailed:
      return "FAILED";
    case Transfer::Status::kCompletedWithErrors:
      return "COMPLETED_WITH_ERRORS";
    case Transfer::Status::kCancelling:
      return "CANCELLING";
    case Transfer::Status::kCancelled:
      break;
  }
  return "CANCELLED";
}

void write_transfer_times(JsonWriter& w, const Transfer& transfer) {
  w.key("StartTime");
  write_timestamp(w, transfer.started_ms);
  if (transfer.under_way()) return;
  w.key("EndTime");
  write_timestamp(w, transfer.ended_ms);
}

void write_transfer_failure(JsonWriter& w, const Transfer& transfer) {
  if (transfer.status != Transfer::Status::kFailed && transfer.status != Transfer::Status::kCancelled) return;
  w.key("FailureCode").string(transfer.failure_code).key("FailureMessage").string(transfer.failure_message);
}

void write_export_description(JsonWriter& w, const Transfer& transfer) {
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  const bool done = transfer.status == Transfer::Status::kCompleted;
  w.begin_object().key("ExportArn").string(transfer.arn()).key("ExportStatus").string(transfer_status(transfer));
  write_transfer_times(w, transfer);
  if (done) {
    const JsonValue* prefix = request.find("S3Prefix");
    std::string manifest = "AWSDynamoDB/" + transfer.id + "/manifest-summary.json";
    if (prefix != nullptr && prefix->count() != 0) manifest = std::string(prefix->text()) + "/" + manifest;
    w.key("ExportManifest").string(manifest);
  }
  w.key("TableArn").string(transfer.table.arn).key("TableId").string(transfer.table.id);
  if (!transfer.incremental()) {
    w.key("ExportTime");
    write_timestamp(w, transfer.moment_ms);
  }
  repeat(w, request, {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix"});
  if (request.find("S3SseAlgorithm") == nullptr) w.key("S3SseAlgorithm").string("AES256");
  repeat(w, request, {"S3SseAlgorithm", "S3SseKmsKeyId"});
  write_transfer_failure(w, transfer);
  w.key("ExportFormat").string(export_format(request));
  if (done) w.key("BilledSizeBytes").integer(transfer.bytes).key("ItemCount").integer(transfer.items);
  // In no model, and in the service's answers; a full export does not say its type (ACK's API notes, DDB-EXPORT-008,
  // 017).
  w.key("DestinationType").string("S3");
  if (transfer.incremental()) {
    w.key("ExportType").string("INCREMENTAL_EXPORT").key("IncrementalExportSpecification").begin_object();
    w.key("ExportFromTime");
    write_timestamp(w, transfer.from_ms);
    w.key("ExportToTime");
    write_timestamp(w, transfer.moment_ms);
    w.key("ExportViewType").string(export_view(request)).end_object();
  }
  w.end_object();
}

void write_import_description(JsonWriter& w, const Transfer& transfer) {
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  w.begin_object().key("ImportArn").string(transfer.arn()).key("ImportStatus").string(transfer_status(transfer));
  w.key("TableArn").string(transfer.table.arn).key("TableId").string(transfer.table.id);
  repeat(w, request, {"ClientToken", "S3BucketSource"});
  w.key("ErrorCount").integer(transfer.errors);
  repeat(w, request, {"InputFormat", "InputFormatOptions"});
  if (request.find("InputCompressionType") == nullptr) w.key("InputCompressionType").string("NONE");
  repeat(w, request, {"InputCompressionType", "TableCreationParameters"});
  write_transfer_times(w, transfer);
  w.key("ProcessedSizeBytes").integer(transfer.bytes).key("ProcessedItemCount").integer(transfer.items);
  w.key("ImportedItemCount").integer(transfer.imported);
  write_transfer_failure(w, transfer);
  w.end_object();
}

}  // namespace stator
