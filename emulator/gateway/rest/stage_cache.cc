#include "emulator/gateway/rest/stage_cache.h"

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/rest/gateway_response.h"
#include "emulator/gateway/rest/mapping.h"
#include "emulator/gateway/rest/response_cache.h"
#include "protocol/header_list.h"

namespace stator::gateway {
namespace {

// What belongs to one request and not to the response that is kept.
bool is_of_one_request(std::string_view header) {
  return equal_ignoring_case(header, "x-amzn-RequestId") || equal_ignoring_case(header, "x-amz-apigw-id");
}

std::vector<std::string> parameter_values(const Call& call, const std::string& parameter) {
  if (!parameter.starts_with("integration.")) return mapped_values(call, parameter);
  const StringMap& mappings = call.plan->integration->request_parameters;
  const auto mapping = mappings.find(parameter);
  return mapping == mappings.end() ? std::vector<std::string>() : mapped_values(call, mapping->second);
}

std::string key_of(const Call& call) {
  const CachePlan& plan = *call.plan->cache;
  std::string key = call.services.fork + "\n" + plan.key_prefix + "\n" + call.method;
  // Base64 of a proxy's answer is decoded for those whose Accept names a binary type.
  const auto& binary = call.stage->definition->binary_media_types;
  if (!binary.empty() && is_binary_type(media_type(call.header("Accept").value_or("")), binary)) key += "\nbinary";
  for (const std::string& parameter : call.plan->integration->cache_key_parameters) {
    key += "\n" + parameter;
    for (const std::string& value : parameter_values(call, parameter))
      key += "=" + std::to_string(value.size()) + ":" + value;
  }
  return key;
}

bool asks_anew(const Call& call) {
  for (const WireHeader& header : call.request.headers) {
    if (equal_ignoring_case(header.name, "Cache-Control") && lists(header.value, "max-age=0")) return true;
  }
  return false;
}

void warn(WireReply& reply) {
  reply.headers.emplace_back("Warning", "199 Cache-control headers were ignored because the caller was unauthorized.");
}

void answer_kept(Call& call, const WireReply& kept, bool warned) {
  if (!call.claim()) return;
  WireReply reply;
  reply.status = kept.status;
  add_rest_headers(call, reply);
  for (const auto& header : kept.headers) {
    if (equal_ignoring_case(header.first, "X-Amzn-Trace-Id"))
      reply.headers.emplace_back(header.first, call.trace_id);
    else if (!is_of_one_request(header.first))
      reply.headers.push_back(header);
  }
  if (warned) warn(reply);
  reply.body = kept.body;
  call.trace.integration += ", answered from the stage's cache";
  call.answer(std::move(reply));
}

}  // namespace

bool answer_from_cache(const std::shared_ptr<Call>& call) {
  const CachePlan& plan = *call->plan->cache;
  if (plan.get_only && call->method != "GET") return false;
  bool anew = asks_anew(*call), warned = false;
  if (anew && plan.needs_authorization && !call->services.access->may_invalidate(*call)) {
    if (plan.refused == CachePlan::Refused::kFail) {
      call->trace.problem = "Cache-Control: max-age=0 needs a signature that may execute-api:InvalidateCache";
      refuse(*call, GatewayError::kAccessDenied);
      return true;
    }
    anew = false;
    warned = plan.refused == CachePlan::Refused::kWarn;
  }
  std::string key = key_of(*call);
  if (!anew) {
    if (const std::shared_ptr<const WireReply> kept = call->services.responses->find(key, call->services.now_ms())) {
      answer_kept(*call, *kept, warned);
      return true;
    }
  }
  call->before_answer = [key = std::move(key), warned](Call& answered, WireReply& reply) {
    const int64_t until_ms = answered.services.now_ms() + answered.plan->cache->ttl_seconds * int64_t{1000};
    if (answered.error_type.empty()) answered.services.responses->keep(key, reply, until_ms);
    if (warned) warn(reply);
  };
  return false;
}

}  // namespace stator::gateway
