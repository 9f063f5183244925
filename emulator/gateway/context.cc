// $context.NAME: what access logs and gateway responses may say of a request. See call.h.
// Names: the service's "logging variables" of REST and HTTP APIs; those that only WAF or a custom domain fill are
// empty here.
#include <algorithm>

#include "emulator/gateway/call.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {

std::optional<std::string> context_value(const Call& call, std::string_view name, int status, size_t response_bytes) {
  auto quoted = [](const std::string& text) {
    std::string out;
    append_json_string(text, out);
    return out;
  };
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - call.begun).count();
  const int64_t integration_ms = call.integration_us / 1000;
  if (name == "requestId") return call.request_id;
  if (name == "extendedRequestId") return call.extended_request_id;
  if (name == "accountId") return call.services.account;
  if (name == "apiId") return call.stage ? call.stage->api->id : "";
  if (name == "stage") return call.stage ? call.stage->stage->name : "";
  if (name == "httpMethod") return call.method;
  if (name == "path") return call.context_path;
  if (name == "protocol") return "HTTP/1.1";
  if (name == "status") return status ? std::to_string(status) : "";
  if (name == "responseLength") return std::to_string(response_bytes);
  if (name == "responseLatency") return std::to_string(elapsed);
  if (name == "requestTime") return clf_time(call.time_ms);
  if (name == "requestTimeEpoch") return std::to_string(call.time_ms);
  if (name == "domainName") return call.domain_name;
  if (name == "domainPrefix") return call.domain_prefix;
  if (name == "deploymentId") return call.stage ? call.stage->stage->deployment_id : "";
  if (name == "resourcePath") return call.plan ? call.plan->path : "";
  if (name == "resourceId") return call.plan && call.plan->resource ? call.plan->resource->id : "";
  if (name == "routeKey") return call.plan ? call.plan->key : "";
  if (name == "isCanaryRequest") return call.stage && call.stage->is_canary ? "true" : "false";
  if (name == "operationName") return call.plan && call.plan->method ? call.plan->method->operation_name : "";
  if (name == "xrayTraceId") return call.trace_id;
  if (name == "identity.sourceIp") return call.source_ip;
  if (name == "identity.userAgent") return call.user_agent;
  if (name.starts_with("identity.")) return identity_value(call.caller, name.substr(9)).value_or("");
  if (name.starts_with("authorizer.")) return authorizer_value(call.caller, name.substr(11));
  if (name.starts_with("authorize") || name.starts_with("authenticate.")) return "";
  if (call.socket) {
    if (name == "connectionId") return call.socket->connection_id;
    if (name == "connectedAt") return std::to_string(call.socket->connected_ms);
    if (name == "eventType") return std::string(call.socket->event_type);
    if (name == "messageId") return call.socket->message_id;
    if (name == "messageDirection") return "IN";
    if (name == "disconnectStatusCode") return call.socket->close_code ? std::to_string(call.socket->close_code) : "";
    if (name == "disconnectReason") return call.socket->close_reason;
  }
  if (name == "awsEndpointRequestId" || name == "integration.requestId")
    return call.plan && !call.plan->function.empty() ? call.invocation_id : "";
  if (name == "error.message") return call.error_message;
  if (name == "error.messageString") return quoted(call.error_message);
  if (name == "error.responseType") return call.error_type;
  if (name == "error.validationErrorString") {
    // Stands between quotes in the templates that use it, and has quotes of its own.
    const std::string text = quoted(call.validation_error);
    return text.substr(1, text.size() - 2);
  }
  if (name == "integrationErrorMessage" || name == "integration.error") return call.integration_error;
  if (name == "integrationLatency" || name == "integration.latency") return std::to_string(integration_ms);
  if (name == "integrationStatus" || name == "integration.status" || name == "integration.integrationStatus")
    return call.integration_status;
  if (name.starts_with("requestOverride") || name.starts_with("responseOverride") || name.starts_with("waf") ||
      name.starts_with("customDomain"))
    return "";
  return std::nullopt;
}

std::string fill_access_log(const Call& call, std::string_view format, int status, size_t response_bytes) {
  constexpr std::string_view kStart = "$context.";
  std::string out;
  for (;;) {
    const size_t at = format.find(kStart);
    if (at == std::string_view::npos) return out += format;
    out += format.substr(0, at);
    format.remove_prefix(at + kStart.size());
    const size_t end = std::min(
        format.size(), format.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"));
    std::string_view name = format.substr(0, end);
    while (name.ends_with('.')) name.remove_suffix(1);
    const std::optional<std::string> value = context_value(call, name, status, response_bytes);
    out += value && !value->empty() ? *value : "-";
    format.remove_prefix(name.size());
  }
}

}  // namespace stator::gateway
