#include "persistence/session.h"

#include <string>

#include "persistence/schema.h"
#include "persistence/sqlite/database_copy.h"

namespace stator::persistence {
namespace {

// Reading through a map of the file instead of copying each page from the operating system's cache into a private one,
// which moreover is thrown away whenever another connection has written (tests/bench/store.cc: a get of 1 KB among
// 10,000 costs 3.7 us instead of 5.0, among 100,000 5.0 instead of 7.8, a row of a page 0.85 instead of 1.9; a larger
// cache gained nothing). The file is ours alone while the folder is locked and never shrinks, so no mapped page can
// vanish.
constexpr const char* kMap = "PRAGMA mmap_size=1073741824";
// What is private still (in KiB): pages that lie in the log, and a writer's changes until its commit.
constexpr const char* kWriterCache = "PRAGMA cache_size=-4096";
constexpr const char* kReaderCache = "PRAGMA cache_size=-2048";
// Debian's SQLite overwrites what is erased with zeros, which has every freed page written to the log: on file an erase
// of 20 KB took 38 us and takes 22, of 200 KB 390 and 140, a replacement of 200 KB 540 and 417.
constexpr const char* kNoZeros = "PRAGMA secure_delete=0";

}  // namespace

Session::Session(const std::string& path, Role role, Durability durability, FaultHook* hook)
    : database(path,
               role == Role::kWriter || role == Role::kMaker ? Database::Mode::kCreate : Database::Mode::kExisting,
               hook),
      rows(database),
      spaces(database),
      documents(database),
      begin_(database, "BEGIN"),
      begin_immediate_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      rollback_(database, "ROLLBACK") {
  database.execute("PRAGMA temp_store=MEMORY");
  database.execute(kNoZeros);
  database.execute(kMap);
  const bool writes = role == Role::kWriter || role == Role::kMaker;
  database.execute(writes ? kWriterCache : kReaderCache);
  if (writes) {
    if (role == Role::kMaker) {
      database.execute("PRAGMA journal_mode=MEMORY");
      database.execute(synchronous_pragma(Durability::kOff));
      establish_schema(database, FileRole::kScope);
    }
    database.execute(synchronous_pragma(durability));
    if (role == Role::kWriter) establish_schema(database, FileRole::kScope);
    // The journal mode stays in the file; setting it again costs nothing.
    if (database.query_text("PRAGMA journal_mode=WAL") != "wal") {
      throw StoreError(StoreError::Kind::kIo, "could not keep a write-ahead log for " + path +
                                                  ": its file system offers no shared memory; choose another folder "
                                                  "with --data, or --in-memory");
    }
    database.watch_log();
  } else if (role == Role::kCheckpointer) {
    database.execute(synchronous_pragma(durability));
  } else {
    database.execute("PRAGMA query_only=1");
  }
}

Session::Session(const std::string& name, FaultHook* hook)
    : database(name, Database::Mode::kMemory, hook),
      rows(database),
      spaces(database),
      documents(database),
      begin_(database, "BEGIN"),
      begin_immediate_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      rollback_(database, "ROLLBACK") {
  in_memory_ = true;
  database.execute("PRAGMA temp_store=MEMORY");
  database.execute(kNoZeros);
  establish_schema(database, FileRole::kScope);
  // Transactions in memory are undone by their own log (undo_log.h), so SQLite need not copy every page it touches.
  database.execute("PRAGMA journal_mode=OFF");
  // And they all lie in one transaction of SQLite's that is only ever committed to copy the database. SQLite ends a
  // commit by trimming its page cache, and after a page split that is a walk over every page there is: with 36,000
  // pages (150 MB) an insert cost 163 us, without commits 4.3 (tests/bench/storage_layout.cc).
  begin();
}

void Session::commit() {
  database.about_to("commit", "commit to");
  commit_.run();
}

void Session::copy_to(Database& target) {
  if (!in_memory_) {
    copy_database(database, target);
    return;
  }
  // The one transaction that everything in memory lies in must end for the copy; counts are written down for it.
  spaces.write_gathered();
  commit_.run();
  try {
    copy_database(database, target);
  } catch (...) {
    database.run_unasked("BEGIN");
    throw;
  }
  database.run_unasked("BEGIN");
}

void Session::take(Session& source) {
  commit_.run();
  source.copy_to(database);
  database.run_unasked("BEGIN");
}

void Session::rollback() noexcept {
  if (database.autocommit()) return;
  try {
    rollback_.run();
  } catch (const StoreError&) {
    database.roll_back();
  }
}

}  // namespace stator::persistence
