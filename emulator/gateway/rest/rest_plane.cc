#include "emulator/gateway/rest/rest_plane.h"

#include <algorithm>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/integration_call.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/content_coding.h"
#include "emulator/gateway/rest/custom_integration.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/header_rules.h"
#include "emulator/gateway/rest/http_request.h"
#include "emulator/gateway/rest/request_validation.h"
#include "emulator/gateway/rest/stage_cache.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxPayload = 10u << 20;

bool has_header(const WireReply& reply, std::string_view name) {
  return std::any_of(reply.headers.begin(), reply.headers.end(),
                     [&](const auto& h) { return equal_ignoring_case(h.first, name); });
}

void add_client_headers(const std::vector<std::pair<std::string, std::string>>& headers, WireReply& reply) {
  for (const auto& [name, value] : headers)
    if (std::optional<std::string> seen = client_header_name(name)) reply.headers.emplace_back(std::move(*seen), value);
}

// The gateway looks at the first media type that the client accepts, and at no other.
bool client_takes_binary(const Call& call) {
  const auto& types = call.stage->definition->binary_media_types;
  return !types.empty() && is_binary_type(media_type(call.header("Accept").value_or("")), types);
}

WireReply proxy_reply(Call& call, LambdaReply reply) {
  WireReply out;
  out.status = reply.status;
  add_rest_headers(call, out);
  add_client_headers(reply.headers, out);
  for (std::string& cookie : reply.cookies) out.headers.emplace_back("Set-Cookie", std::move(cookie));
  if (!has_header(out, "Content-Type")) out.headers.emplace_back("Content-Type", "application/json");
  if (!has_header(out, "X-Amzn-Trace-Id")) out.headers.emplace_back("X-Amzn-Trace-Id", call.trace_id);
  out.body = std::move(reply.body);
  return out;
}

void finish_function(Call& call, CallFate fate, InvocationResult result) {
  if (fate == CallFate::kStreamed) return;
  if (fate == CallFate::kTimeout) {
    call.answer(gateway_response(call, GatewayError::kIntegrationTimeout));
    return;
  }
  // A function that the gateway may not or cannot invoke is a broken configuration; one that fails is a bad gateway.
  if (fate == CallFate::kMissingFunction || result.fault == FunctionFault::kThrottled) {
    call.answer(gateway_response(call, GatewayError::kApiConfigurationError));
    return;
  }
  if (result.fault == FunctionFault::kCancelled) {
    call.exchange->abort();
    call.log_answer(499, 0);
    return;
  }
  if (result.fault != FunctionFault::kNone) {
    call.answer(gateway_response(call, GatewayError::kBadGateway));
    return;
  }
  LambdaReply reply = read_reply_1(result.payload, true);
  if (!reply.problem.empty()) {
    call.integration_error = "malformed Lambda proxy response: " + reply.problem;
    call.answer(gateway_response(call, GatewayError::kBadGateway));
    return;
  }
  if (reply.base64 && client_takes_binary(call) && !decode_body(reply)) {
    call.integration_error = "isBase64Encoded is true but the body is not base64";
    call.answer(gateway_response(call, GatewayError::kApiConfigurationError));
    return;
  }
  call.answer(proxy_reply(call, std::move(reply)));
}

void finish_upstream(Call& call, CallFate fate, UpstreamResult result) {
  if (fate == CallFate::kTimeout) {
    call.answer(gateway_response(call, GatewayError::kIntegrationTimeout));
    return;
  }
  switch (result.fault) {
    case UpstreamFault::kNone:
      break;
    case UpstreamFault::kBadUrl:
      call.answer(gateway_response(call, GatewayError::kApiConfigurationError));
      return;
    case UpstreamFault::kCancelled:
      call.exchange->abort();
      call.log_answer(499, 0);
      return;
    default:
      call.answer(gateway_response(call, GatewayError::kIntegrationFailure));
      return;
  }
  WireReply reply;
  reply.status = result.status;
  add_rest_headers(call, reply);
  add_client_headers(result.headers, reply);
  if (!has_header(reply, "Content-Type")) reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(result.body);
  call.answer(std::move(reply));
}

}  // namespace

void serve_rest_method(const std::shared_ptr<Call>& call) {
  const RoutePlan& plan = *call->plan;
  const std::string& type = plan.integration->type;
  if (plan.limit) {
    const int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(call->begun.time_since_epoch()).count();
    if (!plan.limit->take(now)) return refuse(*call, GatewayError::kThrottled);
  }
  if (std::optional<WireReply> refusal = refuse_invalid(*call)) {
    if (call->claim()) call->answer(std::move(*refusal));
    return;
  }
  if (plan.cache && !call->execution_log && answer_from_cache(call)) return;
  if (type == "AWS_PROXY" && !plan.function.empty()) {
    std::string event = rest_event(*call);
    if (plan.streams) {
      call_streaming_function(
          call, std::move(event), [](Call& c, LambdaReply prelude) { return proxy_reply(c, std::move(prelude)); },
          finish_function);
    } else {
      call_function(call, std::move(event), finish_function);
    }
  } else if (type == "HTTP_PROXY") {
    call_upstream(call, proxy_request(*call), finish_upstream);
  } else if (type == "MOCK" || type == "AWS" || type == "HTTP") {
    serve_custom(call);
  } else {
    call->trace.problem = type + " integrations reach Lambda functions alone, not \"" + plan.uri + "\"";
    refuse(*call, GatewayError::kApiConfigurationError);
  }
}

void serve_rest(std::shared_ptr<Call> call) {
  if (call->stage->canary && random_percent() < call->stage->stage->canary_percent) call->stage = call->stage->canary;
  if (call->body().size() > kMaxPayload) return refuse(*call, GatewayError::kRequestTooLarge);
  switch (decode_request(*call, kMaxPayload)) {
    case Decoding::kDone:
      break;
    case Decoding::kUnsupported:
      call->trace.problem = "the body is not in its Content-Encoding, or this is neither gzip nor deflate";
      return refuse(*call, GatewayError::kUnsupportedMediaType);
    case Decoding::kTooLarge:
      return refuse(*call, GatewayError::kRequestTooLarge);
  }
  RouteMatch match = call->stage->router.match(call->path, call->method, call->services.explain);
  call->trace.passed_over = std::move(match.passed_over);
  if (match.route == RouteMatch::kNone) {
    call->trace.problem = match.path_known ? "the path is served, the method is not" : "no resource has this path";
    return refuse(*call, GatewayError::kMissingAuthenticationToken);
  }
  const RoutePlan& plan = call->stage->plans[match.route];
  call->plan = &plan;
  call->trace.route = plan.key;
  for (const auto& [name, value] : match.path_parameters)
    call->path_parameters.emplace_back(name, percent_decode(value));
  call->raw_path_parameters = std::move(match.path_parameters);
  call->query = parse_query(call->raw_query, true);
  const std::string& type = plan.integration->type;
  call->trace.integration = type + (plan.uri.empty() ? "" : " " + (plan.function.empty() ? plan.uri : plan.function));
  call->services.access->check(std::move(call), [](const std::shared_ptr<Call>& checked, AccessOutcome outcome) {
    if (outcome.access == Access::kAdmitted) return serve_rest_method(checked);
    checked->trace.problem = std::move(outcome.reason);
    refuse(*checked, error_of(outcome.access), std::move(outcome.message));
  });
}

}  // namespace stator::gateway
