// One scope's SQLite file (or memory): ordered rows, documents, transactions. It knows key bytes and bodies, and no
// more: not JSON, not items, not AWS errors.
//
// A SPACE is an ordered run of rows under one number: a table's items, an index's entries, a TTL queue, a stream. Space
// ids are never reused. Keys are bytes whose memcmp order is the order of the rows (key_encoding.h).
//
// Writing and group commit. write() joins the calling thread's open GROUP or opens one (BEGIN IMMEDIATE, waiting for
// other threads' groups). A WriteTransaction is one request's part of it, whole or absent: commit() keeps the part, the
// destructor takes an uncommitted part back. Nothing is durable, and no other connection sees it, before settle() has
// committed the group; no answer may leave before. A thread has at most one open group: write() on another store
// settles it first. In memory the group is settled by commit() itself (there is nothing to gain by waiting).
//
// Threads: a Store may be used by any number of threads; transactions and cursors belong to the thread that made them.
// Errors: StoreError (store_error.h) and nothing of SQLite's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/fault_hook.h"
#include "persistence/store_error.h"

namespace stator::persistence {

using SpaceId = int64_t;

// Views are valid until the cursor moves, the next call on the same transaction, or its end, whichever comes first.
struct RowView {
  std::string_view key;
  uint32_t size = 0;  // the item's size by AWS's rules, as given to put()
  std::string_view body;
};

struct SpaceCounts {
  int64_t rows = 0;
  int64_t bytes = 0;  // sum of the rows' `size`
};

// lower <= key < upper by default. An empty `upper` with has_upper == false has no end.
struct KeyRange {
  std::string_view lower = {};
  std::string_view upper = {};
  bool has_upper = false;
  bool lower_exclusive = false;
  bool upper_inclusive = false;
  bool reverse = false;
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  // The next row, or false at the end. A cursor must not outlive its transaction.
  virtual bool next(RowView& row) = 0;
};

// Called with each row of a walk; false ends it.
using RowVisitor = std::function<bool(const RowView& row)>;

class ReadTransaction {
 public:
  virtual ~ReadTransaction() = default;
  virtual bool get(SpaceId space, std::string_view key, RowView& row) = 0;
  virtual std::unique_ptr<Cursor> scan(SpaceId space, const KeyRange& range) = 0;
  // The same rows, handed to `visit` where they lie: for long ranges, without the copy of each body and the way in and
  // out of SQLite that a cursor costs. `visit` may call get() (whose view replaces no row's) and throw.
  virtual void walk(SpaceId space, const KeyRange& range, const RowVisitor& visit) {
    RowView row;
    for (auto cursor = scan(space, range); cursor->next(row) && visit(row);) {
    }
  }
  virtual SpaceCounts counts(SpaceId space) = 0;
  // Documents: small named byte strings (table descriptions, API definitions, tokens). `after` is exclusive, names in
  // byte order.
  virtual std::optional<std::string> document(std::string_view kind, std::string_view id) = 0;
  virtual std::vector<std::pair<std::string, std::string>> documents(std::string_view kind, std::string_view after = {},
                                                                     size_t limit = SIZE_MAX) = 0;
};

class WriteTransaction : public ReadTransaction {
 public:
  // Inserts or replaces; the space's counts follow by themselves.
  virtual void put(SpaceId space, std::string_view key, uint32_t size, std::string_view body) = 0;
  virtual bool erase(SpaceId space, std::string_view key) = 0;  // false: there was none
  virtual SpaceId new_space() = 0;
  // The space is gone at once: its counts are zero and its number must not be used any more. Its rows are erased by
  // erase_some() in small steps.
  virtual void drop_space(SpaceId space) = 0;
  virtual void put_document(std::string_view kind, std::string_view id, std::string_view bytes) = 0;
  virtual bool erase_document(std::string_view kind, std::string_view id) = 0;
  // The next value of a counter kept in the file: 1, 2, 3 ..., or `at_least` where that is more. Values of transactions
  // that were taken back may be given out again.
  virtual int64_t next_sequence(std::string_view name, int64_t at_least = 1) = 0;
  // Keeps the changes and ends the transaction: nothing may be asked of it afterwards, and its views are gone.
  virtual void commit() = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  // A snapshot of what is committed. Keep it short: it holds back checkpoints (on file) or every other thread (in
  // memory). On a thread whose group is open on this store it reads that group's own uncommitted rows too.
  virtual std::unique_ptr<ReadTransaction> read() = 0;
  virtual std::unique_ptr<WriteTransaction> write() = 0;
  // Does a bounded piece of what drop_space left behind (before a restart, too). True while there is more; asking when
  // there is nothing costs nothing. Settles the calling thread's group first.
  virtual bool erase_some() = 0;
  // Another number whenever reset or restore has put another database in place: what was remembered of the old one is
  // void.
  virtual uint64_t life() const = 0;
};

// Commits the calling thread's open group, if any. Throws StoreError if the commit failed: everything in it is undone.
void settle();

enum class Durability { kOff, kNormal, kFull };

struct ScopeName {
  std::string account;
  std::string region;
  std::string fork;  // empty: the main space
  auto operator<=>(const ScopeName&) const = default;
};

struct StoresOptions {
  std::string folder;  // empty: in memory
  Durability durability = Durability::kNormal;
  bool reset = false;               // delete our own files first
  size_t max_open = 64;             // scopes held open; the least recently used beyond are closed when idle
  FaultHook* fault_hook = nullptr;  // tests: makes SQLite calls fail
};

// All scopes of one server: the folder, its lock, and the catalogue that maps scope names to numbered files.
class Stores {
 public:
  virtual ~Stores() = default;
  // The store of that scope, or null: asking for one that is not there makes no file.
  virtual std::shared_ptr<Store> find(const ScopeName& name) = 0;
  virtual std::shared_ptr<Store> create(const ScopeName& name) = 0;  // or the one that exists
  virtual std::vector<ScopeName> names() = 0;

  // What follows copies or replaces whole databases, at one cut over the scopes concerned: it waits for their open
  // groups and holds their writers meanwhile. Transactions under way finish on the database that they began on. All of
  // it is done or, with a StoreError, none. The caller may have no transaction open.

  // Empties one scope (nothing, if there is none), or all that are no forks.
  virtual void reset(const ScopeName& name) = 0;
  virtual void reset_all() = 0;
  // Keeps all scopes that are no forks under a name, replacing an older snapshot of that name; kept with the data.
  virtual void snapshot(const std::string& name) = 0;
  // False when there is none of that name. Scopes made after it are emptied.
  virtual bool restore(const std::string& name) = 0;
  virtual std::vector<std::string> snapshots() = 0;
  virtual bool drop_snapshot(const std::string& name) = 0;
  // Copies every scope that is no fork (or is one of `parent`, to fork a fork) to the same account and region under
  // `fork`; what was there is replaced. Forks lie in memory and end with drop_fork() or the server.
  virtual void fork(const std::string& fork, const std::string& parent = {}) = 0;
  virtual bool drop_fork(const std::string& fork) = 0;
};

// Throws StoreError with a sentence for people (path, uid, remedy) when the folder cannot be used.
std::unique_ptr<Stores> open_stores(const StoresOptions& options);

// Deletes our own files in the folder, as StoresOptions::reset does, and nothing else. Throws StoreError: kBusy when a
// server uses the folder. A folder that does not exist is empty already.
void reset_folder(const std::string& folder);

}  // namespace stator::persistence
