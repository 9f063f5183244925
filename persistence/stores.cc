#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "persistence/catalogue.h"
#include "persistence/folder.h"
#include "persistence/sqlite_store.h"
#include "persistence/store.h"

namespace stator::persistence {
namespace {

class SqliteStores final : public Stores {
 public:
  explicit SqliteStores(const StoresOptions& options) : options_(options) {
    if (options.folder.empty()) return;
    folder_ = std::make_unique<Folder>(options.folder);
    if (options.reset) folder_->remove_our_files();
    catalogue_ = std::make_unique<Catalogue>(folder_->catalogue(), options.durability, options.fault_hook);
    for (const auto& [name, number] : catalogue_->numbers()) add(name, folder_->scope(number));
  }

  std::shared_ptr<Store> find(const ScopeName& name) override {
    const std::lock_guard guard(mutex_);
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : used(found->second);
  }

  std::shared_ptr<Store> create(const ScopeName& name) override {
    const std::lock_guard guard(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end()) return used(found->second);
    // A fork lives no longer than the server, and so in memory.
    const bool on_file = catalogue_ != nullptr && name.fork.empty();
    Entry& entry = add(name, on_file ? folder_->scope(catalogue_->add(name)) : std::string());
    return used(entry);
  }

  std::vector<ScopeName> names() override {
    const std::lock_guard guard(mutex_);
    std::vector<ScopeName> names;
    names.reserve(entries_.size());
    for (const auto& [name, entry] : entries_) names.push_back(name);
    return names;
  }

 private:
  struct Entry {
    std::shared_ptr<SqliteStore> store;
    uint64_t last_use = 0;
    bool on_file = false;
  };

  Entry& add(const ScopeName& name, std::string path) {
    Entry entry;
    entry.on_file = !path.empty();
    entry.store = std::make_shared<SqliteStore>(std::move(path), options_.durability, options_.fault_hook);
    return entries_.emplace(name, std::move(entry)).first->second;
  }

  std::shared_ptr<Store> used(Entry& entry) {
    entry.last_use = ++uses_;
    if (entry.on_file && !entry.store->is_open()) {
      entry.store->open();
      close_least_used(entry);
    }
    return entry.store;
  }

  // Only when one was opened, so that its walk over the scopes is no cost of a request.
  void close_least_used(const Entry& keep) {
    std::vector<Entry*> open;
    for (auto& [name, entry] : entries_) {
      if (&entry != &keep && entry.on_file && entry.store->is_open()) open.push_back(&entry);
    }
    if (open.size() < options_.max_open) return;
    std::sort(open.begin(), open.end(), [](const Entry* a, const Entry* b) { return a->last_use < b->last_use; });
    size_t excess = open.size() + 1 - options_.max_open;
    for (Entry* entry : open) {
      if (excess == 0) break;
      if (entry->store->close_if_idle()) --excess;
    }
  }

  const StoresOptions options_;
  std::unique_ptr<Folder> folder_;  // outlives what lies in it
  std::mutex mutex_;
  std::unique_ptr<Catalogue> catalogue_;
  std::map<ScopeName, Entry> entries_;
  uint64_t uses_ = 0;
};

}  // namespace

std::unique_ptr<Stores> open_stores(const StoresOptions& options) {
  return std::make_unique<SqliteStores>(options);
}

void reset_folder(const std::string& folder) {
  if (access(folder.c_str(), F_OK) != 0) return;
  Folder locked(folder);
  locked.remove_our_files();
}

}  // namespace stator::persistence
