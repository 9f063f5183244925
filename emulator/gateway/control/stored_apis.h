// The APIs that the control planes keep, compiled for serving and found by id. Read from the documents by refresh(),
// and one by one when they change; what is served is one immutable map, swapped whole.
//
// Threads: find() and fresh() from any and without waiting; refresh() and changed() on one thread, the control planes'.
// What is found lives as long as its holder.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/control/document_store.h"
#include "emulator/gateway/control/stored_domain.h"
#include "emulator/gateway/stage.h"

namespace stator::gateway {

struct StoredApi {
  DocumentScope scope;
  std::shared_ptr<const Api> api;
  std::map<std::string, std::shared_ptr<const ServedStage>, std::less<>> stages;  // those that are deployed
};

class StoredApis {
 public:
  using Note = std::function<void(const std::string& sentence)>;

  using TakeKeys = std::function<void(std::vector<ApiKey>, std::vector<UsagePlan>)>;

  // `take_keys` is given all scopes' keys and plans whenever some have changed.
  StoredApis(DocumentStore& store, Note note, TakeKeys take_keys)
      : store_(store), note_(std::move(note)), take_keys_(std::move(take_keys)) {}

  // Of that id: the fork's where `fork` names one, else the main space's, else any fork's. Null when there is none.
  std::shared_ptr<const StoredApi> find(std::string_view id, std::string_view fork) const;
  std::shared_ptr<const StoredDomain> find_domain(std::string_view host) const;
  // False before the first refresh() and when databases were replaced behind our back (reset, restore, fork).
  bool fresh() const { return generation_ == store_.generation(); }
  void refresh();  // what cannot be read is told in a note and left out
  // These APIs ("/restapis/ID"), the domains ("/domainnames") or the keys ("/apikeys") of the scope have changed.
  void changed(const DocumentScope& scope, const std::vector<std::string>& paths);

 private:
  using ById = std::map<std::string, std::vector<std::shared_ptr<const StoredApi>>, std::less<>>;

  struct All {
    ById apis;
    std::map<std::string, std::shared_ptr<const StoredDomain>, std::less<>> domains;  // by name, in small letters
  };

  void read_one(ById& apis, const DocumentScope& scope, const std::string& path, bool tell);
  void read_domains(All& all, const DocumentScope& scope);
  void read_keys();
  void publish(All all);
  std::shared_ptr<const All> all() const;

  DocumentStore& store_;
  Note note_;
  TakeKeys take_keys_;
  std::atomic<uint64_t> generation_{UINT64_MAX};
  mutable std::mutex mutex_;
  std::shared_ptr<const All> all_ = std::make_shared<All>();  // guarded by mutex_
};

}  // namespace stator::gateway
