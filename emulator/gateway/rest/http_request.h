// The request that an HTTP or HTTP_PROXY integration of a REST API sends: target, query and headers from the client's
// request, the integration's parameter mappings and a template's overrides.
#pragma once

#include <string>

#include "emulator/gateway/call.h"
#include "emulator/gateway/rest/template_run.h"

namespace stator::gateway {

UpstreamRequest proxy_request(const Call& call);  // the client's request goes on
// Only what is mapped goes on, and `body`, of the type `content_type` when it has one.
UpstreamRequest custom_request(const Call& call, std::string body, const std::string& content_type,
                               const Overrides& overrides);

// Headers by the integration's mappings (integration.request.header.NAME), overrides over them.
HeaderList mapped_headers(const Call& call, const Overrides& overrides);

}  // namespace stator::gateway
