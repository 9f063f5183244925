// The spaces of one connection: their ids, their counts, and which are dropped. A writer gathers changes of counts in
// memory (a put is one statement, not two) and writes them down once a group; in memory, only when the database is
// copied.
#pragma once

#include <optional>
#include <unordered_map>

#include "persistence/sqlite/statement.h"
#include "persistence/store.h"

namespace stator::persistence {

class Spaces {
 public:
  explicit Spaces(Database& database);

  void add(SpaceId id);
  void remove(SpaceId id);
  void set_dropped(SpaceId id, bool dropped);
  std::optional<SpaceId> first_dropped();

  // What is written plus what is gathered.
  SpaceCounts counts(SpaceId id);
  void change(SpaceId id, int64_t rows, int64_t bytes) {
    SpaceCounts& counts = gathered_[id];
    counts.rows += rows;
    counts.bytes += bytes;
  }
  void write_gathered();
  void forget_gathered() { gathered_.clear(); }

 private:
  std::unordered_map<SpaceId, SpaceCounts> gathered_;
  Statement add_, remove_, set_dropped_, first_dropped_, counts_, change_;
};

}  // namespace stator::persistence
