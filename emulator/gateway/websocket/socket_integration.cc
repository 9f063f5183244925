#include "emulator/gateway/websocket/socket_integration.h"

#include "emulator/gateway/events.h"
#include "emulator/gateway/integration_call.h"
#include "emulator/gateway/integration_uri.h"
#include "emulator/gateway/rest/custom_integration.h"
#include "emulator/gateway/rest/template_run.h"
#include "emulator/gateway/websocket/selection.h"

namespace stator::gateway {
namespace {

SocketOutcome fault(int status, const char* text) {
  SocketOutcome out;
  out.status = status;
  out.fault = text;
  return out;
}

SocketOutcome failed(int status) {
  return fault(status, "Internal server error");
}

SocketOutcome timed_out() {
  return fault(504, "Endpoint request timed out");
}

SocketOutcome of_function(Call& call, CallFate fate, InvocationResult result) {
  if (fate == CallFate::kTimeout) return timed_out();
  if (fate == CallFate::kMissingFunction || result.fault == FunctionFault::kThrottled) return failed(500);
  if (result.fault == FunctionFault::kCancelled) {
    SocketOutcome out = failed(500);
    out.cancelled = true;
    return out;
  }
  if (result.fault != FunctionFault::kNone) return failed(502);
  LambdaReply reply = read_reply_1(result.payload, false);
  if (reply.problem.empty() && reply.base64 && !decode_body(reply))
    reply.problem = "isBase64Encoded is true but the body is not base64";
  if (!reply.problem.empty()) {
    call.integration_error = "malformed Lambda proxy response: " + reply.problem;
    return failed(502);
  }
  SocketOutcome out;
  out.status = reply.status;
  out.headers = std::move(reply.headers);
  out.body = std::move(reply.body);
  return out;
}

SocketOutcome of_upstream(CallFate fate, UpstreamResult result) {
  if (fate == CallFate::kTimeout) return timed_out();
  if (result.fault == UpstreamFault::kBadUrl) return failed(500);
  if (result.fault != UpstreamFault::kNone) {
    SocketOutcome out = failed(504);
    out.cancelled = result.fault == UpstreamFault::kCancelled;
    return out;
  }
  SocketOutcome out;
  out.status = result.status;
  out.headers = std::move(result.headers);
  out.body = std::move(result.body);
  return out;
}

// 'static', context.connectionId, route.request.body[.name], .querystring.name, .header.name, stageVariables.name.
std::optional<std::string> mapped(const Call& call, std::string_view expression) {
  auto take = [&](std::string_view prefix) {
    const bool fits = expression.starts_with(prefix);
    if (fits) expression.remove_prefix(prefix.size());
    return fits;
  };
  if (expression.size() >= 2 && expression.front() == '\'' && expression.back() == '\'')
    return std::string(expression.substr(1, expression.size() - 2));
  if (take("context.")) return context_value(call, expression, 0, 0);
  if (take("stageVariables.")) {
    const auto& variables = call.stage->stage->variables;
    const auto found = variables.find(std::string(expression));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  if (expression == "route.request.body") return std::string(call.body());
  if (take("route.request.body."))
    return Selection("${request.body." + std::string(expression) + "}").evaluate(call.body());
  if (take("route.request.querystring.")) {
    for (auto at = call.query.rbegin(); at != call.query.rend(); ++at)
      if (at->first == expression) return at->second;
    return std::nullopt;
  }
  if (take("route.request.header.")) {
    const auto value = call.header(expression);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  return std::nullopt;
}

UpstreamRequest upstream_request(const Call& call) {
  const Integration& integration = *call.plan->integration;
  UpstreamRequest request;
  request.method =
      integration.http_method.empty() || integration.http_method == "ANY" ? "POST" : integration.http_method;
  request.url = call.plan->uri;
  if (std::string_view(call.socket->event_type) == "CONNECT") {
    for (auto& [name, value] : integration_headers(call, false, false))
      if (!equal_ignoring_case(name, "Host") && !equal_ignoring_case(name.substr(0, 14), "Sec-WebSocket-"))
        request.headers.emplace_back(std::move(name), std::move(value));
  } else {
    request.headers.emplace_back("Content-Type", "application/json");
    if (!call.user_agent.empty()) request.headers.emplace_back("User-Agent", call.user_agent);
    request.headers.emplace_back("X-Amzn-Trace-Id", call.trace_id);
  }
  request.headers.emplace_back("x-amzn-apigateway-api-id", call.stage->api->id);
  constexpr std::string_view kHeader = "integration.request.header.", kQuery = "integration.request.querystring.";
  for (const auto& [name, expression] : integration.request_parameters) {
    const std::optional<std::string> value = mapped(call, expression);
    if (!value) continue;
    if (name.starts_with(kHeader)) {
      const std::string header = name.substr(kHeader.size());
      std::erase_if(request.headers, [&](const auto& h) { return equal_ignoring_case(h.first, header); });
      request.headers.emplace_back(header, *value);
    } else if (name.starts_with(kQuery)) {
      request.url += (request.url.find('?') == std::string::npos ? "?" : "&") +
                     percent_encode(name.substr(kQuery.size())) + "=" + percent_encode(*value);
    }
  }
  request.body = call.body();
  return request;
}

const CompiledTemplate* chosen_of(const std::vector<CompiledTemplate>& templates, const std::string& expression,
                                  std::string_view payload) {
  const std::string key = Selection(expression).evaluate(payload);
  for (const std::string_view wanted : {std::string_view(key), std::string_view("$default")})
    for (const CompiledTemplate& each : templates)
      if (each.content_type == wanted) return &each;
  return nullptr;
}

// The integration response that fits, through its template. Where none is defined, only the status counts.
SocketOutcome custom_outcome(Call& call, IntegrationResult result, const Overrides& request) {
  SocketOutcome out;
  out.status = result.status;
  const ResponsePlan* chosen = nullptr;
  for (const ResponsePlan& each : call.plan->responses)
    if (!each.pattern && !chosen) chosen = &each;
  for (const ResponsePlan& each : call.plan->responses)
    if (each.pattern && result.selected_by && each.pattern->matches_all(*result.selected_by)) chosen = &each;
  if (!chosen) {
    if (!call.plan->route->sends_back()) return out;
    complain(call, "no integration response is for " + result.selected_by.value_or("this answer") +
                       ", and there is no $default one");
    return failed(500);
  }
  const CompiledTemplate* used =
      chosen_of(chosen->templates, chosen->response->template_selection_expression, result.body);
  if (!used || used->empty()) {
    out.body = std::move(result.body);
    return out;
  }
  std::optional<TemplateOutput> output = run_template(call, *used, result.body, &request);
  if (!output) return failed(500);
  out.body = std::move(output->body);
  if (output->overrides.status) out.status = output->overrides.status;
  return out;
}

SocketOutcome custom_function(Call& call, CallFate fate, InvocationResult answer, const Overrides& overrides) {
  if (fate == CallFate::kTimeout) return timed_out();
  if (fate == CallFate::kMissingFunction || answer.fault == FunctionFault::kThrottled) return failed(500);
  SocketOutcome cancelled = failed(500);
  cancelled.cancelled = answer.fault == FunctionFault::kCancelled;
  if (cancelled.cancelled) return cancelled;
  IntegrationResult result;
  result.selected_by = error_message(answer.payload);
  if (answer.fault != FunctionFault::kNone && !result.selected_by) result.selected_by = answer.message;
  // An error that nothing is made of is a failure.
  if (result.selected_by && call.plan->responses.empty()) return failed(502);
  result.body = std::move(answer.payload);
  return custom_outcome(call, std::move(result), overrides);
}

// AWS, HTTP and MOCK: a template makes the payload, another one the answer.
void call_custom(const std::shared_ptr<Call>& call, SocketFinish finish) {
  const RoutePlan& plan = *call->plan;
  const Integration& integration = *plan.integration;
  auto fail = [&](int status) {
    if (call->claim()) finish(*call, failed(status));
  };
  const CompiledTemplate* chosen =
      chosen_of(plan.request_templates, integration.template_selection_expression, call->body());
  const std::string& behaviour = integration.passthrough_behavior;
  if (!chosen && (behaviour == "NEVER" || (behaviour == "WHEN_NO_TEMPLATES" && !plan.request_templates.empty()))) {
    call->trace.problem = "no request template is chosen, and passthroughBehavior is " + behaviour;
    return fail(415);
  }
  TemplateOutput payload;
  payload.body = call->body();
  if (chosen && !chosen->empty()) {
    std::optional<TemplateOutput> output = run_template(*call, *chosen, call->body(), nullptr);
    if (!output) return fail(500);
    payload = std::move(*output);
  }
  if (integration.type == "MOCK") {
    IntegrationResult result;
    result.status = mock_status(payload.body);
    result.selected_by = std::to_string(result.status);
    if (result.status < 200 || result.status > 599) {
      complain(*call, "the MOCK's request template gives no statusCode: \"" + payload.body.substr(0, 200) + "\"");
      return fail(500);
    }
    if (call->claim()) finish(*call, custom_outcome(*call, std::move(result), payload.overrides));
    return;
  }
  if (integration.type == "HTTP") {
    UpstreamRequest request = upstream_request(*call);
    request.body = std::move(payload.body);
    return call_upstream(call, std::move(request),
                         [finish = std::move(finish), overrides = std::move(payload.overrides)](Call& c, CallFate fate,
                                                                                                UpstreamResult answer) {
                           if (fate == CallFate::kTimeout || answer.fault != UpstreamFault::kNone)
                             return finish(c, of_upstream(fate, std::move(answer)));
                           IntegrationResult result;
                           result.status = answer.status;
                           result.selected_by = std::to_string(answer.status);
                           result.body = std::move(answer.body);
                           finish(c, custom_outcome(c, std::move(result), overrides));
                         });
  }
  if (!plan.function.empty()) {
    if (payload.body.empty()) payload.body = "{}";
    return call_function(call, std::move(payload.body),
                         [finish = std::move(finish), overrides = std::move(payload.overrides)](
                             Call& c, CallFate fate, InvocationResult answer) {
                           finish(c, custom_function(c, fate, std::move(answer), overrides));
                         });
  }
  const std::optional<ServiceUri> uri = service_in_uri(plan.uri);
  if (!uri || uri->service != "dynamodb" || !call->services.dynamodb) {
    complain(*call, "an integration with " + (uri ? uri->service : "\"" + plan.uri + "\"") +
                        " is not offered: AWS integrations reach Lambda functions and DynamoDB's actions");
    return fail(500);
  }
  if (!call->claim()) return;
  finish(*call, custom_outcome(*call, ask_dynamodb(*call, *uri, {}, std::move(payload.body)), payload.overrides));
}

}  // namespace

void call_socket_integration(std::shared_ptr<Call> call, SocketFinish finish) {
  const RoutePlan& plan = *call->plan;
  const std::string& type = plan.integration->type;
  call->trace.integration = type + (plan.uri.empty() ? "" : " " + (plan.function.empty() ? plan.uri : plan.function));
  if (type == "AWS_PROXY" && !plan.function.empty()) {
    std::string event = socket_event(*call);
    call_function(std::move(call), std::move(event),
                  [finish = std::move(finish)](Call& c, CallFate fate, InvocationResult result) {
                    finish(c, of_function(c, fate, std::move(result)));
                  });
  } else if (type == "HTTP_PROXY") {
    UpstreamRequest request = upstream_request(*call);
    call_upstream(std::move(call), std::move(request),
                  [finish = std::move(finish)](Call& c, CallFate fate, UpstreamResult result) {
                    finish(c, of_upstream(fate, std::move(result)));
                  });
  } else {
    call_custom(call, std::move(finish));
  }
}

}  // namespace stator::gateway
