#include "emulator/backup/backup.h"

#include <array>
#include <cstdio>
#include <random>

#include "emulator/maintenance.h"
#include "emulator/tables/describe_table.h"
#include "emulator/tables/stored_document.h"
#include "emulator/tables/table_document.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/json_value.h"

namespace stator {
namespace {

// The time and eight hexadecimal digits; those of the service's own backups are zeros.
std::string new_id(int64_t now_ms, uint32_t digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%014lld-%08x", static_cast<long long>(now_ms), static_cast<unsigned>(digits));
  return text;
}

Backup backup_of(const Table& table, std::string name, int64_t now_ms, persistence::ReadTransaction& transaction) {
  Backup backup;
  backup.name = std::move(name);
  backup.created_ms = now_ms;
  backup.table = table;
  const persistence::SpaceCounts counts = transaction.counts(table.space);
  backup.bytes = counts.bytes;
  backup.items = counts.rows;
  return backup;
}

void write_throughput(JsonWriter& w, const Throughput& throughput, bool on_demand) {
  w.key("ProvisionedThroughput").begin_object();
  w.key("ReadCapacityUnits").integer(on_demand ? 0 : throughput.read);
  w.key("WriteCapacityUnits").integer(on_demand ? 0 : throughput.write).end_object();
}

void write_source(JsonWriter& w, const Backup& backup) {
  const Table& table = backup.table;
  w.begin_object().key("TableName").string(table.name).key("TableId").string(table.id);
  w.key("TableArn").string(table.arn).key("TableSizeBytes").integer(backup.bytes);
  write_key_schema(w, table.keys);
  w.key("TableCreationDateTime");
  write_timestamp(w, table.created_ms);
  write_throughput(w, table.throughput, table.on_demand);
  write_on_demand_limits(w, table.on_demand_limits);
  w.key("ItemCount").integer(backup.items);
  w.key("BillingMode").string(table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED").end_object();
}

// What the table had (ACK's API notes, DDB-BACKUP-009); the service's own backups name none of it (DDB-BACKUP-015).
void write_features(JsonWriter& w, const Backup& backup) {
  const Table& table = backup.table;
  w.begin_object();
  if (backup.system) {
    w.end_object();
    return;
  }
  for (const auto& [name, list] : {std::pair("LocalSecondaryIndexes", &table.local_indexes),
                                   std::pair("GlobalSecondaryIndexes", &table.global_indexes),
                                   std::pair("VectorIndexes", &table.global_indexes)}) {
    const bool vectors = std::string_view(name) == "VectorIndexes";
    std::vector<const Index*> indexes;
    for (const Index& index : *list)
      if (index.vector.has_value() == vectors) indexes.push_back(&index);
    if (indexes.empty()) continue;
    w.key(name).begin_array();
    for (const Index* each : indexes) {
      const Index& index = *each;
      w.begin_object().key("IndexName").string(index.name);
      if (vectors) {
        write_vector(w, index);
        w.end_object();
        continue;
      }
      write_key_schema(w, index.keys);
      write_projection(w, index);
      if (index.global) {
        write_throughput(w, index.throughput, table.on_demand);
        write_on_demand_limits(w, index.on_demand);
      }
      w.end_object();
    }
    w.end_array();
  }
  if (table.stream.enabled)
    w.key("StreamDescription")
        .begin_object()
        .key("StreamEnabled")
        .boolean(true)
        .key("StreamViewType")
        .string(table.stream.view_type)
        .end_object();
  if (table.ttl.enabled) {
    w.key("TimeToLiveDescription").begin_object().key("TimeToLiveStatus").string("ENABLED");
    w.key("AttributeName").string(table.ttl.attribute).end_object();
  }
  if (!table.sse_description.empty()) w.key("SSEDescription").raw(table.sse_description);
  w.end_object();
}

}  // namespace

Backup new_backup(const Table& table, std::string name, int64_t now_ms, persistence::ReadTransaction& transaction) {
  thread_local std::mt19937 random{std::random_device()()};
  Backup backup = backup_of(table, std::move(name), now_ms, transaction);
  do backup.id = new_id(now_ms, static_cast<uint32_t>(random()));
  while (transaction.document(kBackupDocument, backup.id));
  return backup;
}

void put_backup(const Backup& backup, persistence::WriteTransaction& transaction) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("BackupName").string(backup.name).key("System").boolean(backup.system);
  w.key("Available").boolean(backup.available).key("Created").integer(backup.created_ms);
  w.key("Expires").integer(backup.expires_ms).key("Bytes").integer(backup.bytes).key("Items").integer(backup.items);
  w.key("Space").integer(backup.space).key("Table").string(table_document(backup.table)).end_object();
  transaction.put_document(kBackupDocument, backup.id, out);
}

Backup read_backup(std::string_view id, std::string_view document) {
  Arena arena;
  const JsonValue root = stored::parse(document, arena, "backup");
  Backup backup;
  backup.id = id;
  backup.name = stored::text(root, "BackupName");
  backup.system = stored::flag(root, "System");
  backup.available = stored::flag(root, "Available");
  backup.created_ms = stored::integer(root, "Created");
  backup.expires_ms = stored::integer(root, "Expires");
  backup.bytes = stored::integer(root, "Bytes");
  backup.items = stored::integer(root, "Items");
  backup.space = stored::integer(root, "Space");
  backup.table = read_table_document(stored::text(root, "Table"));
  return backup;
}

std::string_view backup_id(std::string_view arn) {
  constexpr std::string_view kMark = "/backup/";
  const size_t at = arn.rfind(kMark);
  return at == std::string_view::npos ? std::string_view() : arn.substr(at + kMark.size());
}

// ACK's API notes, DDB-BACKUP-012.
void check_backup_arn(std::string_view arn) {
  std::string_view rest = arn;
  std::array<std::string_view, 5> parts;  // arn, partition, service, region, account
  for (std::string_view& part : parts) {
    const size_t end = rest.find(':');
    if (end == std::string_view::npos) throw errors::validation("Invalid Backup ARN");
    part = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  if (parts[0] != "arn" || backup_id(rest).empty()) throw errors::validation("Invalid Backup ARN");
  if (!parts[1].starts_with("aws") || parts[2] != "dynamodb") throw errors::validation("BackupArn is not valid");
}

std::optional<Backup> find_backup(std::string_view arn, persistence::ReadTransaction& transaction) {
  const std::string_view id = backup_id(arn);
  std::optional<std::string> document = transaction.document(kBackupDocument, id);
  if (!document) return std::nullopt;
  Backup backup = read_backup(id, *document);
  if (backup.arn() != arn) return std::nullopt;
  return backup;
}

void drop_backup(const Backup& backup, persistence::WriteTransaction& transaction) {
  transaction.drop_space(backup.space);
  transaction.erase_document(kBackupDocument, backup.id);
  if (backup.expires_ms != 0) transaction.erase_document(kWorkDocument, backup_work(backup.id));
}

void keep_system_backup(const Table& table, int64_t now_ms, persistence::WriteTransaction& transaction) {
  Backup backup = backup_of(table, table.name + "$DeletedTableBackup", now_ms, transaction);
  for (uint32_t digits = 0; digits == 0 || transaction.document(kBackupDocument, backup.id); ++digits)
    backup.id = new_id(now_ms, digits);
  backup.system = backup.available = true;
  backup.expires_ms = now_ms + kSystemBackupDays * kDayMs;
  backup.space = table.space;
  put_backup(backup, transaction);
  transaction.put_document(kWorkDocument, backup_work(backup.id), {});
}

std::string backup_work(std::string_view id) {
  return "backup/" + std::string(id);
}

void write_backup_facts(JsonWriter& w, const Backup& backup, std::string_view status) {
  w.key("BackupSizeBytes").integer(backup.bytes).key("BackupStatus").string(status);
  w.key("BackupType").string(backup.system ? "SYSTEM" : "USER").key("BackupCreationDateTime");
  write_timestamp(w, backup.created_ms);
  if (backup.expires_ms != 0) {
    w.key("BackupExpiryDateTime");
    write_timestamp(w, backup.expires_ms);
  }
}

void write_backup_details(JsonWriter& w, const Backup& backup, std::string_view status) {
  w.begin_object().key("BackupArn").string(backup.arn()).key("BackupName").string(backup.name);
  write_backup_facts(w, backup, status);
  w.end_object();
}

void write_backup_description(JsonWriter& w, const Backup& backup, std::string_view status) {
  w.begin_object().key("BackupDetails");
  write_backup_details(w, backup, status);
  w.key("SourceTableDetails");
  write_source(w, backup);
  w.key("SourceTableFeatureDetails");
  write_features(w, backup);
  w.end_object();
}

std::string_view backup_status(const Backup& backup) {
  return backup.available ? "AVAILABLE" : "CREATING";
}

}  // namespace stator
