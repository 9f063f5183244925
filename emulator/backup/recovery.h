// Point in time recovery: what is told of it, and to when a table may be restored. Here the latest time is now (the
// service stays some minutes behind), the earliest the moment since which the table's history is kept, or the beginning
// of the recovery period. A time in whole seconds means the whole of that second: what a client sends that keeps no
// fractions must include what it wrote before it looked at its clock.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/tables/table.h"
#include "protocol/json/json_writer.h"

namespace stator {

// "2026-10-06T23:16:32Z", as error texts name times.
std::string iso_second(int64_t ms);
int64_t earliest_restorable_ms(const Table& table, int64_t now_ms);
// The moment that a restore to `asked_ms` restores to. Throws InvalidRestoreTimeException.
int64_t restore_moment_ms(const Table& table, int64_t asked_ms, int64_t now_ms);
// The answer of DescribeContinuousBackups and UpdateContinuousBackups.
void write_continuous_backups(JsonWriter& w, const Table& table, int64_t now_ms);

}  // namespace stator
