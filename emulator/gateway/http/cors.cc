#include "emulator/gateway/http/cors.h"

namespace stator::gateway {
namespace {

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : ",") + each;
  return out;
}

// The value of access-control-allow-origin, or empty when the origin is not allowed.
std::string allowed_origin(const Cors& cors, std::string_view origin) {
  for (const std::string& each : cors.allow_origins) {
    if (each == "*") return cors.allow_credentials ? std::string(origin) : "*";
    const bool scheme = each.ends_with("://*") && origin.starts_with(std::string_view(each).substr(0, each.size() - 1));
    if (scheme || equal_ignoring_case(each, origin)) return std::string(origin);
  }
  return {};
}

}  // namespace

bool is_preflight(const WireRequest& request) {
  return request.method == "OPTIONS" && request.header("Origin") && request.header("Access-Control-Request-Method");
}

WireReply preflight_reply(const Cors& cors, const WireRequest& request) {
  WireReply reply;
  reply.status = 204;
  const std::string origin = allowed_origin(cors, request.header("Origin").value_or(""));
  if (origin.empty()) return reply;
  reply.headers.emplace_back("access-control-allow-origin", origin);
  if (!cors.allow_methods.empty())
    reply.headers.emplace_back("access-control-allow-methods", joined(cors.allow_methods));
  if (!cors.allow_headers.empty())
    reply.headers.emplace_back("access-control-allow-headers", joined(cors.allow_headers));
  if (!cors.expose_headers.empty())
    reply.headers.emplace_back("access-control-expose-headers", joined(cors.expose_headers));
  if (cors.max_age) reply.headers.emplace_back("access-control-max-age", std::to_string(*cors.max_age));
  if (cors.allow_credentials) reply.headers.emplace_back("access-control-allow-credentials", "true");
  return reply;
}

void apply_cors(const Cors& cors, const WireRequest& request, WireReply& reply) {
  std::erase_if(reply.headers, [](const auto& h) {
    constexpr std::string_view kPrefix = "access-control-";
    return h.first.size() > kPrefix.size() &&
           equal_ignoring_case(std::string_view(h.first).substr(0, kPrefix.size()), kPrefix);
  });
  const auto origin = request.header("Origin");
  if (!origin) return;
  const std::string allowed = allowed_origin(cors, *origin);
  if (allowed.empty()) return;
  reply.headers.emplace_back("access-control-allow-origin", allowed);
  if (!cors.expose_headers.empty())
    reply.headers.emplace_back("access-control-expose-headers", joined(cors.expose_headers));
  if (cors.allow_credentials) reply.headers.emplace_back("access-control-allow-credentials", "true");
}

}  // namespace stator::gateway
