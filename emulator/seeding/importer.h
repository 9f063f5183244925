// Brings a plan's tables into one scope of an engine. All are built aside and swapped in together at the end
// (table_build.h): a failure, a stop, a crash leave every table as it was.
//
// A table that has no definition and is not there is an error. One that is there keeps its own definition unless it is
// replaced as a whole. A definition without data makes a table that is missing and leaves alone one that is there.
// Items are put in the order of the files' names; of two with one key the later stands.
//
// One thread. Throws SeedError (file, line and what is wrong), Stopped, persistence::StoreError.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/engine.h"
#include "emulator/seeding/seed_plan.h"

namespace stator::seeding {

// What becomes of a table that is there and has items.
enum class Existing : uint8_t {
  kRefuse,   // an error
  kSkip,     // left alone; also one that is empty
  kReplace,  // its items go; a definition that comes along takes its definition's place
  kMerge,    // new items are put over those that are there
};

struct ImportOptions {
  std::string account;
  std::string region;
  Existing existing = Existing::kRefuse;
};

struct ImportProgress {
  std::string_view table;
  int64_t items = 0;    // read of this table
  int64_t indexed = 0;  // and put into its indexes, behind that
  uint64_t bytes = 0;
  uint64_t all_bytes = 0;  // of all files of all tables, as they lie there
};

class ImportWatcher {
 public:
  virtual ~ImportWatcher() = default;
  virtual void progress(const ImportProgress& progress) = 0;  // often
  virtual void note(const std::string& sentence) = 0;
  virtual bool stop() { return false; }
};

struct Stopped {};

struct ImportedTable {
  std::string name;
  int64_t items = 0;  // that the table has now
};

std::vector<ImportedTable> import_tables(Engine& engine, const SeedPlan& plan, const ImportOptions& options,
                                         ImportWatcher& watcher);

}  // namespace stator::seeding
