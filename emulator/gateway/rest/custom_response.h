// From an integration's answer to the client's, where the integration is no proxy: the integration response by its
// selection pattern, response parameters, template, overrides, content handling.
#pragma once

#include <optional>
#include <string>

#include "emulator/gateway/call.h"
#include "emulator/gateway/rest/template_run.h"

namespace stator::gateway {

struct IntegrationResult {
  int status = 200;
  // What selection patterns are matched with: the status, or a function's errorMessage. Nothing: the default response.
  std::optional<std::string> selected_by;
  HeaderList headers;
  std::string body;
};

// `request`: what the request template overrode.
WireReply custom_reply(Call& call, IntegrationResult result, const Overrides& request);

}  // namespace stator::gateway
