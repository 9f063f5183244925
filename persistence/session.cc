#include "persistence/session.h"

#include <string>

#include "persistence/schema.h"

namespace stator::persistence {
namespace {

// Pages a writer leaves in the log before it copies them into the file: 8 MB.
constexpr const char* kCheckpointPages = "PRAGMA wal_autocheckpoint=1000";
// A connection's own cache (in KiB); behind it stands the operating system's.
constexpr const char* kCacheSize = "PRAGMA cache_size=-4096";

}  // namespace

Session::Session(const std::string& path, Role role, Durability durability, FaultHook* hook)
    : database(path, role == Role::kWriter ? Database::Mode::kCreate : Database::Mode::kExisting, hook),
      rows(database),
      spaces(database),
      documents(database),
      begin_(database, "BEGIN"),
      begin_immediate_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      rollback_(database, "ROLLBACK") {
  database.execute("PRAGMA temp_store=MEMORY");
  database.execute(kCacheSize);
  if (role == Role::kWriter) {
    database.execute(synchronous_pragma(durability));
    establish_schema(database, FileRole::kScope);
    // The journal mode stays in the file; setting it again costs nothing.
    if (database.query_text("PRAGMA journal_mode=WAL") != "wal") {
      throw StoreError(StoreError::Kind::kIo, "could not keep a write-ahead log for " + path +
                                                  ": its file system offers no shared memory; choose another folder "
                                                  "with --data, or --in-memory");
    }
    database.execute(kCheckpointPages);
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
  database.execute("PRAGMA temp_store=MEMORY");
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

void Session::rollback() noexcept {
  if (database.autocommit()) return;
  try {
    rollback_.run();
  } catch (const StoreError&) {
    database.roll_back();
  }
}

}  // namespace stator::persistence
