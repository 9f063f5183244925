#include "emulator/gateway/websocket/socket_integration.h"

#include <charconv>

#include "emulator/gateway/events.h"
#include "emulator/gateway/integration_call.h"
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

bool is_static(const std::string& text) {
  return text.find('$') == std::string::npos && text.find('#') == std::string::npos;
}

const std::string* template_of(const StringMap& templates, const std::string& expression, const Call& call) {
  if (templates.empty()) return nullptr;
  const std::string key = Selection(expression).evaluate(call.body());
  for (const std::string& wanted : {key, std::string("$default")})
    if (const auto found = templates.find(wanted); found != templates.end()) return &found->second;
  return templates.size() == 1 ? &templates.begin()->second : nullptr;
}

// "/2\d\d/" against "200": digits, '\d' and '.', which is what such keys are made of.
bool status_fits(std::string_view pattern, std::string_view status) {
  if (pattern.size() < 2 || !pattern.starts_with('/') || !pattern.ends_with('/')) return pattern == status;
  pattern = pattern.substr(1, pattern.size() - 2);
  for (; !pattern.empty() && !status.empty(); status.remove_prefix(1)) {
    if (pattern.starts_with("\\d"))
      pattern.remove_prefix(2);
    else if (pattern.front() == '.' || pattern.front() == status.front())
      pattern.remove_prefix(1);
    else
      return false;
  }
  return pattern.empty() && status.empty();
}

// MOCK: the request template gives the status, the integration response of that status the body. Templates are static
// (mapping templates are not evaluated; the notes at start have said so).
SocketOutcome mocked(Call& call) {
  const Integration& integration = *call.plan->integration;
  const std::string* request =
      template_of(integration.request_templates, integration.template_selection_expression, call);
  const std::string_view text = request ? std::string_view(*request) : call.body();
  SocketOutcome out;
  out.status = 0;
  if (const size_t at = text.find("statusCode"); at != std::string_view::npos && (!request || is_static(*request))) {
    const size_t digit = text.find_first_not_of("\"': \t\r\n", at + 10);
    if (digit != std::string_view::npos) std::from_chars(text.data() + digit, text.data() + text.size(), out.status);
  }
  if (out.status < 200 || out.status > 599) {
    call.trace.problem = "the request template gives no statusCode";
    return failed(500);
  }
  const std::string status = std::to_string(out.status);
  const IntegrationResponse* chosen = nullptr;
  for (const IntegrationResponse& each : integration.responses)
    if (status_fits(each.response_key, status)) chosen = &each;
  if (!chosen)
    for (const IntegrationResponse& each : integration.responses)
      if (each.response_key == "$default") chosen = &each;
  if (!chosen) return out;
  if (const std::string* body = template_of(chosen->response_templates, chosen->template_selection_expression, call)) {
    if (!is_static(*body)) {
      call.trace.problem = "the response template is not static";
      return failed(500);
    }
    out.body = *body;
  }
  return out;
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
  } else if (!call->claim()) {
    return;
  } else if (type == "MOCK") {
    finish(*call, mocked(*call));
  } else {
    call->trace.problem = type + " integrations are not served yet";
    finish(*call, failed(500));
  }
}

}  // namespace stator::gateway
