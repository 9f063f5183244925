#include "persistence/catalogue.h"

#include "persistence/schema.h"

namespace stator::persistence {

Catalogue::Catalogue(const std::string& path, Durability durability, FaultHook* hook)
    : database_(path, Database::Mode::kCreate, hook) {
  // Written once a scope: a rollback journal does, and leaves one file instead of three.
  database_.execute(synchronous_pragma(durability));
  establish_schema(database_, FileRole::kCatalogue);
  Statement scopes(database_, "SELECT number, account, region FROM scopes");
  while (scopes.step()) {
    numbers_.emplace(ScopeName{std::string(scopes.blob(1)), std::string(scopes.blob(2)), {}}, scopes.integer(0));
  }
}

int64_t Catalogue::add(const ScopeName& name) {
  database_.execute("BEGIN IMMEDIATE");
  int64_t number = 0;
  try {
    number = database_.query_integer("UPDATE numbers SET next = next + 1 RETURNING next - 1");
    Statement insert(database_, "INSERT INTO scopes VALUES(?1, ?2, ?3)");
    insert.bind(1, number).bind_text(2, name.account).bind_text(3, name.region).run();
    database_.execute("COMMIT");
  } catch (...) {
    database_.roll_back();
    throw;
  }
  numbers_.emplace(name, number);
  return number;
}

}  // namespace stator::persistence
