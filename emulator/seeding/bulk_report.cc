#include "emulator/seeding/bulk_report.h"

#include <memory>
#include <system_error>

#include "emulator/seeding/bucket.h"
#include "emulator/seeding/gzip_file.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/tables/stream_label.h"
#include "emulator/transfers/bulk_put.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

// A file of rows of one kind, as it is written.
struct ReportFile {
  explicit ReportFile(const fs::path& path) : file(path.string()) {}
  GzipFile file;
  int64_t items = 0;
  size_t bytes = 0;
};

std::string key_of_report(const JsonValue& output, const std::string& id) {
  const std::string prefix = text_in(output, "S3KeyPrefix");
  return (prefix.empty() ? "" : prefix + "/") + "AWSDynamoDB/" + id;
}

}  // namespace

BulkReport::BulkReport(const fs::path& bucket, const JsonValue& output, const Transfer& transfer)
    : output_(output),
      transfer_(transfer),
      key_(key_of_report(output, transfer.id)),
      folder_(bucket / prefix_path(key_)) {}

void BulkReport::write(Scope& scope, const BulkProgress& progress, int64_t ended_ms) {
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::create_directories(folder_, error);
  if (error) throw SeedError(folder_.string(), "cannot be made: " + error.message());
  write_rows(scope);
  write_file((folder_ / "manifest-files.json").string(), manifest_);
  write_file((folder_ / "manifest-summary.json").string(), summary(progress, ended_ms));
}

void BulkReport::write_rows(Scope& scope) {
  constexpr size_t kBytesAFile = 512 << 20;  // before packing
  PagedRows rows(*scope.store, transfer_.space);
  std::unique_ptr<ReportFile> file;
  std::string_view type;
  std::string key;
  int number = 0;
  const auto close = [&] {
    if (file == nullptr) return;
    file->file.close();
    add_to_manifest(type, key, file->items, file->file.md5());
    file.reset();
  };
  persistence::RowView row;
  for (char kind = '\0'; rows.next(row);) {
    if (file == nullptr || row.key.front() != kind || file->bytes >= kBytesAFile) {
      close();
      kind = row.key.front();
      type = kind == kBulkErrorRow ? "ERROR" : "CONDITION_CHECK_FAILURE";
      const std::string folder = kind == kBulkErrorRow ? "error" : "condition-check-failure";
      std::error_code error;
      fs::create_directories(folder_ / folder, error);
      if (error) throw SeedError((folder_ / folder).string(), "cannot be made: " + error.message());
      const std::string name = folder + "/" + std::to_string(number++) + ".json.gz";
      key = key_ + "/" + name;
      file = std::make_unique<ReportFile>(folder_ / name);
    }
    file->file.write(std::string(row.body) + "\n");
    file->bytes += row.body.size();
    ++file->items;
  }
  close();
}

void BulkReport::add_to_manifest(std::string_view type, const std::string& key, int64_t items, std::string_view md5) {
  std::string checksum;
  append_base64(md5, checksum);
  JsonWriter w(manifest_);
  w.begin_object().key("outputType").string(type).key("itemCount").integer(items);
  w.key("md5Checksum").string(checksum).key("dataFileS3Key").string(key).end_object();
  manifest_ += '\n';
}

std::string BulkReport::summary(const BulkProgress& progress, int64_t ended_ms) const {
  std::string text;
  JsonWriter w(text);
  w.begin_object().key("bulkOperationArn").string(transfer_.arn());
  w.key("bulkOperationStatus").string(transfer_status(transfer_));
  w.key("startTime").string(stream_label(transfer_.started_ms) + "Z");
  w.key("endTime").string(stream_label(ended_ms) + "Z");
  w.key("tableArn").string(transfer_.table.arn).key("tableId").string(transfer_.table.id);
  w.key("s3Bucket").string(text_in(output_, "S3Bucket")).key("manifestFilesS3Key");
  w.string(key_ + "/manifest-files.json").key("processedItemCount").integer(progress.items);
  w.key("failedItemCount").integer(progress.failed);
  w.key("conditionCheckFailureCount").integer(progress.conditions).end_object();
  return text + "\n";
}

}  // namespace stator::seeding
