// A backup: a table's description and its items as they were at one moment, kept under documents of kind "backup" (id:
// the last part of the ARN, which begins with the time, so that they lie in the order of their making) and in a space
// each. It knows nothing of the table any more: that may change or be gone.
//
// SYSTEM backups are those that the service makes when a table with point in time recovery is deleted; they go after 35
// days.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "persistence/store.h"
#include "protocol/json/json_writer.h"

namespace stator {

inline constexpr std::string_view kBackupDocument = "backup";
inline constexpr int64_t kSystemBackupDays = 35;

struct Backup {
  std::string id;  // 01489602797149-73d8d5bc
  std::string name;
  bool system = false;
  bool available = false;
  int64_t created_ms = 0;
  int64_t expires_ms = 0;  // 0: never
  int64_t bytes = 0;       // of the table, then
  int64_t items = 0;
  persistence::SpaceId space = 0;
  Table table;  // as it was; what its spaces hold is not part of the backup

  std::string arn() const { return table.arn + "/backup/" + id; }
};

// A backup of that table that has no items yet.
Backup new_backup(const Table& table, std::string name, int64_t now_ms, persistence::ReadTransaction& transaction);
void put_backup(const Backup& backup, persistence::WriteTransaction& transaction);
Backup read_backup(std::string_view id, std::string_view document);

// The part of the ARN behind "/backup/", or empty when there is no such part.
std::string_view backup_id(std::string_view arn);
// Refuses what is no backup's ARN.
void check_backup_arn(std::string_view arn);
std::optional<Backup> find_backup(std::string_view arn, persistence::ReadTransaction& transaction);
// The backup with its items.
void drop_backup(const Backup& backup, persistence::WriteTransaction& transaction);

// Takes over the items of a table that is being removed, as the service does for point in time recovery. The table's
// own space is the backup's from now on.
void keep_system_backup(const Table& table, int64_t now_ms, persistence::WriteTransaction& transaction);
// The work document of a backup that has its time to go.
std::string backup_work(std::string_view id);

// BackupDetails and BackupDescription, as the writer's next value, and the members that details and summaries share.
// `status` is what the answer says.
void write_backup_facts(JsonWriter& w, const Backup& backup, std::string_view status);
void write_backup_details(JsonWriter& w, const Backup& backup, std::string_view status);
void write_backup_description(JsonWriter& w, const Backup& backup, std::string_view status);
std::string_view backup_status(const Backup& backup);

}  // namespace stator
