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
    folder_->remove_unnamed(catalogue_->numbers());
    for (const auto& [name, number] : catalogue_->scopes()) add(name, folder_->scope(number));
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
    if (!on_file(name)) return used(add(name, {}));
    const int64_t number = catalogue_->take_number();
    catalogue_->set_scopes({{name, number}});
    return used(add(name, folder_->scope(number)));
  }

  std::vector<ScopeName> names() override {
    const std::lock_guard guard(mutex_);
    std::vector<ScopeName> names;
    names.reserve(entries_.size());
    for (const auto& [name, entry] : entries_) names.push_back(name);
    return names;
  }

  void reset(const ScopeName& name) override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    refill([&](const ScopeName& other) { return other == name; }, {}, {});
  }

  void reset_all() override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    refill(no_fork, {}, {});
  }

  void snapshot(const std::string& name) override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    const std::vector<Held> held = hold(no_fork);
    Images images;
    Catalogue::Numbers numbers;
    std::vector<Made> made =
        make(held.size(), [&](size_t i) { return copy_of(held[i].hold.session(), folder_ != nullptr); });
    for (size_t i = 0; i < held.size(); ++i) {
      numbers[held[i].name] = made[i].number;
      images[held[i].name] = std::move(made[i].generation);
    }
    if (!catalogue_) {
      images_[name] = std::move(images);
      return;
    }
    Catalogue::Numbers old;
    {
      const std::lock_guard guard(mutex_);
      const auto there = catalogue_->snapshots().find(name);
      if (there != catalogue_->snapshots().end()) old = there->second;
      try {
        catalogue_->put_snapshot(name, numbers);
      } catch (...) {
        for (auto& [scope, image] : images) image->retire();
        throw;
      }
    }
    for (const auto& [scope, number] : old) Folder::remove_database(folder_->scope(number));
  }

  bool restore(const std::string& name) override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    Images images;
    Catalogue::Numbers numbers;
    if (catalogue_) {
      const std::lock_guard guard(mutex_);
      const auto there = catalogue_->snapshots().find(name);
      if (there == catalogue_->snapshots().end()) return false;
      numbers = there->second;
    } else {
      const auto there = images_.find(name);
      if (there == images_.end()) return false;
      images = there->second;
    }
    refill(no_fork, images, numbers);
    return true;
  }

  std::vector<std::string> snapshots() override {
    const std::lock_guard admin(admin_mutex_);
    std::vector<std::string> names;
    if (catalogue_) {
      const std::lock_guard guard(mutex_);
      for (const auto& [name, scopes] : catalogue_->snapshots()) names.push_back(name);
    } else {
      for (const auto& [name, scopes] : images_) names.push_back(name);
    }
    return names;
  }

  bool drop_snapshot(const std::string& name) override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    if (!catalogue_) return images_.erase(name) != 0;
    Catalogue::Numbers old;
    {
      const std::lock_guard guard(mutex_);
      const auto there = catalogue_->snapshots().find(name);
      if (there == catalogue_->snapshots().end()) return false;
      old = there->second;
      catalogue_->erase_snapshot(name);
    }
    for (const auto& [scope, number] : old) Folder::remove_database(folder_->scope(number));
    return true;
  }

  void fork(const std::string& fork, const std::string& parent) override {
    settle();
    const std::lock_guard admin(admin_mutex_);
    std::vector<std::pair<ScopeName, std::shared_ptr<Generation>>> copies;
    {
      const std::vector<Held> held = hold([&](const ScopeName& name) { return name.fork == parent; });
      const std::vector<Made> made =
          make(held.size(), [&](size_t i) { return copy_of(held[i].hold.session(), false); });
      for (size_t i = 0; i < held.size(); ++i) {
        copies.emplace_back(ScopeName{held[i].name.account, held[i].name.region, fork}, made[i].generation);
      }
    }
    const std::lock_guard guard(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return entry.first.fork == fork; });
    for (auto& [name, generation] : copies) {
      Entry entry;
      entry.store = std::make_shared<SqliteStore>(std::move(generation), options_.fault_hook);
      entries_.emplace(name, std::move(entry));
    }
  }

  bool drop_fork(const std::string& fork) override {
    if (fork.empty()) return false;
    const std::lock_guard admin(admin_mutex_);
    const std::lock_guard guard(mutex_);
    return std::erase_if(entries_, [&](const auto& entry) { return entry.first.fork == fork; }) != 0;
  }

 private:
  struct Entry {
    std::shared_ptr<SqliteStore> store;
    uint64_t last_use = 0;
    bool on_file = false;
  };
  struct Held {
    ScopeName name;
    SqliteStore::Hold hold;
  };
  struct Made {
    std::shared_ptr<Generation> generation;
    std::string path;
    int64_t number = 0;
  };
  using Images = std::map<ScopeName, std::shared_ptr<Generation>>;

  static bool no_fork(const ScopeName& name) { return name.fork.empty(); }
  // A fork lives no longer than the server, and so in memory.
  bool on_file(const ScopeName& name) const { return folder_ != nullptr && name.fork.empty(); }

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

  // Writers of all these scopes held off: one cut. Waits without mutex_, since a thread whose group is open may ask for
  // a scope meanwhile.
  template <typename Wanted>
  std::vector<Held> hold(const Wanted& wanted) {
    std::vector<std::pair<ScopeName, std::shared_ptr<SqliteStore>>> found;
    {
      const std::lock_guard guard(mutex_);
      for (const auto& [name, entry] : entries_) {
        if (wanted(name)) found.emplace_back(name, entry.store);
      }
    }
    std::vector<Held> held;
    held.reserve(found.size());
    for (auto& [name, store] : found) held.push_back({name, SqliteStore::Hold(std::move(store))});
    return held;
  }

  Made new_file() {
    const std::lock_guard guard(mutex_);
    Made made;
    made.number = catalogue_->take_number();
    made.path = folder_->scope(made.number);
    return made;
  }
  Made empty(bool to_file) {
    Made made = to_file ? new_file() : Made();
    try {
      made.generation = std::make_shared<Generation>(made.path, options_.durability, options_.fault_hook, to_file);
    } catch (...) {
      if (to_file) Folder::remove_database(made.path);
      throw;
    }
    return made;
  }
  Made copy_of(Session& source, bool to_file) {
    Made made = to_file ? new_file() : Made();
    made.generation = std::make_shared<Generation>(made.path, options_.durability, options_.fault_hook, source);
    return made;
  }
  // All, or none and no file left behind.
  template <typename Maker>
  static std::vector<Made> make(size_t count, const Maker& maker) {
    std::vector<Made> made;
    try {
      for (size_t i = 0; i < count; ++i) made.push_back(maker(i));
    } catch (...) {
      for (Made& one : made) one.generation->retire();
      throw;
    }
    return made;
  }

  // Puts a new database in the place of each wanted scope: a copy of its image in memory or in the file of its number,
  // or an empty one.
  template <typename Wanted>
  void refill(const Wanted& wanted, const Images& images, const Catalogue::Numbers& numbers) {
    const std::vector<Held> held = hold(wanted);
    std::vector<Made> made = make(held.size(), [&](size_t i) {
      const ScopeName& name = held[i].name;
      const bool to_file = on_file(name);
      if (const auto image = images.find(name); image != images.end()) return copy_of(image->second->writer(), to_file);
      const auto number = numbers.find(name);
      if (number == numbers.end()) return empty(to_file);
      Generation image(folder_->scope(number->second), options_.durability, options_.fault_hook);
      return copy_of(image.writer(), to_file);
    });
    Catalogue::Numbers moved;
    for (size_t i = 0; i < held.size(); ++i) {
      if (made[i].number != 0) moved[held[i].name] = made[i].number;
    }
    if (!moved.empty()) {
      const std::lock_guard guard(mutex_);
      try {
        catalogue_->set_scopes(moved);
      } catch (...) {
        for (Made& one : made) one.generation->retire();
        throw;
      }
    }
    for (size_t i = 0; i < held.size(); ++i) {
      held[i].hold.replace(std::move(made[i].generation), std::move(made[i].path));
    }
  }

  const StoresOptions options_;
  std::unique_ptr<Folder> folder_;  // outlives what lies in it
  std::mutex admin_mutex_;  // one reset, snapshot or fork at a time; taken before any store's lock and before mutex_
  std::map<std::string, Images> images_;  // snapshots of a server in memory, under admin_mutex_
  std::mutex mutex_;                      // never held while waiting for a store's lock
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
