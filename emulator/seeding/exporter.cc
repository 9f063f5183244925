#include "emulator/seeding/exporter.h"

#include <algorithm>
#include <filesystem>

#include "emulator/seeding/gzip_file.h"
#include "emulator/seeding/ion_text.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/stream_label.h"
#include "emulator/tables/table_document.h"
#include "emulator/transfers/transfer.h"
#include "protocol/json/item_codec.h"
#include "protocol/json/json_writer.h"
#include "protocol/value/base64.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBytesAFile = 512 << 20;  // before packing
constexpr size_t kBytesAWrite = 256 << 10;
constexpr int64_t kItemsWrittenATick = 1024;

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

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw SeedError(folder.string(), "cannot be made: " + error.message());
}

// One table on its way out.
class TableExport {
 public:
  TableExport(const Clock& clock, const ExportTarget& target, const Table& table)
      : clock_(clock),
        target_(target),
        table_(table),
        root_(fs::path(target.folder) / "AWSDynamoDB"),
        folder_(root_ / target.id),
        data_(target.from_ms != 0 ? "data" : target.id + "/data") {}

  int64_t run(persistence::Cursor& rows, const std::function<void(int64_t items)>& progress) {
    make_folder(folder_);
    make_folder(root_ / data_);
    write_file((folder_ / "_started").string(), {});
    write_items(rows, progress);
    write_with_checksum("manifest-files", manifest_);
    write_with_checksum("manifest-summary", summary_text());
    return items_;
  }

 private:
  void write_items(persistence::Cursor& rows, const std::function<void(int64_t items)>& progress) {
    persistence::RowView row;
    for (bool more = rows.next(row); more || items_ == 0;) {
      const std::string name = without_dashes(new_uuid()).substr(0, 26) + (ion() ? ".ion.gz" : ".json.gz");
      GzipFile file((root_ / data_ / name).string());
      std::string text;
      size_t bytes = 0;
      const int64_t before = items_;
      for (; more && bytes < kBytesAFile; more = rows.next(row)) {
        append_line(row.body, text);
        if (text.size() >= kBytesAWrite) {
          bytes += text.size();
          file.write(text);
          text.clear();
        }
        if (++items_ % kItemsWrittenATick == 0 && progress) progress(items_);
      }
      file.write(text);
      file.close();
      add_to_manifest(name, items_ - before, file.md5());
      if (!more) break;
    }
  }

  bool ion() const { return target_.format == "ION"; }

  void append_line(std::string_view body, std::string& text) {
    if (ion()) {
      arena_.reset();
      append_ion_item(decode_item(body, arena_), text);
    } else if (target_.from_ms != 0) {
      text += body;
    } else {
      text.append("{\"Item\":").append(body) += '}';
    }
    text += '\n';
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
        .string(key(data_ + "/" + name))
        .end_object();
    manifest_ += '\n';
  }

  // Of an object, as S3 would name it.
  std::string key(const std::string& name) const {
    return (target_.prefix.empty() ? "" : target_.prefix + "/") + "AWSDynamoDB/" + name;
  }

  std::string summary_text() const {
    auto text_or_null = [](JsonWriter& w, std::string_view name, const std::string& value) {
      w.key(name);
      if (value.empty())
        w.null();
      else
        w.string(value);
    };
    std::string text;
    JsonWriter w(text);
    w.begin_object()
        .key("version")
        .string(target_.from_ms == 0 ? "2020-06-30" : "2023-08-01")
        .key("exportArn")
        .string(table_.arn + "/export/" + target_.id)
        .key("startTime")
        .string(stream_label(target_.started_ms) + "Z")
        .key("endTime")
        .string(stream_label(clock_.now_ms()) + "Z")
        .key("tableArn")
        .string(table_.arn)
        .key("tableId")
        .string(table_.id);
    if (target_.from_ms != 0) w.key("exportFromTime").string(stream_label(target_.from_ms) + "Z");
    w.key(target_.from_ms != 0 ? "exportToTime" : "exportTime").string(stream_label(target_.moment_ms) + "Z");
    text_or_null(w, "s3Bucket", target_.bucket);
    text_or_null(w, "s3Prefix", target_.prefix);
    text_or_null(w, "s3SseAlgorithm", target_.sse_algorithm);
    text_or_null(w, "s3SseKmsKeyId", target_.sse_key);
    w.key("manifestFilesS3Key")
        .string(key(target_.id + "/manifest-files.json"))
        .key("billedSizeBytes")
        .integer(0)
        .key("itemCount")
        .integer(items_)
        .key("outputFormat")
        .string(target_.format);
    if (target_.from_ms != 0) w.key("outputView").string(target_.view);
    w.key("exportType").string(target_.from_ms != 0 ? "INCREMENTAL_EXPORT" : "FULL_EXPORT").end_object();
    return text + "\n";
  }

  void write_with_checksum(const std::string& name, const std::string& text) const {
    write_file((folder_ / (name + ".checksum")).string(), base64(md5_of(text)));
    write_file((folder_ / (name + ".json")).string(), text);
  }

  const Clock& clock_;
  const ExportTarget& target_;
  const Table& table_;
  const fs::path root_, folder_;
  const std::string data_;  // the folder of the data, below root_
  std::string manifest_;
  Arena arena_;
  int64_t items_ = 0;
};

std::string definition_text(const Table& table, persistence::ReadTransaction& reading) {
  std::string text;
  JsonWriter w(text);
  w.begin_object().key("Table");
  write_table_description(w, table, reading, {});
  if (table.ttl.enabled) {
    w.key("TimeToLiveDescription").begin_object().key("TimeToLiveStatus").string("ENABLED");
    w.key("AttributeName").string(table.ttl.attribute).end_object();
  }
  if (!table.tags.empty()) {
    w.key("Tags").begin_array();
    for (const auto& [key, value] : table.tags)
      w.begin_object().key("Key").string(key).key("Value").string(value).end_object();
    w.end_array();
  }
  w.end_object();
  return text + "\n";
}

}  // namespace

int64_t write_export(const Clock& clock, const ExportTarget& target, const Table& table, persistence::Cursor& rows,
                     const std::function<void(int64_t items)>& progress) {
  return TableExport(clock, target, table).run(rows, progress);
}

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
  for (const Table& table : tables) {
    // A hidden file would be passed over by who reads the folder.
    const std::string name = (table.name.starts_with('.') ? "table" : "") + table.name + ".json";
    const fs::path definition = fs::path(options.folder) / name;
    std::error_code error;
    if (fs::exists(definition, error))
      throw SeedError(definition.string(), "is there already: export to a folder without an export of this table");
    make_folder(options.folder);
    write_file(definition.string(), definition_text(table, *reading));
    ExportTarget target;
    target.folder = options.folder;
    target.started_ms = target.moment_ms = engine.clock().now_ms();
    target.id = new_transfer_id(target.started_ms);
    const int64_t all = reading->counts(table.space).rows;
    auto rows = reading->scan(table.space, {});
    const int64_t items = write_export(engine.clock(), target, table, *rows, [&](int64_t done) {
      if (options.progress) options.progress(table.name, done, all);
    });
    exported.push_back({table.name, (fs::path(options.folder) / "AWSDynamoDB" / target.id).string(), items});
  }
  return exported;
}

}  // namespace stator::seeding
