#include "emulator/policy/authorization.h"

#include <utility>

namespace stator::policy {
namespace {

Decision of_all(const std::vector<std::shared_ptr<const Policy>>& policies, const Request& request) {
  Decision all = Decision::kImplicitDeny;
  for (const std::shared_ptr<const Policy>& each : policies) {
    const Decision one = each->evaluate(request);
    if (one == Decision::kExplicitDeny) return one;
    if (one == Decision::kAllow) all = one;
  }
  return all;
}

Verdict denied(std::string_view kind) {
  return {false, "with an explicit deny in " + std::string(kind)};
}

Verdict not_allowed(std::string_view kind, const Request& request) {
  return {false, "because no " + std::string(kind) + " allows the " + request.action + " action"};
}

}  // namespace

// When several kinds of policy refuse, the service names one of them; which, its documentation leaves open.
Verdict authorize(Request request, const Grants& grants, const Policy* resource_policy, bool same_account) {
  request.account_grants = !same_account;
  const Decision own = of_all(grants.policies, request);
  if (own == Decision::kExplicitDeny) return denied("an identity-based policy");
  const Decision bound = grants.boundary ? grants.boundary->evaluate(request) : Decision::kAllow;
  if (bound == Decision::kExplicitDeny) return denied("a permissions boundary");
  const Decision there = resource_policy ? resource_policy->evaluate(request) : Decision::kImplicitDeny;
  if (there == Decision::kExplicitDeny) return denied("a resource-based policy");

  if (same_account && there == Decision::kAllow) {
    if (bound == Decision::kAllow) return {true};
    if (std::exchange(request.role_arn, {}).empty() || resource_policy->evaluate(request) == Decision::kAllow)
      return {true};
  }
  if (own != Decision::kAllow) return not_allowed("identity-based policy", request);
  if (bound != Decision::kAllow) return not_allowed("permissions boundary", request);
  if (!same_account && there != Decision::kAllow) return not_allowed("resource-based policy", request);
  return {true};
}

}  // namespace stator::policy
