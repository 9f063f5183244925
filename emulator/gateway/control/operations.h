// The control planes' operations, a family a function: each runs the request if its operation is one of the family's,
// and says whether it was. For control_plane.cc alone; what no family knows is not offered.
#pragma once

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

bool run_imports(ControlRequest& request);
bool run_rest_apis(ControlRequest& request);
bool run_rest_resources(ControlRequest& request);
bool run_rest_methods(ControlRequest& request);
bool run_rest_stages(ControlRequest& request);
bool run_rest_parts(ControlRequest& request);
bool run_rest_account(ControlRequest& request);
bool run_documentation(ControlRequest& request);
bool run_key_imports(ControlRequest& request);
bool run_test_invokes(ControlRequest& request);
bool run_usage(ControlRequest& request);
bool run_sdk_types(ControlRequest& request);
bool run_model_templates(ControlRequest& request);
bool run_routing_rules(ControlRequest& request);
bool run_exports(ControlRequest& request);
bool run_domains(ControlRequest& request);
bool run_access_associations(ControlRequest& request);
bool run_tags_and_links(ControlRequest& request);
bool run_v2_apis(ControlRequest& request);
bool run_v2_stages(ControlRequest& request);

}  // namespace stator::gateway::control
