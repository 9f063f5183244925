#include "emulator/gateway/rest/mock.h"

#include <charconv>

#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/mapping.h"

namespace stator::gateway {
namespace {

const std::string* template_for(const StringMap& templates, std::string_view type) {
  for (const auto& [name, text] : templates)
    if (media_type(name) == type) return &text;
  const auto fallback = templates.find("$default");
  return fallback == templates.end() ? nullptr : &fallback->second;
}

bool is_static(const std::string& text) {
  return text.find('$') == std::string::npos && text.find('#') == std::string::npos;
}

// The service takes {"statusCode": 200} and {statusCode: 200} alike.
int status_in(std::string_view text) {
  const size_t at = text.find("statusCode");
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + 10);
  const size_t digit = text.find_first_not_of("\"': \t\r\n");
  int status = 0;
  if (digit != std::string_view::npos) std::from_chars(text.data() + digit, text.data() + text.size(), status);
  return status;
}

}  // namespace

WireReply mock_reply(Call& call) {
  const Integration& integration = *call.plan->integration;
  const std::string type = media_type(call.header("Content-Type").value_or("application/json"));
  const std::string* request = template_for(integration.request_templates, type);
  if (!request) {
    const bool refuse =
        integration.passthrough_behavior == "NEVER" ||
        (integration.passthrough_behavior == "WHEN_NO_TEMPLATES" && !integration.request_templates.empty());
    if (refuse) return gateway_response(call, GatewayError::kUnsupportedMediaType);
  }
  // What passes through without a template is the body itself.
  const std::string_view text = request ? std::string_view(*request) : call.body();
  if (request && !is_static(*request)) {
    call.trace.problem = "the request template is not static";
    return gateway_response(call, GatewayError::kApiConfigurationError);
  }
  const int status = status_in(text);
  const IntegrationResponse* chosen = nullptr;
  for (const IntegrationResponse& each : integration.responses) {
    // A MOCK's "integration status" is matched against the selection pattern; an empty one is the default.
    if (!each.selection_pattern.empty() && each.selection_pattern == std::to_string(status)) chosen = &each;
  }
  if (!chosen)
    for (const IntegrationResponse& each : integration.responses)
      if (each.selection_pattern.empty()) chosen = &each;
  if (!chosen || status == 0) {
    call.trace.problem = status == 0 ? "the request template gives no statusCode"
                                     : "no integration response fits status " + std::to_string(status);
    return gateway_response(call, GatewayError::kApiConfigurationError);
  }
  WireReply reply;
  reply.status = status;
  std::from_chars(chosen->status_code.data(), chosen->status_code.data() + chosen->status_code.size(), reply.status);
  add_rest_headers(call, reply);
  std::string content = "application/json";
  if (!chosen->response_templates.empty()) {
    const std::string accept = media_type(call.header("Accept").value_or("application/json"));
    const std::string* body = template_for(chosen->response_templates, accept);
    if (body)
      content = accept;
    else if ((body = template_for(chosen->response_templates, "application/json")) == nullptr) {
      content = chosen->response_templates.begin()->first;
      body = &chosen->response_templates.begin()->second;
    }
    if (!is_static(*body)) {
      call.trace.problem = "the response template is not static";
      return gateway_response(call, GatewayError::kApiConfigurationError);
    }
    reply.body = *body;
  }
  bool typed = false;
  for (const auto& [name, expression] : chosen->response_parameters) {
    constexpr std::string_view kHeader = "method.response.header.";
    if (!std::string_view(name).starts_with(kHeader)) continue;
    if (std::optional<std::string> value = mapped_value(call, expression)) {
      const std::string header = name.substr(kHeader.size());
      typed = typed || equal_ignoring_case(header, "Content-Type");
      reply.headers.emplace_back(header, std::move(*value));
    }
  }
  if (!typed) reply.headers.emplace_back("Content-Type", content);
  return reply;
}

}  // namespace stator::gateway
