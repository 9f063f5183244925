// One connection to a scope's database with all its statements. Used by one thread at a time.
#pragma once

#include "persistence/documents.h"
#include "persistence/rows.h"
#include "persistence/spaces.h"
#include "persistence/sqlite/database.h"

namespace stator::persistence {

class Session {
 public:
  enum class Role : uint8_t { kWriter, kMaker, kReader, kCheckpointer };

  // On file. A writer makes the file where there is none and checks what it finds. A maker is the writer of a file that
  // nothing names yet: one that is not finished may be damaged, so it is made without a journal and synced once.
  Session(const std::string& path, Role role, Durability durability, FaultHook* hook);
  // In memory.
  Session(const std::string& name, FaultHook* hook);

  void begin() { begin_.run(); }
  void begin_immediate() { begin_immediate_.run(); }
  void commit();
  // Copies the whole database into an empty one. Nothing but the caller may use the session; no group is open.
  void copy_to(Database& target);
  // In memory: takes the whole content of another database.
  void take(Session& source);
  void rollback() noexcept;

  Database database;
  Rows rows;
  Spaces spaces;
  Documents documents;

 private:
  bool in_memory_ = false;
  Statement begin_, begin_immediate_, commit_, rollback_;
};

}  // namespace stator::persistence
