// Runs a mapping template for a call: puts $input, $util, $context and $stageVariables before it and takes the body and
// the overrides from it. A template that fails is told to the owner of the API, with its line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/gateway/call.h"

namespace stator::gateway {

// What $context.requestOverride and $context.responseOverride were set to.
struct Overrides {
  StringMap header;
  StringMap path;
  StringMap query;
  int status = 0;  // of the response; 0: not overridden
};

struct TemplateOutput {
  std::string body;
  Overrides overrides;
};

// `body`: the payload before the template, the client's or the integration's. `request`: a response template is told
// by it what the request's template had set; null when this is the request's. Nothing: it failed, and call.trace and
// the log say why.
std::optional<TemplateOutput> run_template(Call& call, const CompiledTemplate& chosen, std::string_view body,
                                           const Overrides* request);

// Notes why the API's owner finds a 500, in the trace and in the log.
void complain(Call& call, const std::string& problem);

}  // namespace stator::gateway
