#include "emulator/gateway/rest/custom_integration.h"

#include <charconv>

#include "emulator/gateway/execution_log.h"
#include "emulator/gateway/integration_call.h"
#include "emulator/gateway/integration_uri.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/content_handling.h"
#include "emulator/gateway/rest/custom_response.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/http_request.h"
#include "emulator/gateway/rest/template_run.h"
#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

// The payload for the integration, and what the template overrode.
struct Outgoing {
  std::string body;
  std::string content_type;  // of the template, or the client's where there was none
  Overrides overrides;
};

const CompiledTemplate* template_for(const std::vector<CompiledTemplate>& templates, std::string_view type) {
  for (const CompiledTemplate& each : templates)
    if (media_type(each.content_type) == type) return &each;
  for (const CompiledTemplate& each : templates)
    if (each.content_type == "$default") return &each;
  return nullptr;
}

// Nothing: the call has been answered.
std::optional<Outgoing> outgoing(Call& call) {
  const RoutePlan& plan = *call.plan;
  const Integration& integration = *plan.integration;
  const std::string type = media_type(call.header("Content-Type").value_or("application/json"));
  const CompiledTemplate* chosen = template_for(plan.request_templates, type);
  const std::string& behaviour = integration.passthrough_behavior;
  if (!chosen && (behaviour == "NEVER" || (behaviour == "WHEN_NO_TEMPLATES" && !plan.request_templates.empty()))) {
    call.trace.problem = "no request template is for " + type + ", and passthroughBehavior is " + behaviour;
    refuse(call, GatewayError::kUnsupportedMediaType);
    return std::nullopt;
  }
  const bool binary = is_binary_type(type, call.stage->definition->binary_media_types);
  Converted body = convert_request(call.body(), binary, integration.content_handling);
  Outgoing out;
  if (chosen && !chosen->empty() && body.binary) {
    complain(call,
             "the body is binary (its type is one of the API's binaryMediaTypes), which no template can read: "
             "contentHandling CONVERT_TO_TEXT would give it as base64");
    refuse(call, GatewayError::kApiConfigurationError);
    return std::nullopt;
  }
  if (!chosen || chosen->empty()) {
    out.content_type = call.header("Content-Type").value_or("");
    out.body = std::move(body.bytes);
    return out;
  }
  std::optional<TemplateOutput> output = run_template(call, *chosen, body.bytes, nullptr);
  if (!output) {
    refuse(call, GatewayError::kApiConfigurationError);
    return std::nullopt;
  }
  out.content_type = chosen->content_type == "$default" ? "application/json" : chosen->content_type;
  out.body = std::move(output->body);
  out.overrides = std::move(output->overrides);
  return out;
}

// ---- MOCK ----

void serve_mock(Call& call, Outgoing out) {
  if (!call.claim()) return;
  const int status = mock_status(out.body);
  if (status == 0) {
    complain(call, "the MOCK's request template gives no statusCode: \"" + out.body.substr(0, 200) + "\"");
    return call.answer(gateway_response(call, GatewayError::kApiConfigurationError));
  }
  IntegrationResult result;
  result.status = status;
  result.selected_by = std::to_string(status);
  call.answer(custom_reply(call, std::move(result), out.overrides));
}

// ---- HTTP ----

void serve_http_custom(const std::shared_ptr<Call>& call, Outgoing out) {
  UpstreamRequest request = custom_request(*call, std::move(out.body), out.content_type, out.overrides);
  call_upstream(call, std::move(request),
                [overrides = std::move(out.overrides)](Call& c, CallFate fate, UpstreamResult answer) {
                  if (fate == CallFate::kTimeout)
                    return c.answer(gateway_response(c, GatewayError::kIntegrationTimeout));
                  if (answer.fault == UpstreamFault::kCancelled) {
                    c.exchange->abort();
                    return c.log_answer(499, 0);
                  }
                  if (answer.fault != UpstreamFault::kNone)
                    return c.answer(gateway_response(c, answer.fault == UpstreamFault::kBadUrl
                                                            ? GatewayError::kApiConfigurationError
                                                            : GatewayError::kIntegrationFailure));
                  IntegrationResult result;
                  result.status = answer.status;
                  result.selected_by = std::to_string(answer.status);
                  result.headers = std::move(answer.headers);
                  result.body = std::move(answer.body);
                  c.answer(custom_reply(c, std::move(result), overrides));
                });
}

// ---- AWS: Lambda ----

void finish_function(Call& call, CallFate fate, InvocationResult answer, const Overrides& overrides) {
  if (fate == CallFate::kTimeout) return call.answer(gateway_response(call, GatewayError::kIntegrationTimeout));
  if (fate == CallFate::kMissingFunction || answer.fault == FunctionFault::kThrottled)
    return call.answer(gateway_response(call, GatewayError::kApiConfigurationError));
  if (answer.fault == FunctionFault::kCancelled) {
    call.exchange->abort();
    return call.log_answer(499, 0);
  }
  IntegrationResult result;
  result.status = 200;
  result.selected_by = error_message(answer.payload);
  if (answer.fault != FunctionFault::kNone && !result.selected_by) result.selected_by = answer.message;
  result.headers = {{"Content-Type", "application/json"}, {"x-amzn-RequestId", call.invocation_id}};
  if (answer.fault != FunctionFault::kNone) result.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  result.body = std::move(answer.payload);
  WireReply reply = custom_reply(call, std::move(result), overrides);
  reply.headers.emplace_back("X-Amzn-Trace-Id", call.trace_id);
  call.answer(std::move(reply));
}

