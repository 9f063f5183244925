// The simple expressions of REST parameter mappings: 'static', method.request.{path|querystring|header}.name
// (multivalue too), method.request.body, context.name, stageVariables.name, integration.response.header.name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/gateway/call.h"

namespace stator::gateway {

// `upstream`: the headers of the integration's answer, when there is one. Nothing when the value is not there.
std::optional<std::string> mapped_value(const Call& call, std::string_view expression,
                                        const HeaderList* upstream = nullptr);

}  // namespace stator::gateway
