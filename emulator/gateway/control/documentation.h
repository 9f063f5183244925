// The documentation that an OpenAPI document brings along, put among an API's documentation parts.
#pragma once

#include <string>
#include <vector>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

inline constexpr const char* kDocumentation = "x-amazon-apigateway-documentation";

// Puts the parts that the document's extension lists below `api` ("/restapis/ID") and returns their ids, in order. A
// part of the same location is merged; with `overwrite`, what was there goes first.
std::vector<std::string> put_documentation(ControlRequest& request, const std::string& api, const Node& document,
                                           bool overwrite);

// The extension's value for a stage: the API's parts, with the stage's documentation version where it has one.
Node documentation_of(Documents& documents, const std::string& api, const Node& stage);

}  // namespace stator::gateway::control
