// CORS of an HTTP API: when an API has a CORS configuration, the gateway answers preflight requests itself and its
// headers replace whatever the integration says ("Configuring CORS for an HTTP API"). Pure: no state.
#pragma once

#include "emulator/gateway/api_config.h"
#include "protocol/wire_message.h"

namespace stator::gateway {

bool is_preflight(const WireRequest& request);
WireReply preflight_reply(const Cors& cors, const WireRequest& request);
void apply_cors(const Cors& cors, const WireRequest& request, WireReply& reply);

}  // namespace stator::gateway
