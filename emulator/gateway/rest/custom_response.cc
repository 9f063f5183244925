#include "emulator/gateway/rest/custom_response.h"

#include <charconv>

#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/content_handling.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/header_rules.h"
#include "emulator/gateway/rest/mapping.h"
#include "emulator/gateway/vtl/regex.h"

namespace stator::gateway {
namespace {

const ResponsePlan* choose(const RoutePlan& plan, const std::optional<std::string>& by) {
  const ResponsePlan* fallback = nullptr;
  for (const ResponsePlan& each : plan.responses) {
    if (each.response->selection_pattern.empty())
      fallback = &each;
    else if (by && each.pattern && each.pattern->matches_all(*by))
      return &each;
  }
  return fallback;
}

// By what the client accepts, then JSON, then whatever there is.
const CompiledTemplate* template_for(const Call& call, const std::vector<CompiledTemplate>& templates) {
  if (templates.empty()) return nullptr;
  const std::string accept = media_type(call.header("Accept").value_or("application/json"));
  for (const std::string_view type : {std::string_view(accept), std::string_view("application/json")})
    for (const CompiledTemplate& each : templates)
      if (media_type(each.content_type) == type) return &each;
  return &templates.front();
}

std::string header_of(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return value;
  return {};
}

void set_header(WireReply& reply, const std::string& name, std::string value) {
  std::erase_if(reply.headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
  reply.headers.emplace_back(name, one_line(std::move(value)));
}

}  // namespace

WireReply custom_reply(Call& call, IntegrationResult result, const Overrides& request) {
  const ResponsePlan* plan = choose(*call.plan, result.selected_by);
  if (!plan) {
    complain(call, "no integration response is for " +
                       (result.selected_by ? "\"" + *result.selected_by + "\"" : "this answer") +
                       ", and there is no default one");
    return gateway_response(call, GatewayError::kApiConfigurationError);
  }
  const IntegrationResponse& response = *plan->response;
  WireReply reply;
  reply.status = result.status;
  std::from_chars(response.status_code.data(), response.status_code.data() + response.status_code.size(), reply.status);
  add_rest_headers(call, reply);

  const auto& binary_types = call.stage->definition->binary_media_types;
  const std::string answered = header_of(result.headers, "Content-Type");
  const bool wanted =
      !binary_types.empty() && is_binary_type(media_type(call.header("Accept").value_or("")), binary_types);
  // What functions, DynamoDB and MOCK say is text, whatever the API calls binary.
  const bool binary = call.plan->integration->type == "HTTP" && is_binary_type(media_type(answered), binary_types);
  const IntegrationAnswer answer{&result.headers, result.body};
  Converted body =
      binary ? convert_binary_response(result.body, wanted, response.content_handling) : Converted{result.body, false};
  std::string type = answered.empty() ? "application/json" : answered;
  Overrides overrides;
  const CompiledTemplate* chosen = template_for(call, plan->templates);
  if (chosen) type = chosen->content_type;
  if (chosen && !chosen->empty() && body.binary) {
    complain(call,
             "the answer is binary (its type is one of the API's binaryMediaTypes), which no template can read: "
             "contentHandling CONVERT_TO_TEXT would give it as base64");
    return gateway_response(call, GatewayError::kApiConfigurationError);
  }
  if (chosen && !chosen->empty()) {
    std::optional<TemplateOutput> output = run_template(call, *chosen, body.bytes, &request);
    if (!output) return gateway_response(call, GatewayError::kApiConfigurationError);
    body.bytes = std::move(output->body);
    overrides = std::move(output->overrides);
  } else if (!chosen && type.starts_with("application/x-amz-json")) {
    type = "application/json";
  }
  // An API for which this very type is binary has said that it is no base64.
  if (!binary)
    body.bytes = convert_text_response(std::move(body.bytes), wanted && !is_binary_type(media_type(type), binary_types),
                                       response.content_handling);
  reply.headers.emplace_back("Content-Type", type);
  for (const auto& [name, expression] : response.response_parameters) {
    constexpr std::string_view kHeader = "method.response.header.", kMulti = "method.response.multivalueheader.";
    const std::string_view key(name);
    if (key.starts_with(kMulti)) {
      for (std::string& value : mapped_values(call, expression, &answer))
        reply.headers.emplace_back(key.substr(kMulti.size()), one_line(std::move(value)));
    } else if (key.starts_with(kHeader)) {
      if (std::optional<std::string> value = mapped_value(call, expression, &answer))
        set_header(reply, std::string(key.substr(kHeader.size())), std::move(*value));
    }
  }
  for (auto& [name, value] : overrides.header) set_header(reply, name, value);
  if (overrides.status) reply.status = overrides.status;
  reply.body = std::move(body.bytes);
  return reply;
}

}  // namespace stator::gateway
