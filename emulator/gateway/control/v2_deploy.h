// What a change of an HTTP or WebSocket API does to its stages: those that deploy by themselves get a new deployment.
#pragma once

#include <string>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

// Defaults and times of a stage that is new or has changed.
void complete_v2_stage(ControlRequest& request, Node& stage);
// Freezes the draft of the API at `path` as a new deployment; returns it as it is kept.
Node deploy_v2(ControlRequest& request, const std::string& path, const std::string& description, bool automatic);
// Does so once, if any stage wants it, and moves those stages to it.
void deploy_by_itself(ControlRequest& request, const std::string& path);

}  // namespace stator::gateway::control
