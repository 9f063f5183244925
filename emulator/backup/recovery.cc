#include "emulator/backup/recovery.h"

#include <algorithm>
#include <ctime>

#include "emulator/tables/describe_table.h"
#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

int64_t whole_second(int64_t ms) {
  return ms - ms % 1000;
}

}  // namespace

int64_t earliest_restorable_ms(const Table& table, int64_t now_ms) {
  return std::max(table.recovery.since_ms, now_ms - table.recovery.days * kDayMs);
}

std::string iso_second(int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int64_t restore_moment_ms(const Table& table, int64_t asked_ms, int64_t now_ms) {
  if (asked_ms < whole_second(earliest_restorable_ms(table, now_ms)) || asked_ms > now_ms)
    throw errors::invalid_restore_time("RestoreDateTime '" + iso_second(asked_ms) +
                                       "' must be within EarliestRestorableDateTime '" +
                                       iso_second(earliest_restorable_ms(table, now_ms)) +
                                       "' and LatestRestorableDateTime '" + iso_second(now_ms) + "'");
  return asked_ms % 1000 == 0 ? asked_ms + 999 : asked_ms;
}

void write_continuous_backups(JsonWriter& w, const Table& table, int64_t now_ms) {
  w.begin_object().key("ContinuousBackupsDescription").begin_object();
  w.key("ContinuousBackupsStatus").string("ENABLED").key("PointInTimeRecoveryDescription").begin_object();
  w.key("PointInTimeRecoveryStatus").string(table.recovery.enabled ? "ENABLED" : "DISABLED");
  if (table.recovery.enabled) {
    w.key("RecoveryPeriodInDays").integer(table.recovery.days).key("EarliestRestorableDateTime");
    write_timestamp(w, whole_second(earliest_restorable_ms(table, now_ms)));
    w.key("LatestRestorableDateTime");
    write_timestamp(w, whole_second(now_ms));
  }
  w.end_object().end_object().end_object();
}

}  // namespace stator
