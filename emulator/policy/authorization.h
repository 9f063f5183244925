// Whether an identity may do what it asks, by all the policies that have a say: its own, its permissions boundary and
// the resource's. Pure, as the policies are.
//
//   * A Deny that fits, anywhere, is the end of it.
//   * Within the resource's account either side's Allow is enough. The boundary limits what the identity's own policies
//     allow and what the resource allows to the identity's role; not what it allows to the user or the session by name.
//   * From another account both sides must allow it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/policy/policy.h"

namespace stator::policy {

// What is attached to an identity.
struct Grants {
  std::vector<std::shared_ptr<const Policy>> policies;
  std::shared_ptr<const Policy> boundary;  // null: none
};

struct Verdict {
  bool allowed = false;
  // The end of the service's refusal: "because no identity-based policy allows the dynamodb:GetItem action" or "with an
  // explicit deny in a resource-based policy".
  std::string why = {};
};

// `resource_policy` may be null. `same_account`: the resource is of the caller's account.
Verdict authorize(Request request, const Grants& grants, const Policy* resource_policy, bool same_account);

}  // namespace stator::policy
