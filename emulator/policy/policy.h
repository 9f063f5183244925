// IAM policy documents, and the one question they answer: does this policy allow a request, deny it, or say nothing? It
// knows the policy language alone (Effect, Principal, Action, Resource, their Not forms, Condition, variables): no
// HTTP, no API, no table, no clock. What a request is, is told as plain text, so any service's policies can be asked.
//
// Immutable once parsed: any thread may evaluate. Errors: parse() says what is wrong in words and returns null; nothing
// throws.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/policy/condition.h"
#include "protocol/json/json_value.h"

namespace stator::policy {

// What is asked. The same resource may have several names ("arn:aws:execute-api:...", "execute-api:/..."): a pattern
// that fits one of them fits.
struct Request {
  std::string action;  // "execute-api:Invoke"
  std::vector<std::string> resources;
  std::string account;                  // the caller's; empty: anonymous
  std::vector<std::string> principals;  // ARNs and ids that name the caller; empty: anonymous
  ConditionContext context;
  std::string role_arn = {};  // of a role's session, which is named by it too
  // Whether an Allow for the caller's whole account is one for the caller. Within an account it only leaves the
  // decision to the identities' own policies.
  bool account_grants = true;
};

enum class Decision : uint8_t { kAllow, kImplicitDeny, kExplicitDeny };

// A resource's policy names principals and an identity's does not.
enum class PolicyKind : uint8_t { kIdentity, kResource };

struct Principals {
  bool everyone = false;
  std::vector<std::string> names;
};

struct Statement {
  bool allow = false;
  std::optional<Principals> principal, not_principal;
  std::vector<std::string> action, not_action;
  std::vector<std::string> resource, not_resource;
  std::vector<Condition> conditions;
};

class Policy {
 public:
  static std::shared_ptr<const Policy> parse(std::string_view json, PolicyKind kind, std::string& problem);
  static std::shared_ptr<const Policy> read(const JsonValue& document, PolicyKind kind, std::string& problem);

  // One matching Deny wins over every Allow.
  Decision evaluate(const Request& request) const;

 private:
  bool applies(const Statement& statement, const Request& request) const;

  std::vector<Statement> statements_;
  bool has_variables_ = false;  // since version 2012-10-17
};

}  // namespace stator::policy
