// What making an API by hand and by import have in common: the head's defaults, its policy, how it is shown.
#pragma once

#include <string>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

// Completes a new REST API's head and puts its root resource and default models. The head itself is not put.
Node new_rest_api(ControlRequest& request, const std::string& id, Node head);
// One JSON text, with the API's own ARN where a resource said "execute-api:/".
void settle_policy(const ControlRequest& request, const std::string& id, Node& head);
void show_rest_api(ControlRequest& request, Node& head);

void complete_v2_api(ControlRequest& request, const std::string& id, Node& head);
void show_v2_api(ControlRequest& request, Node& head);

}  // namespace stator::gateway::control
