// MOCK integrations with static answers: the request template says {"statusCode": 200}, the integration response with
// that status gives headers and body. Mapping templates (VTL) are not evaluated: where one stands, the answer is the
// service's for a broken configuration, and the notes at start have said so.
#pragma once

#include "emulator/gateway/call.h"

namespace stator::gateway {

WireReply mock_reply(Call& call);

}  // namespace stator::gateway
