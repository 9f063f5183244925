// The simple expressions of REST parameter mappings: 'static', method.request.{path|querystring|header}.name
// (multivaluequerystring and multivalueheader too), method.request.body and a JSONPath into it, context.name,
// stageVariables.name, and of the integration's answer integration.response.{header|multivalueheader}.name,
// integration.response.body and a JSONPath into it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/call.h"

namespace stator::gateway {

struct IntegrationAnswer {
  const HeaderList* headers = nullptr;
  std::string_view body;
};

// `answer`: the integration's, when there is one. Nothing when the value is not there.
std::optional<std::string> mapped_value(const Call& call, std::string_view expression,
                                        const IntegrationAnswer* answer = nullptr);
// The multivalue expressions give as many as there are, all others one or none.
std::vector<std::string> mapped_values(const Call& call, std::string_view expression,
                                       const IntegrationAnswer* answer = nullptr);

}  // namespace stator::gateway
