// What an Api event of a SAM function says of its method: the verb, the model of its body, its parameters. Throws
// TemplateError at the node that is wrong.
#pragma once

#include <string>

#include "emulator/gateway/api_config.h"
#include "emulator/templates/node.h"

namespace stator::gateway {

// "any", "*" and OpenAPI's word for it are ANY; others in capitals.
std::string sam_method(const std::string& text, const templates::Node& at);
// RequestModel and RequestParameters; a validator of the API's is made where they ask for one.
void read_request_model(const templates::Node& node, Api& api, Method& m);
void read_request_parameters(const templates::Node& list, Api& api, Method& m);

}  // namespace stator::gateway
