#include "persistence/sqlite/sqlite_error.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace stator::persistence {
namespace {

// What is wrong and what helps, behind "could not <doing> <path>: ".
std::string explain(StoreError::Kind kind, std::string_view detail) {
  const std::string said(detail);
  switch (kind) {
    case StoreError::Kind::kFull:
      return "no space is left on the device (" + said + "); free some, nothing that was acknowledged is lost";
    case StoreError::Kind::kIo:
      return "the disk or file system failed (" + said + ")";
    case StoreError::Kind::kCorrupt:
      return "the file is damaged (" + said + "); restore it from a copy, or empty the folder with `stator reset`";
    case StoreError::Kind::kForeign:
      return "it is not a file of this server (" + said + "); choose another folder with --data";
    case StoreError::Kind::kNewer:
      return "a newer version of this server wrote it (" + said + ")";
    case StoreError::Kind::kBusy:
      return "another process has it locked (" + said + ")";
    case StoreError::Kind::kPermission:
      return "user " + std::to_string(geteuid()) + " may not read or write there (" + said +
             "); give that user the folder (chown) or choose another with --data";
    case StoreError::Kind::kOther:
      break;
  }
  return said;
}

[[noreturn]] void throw_store_error(StoreError::Kind kind, std::string_view path, std::string_view doing,
                                    std::string_view detail) {
  throw StoreError(kind, "could not " + std::string(doing) + " " + std::string(path) + ": " + explain(kind, detail));
}

}  // namespace

StoreError::Kind kind_of_sqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreError::Kind::kFull;
    case SQLITE_IOERR:
      // The shared memory beside a WAL grows by ftruncate, whose ENOSPC SQLite reports under a code of its own.
      return code == SQLITE_IOERR_SHMSIZE ? StoreError::Kind::kFull : StoreError::Kind::kIo;
    case SQLITE_CORRUPT:
      return StoreError::Kind::kCorrupt;
    case SQLITE_NOTADB:
      return StoreError::Kind::kForeign;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return StoreError::Kind::kBusy;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return StoreError::Kind::kPermission;
    default:
      return StoreError::Kind::kOther;
  }
}

void throw_sqlite(int code, sqlite3* handle, std::string_view path, std::string_view doing) {
  std::string detail = sqlite3_errstr(code);
  if (handle != nullptr) {
    if (sqlite3_extended_errcode(handle) == code) detail = sqlite3_errmsg(handle);
    const int system = sqlite3_system_errno(handle);
    const int primary = code & 0xff;
    if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL)) {
      detail += std::string(", ") + std::strerror(system);
      if (system == ENOSPC || system == EDQUOT) throw_store_error(StoreError::Kind::kFull, path, doing, detail);
    }
  }
  throw_store_error(kind_of_sqlite(code), path, doing, detail);
}

void throw_ordered(StoreError::Kind kind, std::string_view path, std::string_view doing) {
  throw_store_error(kind, path, doing, "a failure ordered by a test");
}

}  // namespace stator::persistence
