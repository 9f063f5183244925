#include "emulator/seeding/exporter.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "emulator/seeding/gzip_file.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/stream_label.h"
#include "emulator/tables/table_document.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBytesAFile = 512 << 20;  // before packing
constexpr size_t kBytesAWrite = 256 << 10;
constexpr int64_t kItemsATick = 1024;

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(bytes, out);
  return out;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string without_dashes(std::string uuid) {
  std::erase(uuid, '-');
  return uuid;
}

// As the service's: the time in milliseconds, 14 digits, and something that no other export has.
std::string new_export_id(int64_t now_ms) {
  char time[32];
  std::snprintf(time, sizeof time, "%014lld", static_cast<long long>(now_ms));
  return std::string(time) + "-" + new_uuid().substr(0, 8);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw SeedError(folder.string(), "cannot be made: " + error.message());
}

// One table on its way out.
class TableExport {
 public:
  TableExport(const Engine& engine, const ExportOptions& options, const Table& table)
      : engine_(engine),
        options_(options),
        table_(table),
        started_ms_(engine.clock().now_ms()),
        id_(new_export_id(started_ms_)),
        folder_(fs::path(options.folder) / "AWSDynamoDB" / id_) {}

  ExportedTable run(persistence::ReadTransaction& reading) {
    // A hidden file would be passed over by who reads the folder.
    const std::string name = (table_.name.starts_with('.') ? "table" : "") + table_.name + ".json";
    const fs::path definition = fs::path(options_.folder) / name;
    std::error_code error;
    if (fs::exists(definition, error))
      throw SeedError(definition.string(), "is there already: export to a folder without an export of this table");
    make_folder(folder_ / "data");
    write_file((folder_ / "_started").string(), {});
    write_items(reading);
    write_file(definition.string(), definition_text(reading));
    write_with_checksum("manifest-files", manifest_);
    write_with_checksum("manifest-summary", summary_text());
    return {table_.name, folder_.string(), items_};
  }

 private:
  void write_items(persistence::ReadTransaction& reading) {
    const int64_t all = reading.counts(table_.space).rows;
    auto cursor = reading.scan(table_.space, {});
    persistence::RowView row;
    for (bool more = cursor->next(row); more || items_ == 0;) {
      const std::string name = without_dashes(new_uuid()).substr(0, 26) + ".json.gz";
      GzipFile file((folder_ / "data" / name).string());
      std::string text;
      size_t bytes = 0;
      const int64_t before = items_;
      for (; more && bytes < kBytesAFile; more = cursor->next(row)) {
        text += "{\"Item\":";
        text += row.body;
        text += "}\n";
        if (text.size() >= kBytesAWrite) {
          bytes += text.size();
          file.write(text);
          text.clear();
        }
        if (++items_ % kItemsATick == 0 && options_.progress) options_.progress(table_.name, items_, all);
      }
      file.write(text);
      file.close();
      add_to_manifest(name, items_ - before, file.md5());
      if (!more) break;
    }
  }

  void add_to_manifest(const std::string& name, int64_t items, std::string_view md5) {
    JsonWriter(manifest_)
        .begin_object()
        .key("itemCount")
        .integer(items)
        .key("md5Checksum")
        .string(base64(md5))
        .key("etag")
        .string(hex(md5) + "-1")
        .key("dataFileS3Key")
        .string("AWSDynamoDB/" + id_ + "/data/" + name)
        .end_object();
    manifest_ += '\n';
  }

  std::string definition_text(persistence::ReadTransaction& reading) const {
    std::string text;
    JsonWriter w(text);
    w.begin_object().key("Table");
    write_table_description(w, table_, reading, {});
    if (table_.ttl.enabled) {
      w.key("TimeToLiveDescription").begin_object().key("TimeToLiveStatus").string("ENABLED");
      w.key("AttributeName").string(table_.ttl.attribute).end_object();
    }
    if (!table_.tags.empty()) {
      w.key("Tags").begin_array();
      for (const auto& [key, value] : table_.tags)
        w.begin_object().key("Key").string(key).key("Value").string(value).end_object();
      w.end_array();
    }
    w.end_object();
    return text + "\n";
  }

  std::string summary_text() const {
    const std::string started = stream_label(started_ms_) + "Z";
    std::string text;
    JsonWriter(text)
        .begin_object()
        .key("version")
        .string("2020-06-30")
        .key("exportArn")
        .string(table_.arn + "/export/" + id_)
        .key("startTime")
        .string(started)
        .key("endTime")
        .string(stream_label(engine_.clock().now_ms()) + "Z")
        .key("tableArn")
        .string(table_.arn)
        .key("tableId")
        .string(table_.id)
        .key("exportTime")
        .string(started)
        .key("s3Bucket")
        .null()
        .key("s3Prefix")
        .null()
        .key("s3SseAlgorithm")
        .null()
        .key("s3SseKmsKeyId")
        .null()
        .key("manifestFilesS3Key")
        .string("AWSDynamoDB/" + id_ + "/manifest-files.json")
        .key("billedSizeBytes")
        .integer(0)
        .key("itemCount")
        .integer(items_)
        .key("outputFormat")
        .string("DYNAMODB_JSON")
        .key("exportType")
        .string("FULL_EXPORT")
        .end_object();
    return text + "\n";
  }

  void write_with_checksum(const std::string& name, const std::string& text) const {
    write_file((folder_ / (name + ".checksum")).string(), base64(md5_of(text)));
    write_file((folder_ / (name + ".json")).string(), text);
  }

  const Engine& engine_;
  const ExportOptions& options_;
  const Table& table_;
  const int64_t started_ms_;
  const std::string id_;
  const fs::path folder_;
  std::string manifest_;
  int64_t items_ = 0;
};

}  // namespace

std::vector<ExportedTable> export_tables(Engine& engine, const ExportOptions& options) {
  const bool shared = engine.options().shared;
  const auto scope = engine.find_scope({shared ? "" : options.account, shared ? "" : options.region, ""});
  if (scope == nullptr)
    throw SeedError("account " + options.account + " has no tables in region " + options.region +
                    ": --account and --region choose others");
  auto reading = scope->store->read();
  std::vector<Table> tables;
  for (const auto& [name, document] : reading->documents(kTableDocument)) {
    const bool wanted =
        options.tables.empty() || std::find(options.tables.begin(), options.tables.end(), name) != options.tables.end();
    if (!wanted) continue;
    tables.push_back(read_table_document(document));
  }
  for (const std::string& name : options.tables)
    if (std::none_of(tables.begin(), tables.end(), [&](const Table& table) { return table.name == name; }))
      throw SeedError("there is no table " + name + " in account " + options.account + ", region " + options.region);
  std::vector<ExportedTable> exported;
  for (const Table& table : tables) exported.push_back(TableExport(engine, options, table).run(*reading));
  return exported;
}

}  // namespace stator::seeding
