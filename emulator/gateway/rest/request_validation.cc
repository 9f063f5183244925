#include "emulator/gateway/rest/request_validation.h"

#include <algorithm>

#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/mapping.h"

namespace stator::gateway {

std::optional<WireReply> refuse_invalid(Call& call) {
  const RoutePlan& plan = *call.plan;
  if (plan.validate_parameters) {
    std::string missing;
    for (const auto& [name, required] : plan.method->request_parameters) {
      if (!required) continue;
      const std::optional<std::string> value = mapped_value(call, name);
      if (value && !value->empty()) continue;
      missing +=
          (missing.empty() ? "" : ", ") + name.substr(name.find('.', std::string_view("method.request.").size()) + 1);
    }
    if (!missing.empty())
      return gateway_response(call, GatewayError::kBadRequestParameters,
                              "Missing required request parameters: [" + missing + "]");
  }
  if (!plan.validate_body || plan.body_schemas.empty()) return std::nullopt;
  const std::string type = media_type(call.header("Content-Type").value_or("application/json"));
  const auto found = std::find_if(plan.body_schemas.begin(), plan.body_schemas.end(), [&](const auto& each) {
    return media_type(each.first) == type || each.first == "$default";
  });
  if (found == plan.body_schemas.end()) return std::nullopt;  // no model for this type: nothing to check it against
  const JsonSchema::Verdict verdict = found->second->check(call.body());
  if (verdict.valid) return std::nullopt;
  call.validation_error = verdict.is_json ? "[" + verdict.message + "]" : verdict.message;
  return gateway_response(call, GatewayError::kBadRequestBody);
}

}  // namespace stator::gateway
