// Parameter mapping of HTTP APIs: append|overwrite|remove:header.NAME, :querystring.NAME, overwrite:path,
// overwrite:statuscode; values with $request.*, $response.header.*, $context.*, $stageVariables.* (also as ${...}
// inside a text), or static.
#pragma once

#include "emulator/gateway/call.h"

namespace stator::gateway {

// The request as functions and authorizers are told of it.
struct ToldRequest {
  HeaderList headers;  // names in small letters
  std::string path;    // with the stage, unless it is $default
  std::string raw_query;
  QueryList query;
};
// `mappings`: changes it before it is told, as an integration's do.
ToldRequest told_request(const Call& call, const StringMap& mappings);

void map_request(const Call& call, const StringMap& mappings, UpstreamRequest& request);
// The mappings for the reply's status, if the integration has some.
void map_reply(const Call& call, const std::map<std::string, StringMap>& mappings, WireReply& reply);

}  // namespace stator::gateway
