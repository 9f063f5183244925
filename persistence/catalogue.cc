#include "persistence/catalogue.h"

#include "persistence/schema.h"

namespace stator::persistence {
namespace {

constexpr std::string_view kSetScope = R"sql(
    INSERT INTO scopes(number, account, region) VALUES(?1, ?2, ?3)
    ON CONFLICT(account, region) DO UPDATE SET number = excluded.number)sql";

}  // namespace

Catalogue::Catalogue(const std::string& path, Durability durability, FaultHook* hook)
    : database_(path, Database::Mode::kCreate, hook) {
  // Written once a scope: a rollback journal does, and leaves one file instead of three.
  database_.execute(synchronous_pragma(durability));
  establish_schema(database_, FileRole::kCatalogue);
  next_ = database_.query_integer("SELECT next FROM numbers");
  Statement scopes(database_, "SELECT number, account, region FROM scopes");
  while (scopes.step()) {
    scopes_[{std::string(scopes.blob(1)), std::string(scopes.blob(2)), {}}] = scopes.integer(0);
  }
  Statement names(database_, "SELECT name FROM snapshots");
  while (names.step()) snapshots_[std::string(names.blob(0))];
  Statement files(database_, "SELECT number, account, region, snapshot FROM snapshot_scopes");
  while (files.step()) {
    const ScopeName scope{std::string(files.blob(1)), std::string(files.blob(2)), {}};
    snapshots_[std::string(files.blob(3))][scope] = files.integer(0);
  }
}

std::set<int64_t> Catalogue::numbers() const {
  std::set<int64_t> numbers;
  for (const auto& [name, number] : scopes_) numbers.insert(number);
  for (const auto& [snapshot, scopes] : snapshots_) {
    for (const auto& [name, number] : scopes) numbers.insert(number);
  }
  return numbers;
}

void Catalogue::change(const std::function<void()>& deed) {
  database_.execute("BEGIN IMMEDIATE");
  try {
    deed();
    database_.execute("COMMIT");
  } catch (...) {
    database_.roll_back();
    throw;
  }
}

void Catalogue::write_next() {
  Statement(database_, "UPDATE numbers SET next = ?1").bind(1, next_).run();
}

void Catalogue::set_scopes(const Numbers& scopes) {
  change([&] {
    write_next();
    Statement set(database_, kSetScope);
    for (const auto& [name, number] : scopes) {
      set.bind(1, number).bind_text(2, name.account).bind_text(3, name.region).run();
    }
  });
  for (const auto& [name, number] : scopes) scopes_[name] = number;
}

void Catalogue::put_snapshot(const std::string& name, const Numbers& scopes) {
  change([&] {
    write_next();
    Statement(database_, "INSERT OR IGNORE INTO snapshots VALUES(?1)").bind_text(1, name).run();
    Statement(database_, "DELETE FROM snapshot_scopes WHERE snapshot = ?1").bind_text(1, name).run();
    Statement add(database_, "INSERT INTO snapshot_scopes VALUES(?1, ?2, ?3, ?4)");
    for (const auto& [scope, number] : scopes) {
      add.bind_text(1, name).bind_text(2, scope.account).bind_text(3, scope.region).bind(4, number).run();
    }
  });
  snapshots_[name] = scopes;
}

void Catalogue::erase_snapshot(const std::string& name) {
  change([&] {
    Statement(database_, "DELETE FROM snapshots WHERE name = ?1").bind_text(1, name).run();
    Statement(database_, "DELETE FROM snapshot_scopes WHERE snapshot = ?1").bind_text(1, name).run();
  });
  snapshots_.erase(name);
}

}  // namespace stator::persistence
