#include "emulator/streams/stream.h"

#include <vector>

#include "emulator/maintenance.h"
#include "emulator/streams/stream_records.h"
#include "emulator/tables/stored_document.h"
#include "emulator/tables/stream_label.h"
#include "emulator/tables/table_document.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator {
namespace {

std::string stream_document(const Stream& stream) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("TableName").string(stream.table_name).key("TableArn").string(stream.table_arn);
  w.key("Label").string(stream.label).key("ViewType").string(stream.view_type);
  w.key("HashKey").string(stream.hash_key).key("RangeKey").string(stream.range_key);
  w.key("Created").integer(stream.created_ms).key("Settles").integer(stream.settles_ms);
  w.key("Closed").integer(stream.closed_ms).key("First").integer(stream.first).key("Last").integer(stream.last);
  w.key("Trimmed").integer(stream.trimmed).key("Skipped").integer(stream.skipped);
  w.key("Space").integer(stream.space).end_object();
  return out;
}

// A stream of that table that nothing was noted of yet.
Stream stream_of(const Table& table) {
  Stream stream;
  stream.table_name = table.name;
  stream.table_arn = table.arn;
  stream.label = table.stream.label;
  stream.view_type = table.stream.view_type;
  stream.hash_key = table.keys.hash[0].name;
  if (!table.keys.range.empty()) stream.range_key = table.keys.range[0].name;
  stream.created_ms = table.created_ms;
  stream.space = table.stream.space;
  return stream;
}

std::optional<Stream> stream_of_enabled(const Table& table, persistence::ReadTransaction& transaction) {
  if (!table.stream.enabled) return std::nullopt;
  std::optional<Stream> stream = find_stream(table.name, table.stream.label, transaction);
  return stream ? stream : stream_of(table);
}

}  // namespace

std::string Stream::arn() const {
  return table_arn + "/stream/" + label;
}

std::string Stream::shard_id() const {
  uint32_t hash = 2166136261;  // FNV-1a
  for (char c : arn()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string digits = std::to_string(created_ms);
  std::string id = "shardId-" + std::string(20 - digits.size(), '0') + digits + "-";
  for (int shift = 28; shift >= 0; shift -= 4) id += kHex[hash >> shift & 15];
  return id;
}

std::string_view Stream::status(int64_t now_ms) const {
  if (open()) return now_ms < settles_ms ? "ENABLING" : "ENABLED";
  return now_ms < settles_ms ? "DISABLING" : "DISABLED";
}

std::optional<StreamName> parse_stream_arn(std::string_view arn) {
  std::string_view parts[5];
  for (std::string_view& part : parts) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  constexpr std::string_view kTable = "table/", kStream = "/stream/";
  if (parts[0] != "arn" || parts[2] != "dynamodb" || !arn.starts_with(kTable)) return std::nullopt;
  arn.remove_prefix(kTable.size());
  const size_t slash = arn.find('/');
  if (slash == std::string_view::npos || !arn.substr(slash).starts_with(kStream)) return std::nullopt;
  StreamName name{parts[4], parts[3], arn.substr(0, slash), arn.substr(slash + kStream.size())};
  if (name.table.empty() || name.label.empty()) return std::nullopt;
  return name;
}

std::string stream_document_id(std::string_view table, std::string_view label) {
  return std::string(table) + "/" + std::string(label);
}

Stream read_stream_document(std::string_view document) {
  Arena arena;
  const JsonValue root = stored::parse(document, arena, "stream");
  Stream stream;
  stream.table_name = stored::text(root, "TableName");
  stream.table_arn = stored::text(root, "TableArn");
  stream.label = stored::text(root, "Label");
  stream.view_type = stored::text(root, "ViewType");
  stream.hash_key = stored::text(root, "HashKey");
  stream.range_key = stored::text(root, "RangeKey");
  stream.created_ms = stored::integer(root, "Created");
  stream.settles_ms = stored::integer(root, "Settles");
  stream.closed_ms = stored::integer(root, "Closed");
  stream.first = stored::integer(root, "First");
  stream.last = stored::integer(root, "Last");
  stream.trimmed = stored::integer(root, "Trimmed");
  stream.skipped = stored::integer(root, "Skipped");
  stream.space = stored::integer(root, "Space");
  return stream;
}

std::optional<Stream> find_stream(std::string_view table, std::string_view label,
                                  persistence::ReadTransaction& transaction) {
  const std::optional<std::string> stored = transaction.document(kStreamDocument, stream_document_id(table, label));
  return stored ? std::optional(read_stream_document(*stored)) : std::nullopt;
}

void put_stream(const Stream& stream, persistence::WriteTransaction& transaction) {
  transaction.put_document(kStreamDocument, stream_document_id(stream.table_name, stream.label),
                           stream_document(stream));
}

void open_stream(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction) {
  // Under a clock that stands still a table's streams would all have one label.
  int64_t created_ms = now_ms;
  while (find_stream(table.name, table.stream.label = stream_label(created_ms), transaction)) ++created_ms;
  table.stream.policy = {};
  table.stream.space = transaction.new_space();
  Stream stream = stream_of(table);
  stream.created_ms = created_ms;
  stream.settles_ms = table.settles_ms;
  stream.first = next_sequence(now_ms, transaction);
  put_stream(stream, transaction);
  transaction.put_document(kWorkDocument, kStreamsWork, {});
}

void close_stream(const Table& table, int64_t now_ms, int64_t settles_ms, persistence::WriteTransaction& transaction) {
  std::optional<Stream> stream = stream_of_enabled(table, transaction);
  if (!stream || !stream->open()) return;
  stream->last = next_sequence(now_ms, transaction);
  stream->closed_ms = now_ms;
  stream->settles_ms = settles_ms;
  put_stream(*stream, transaction);
  transaction.put_document(kWorkDocument, kStreamsWork, {});
}

void empty_stream(Table& table, persistence::WriteTransaction& transaction) {
  std::optional<Stream> stream = stream_of_enabled(table, transaction);
  if (!stream || !stream->open()) return;
  stream->skipped = newest_record(*stream, transaction);
  transaction.drop_space(stream->space);
  stream->space = table.stream.space = transaction.new_space();
  put_stream(*stream, transaction);
}

void adopt_streams(Scope& scope) {
  if (scope.streams_adopted) return;
  std::vector<Stream> missing;
  {
    auto reading = scope.store->read();
    for (const auto& [name, document] : reading->documents(kTableDocument)) {
      // What table_document.cc writes: cheaper to look for than to read every table there is.
      if (document.find(R"("Stream":{"Enabled":true)") == std::string::npos) continue;
      const Table table = read_table_document(document);
      if (!find_stream(table.name, table.stream.label, *reading)) missing.push_back(stream_of(table));
    }
  }
  // Not before what was adopted is seen in the store: another thread may be about to read it.
  if (missing.empty()) {
    scope.streams_adopted = true;
    return;
  }
  auto transaction = scope.store->write();
  for (const Stream& stream : missing) {
    const TablePtr table = scope.catalog.find(stream.table_name, *transaction);
    if (table == nullptr || table->stream.label != stream.label || !table->stream.enabled) continue;
    if (!find_stream(stream.table_name, stream.label, *transaction)) put_stream(stream, *transaction);
  }
  transaction->put_document(kWorkDocument, kStreamsWork, {});
  transaction->commit();
}

}  // namespace stator
