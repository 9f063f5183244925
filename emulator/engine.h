// What the operations stand on: the stores, the catalogues, the clock, the settings. One per server; no request's
// state. Threads: any. Scopes are handed out as shared pointers, so one that is closed or swapped meanwhile lives until
// its last request is done.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.h"
#include "emulator/expressions/syntax_cache.h"
#include "emulator/fixture/read_lag.h"
#include "emulator/fixture/space.h"
#include "emulator/partiql/statement_cache.h"
#include "emulator/tables/catalog.h"
#include "emulator/transactions/claims.h"
#include "persistence/store.h"
#include "protocol/shapes/dialect.h"

namespace stator {

struct EngineOptions {
  DialectSettings dialects;
  bool shared = false;                    // every account and region is the same scope
  bool serialize_transactions = false;    // wait for a claim instead of TransactionConflict
  int64_t collection_limit = 10LL << 30;  // bytes of one item collection of a table with local indexes
  size_t max_open_scopes = 64;
  SpaceSettings space;  // what the main space and every fork begin with
  // Something was written down for Maintenance to do.
  std::function<void()> work_waits;
  // Called by a transaction once its keys are claimed: how a test holds a claim open. Empty outside tests.
  std::function<void()> after_claim;
};

// An account and region (and fork) with its store. ARNs are made of the request's account and region.
struct Scope {
  // What reads with and without ConsistentRead see; the same unless the space's reads are behind.
  struct Reads {
    std::unique_ptr<persistence::ReadTransaction> present;
    std::unique_ptr<persistence::ReadTransaction> behind;  // of `present`
    persistence::ReadTransaction& with(bool consistent) const {
      return consistent || behind == nullptr ? *present : *behind;
    }
  };

  Scope(persistence::ScopeName scope_name, std::shared_ptr<persistence::Store> scope_store, SpacePtr scope_space)
      : name(std::move(scope_name)), store(std::move(scope_store)), space(std::move(scope_space)), catalog(*store) {}

  persistence::ScopeName name;
  std::shared_ptr<persistence::Store> store;
  SpacePtr space;
  Catalog catalog;
  Claims claims;
  Journal journal;
  // Something may be written down in the store for Maintenance to do; false only when it has looked and found nothing.
  std::atomic<bool> has_work{true};
  // Set when streams/stream.h has seen to the streams of an older version.
  std::atomic<bool> streams_adopted{false};
  // When Maintenance last looked for records to trim, and when there will be any, by the space's clock.
  std::atomic<int64_t> trims_looked_ms{0};
  std::atomic<int64_t> trims_due_ms{0};

  // Every reading and writing of items goes through these two.
  Reads read() {
    Reads reads{store->read(), nullptr};
    if (int64_t lag = space->read_lag_ms.load(std::memory_order_relaxed); lag != 0)
      reads.behind = reading_behind(*reads.present, journal, space->clock, lag);
    return reads;
  }
  std::unique_ptr<persistence::WriteTransaction> write() {
    int64_t lag = space->read_lag_ms.load(std::memory_order_relaxed);
    return lag == 0 ? store->write() : noting_changes(store->write(), journal, space->clock, lag);
  }
  // Another database stands in the store, or what was written did not commit.
  void forget() {
    catalog.forget_all();
    journal.clear();
    trims_due_ms = 0;
    streams_adopted = false;
    has_work = true;
  }
};

class Engine {
 public:
  Engine(std::unique_ptr<persistence::Stores> stores, const Clock& clock, EngineOptions options);

  // The scope, or null when nothing was ever made in it. `create` makes it.
  std::shared_ptr<Scope> find_scope(const persistence::ScopeName& name);
  std::shared_ptr<Scope> create_scope(const persistence::ScopeName& name);
  std::vector<std::shared_ptr<Scope>> open_scopes();
  // A group of writes failed to commit: what the catalogues hold of it never happened.
  void forget_catalogs();
  // Forgets a fork's open scopes.
  void drop_scopes_of(std::string_view fork);

  // Every request runs under a shared lock of this; what copies or replaces whole databases holds it alone, so that no
  // request takes a table from before and rows from after. A thread that has to wait must settle its group first.
  std::shared_lock<std::shared_mutex> enter_request() { return std::shared_lock(requests_, std::try_to_lock); }
  std::shared_lock<std::shared_mutex> wait_to_enter_request() { return std::shared_lock(requests_); }
  std::unique_lock<std::shared_mutex> hold_requests() { return std::unique_lock(requests_); }

  const EngineOptions& options() const { return options_; }
  // Another for each engine that ever was: what bears another one's was left by a process that is gone.
  const std::string& id() const { return id_; }
  // Work was written down in that scope.
  void tell_work(Scope& scope) const {
    scope.has_work = true;
    if (options_.work_waits) options_.work_waits();
  }
  const Clock& clock() const { return clock_; }
  Spaces& spaces() { return spaces_; }
  persistence::Stores& stores() { return *stores_; }
  expressions::SyntaxCache& syntax_cache() { return syntax_cache_; }
  partiql::StatementCache& statement_cache() { return statement_cache_; }

 private:
  std::shared_ptr<Scope> scope(const persistence::ScopeName& name, bool create);

  const std::string id_;
  std::unique_ptr<persistence::Stores> stores_;
  const Clock& clock_;
  Spaces spaces_;
  std::shared_mutex requests_;
  EngineOptions options_;
  expressions::SyntaxCache syntax_cache_;
  partiql::StatementCache statement_cache_;
  std::mutex mutex_;
  using Recent = std::list<persistence::ScopeName>;
  std::map<persistence::ScopeName, std::pair<std::shared_ptr<Scope>, Recent::iterator>> scopes_;  // guarded by mutex_
  Recent recent_;                                                                                 // newest first
};

}  // namespace stator
