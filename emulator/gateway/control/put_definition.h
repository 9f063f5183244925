// An Api that was read from an OpenAPI document, written into the control planes' documents. Things that the documents
// have already (a resource of that path, an authorizer of that name) keep their ids.
#pragma once

#include <string>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

// The OpenAPI text as an Api; throws ControlError with what is wrong with it.
Api read_openapi(const ControlRequest& request, std::string_view text, const std::string& api_id, bool rest);

// `head` is changed and not put. With `overwrite`, what the API does not name goes.
void put_rest_definition(ControlRequest& request, const std::string& path, Node& head, const Api& api, bool overwrite);
void put_v2_definition(ControlRequest& request, const std::string& path, Node& head, const Api& api);

}  // namespace stator::gateway::control
