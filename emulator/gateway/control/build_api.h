// From the control planes' documents to the Api that is compiled and served, the same that templates are read into.
// Pure functions over documents; what is not there is left at its default.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/gateway/api_config.h"
#include "emulator/gateway/control/documents.h"
#include "emulator/gateway/control/snapshot.h"

namespace stator::gateway::control {

ApiDefinition definition_of(const Draft& draft, bool rest);
// An account's keys and usage plans.
std::vector<ApiKey> keys_of(Documents& documents);
std::vector<UsagePlan> plans_of(Documents& documents);

// The API at `path` ("/restapis/ID", "/v2/apis/ID") with the deployments that its stages point at; null when there is
// none.
std::shared_ptr<Api> api_of(Documents& documents, const std::string& path);
// The REST API at `path` with one stage, which has the draft.
std::shared_ptr<Api> drafted_api(Documents& documents, const std::string& path, const std::string& stage,
                                 StringMap variables);

}  // namespace stator::gateway::control
