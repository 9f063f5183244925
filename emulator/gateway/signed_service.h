// Which service a request was signed for, by its Authorization header. Pure text, no state.
#pragma once

#include <string_view>

#include "protocol/wire_message.h"

namespace stator::gateway {

// "apigateway", "lambda", "execute-api"; empty when the request was not signed.
std::string_view signed_service(const WireRequest& request);

}  // namespace stator::gateway
