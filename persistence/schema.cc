#include "persistence/schema.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

// THE FORMAT, version 1.
//
// A data folder holds
//   stator.lock     locked (flock) by the server that uses the folder; holds its process id as text
//   catalogue.db    which scope lies in which file
//   scope-N.db      one scope (account, region), N = its number in the catalogue, never used again
// and beside each .db the -wal of SQLite's write-ahead log (a -shm is another program's: ours keep that in memory).
// Every .db carries application id 0x53544154
// ("STAT") and the version as user_version.
//
// catalogue.db
//   scopes(number, account, region)         one row a scope
//   numbers(next)                           one row: the next number for a file
//   snapshots(name)                         named copies of all scopes
//   snapshot_scopes(snapshot, account, region, number)   the file, a scope-N.db as well, that holds one scope's copy
// A scope-N.db that the catalogue does not name was left by a crash in mid-reset and is deleted at the start.
//
// scope-N.db
//   spaces(id, rows, bytes, dropped)        every space with the number of its rows and the sum of their sizes; dropped
//   = 1
//                                           when only its rows are still to be erased. Ids come from the sequence
//                                           "space".
//   rows(space, key, size, body)            the rows in order: key as key_encoding.h has it, size = the item's size by
//   AWS's
//                                           rules, body = the bytes themselves (BLOB), or where they are longer than
//                                           kInlineBody the id (INTEGER) of their row in bodies;
//                                           -id when the body is the two rows id and id + 1 in a row
//   bodies(id, body)                        long bodies
//   documents(kind, id, bytes)              small named byte strings
//   sequences(name, value)                  counters: the last value given out
//
// Why two places for a body: a WITHOUT ROWID tree keeps keys and small bodies side by side and makes a scan one walk,
// but its pages hold at least four rows, so that a row above a quarter of a page drags a whole overflow page behind it;
// a rowid tree takes rows up to a whole page and is filled from one end, without the third of air that random keys
// leave.
namespace stator::persistence {
namespace {

constexpr int64_t kApplicationId = 0x53544154;
constexpr int64_t kVersion = 1;
constexpr int64_t kPageSize = 8192;

constexpr const char* kScopeTables[] = {
    R"sql(CREATE TABLE spaces(id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
                              dropped INTEGER NOT NULL))sql",
    R"sql(CREATE INDEX dropped_spaces ON spaces(id) WHERE dropped = 1)sql",
    R"sql(CREATE TABLE rows(space INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, body NOT NULL,
                            PRIMARY KEY(space, key)) WITHOUT ROWID)sql",
    R"sql(CREATE TABLE bodies(id INTEGER PRIMARY KEY, body BLOB NOT NULL))sql",
    R"sql(CREATE TABLE documents(kind TEXT NOT NULL, id TEXT NOT NULL, bytes BLOB NOT NULL,
                                 PRIMARY KEY(kind, id)) WITHOUT ROWID)sql",
    R"sql(CREATE TABLE sequences(name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID)sql",
};

constexpr const char* kCatalogueTables[] = {
    R"sql(CREATE TABLE scopes(number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
                              UNIQUE(account, region)))sql",
    R"sql(CREATE TABLE numbers(next INTEGER NOT NULL))sql",
    R"sql(CREATE TABLE snapshots(name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID)sql",
    R"sql(CREATE TABLE snapshot_scopes(snapshot TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
                                       number INTEGER NOT NULL, PRIMARY KEY(snapshot, account, region)) WITHOUT ROWID)sql",
    R"sql(INSERT INTO numbers VALUES(1))sql",
};

void create(Database& database, FileRole role) {
  database.execute("BEGIN IMMEDIATE");
  try {
    if (role == FileRole::kScope) {
      for (const char* sql : kScopeTables) database.execute(sql);
    } else {
      for (const char* sql : kCatalogueTables) database.execute(sql);
    }
    database.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
    database.execute(("PRAGMA user_version=" + std::to_string(kVersion)).c_str());
    database.execute("COMMIT");
  } catch (...) {
    database.roll_back();
    throw;
  }
}

}  // namespace

void establish_schema(Database& database, FileRole role) {
  const int64_t application = database.query_integer("PRAGMA application_id");
  const int64_t version = database.query_integer("PRAGMA user_version");
  const std::string& path = database.path();
  if (application == kApplicationId) {
    if (version > kVersion) {
      throw StoreError(StoreError::Kind::kNewer, path + " was written by a newer version of stator (format " +
                                                     std::to_string(version) + ", this one knows " +
                                                     std::to_string(kVersion) +
                                                     "): use that version, or another folder with --data");
    }
    if (version < kVersion) {
      throw StoreError(StoreError::Kind::kCorrupt, path + " carries the impossible format version " +
                                                       std::to_string(version) + "; the file is damaged");
    }
    const char* probe = role == FileRole::kScope ? "SELECT count(*) FROM sqlite_schema WHERE name = 'rows'"
                                                 : "SELECT count(*) FROM sqlite_schema WHERE name = 'scopes'";
    if (database.query_integer(probe) != 1) {
      throw StoreError(StoreError::Kind::kCorrupt, path + " lacks its tables; the file is damaged");
    }
    return;
  }
  if (application != 0 || version != 0 || database.query_integer("SELECT count(*) FROM sqlite_schema") != 0) {
    throw StoreError(StoreError::Kind::kForeign,
                     path + " is a database of another program: choose another folder with --data");
  }
  database.execute(("PRAGMA page_size=" + std::to_string(kPageSize)).c_str());
  create(database, role);
}

const char* synchronous_pragma(Durability durability) {
  switch (durability) {
    case Durability::kOff:
      return "PRAGMA synchronous=OFF";
    case Durability::kFull:
      return "PRAGMA synchronous=FULL";
    case Durability::kNormal:
      break;
  }
  return "PRAGMA synchronous=NORMAL";
}

bool is_our_file(const char* path) {
  // SQLite's file header: the magic string at 0, the application id big-endian at 68.
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  struct stat status = {};
  unsigned char header[72];
  const bool whole = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                     read(file, header, sizeof header) == static_cast<ssize_t>(sizeof header);
  close(file);
  if (!whole || std::memcmp(header, "SQLite format 3", 16) != 0) return false;
  const uint32_t application = static_cast<uint32_t>(header[68]) << 24 | static_cast<uint32_t>(header[69]) << 16 |
                               static_cast<uint32_t>(header[70]) << 8 | static_cast<uint32_t>(header[71]);
  return application == kApplicationId;
}

}  // namespace stator::persistence
