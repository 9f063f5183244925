#include "emulator/gateway/authorizers/token_keys.h"

#include <algorithm>

#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

constexpr int64_t kKeptMs = 2 * 3600 * 1000;
constexpr int64_t kAgainMs = 10 * 1000;
constexpr size_t kMaxIssuers = 1000;

UpstreamRequest get(std::string url) {
  UpstreamRequest request;
  request.method = "GET";
  request.url = std::move(url);
  request.headers.emplace_back("Accept", "application/json");
  request.timeout = std::chrono::seconds(5);
  return request;
}

std::string why(const UpstreamResult& result) {
  return result.fault == UpstreamFault::kNone ? "status " + std::to_string(result.status) : result.message;
}

}  // namespace

bool is_local_url(const std::string& url) {
  const size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return false;
  const std::string authority = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (authority.find('@') != std::string::npos) return false;
  const std::string host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                                      : authority.substr(0, authority.find(':'));
  const bool number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || (number && host.starts_with("127."));
}

bool TokenKeys::reaches(const std::string& issuer) const {
  return given_.contains(issuer) || given_.contains("") || is_local_url(issuer);
}

void TokenKeys::find(const std::string& issuer, const std::string& key_id, Done done) {
  for (const std::string& name : {issuer, std::string()}) {
    const auto given = given_.find(name);
    if (given == given_.end()) continue;
    if (!name.empty() || given->second->has(key_id)) return done({given->second, "", ""});
  }
  if (!is_local_url(issuer)) {
    if (given_.contains("")) return done({given_.at(""), "", ""});
    return done({nullptr, "OIDC discovery endpoint communication error",
                 "no key is at hand for tokens of " + issuer + ", which is not on this machine: give --jwks"});
  }
  {
    const std::lock_guard lock(mutex_);
    if (fetched_.size() >= kMaxIssuers && !fetched_.contains(issuer)) {
      std::erase_if(fetched_, [](const auto& each) { return !each.second.under_way; });
    }
    Fetched& here = fetched_[issuer];
    const int64_t age = now_ms_() - here.at_ms;
    const bool known = here.keys && here.keys->has(key_id);
    const bool fresh = here.at_ms != 0 && age >= 0 && age < (known ? kKeptMs : kAgainMs);
    if (!fresh || here.under_way) {
      here.waiting.push_back(std::move(done));
      if (std::exchange(here.under_way, true)) return;
    } else {
      const FoundKeys found = here.keys ? FoundKeys{here.keys, "", ""} : here.failure;
      return done(found);
    }
  }
  fetch(issuer);
}

void TokenKeys::fetch(const std::string& issuer) {
  std::string base = issuer;
  while (base.ends_with('/')) base.pop_back();
  const std::string discovery = base + "/.well-known/openid-configuration";
  upstream_.send(get(discovery), [this, issuer, discovery](UpstreamResult result) {
    std::string uri;
    if (result.fault == UpstreamFault::kNone && result.status == 200) {
      Arena arena;
      const JsonParse parsed = parse_json(result.body, arena);
      const JsonValue* named = parsed.fault == JsonFault::kNone ? parsed.root.find("jwks_uri") : nullptr;
      if (named && named->is_string()) uri = named->text();
    }
    if (uri.empty() || !is_local_url(uri))
      return settle(issuer, {nullptr, "OIDC discovery endpoint communication error",
                             discovery + ": " +
                                 (uri.empty() ? "no jwks_uri (" + why(result) + ")"
                                              : "its jwks_uri " + uri + " is not on this machine")});
    upstream_.send(get(uri), [this, issuer, uri](UpstreamResult keys) {
      std::string problem = why(keys);
      std::shared_ptr<const KeySet> set;
      if (keys.fault == UpstreamFault::kNone && keys.status == 200) set = KeySet::parse(keys.body, problem);
      if (set) return settle(issuer, {set, "", ""});
      settle(issuer, {nullptr, "JWKS communication error", uri + ": " + problem});
    });
  });
}

void TokenKeys::settle(const std::string& issuer, FoundKeys found) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    Fetched& here = fetched_[issuer];
    here.at_ms = std::max<int64_t>(1, now_ms_());
    here.under_way = false;
    // Keys that were good stay when the issuer cannot be asked again.
    if (found.keys || !here.keys) here.keys = found.keys;
    if (!found.keys) here.failure = found;
    if (!found.keys && here.keys) found = {here.keys, "", ""};
    waiting.swap(here.waiting);
  }
  for (const Done& done : waiting) done(found);
}

}  // namespace stator::gateway
