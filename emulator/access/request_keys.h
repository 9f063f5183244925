// The condition keys that every service's requests have: of the request itself (aws:SourceIp, aws:CurrentTime, ...) and
// of the identity that signed it (aws:PrincipalArn, aws:username, ...).
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/access/identities.h"
#include "protocol/wire_message.h"

namespace stator::access {

// `now_ms` is the service's own time, which a test may hold or move.
void add_request_keys(const WireRequest& request, int64_t now_ms, policy::ConditionContext& context);
void add_identity_keys(const Identity& identity, policy::ConditionContext& context);

}  // namespace stator::access
