// Who may call: the checks that stand between a route and its integration, in the service's order: the API's resource
// policy and the route's authorizer, then the API key with its usage plan. REST, HTTP and WebSocket APIs share it; how
// a refusal is worded and sent is theirs.
//
// check() answers through `done` exactly once, at once or later from another thread (a function's, the upstream
// client's); it never blocks. What it found out about the caller is in call->caller before an admission.
//
// Lifetime: as long as the calls. Threads: any; results are cached under one lock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/access/identities.h"
#include "emulator/gateway/authorizers/token_keys.h"
#include "emulator/gateway/authorizers/usage.h"
#include "emulator/gateway/call.h"
#include "emulator/policy/policy.h"

namespace stator::gateway {

enum class Access : uint8_t {
  kAdmitted,
  kUnauthorized,  // nothing that identifies the caller, or it is not good
  kDenied,        // by a policy or an authorizer; `message` says how
  kAuthorizerFailure,
  kAuthorizerConfigurationError,
  kMissingToken,  // AWS_IAM, not signed
  kIncompleteSignature,
  kInvalidSignature,
  kUnknownCredentials,
  kInvalidApiKey,
  kThrottled,
  kQuotaExceeded,
};

struct AccessOutcome {
  Access access = Access::kAdmitted;
  std::string message;    // in the service's words for a REST API; empty: the kind's own
  std::string challenge;  // WWW-Authenticate
  std::string reason;     // for the log, in words
};

using AccessDone = std::function<void(std::shared_ptr<Call>, AccessOutcome)>;

struct AccessOptions {
  // Of --iam-credentials or --iam; null: signatures are asked for and not verified.
  std::shared_ptr<const access::Identities> identities;
  std::vector<std::string> key_sets;     // --jwks: "FILE" or "ISSUER=FILE"
  std::vector<std::string> api_keys;     // --api-key: values that every stage takes
  bool trust_unverified_tokens = false;  // --trust-unverified-tokens
};

class AccessControl {
 public:
  // Throws std::runtime_error for files that cannot be read.
  AccessControl(const AccessOptions& options, FunctionRegistry& functions, UpstreamClient& upstream, Timers& timers,
                std::function<int64_t()> now_ms);

  void check(std::shared_ptr<Call> call, AccessDone done);

  // Makes these the keys and plans that `source` (the templates, the control plane) has; those of others stay.
  void set_keys(const std::string& source, std::vector<ApiKey> keys, std::vector<UsagePlan> plans);
  Usage& usage() { return usage_; }

  // Whether the caller, who was admitted, may have the stage's cache passed by: execute-api:InvalidateCache, which
  // everybody has who signs for an AWS_IAM method (there are no users' policies here) unless the resource policy
  // denies it.
  bool may_invalidate(const Call& call) const;

  // Drops cached results of authorizers: of one stage, or of all.
  void forget(std::string_view api_id, std::string_view stage);
  void forget();

  // What of a stage is not checked, and what no caller can pass, in words for the log.
  std::vector<std::string> notes(const ServedStage& stage) const;

 private:
  struct Cached {  // what a Lambda authorizer answered
    int64_t until_ms = 0;
    std::shared_ptr<const struct LambdaAnswer> answer;
  };
  struct Admission;  // one check under way

  void after_policy(const std::shared_ptr<Admission>& a);
  void ask_function(const std::shared_ptr<Admission>& a);
  void judge_answer(const std::shared_ptr<Admission>& a, const LambdaAnswer& answer, int64_t latency_ms);
  void check_token(const std::shared_ptr<Admission>& a);
  void judge_token(const std::shared_ptr<Admission>& a, const struct Jwt& token, const std::string& issuer,
                   const FoundKeys& found);
  void check_signature(const std::shared_ptr<Admission>& a);
  void check_key(const std::shared_ptr<Admission>& a);

  FunctionRegistry& functions_;
  Timers& timers_;
  const std::function<int64_t()> now_ms_;
  const std::shared_ptr<const access::Identities> identities_;  // may be null
  TokenKeys token_keys_;
  Usage usage_;
  const bool trust_unverified_tokens_;
  std::mutex mutex_;                                                                       // cache_, account_
  std::map<std::string, std::pair<std::vector<ApiKey>, std::vector<UsagePlan>>> account_;  // by source
  std::map<std::string, Cached> cache_;
};

// "arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/items/1"
std::string method_arn(const Call& call);

}  // namespace stator::gateway
