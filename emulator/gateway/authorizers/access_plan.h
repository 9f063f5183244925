// What a route asks of its callers, compiled with the stage: the authorizer with its function's name, its identity
// sources and its expression. Immutable; it points into the deployment's definition, which the stage holds.
//
// Nothing is open by mistake: what cannot be understood is kBroken and refuses every request, with the reason.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/authorizers/key_set.h"
#include "emulator/gateway/vtl/regex.h"

namespace stator::gateway {

struct AuthorizerPlan {
  const Authorizer* config = nullptr;
  std::string function;                          // Lambda: name or ARN
  std::vector<std::string> sources;              // identity sources
  int ttl_seconds = 0;                           // of cached results
  std::shared_ptr<const vtl::Regex> expression;  // TOKEN; null: any
  std::vector<std::string> issuers;              // JWT, user pools
  std::shared_ptr<const KeySet> keys;            // the owner's, over the issuer's
};

struct AccessPlan {
  enum class Kind : uint8_t { kOpen, kIam, kLambda, kJwt, kUserPool, kBroken };

  Kind kind = Kind::kOpen;
  std::shared_ptr<const AuthorizerPlan> authorizer;  // kLambda, kJwt, kUserPool
  std::vector<std::string> scopes;
  bool api_key = false;
  std::string problem;  // kBroken: why
};

// The authorizers of one stage, each compiled once.
class AccessPlanner {
 public:
  AccessPlanner(const Api& api, const ApiDefinition& definition, const Stage& stage)
      : api_(api), definition_(definition), stage_(stage) {}

  AccessPlan plan(const std::string& type, const std::string& authorizer_id, const std::vector<std::string>& scopes,
                  bool api_key);

 private:
  std::shared_ptr<const AuthorizerPlan> compile(const Authorizer& authorizer, std::string& problem) const;

  struct Compiled {
    std::shared_ptr<const AuthorizerPlan> plan;
    std::string problem;
  };
  const Api& api_;
  const ApiDefinition& definition_;
  const Stage& stage_;
  std::map<std::string, Compiled> compiled_;  // by authorizer id
};

}  // namespace stator::gateway
