// Parameter mapping of HTTP APIs: append|overwrite|remove:header.NAME, :querystring.NAME, overwrite:path,
// overwrite:statuscode; values with $request.*, $response.header.*, $context.*, $stageVariables.* (also as ${...}
// inside a text), or static.
#pragma once

#include "emulator/gateway/call.h"

namespace stator::gateway {

void map_request(const Call& call, const StringMap& mappings, UpstreamRequest& request);
// The mappings for the reply's status, if the integration has some.
void map_reply(const Call& call, const std::map<std::string, StringMap>& mappings, WireReply& reply);

}  // namespace stator::gateway
