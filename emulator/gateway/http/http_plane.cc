#include "emulator/gateway/http/http_plane.h"

#include <algorithm>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/http/cors.h"
#include "emulator/gateway/http/parameter_mapping.h"
#include "emulator/gateway/integration_call.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxPayload = 10u << 20;

bool has_header(const WireReply& reply, std::string_view name) {
  return std::any_of(reply.headers.begin(), reply.headers.end(),
                     [&](const auto& h) { return equal_ignoring_case(h.first, name); });
}

void add_client_headers(const std::vector<std::pair<std::string, std::string>>& headers, WireReply& reply) {
  for (const auto& [name, value] : headers) {
    // The door writes the length and the date; the others speak of one hop.
    const bool ours = [&name = name] {
      for (const std::string_view each :
           {"Content-Length", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Date"})
        if (equal_ignoring_case(each, name)) return true;
      return false;
    }();
    if (!ours) reply.headers.emplace_back(name, value);
  }
}

// CORS and the request's id, then out.
void send(Call& call, WireReply reply) {
  if (call.stage->api->cors) apply_cors(*call.stage->api->cors, call.request, reply);
  reply.headers.emplace_back("apigw-requestid", call.extended_request_id);
  call.answer(std::move(reply));
}

void refuse(Call& call, int status, const char* message) {
  if (call.claim()) send(call, http_error(call, status, message));
}

void finish_function(Call& call, CallFate fate, InvocationResult result) {
  if (fate == CallFate::kTimeout || result.fault == FunctionFault::kThrottled)
    return send(call, http_error(call, 503, "Service Unavailable"));
  if (result.fault == FunctionFault::kCancelled) {
    call.exchange->abort();
    return call.log_answer(499, 0);
  }
  if (fate == CallFate::kMissingFunction || result.fault != FunctionFault::kNone)
    return send(call, http_error(call, 500, "Internal Server Error"));
  const bool second = call.plan->integration->payload_format_version != "1.0";
  LambdaReply reply = second ? read_reply_2(result.payload) : read_reply_1(result.payload, false);
  if (reply.problem.empty() && reply.base64 && !decode_body(reply))
    reply.problem = "isBase64Encoded is true but the body is not base64";
  if (!reply.problem.empty()) {
    call.integration_error = "malformed function response: " + reply.problem;
    return send(call, http_error(call, 500, "Internal Server Error"));
  }
  WireReply out;
  out.status = reply.status;
  add_client_headers(reply.headers, out);
  for (std::string& cookie : reply.cookies) out.headers.emplace_back("set-cookie", std::move(cookie));
  if (!has_header(out, "content-type"))
    out.headers.emplace_back("content-type", reply.inferred ? "application/json" : "text/plain;charset=UTF-8");
  out.body = std::move(reply.body);
  map_reply(call, call.plan->integration->response_mappings, out);
  send(call, std::move(out));
}

// The service decodes a path before anything looks at it: the route, the events, the log, the URL of an integration. A
// '?' that comes to light ends it.
void decode_path(std::string& path) {
  path = percent_decode(path);
  path.resize(std::min(path.find('?'), path.size()));
}

UpstreamRequest upstream_request(const Call& call) {
  const Integration& integration = *call.plan->integration;
  UpstreamRequest request;
  request.method =
      integration.http_method.empty() || integration.http_method == "ANY" ? call.method : integration.http_method;
  std::string_view rest = call.plan->uri;
  for (;;) {
    const size_t open = rest.find('{');
    const size_t close = open == std::string_view::npos ? open : rest.find('}', open);
    if (close == std::string_view::npos) break;
    request.url += rest.substr(0, open);
    std::string_view name = rest.substr(open + 1, close - open - 1);
    if (name.ends_with('+')) name.remove_suffix(1);
    for (const auto& [parameter, value] : call.path_parameters)
      if (parameter == name) request.url += encode_path(value);
    rest.remove_prefix(close + 1);
  }
  request.url += rest;
  if (call.plan->key == "$default") {  // the whole path goes on
    while (request.url.ends_with('/')) request.url.pop_back();
    request.url += encode_path(call.path);
  }
  if (!call.raw_query.empty()) request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + call.raw_query;
  // X-Forwarded-* become one Forwarded header ("Important notes for HTTP APIs").
  std::string forwarded = "for=" + call.source_ip;
  for (auto& [name, value] : integration_headers(call, false, false)) {
    if (equal_ignoring_case(name, "X-Forwarded-Port") || equal_ignoring_case(name, "X-Forwarded-Proto") ||
        equal_ignoring_case(name, "Host"))
      continue;
    if (equal_ignoring_case(name, "X-Forwarded-For")) continue;
    request.headers.emplace_back(std::move(name), std::move(value));
  }
  forwarded += ";host=" + call.domain_name + ";proto=" + (call.request.tls ? "https" : "http");
  request.headers.emplace_back("Forwarded", std::move(forwarded));
  request.body = call.body();
  map_request(call, integration.request_parameters, request);
  return request;
}

void finish_upstream(Call& call, CallFate fate, UpstreamResult result) {
  // The service's HTTP APIs say 503 where its REST APIs say 504, also for a web server that takes too long.
  if (fate == CallFate::kTimeout) return send(call, http_error(call, 503, "Service Unavailable"));
  if (result.fault == UpstreamFault::kCancelled) {
    call.exchange->abort();
    return call.log_answer(499, 0);
  }
  if (result.fault == UpstreamFault::kBadUrl) return send(call, http_error(call, 500, "Internal Server Error"));
  if (result.fault != UpstreamFault::kNone) return send(call, http_error(call, 503, "Service Unavailable"));
  WireReply reply;
  reply.status = result.status;
  add_client_headers(result.headers, reply);
  reply.body = std::move(result.body);
  map_reply(call, call.plan->integration->response_mappings, reply);
  send(call, std::move(reply));
}

void refuse_access(Call& call, AccessOutcome outcome) {
  call.trace.problem = std::move(outcome.reason);
  if (!call.claim()) return;
  WireReply reply;
  switch (outcome.access) {
    case Access::kUnauthorized:
      reply = http_error(call, 401, "Unauthorized");
      break;
    case Access::kAuthorizerFailure:
    case Access::kAuthorizerConfigurationError:
      reply = http_error(call, 500, "Internal Server Error");
      break;
    default:
      reply = http_error(call, 403, "Forbidden");
      break;
  }
  if (!outcome.challenge.empty()) reply.headers.emplace_back("www-authenticate", std::move(outcome.challenge));
  send(call, std::move(reply));
}

// What an admitted caller gets.
void serve_admitted(const std::shared_ptr<Call>& call) {
  const RoutePlan& plan = *call->plan;
  const std::string& type = plan.integration->type;
  if (plan.limit) {
    const int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(call->begun.time_since_epoch()).count();
    if (!plan.limit->take(now)) return refuse(*call, 429, "Too Many Requests");
  }
  if (type == "AWS_PROXY" && !plan.function.empty()) {
    call_function(call, plan.integration->payload_format_version == "1.0" ? http_event_1(*call) : http_event_2(*call),
                  finish_function);
  } else if (type == "HTTP_PROXY") {
    call_upstream(call, upstream_request(*call), finish_upstream);
  } else {
    call->trace.problem = type + " integrations" +
                          (plan.integration->subtype.empty() ? "" : " of subtype " + plan.integration->subtype) +
                          " are not served yet";
    refuse(*call, 500, "Internal Server Error");
  }
}

}  // namespace

WireReply http_error(Call& call, int status, const char* message) {
  call.error_message = message;
  WireReply reply;
  reply.status = status;
  reply.headers.emplace_back("content-type", "application/json");
  reply.body = std::string("{\"message\":\"") + message + "\"}";
  return reply;
}

void serve_http(std::shared_ptr<Call> call) {
  call->request_id = call->extended_request_id;  // HTTP APIs have one id, of this form
  if (call->body().size() > kMaxPayload) return refuse(*call, 413, "Request Entity Too Large");
  decode_path(call->path);
  decode_path(call->context_path);
  decode_path(call->domain_path);
  const std::optional<Cors>& cors = call->stage->api->cors;
  if (cors && is_preflight(call->request)) {
    call->trace.route = "CORS preflight, answered by the gateway";
    if (!call->claim()) return;
    WireReply reply = preflight_reply(*cors, call->request);
    reply.headers.emplace_back("apigw-requestid", call->extended_request_id);
    return call->answer(std::move(reply));
  }
  RouteMatch match = call->stage->router.match(call->path, call->method, call->services.explain);
  call->trace.passed_over = std::move(match.passed_over);
  if (match.route == RouteMatch::kNone) {
    call->trace.problem = match.path_known ? "the path is served, the method is not" : "no route has this path";
    return refuse(*call, 404, "Not Found");
  }
  const RoutePlan& plan = call->stage->plans[match.route];
  call->plan = &plan;
  call->trace.route = plan.key;
  call->path_parameters = std::move(match.path_parameters);
  call->query = parse_query(call->raw_query, false);
  const std::string& type = plan.integration->type;
  call->trace.integration = type + " " + (plan.function.empty() ? plan.uri : plan.function);
  call->services.access->check(std::move(call), [](const std::shared_ptr<Call>& checked, AccessOutcome outcome) {
    if (outcome.access == Access::kAdmitted) return serve_admitted(checked);
    refuse_access(*checked, std::move(outcome));
  });
}

}  // namespace stator::gateway
