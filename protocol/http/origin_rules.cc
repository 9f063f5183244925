#include "protocol/http/origin_rules.h"

#include <algorithm>
#include <utility>

namespace stator::http {
namespace {

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

// The name in "name:port", "[v6]:port" or "name", brackets kept.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(0, end + 1);
  }
  size_t colon = host.rfind(':');
  return colon == std::string_view::npos ? host : host.substr(0, colon);
}

// Four numbers and dots; a name cannot look like that, since no top-level domain is a number.
bool is_ipv4(std::string_view name) {
  size_t dots = 0;
  for (char c : name) {
    if (c == '.')
      ++dots;
    else if (c < '0' || c > '9')
      return false;
  }
  return dots == 3;
}

// Whether a comma-separated list has the name, in any case.
bool lists_name(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (equal_ignoring_case(part, name)) return true;
  }
  return false;
}

bool is_local_name(std::string_view name) {
  return equal_ignoring_case(name, "localhost") || ends_with_ignoring_case(name, ".localhost");
}

}  // namespace

bool host_allowed(std::string_view host, std::span<const std::string> more) {
  if (host.empty()) return true;
  std::string_view name = without_port(host);
  if (name.starts_with('[') || is_ipv4(name)) return true;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.find('.') == std::string_view::npos) return true;
  if (is_local_name(name) || equal_ignoring_case(name, "host.docker.internal")) return true;
  for (const std::string& allowed : more) {
    if (allowed == "*" || equal_ignoring_case(name, without_port(allowed))) return true;
    if (allowed.starts_with('.') &&
        (ends_with_ignoring_case(name, allowed) || equal_ignoring_case(name, std::string_view(allowed).substr(1))))
      return true;
  }
  return false;
}

bool origin_allowed(std::string_view origin, std::span<const std::string> more) {
  if (origin.empty()) return true;
  for (const std::string& allowed : more)
    if (allowed == "*" || equal_ignoring_case(origin, allowed)) return true;
  size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view name = without_port(origin.substr(scheme + 3));
  return is_local_name(name) || name == "[::1]" || (is_ipv4(name) && name.starts_with("127."));
}

std::string_view refusal(std::string_view host, std::string_view origin, const HttpServerOptions& options) {
  if (!host_allowed(host, options.allowed_hosts))
    return "This Host is not one that the server answers to; name it with --allow-host.";
  if (!origin_allowed(origin, options.cors_origins))
    return "Pages of this Origin may not call the server; name it with --cors.";
  return {};
}

void allow_reading(WireReply& reply) {
  reply.headers.emplace_back("Access-Control-Allow-Origin", "*");
  reply.headers.emplace_back("Access-Control-Expose-Headers",
                             "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
}

bool is_preflight(const WireRequest& request, bool names_target) {
  if (request.method != "OPTIONS" || request.target.substr(0, request.target.find('?')) != "/") return false;
  if (!request.header("Origin")) return false;
  return !names_target || lists_name(request.header("Access-Control-Request-Headers").value_or(""), "x-amz-target");
}

WireReply preflight_reply(const WireRequest& request, const HttpServerOptions& options) {
  WireReply reply;
  std::string_view why = refusal(request.header("Host").value_or(""), *request.header("Origin"), options);
  if (!why.empty()) {
    reply.status = 403;
    reply.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    reply.body.append(why).append("\n");
    return reply;
  }
  allow_reading(reply);
  for (auto [asked, told] : {std::pair("Access-Control-Request-Headers", "Access-Control-Allow-Headers"),
                             std::pair("Access-Control-Request-Method", "Access-Control-Allow-Methods")})
    if (auto value = request.header(asked)) reply.headers.emplace_back(told, *value);
  reply.headers.emplace_back("Access-Control-Max-Age", "172800");
  return reply;
}

}  // namespace stator::http
