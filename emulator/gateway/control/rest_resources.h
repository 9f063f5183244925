// How the resources, methods and integrations of a REST API lie in its documents, for those that read or change them:
//   resources/ID  resources/ID/methods/GET  .../responses/200  .../integration  .../integration/responses/200
#pragma once

#include <string>
#include <string_view>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

// The method at `path` with its responses and its integration, as GetMethod shows it; and the integration with its own.
Node whole_method(ControlRequest& request, const std::string& path, Node method);
Node whole_integration(ControlRequest& request, const std::string& path, Node integration);

// Throws when the service refuses it.
void check_path_part(const std::string& part);

}  // namespace stator::gateway::control
