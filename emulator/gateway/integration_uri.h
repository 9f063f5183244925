// What an integration's URI names. Pure text, no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/gateway/api_config.h"

namespace stator::gateway {

// The function's name or ARN in "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations" (also
// the streaming form), or the URI itself when it is a Lambda ARN (HTTP APIs); empty when it names no function.
std::string function_in_uri(std::string_view uri);

// True for the form that asks Lambda to stream its answer.
bool is_streaming_uri(std::string_view uri);

// "arn:aws:apigateway:REGION:SERVICE:action/ACTION" or ":path/PATH"; SERVICE may have a subdomain before it.
struct ServiceUri {
  std::string region;
  std::string service;
  std::string action;  // empty: a path
  std::string path;
};
std::optional<ServiceUri> service_in_uri(std::string_view uri);

// Replaces ${stageVariables.name}. A variable that the stage does not have becomes nothing.
std::string with_stage_variables(std::string_view text, const StringMap& variables);

}  // namespace stator::gateway
