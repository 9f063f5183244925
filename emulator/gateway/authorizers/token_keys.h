// Where the public keys of a token's issuer come from: a file that the owner named, or, for an issuer on this machine,
// its own discovery document (ISSUER/.well-known/openid-configuration, then what that calls jwks_uri). Nothing else is
// asked: no request leaves the machine for a token's sake.
//
// Threads: any. find() answers through `done`, at once or later from the upstream client's thread; callers that wait
// for the same issuer share one fetch. What was fetched is kept for two hours, and asked for again (at most every ten
// seconds) when a token names a key that is not in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/gateway/authorizers/key_set.h"
#include "emulator/gateway/upstream.h"

namespace stator::gateway {

struct FoundKeys {
  std::shared_ptr<const KeySet> keys;  // null: see `problem`
  std::string problem;                 // in words for a client
  std::string explanation;             // in words for the log
};

class TokenKeys {
 public:
  using Done = std::function<void(FoundKeys)>;

  TokenKeys(UpstreamClient& upstream, std::function<int64_t()> now_ms)
      : upstream_(upstream), now_ms_(std::move(now_ms)) {}

  // Keys for one issuer, or for every issuer when it is empty. Before any find().
  void add(std::string issuer, std::shared_ptr<const KeySet> keys) { given_[std::move(issuer)] = std::move(keys); }

  void find(const std::string& issuer, const std::string& key_id, Done done);
  // True when tokens of the issuer can be checked: keys were given, or it is on this machine.
  bool reaches(const std::string& issuer) const;

 private:
  struct Fetched {
    std::shared_ptr<const KeySet> keys;
    FoundKeys failure;
    int64_t at_ms = 0;
    bool under_way = false;
    std::vector<Done> waiting;
  };

  void fetch(const std::string& issuer);
  void settle(const std::string& issuer, FoundKeys found);

  UpstreamClient& upstream_;
  const std::function<int64_t()> now_ms_;
  std::map<std::string, std::shared_ptr<const KeySet>> given_;
  std::mutex mutex_;  // fetched_
  std::map<std::string, Fetched> fetched_;
};

// "http://localhost:9000/x", "https://127.0.0.1": an address of this machine, by its name or number.
bool is_local_url(const std::string& url);

}  // namespace stator::gateway