void serve_function(const std::shared_ptr<Call>& call, Outgoing out) {
  if (!out.body.empty()) {
    Arena arena;
    const JsonParse parsed = parse_json(out.body, arena);
    if (parsed.fault != JsonFault::kNone) {
      call->trace.problem = "the payload for the function is not JSON at byte " + std::to_string(parsed.offset) +
                            ": \"" + out.body.substr(0, 200) + "\"";
      if (!call->claim()) return;
      // Lambda's own words for it, which reach the client as they are.
      WireReply reply;
      reply.status = 400;
      add_rest_headers(*call, reply);
      reply.headers.emplace_back("Content-Type", "application/json");
      reply.body = R"({"Type":"User","message":"Could not parse request body into json: not JSON at byte )" +
                   std::to_string(parsed.offset) + "\"}";
      return call->answer(std::move(reply));
    }
  } else {
    out.body = "{}";
  }
  std::string type;
  for (const auto& [name, value] : mapped_headers(*call, out.overrides))
    if (equal_ignoring_case(name, "X-Amz-Invocation-Type")) type = value;
  if (type == "Event" || type == "DryRun") {
    const std::shared_ptr<Function> function = call->services.functions->find(call->plan->function);
    if (!call->claim()) return;
    if (!function) {
      call->integration_error = "there is no function " + call->plan->function;
      return call->answer(gateway_response(*call, GatewayError::kApiConfigurationError));
    }
    if (type == "Event") {
      Invocation invocation;
      invocation.payload = std::move(out.body);
      invocation.request_id = call->invocation_id;
      invocation.trace_id = call->trace_id + ";Parent=0000000000000000;Sampled=0";
      invocation.asynchronous = true;
      invocation.done = [](const InvocationResult&) {};
      function->invoke(std::move(invocation));
    }
    IntegrationResult accepted;
    accepted.status = type == "Event" ? 202 : 204;
    return call->answer(custom_reply(*call, std::move(accepted), out.overrides));
  }
  call_function(call, std::move(out.body),
                [overrides = std::move(out.overrides)](Call& c, CallFate fate, InvocationResult answer) {
                  finish_function(c, fate, std::move(answer), overrides);
                });
}

// ---- AWS: DynamoDB ----

void serve_dynamodb(Call& call, const ServiceUri& uri, Outgoing out) {
  std::string target;
  for (const auto& [name, value] : mapped_headers(call, out.overrides))
    if (uri.action.empty() && equal_ignoring_case(name, "X-Amz-Target")) target = value;
  if (!call.claim()) return;
  call.answer(custom_reply(call, ask_dynamodb(call, uri, std::move(target), std::move(out.body)), out.overrides));
}

}  // namespace

int mock_status(std::string_view text) {
  const size_t at = text.find("statusCode");
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + 10);
  const size_t digit = text.find_first_not_of("\"': \t\r\n");
  int status = 0;
  if (digit != std::string_view::npos) std::from_chars(text.data() + digit, text.data() + text.size(), status);
  return status;
}

std::optional<std::string> error_message(std::string_view payload) {
  if (payload.find("errorMessage") == std::string_view::npos) return std::nullopt;
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object()) return std::nullopt;
  const JsonValue* message = parsed.root.find("errorMessage");
  return message && message->is_string() ? std::optional<std::string>(message->text()) : std::nullopt;
}

IntegrationResult ask_dynamodb(Call& call, const ServiceUri& uri, std::string target, std::string body) {
  if (target.empty()) target = "DynamoDB_20120810." + uri.action;
  // Signed by nobody: the server takes account and region from it, and checks no more.
  const std::string authorization =
      "AWS4-HMAC-SHA256 Credential=" + call.services.account + "/20260101/" + uri.region +
      "/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + std::string(64, '0');
  WireRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"Host", "dynamodb"},
                     {"Content-Type", "application/x-amz-json-1.0"},
                     {"X-Amz-Date", "20260101T000000Z"},
                     {"X-Amz-Target", target},
                     {"Authorization", authorization}};
  request.remote_address = call.source_ip;
  call.integration_begun = std::chrono::steady_clock::now();
  if (call.services.payloads) call.trace.event = target + " " + body;
  log_endpoint_request(call, "https://dynamodb." + uri.region + ".amazonaws.com/?Action=" + uri.action,
                       {{"X-Amz-Target", target}, {"Content-Type", "application/x-amz-json-1.0"}}, body);
  request.body = {body.data(), body.size()};
  WireReply answer;
  call.services.dynamodb(request, answer);
  call.integration_answered();
  call.integration_status = std::to_string(answer.status);
  if (call.services.payloads) call.trace.result = answer.body;
  log_endpoint_response(call, answer.status, answer.headers, answer.body);
  IntegrationResult result;
  result.status = answer.status;
  result.selected_by = std::to_string(answer.status);
  result.headers = std::move(answer.headers);
  result.body = std::move(answer.body);
  return result;
}

void serve_custom(std::shared_ptr<Call> call) {
  std::optional<Outgoing> out = outgoing(*call);
  if (!out) return;
  const std::string& type = call->plan->integration->type;
  if (type == "MOCK") return serve_mock(*call, std::move(*out));
  if (type == "HTTP") return serve_http_custom(call, std::move(*out));
  if (!call->plan->function.empty()) return serve_function(call, std::move(*out));
  const std::optional<ServiceUri> uri = service_in_uri(call->plan->uri);
  if (uri && uri->service == "dynamodb" && call->services.dynamodb) return serve_dynamodb(*call, *uri, std::move(*out));
  complain(*call, "an integration with " + (uri ? uri->service : "\"" + call->plan->uri + "\"") +
                      " is not offered: AWS integrations reach Lambda functions and DynamoDB's actions");
  refuse(*call, GatewayError::kApiConfigurationError);
}

}  // namespace stator::gateway
