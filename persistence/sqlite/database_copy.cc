#include "persistence/sqlite/database_copy.h"

#include <sqlite3.h>

namespace stator::persistence {

void copy_database(Database& from, Database& to) {
  to.about_to("backup", "copy into");
  sqlite3_backup* const backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) to.fail(sqlite3_extended_errcode(to.handle()), "copy into");
  const int step = sqlite3_backup_step(backup, -1);
  const int finish = sqlite3_backup_finish(backup);
  if (step != SQLITE_DONE) to.fail(step, "copy into");
  if (finish != SQLITE_OK) to.fail(finish, "copy into");
}

}  // namespace stator::persistence
