// Stages as templates spell them (SAM, CloudFormation v1 and v2). See import.h.
#pragma once

#include "emulator/gateway/api_config.h"
#include "emulator/templates/node.h"

namespace stator::gateway {

// `properties` (resolved) holds whichever of Variables/StageVariables, MethodSettings, DefaultRouteSettings,
// RouteSettings, AccessLogSetting(s), Description, TracingEnabled, Tags the resource has.
void read_stage(const templates::Node& properties, Stage& stage);
// CanarySetting, once all else of the stage is known.
void read_canary(const templates::Node& properties, Stage& stage);
Cors read_cors(const templates::Node& node);  // v2: AllowOrigins, AllowMethods, ...
GatewayResponse read_gateway_response(const std::string& type, const templates::Node& node);

}  // namespace stator::gateway
