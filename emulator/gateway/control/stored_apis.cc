#include "emulator/gateway/control/stored_apis.h"

#include "emulator/gateway/control/build_api.h"
#include "emulator/gateway/control/documents.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

using namespace control;

std::shared_ptr<const StoredApis::All> StoredApis::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

void StoredApis::publish(All all) {
  auto fresh = std::make_shared<const All>(std::move(all));
  const std::lock_guard lock(mutex_);
  all_.swap(fresh);
}

std::shared_ptr<const StoredApi> StoredApis::find(std::string_view id, std::string_view fork) const {
  const std::shared_ptr<const All> known = all();
  const auto found = known->apis.find(id);
  if (found == known->apis.end()) return nullptr;
  std::shared_ptr<const StoredApi> best;
  for (const std::shared_ptr<const StoredApi>& each : found->second) {
    if (each->scope.fork == fork) return each;
    if (best == nullptr || each->scope.fork.empty()) best = each;
  }
  return best;
}

std::shared_ptr<const StoredDomain> StoredApis::find_domain(std::string_view host) const {
  const std::shared_ptr<const All> known = all();
  if (known->domains.empty()) return nullptr;
  const auto found = known->domains.find(lower_ascii(host));
  return found == known->domains.end() ? nullptr : found->second;
}

void StoredApis::changed(const DocumentScope& scope, const std::vector<std::string>& paths) {
  if (!fresh()) return refresh();
  All next = *all();
  for (const std::string& path : paths) {
    if (path == "/domainnames")
      read_domains(next, scope);
    else if (path == "/apikeys")
      read_keys();
    else
      read_one(next.apis, scope, path, true);
  }
  publish(std::move(next));
}

void StoredApis::refresh() {
  const uint64_t generation = store_.generation();  // before the reading: what is replaced meanwhile is read again
  All next;
  for (const DocumentScope& scope : store_.scopes()) try {
      std::vector<std::string> paths;
      store_.read(scope, [&](DocumentTransaction& transaction) {
        Documents documents(transaction);
        for (std::string_view collection : {"/restapis", "/v2/apis"})
          for (const auto& [path, head] : documents.children(collection)) paths.push_back(path);
      });
      for (const std::string& path : paths) read_one(next.apis, scope, path, false);
      read_domains(next, scope);
    } catch (
        const std::exception& error) {  // a database that cannot be read: whoever opens it for its tables is told more
      if (note_) note_(std::string("APIs that cannot be read: ") + error.what());
    }
  read_keys();
  publish(std::move(next));
  generation_ = generation;
}

void StoredApis::read_keys() {
  if (!take_keys_) return;
  std::vector<ApiKey> keys;
  std::vector<UsagePlan> plans;
  for (const DocumentScope& scope : store_.scopes()) try {
      store_.read(scope, [&](DocumentTransaction& transaction) {
        Documents documents(transaction);
        for (ApiKey& key : keys_of(documents)) keys.push_back(std::move(key));
        for (UsagePlan& plan : plans_of(documents)) plans.push_back(std::move(plan));
      });
    } catch (const std::exception&) {  // told by refresh()
    }
  take_keys_(std::move(keys), std::move(plans));
}

// A name belongs to one scope, as it does in the world: the main space's before a fork's copy of it.
void StoredApis::read_domains(All& all, const DocumentScope& scope) {
  std::erase_if(all.domains, [&](const auto& each) { return each.second->scope == scope; });
  store_.read(scope, [&](DocumentTransaction& transaction) {
    Documents documents(transaction);
    for (const auto& [path, document] : documents.children("/domainnames")) {
      auto domain = std::make_shared<StoredDomain>(read_domain(documents, path, document));
      domain->scope = scope;
      std::shared_ptr<const StoredDomain>& known = all.domains[lower_ascii(text_in(document, "domainName"))];
      if (known == nullptr || scope.fork.empty()) known = std::move(domain);
    }
  });
}

void StoredApis::read_one(ById& apis, const DocumentScope& scope, const std::string& path, bool tell) {
  const std::string id = path.substr(path.rfind('/') + 1);
  auto stored = std::make_shared<StoredApi>();
  stored->scope = scope;
  store_.read(scope, [&](DocumentTransaction& transaction) {
    Documents documents(transaction);
    stored->api = api_of(documents, path);
  });
  std::vector<std::shared_ptr<const StoredApi>>& same = apis[id];
  std::erase_if(same, [&](const auto& each) { return each->scope == scope; });
  if (stored->api == nullptr) {
    if (same.empty()) apis.erase(id);
    return;
  }
  for (const Stage& stage : stored->api->stages) {
    if (stage.deployment_id.empty()) continue;
    std::vector<std::string> notes;
    if (std::shared_ptr<const ServedStage> compiled = compile_stage(stored->api, stage, notes))
      stored->stages[stage.name] = std::move(compiled);
    if (tell && note_)
      for (const std::string& note : notes) note_("api " + stored->api->name + " (id " + id + "): " + note);
  }
  same.push_back(std::move(stored));
}

}  // namespace stator::gateway
