// The items of a table or a backup on their way into a backup, an export or a new table, in steps of bounded size, each
// of them one write transaction. Stages: the rows as they lie there; then, of a table that goes on changing meanwhile,
// every change taken back that its history tells of behind the moment that the copy is of; then the new table's
// indexes.
//
// A job is a document of kind "work" named "copy/<uuid>". Small ones are done within the request that asks for them
// (begin_copy), the rest by Maintenance, after a restart too. Whoever removes a table or a backup asks copies_from()
// first. A job whose ends are gone all the same (a reset) ends without a result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/engine.h"
#include "persistence/store.h"

namespace stator {

inline constexpr std::string_view kCopyWork = "copy/";

struct CopyJob {
  enum class Stage : uint8_t { kRows, kHistory, kIndexes, kFinish };
  std::string id;  // of the document
  Stage stage = Stage::kRows;
  // What is copied: a table's space, with its name and id, or a backup's.
  persistence::SpaceId from = 0;
  std::string from_table;
  std::string from_table_id;
  std::string from_backup;
  // Changes are taken back that have a greater number and are later.
  int64_t after_number = 0;
  int64_t after_ms = INT64_MIN;
  // Where it goes: a backup, an export, or a table that is CREATING.
  persistence::SpaceId to = 0;
  std::string to_backup;
  std::string to_export;
  std::string to_table;
  std::string position;  // the last row that is done
};

// Writes the job down and does a few steps of it. What is left is told to the engine.
void begin_copy(Engine& engine, Scope& scope, CopyJob job, std::unique_ptr<persistence::WriteTransaction> transaction);
// One step, in a transaction of its own. True while there is more to do.
bool copy_step(Scope& scope, std::string_view work);

std::vector<CopyJob> copy_jobs(persistence::ReadTransaction& transaction);
// Whether a copy from that space is being made.
bool copies_from(persistence::SpaceId space, persistence::ReadTransaction& transaction);

}  // namespace stator
