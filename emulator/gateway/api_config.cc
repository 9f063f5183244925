#include "emulator/gateway/api_config.h"

#include <utility>

namespace stator::gateway {

const Stage* Api::stage(std::string_view stage_name) const {
  for (const Stage& each : stages)
    if (each.name == stage_name) return &each;
  return nullptr;
}

const Deployment* Api::deployment(std::string_view deployment_id) const {
  for (const Deployment& each : deployments)
    if (each.id == deployment_id) return &each;
  return nullptr;
}

std::string Api::deploy(std::string deployment_id, int64_t now_ms, std::string text) {
  deployments.push_back({deployment_id, std::move(text), now_ms, std::make_shared<const ApiDefinition>(definition)});
  return deployment_id;
}

}  // namespace stator::gateway
