#include "emulator/engine.h"

#include "emulator/tables/new_table.h"

namespace stator {

Engine::Engine(std::unique_ptr<persistence::Stores> stores, const Clock& clock, EngineOptions options)
    : id_(new_uuid()),
      stores_(std::move(stores)),
      clock_(clock),
      spaces_(clock, options.space),
      options_(std::move(options)) {}

std::shared_ptr<Scope> Engine::find_scope(const persistence::ScopeName& name) {
  return scope(name, false);
}

std::shared_ptr<Scope> Engine::create_scope(const persistence::ScopeName& name) {
  return scope(name, true);
}

std::shared_ptr<Scope> Engine::scope(const persistence::ScopeName& name, bool create) {
  std::lock_guard lock(mutex_);
  if (auto found = scopes_.find(name); found != scopes_.end()) {
    if (found->second.second != recent_.begin()) recent_.splice(recent_.begin(), recent_, found->second.second);
    return found->second.first;
  }
  std::shared_ptr<persistence::Store> store = create ? stores_->create(name) : stores_->find(name);
  if (store == nullptr) return nullptr;
  SpacePtr space = name.fork.empty() ? spaces_.main() : spaces_.find(name.fork);
  if (space == nullptr) return nullptr;
  auto made = std::make_shared<Scope>(name, std::move(store), std::move(space));
  tell_work(*made);  // what a stopped server left behind
  recent_.push_front(name);
  scopes_.emplace(name, std::pair(made, recent_.begin()));
  // The least recently used that nobody holds makes room; its store closes with it.
  for (auto last = recent_.end(); scopes_.size() > options_.max_open_scopes && last != recent_.begin();) {
    --last;
    auto oldest = scopes_.find(*last);
    if (oldest->second.first.use_count() > 1) continue;
    scopes_.erase(oldest);
    last = recent_.erase(last);
  }
  return made;
}

std::vector<std::shared_ptr<Scope>> Engine::open_scopes() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Scope>> open;
  for (auto& [name, entry] : scopes_) open.push_back(entry.first);
  return open;
}

void Engine::forget_catalogs() {
  std::lock_guard lock(mutex_);
  for (auto& [name, entry] : scopes_) entry.first->forget();
}

void Engine::drop_scopes_of(std::string_view fork) {
  std::lock_guard lock(mutex_);
  for (auto entry = scopes_.begin(); entry != scopes_.end();) {
    if (entry->first.fork != fork) {
      ++entry;
      continue;
    }
    recent_.erase(entry->second.second);
    entry = scopes_.erase(entry);
  }
}

}  // namespace stator
