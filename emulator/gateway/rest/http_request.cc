#include "emulator/gateway/rest/http_request.h"

#include "emulator/gateway/events.h"
#include "emulator/gateway/rest/header_rules.h"
#include "emulator/gateway/rest/mapping.h"

namespace stator::gateway {
namespace {

constexpr std::string_view kHeader = "integration.request.header.";
constexpr std::string_view kQuery = "integration.request.querystring.";
constexpr std::string_view kPath = "integration.request.path.";

// {name} is what integration.request.path.name maps it to, or an override; a greedy {proxy} without a mapping is the
// path parameter.
std::string path_value(const Call& call, const std::string& name, const Overrides& overrides) {
  if (const auto given = overrides.path.find(name); given != overrides.path.end())
    return percent_encode(given->second, true);
  const StringMap& mappings = call.plan->integration->request_parameters;
  const auto mapping = mappings.find(std::string(kPath) + name);
  constexpr std::string_view kMethodPath = "method.request.path.";
  std::string wanted = name;
  if (mapping != mappings.end()) {
    if (!std::string_view(mapping->second).starts_with(kMethodPath))
      return percent_encode(mapped_value(call, mapping->second).value_or(""), true);
    wanted = mapping->second.substr(kMethodPath.size());
  }
  std::string out;
  for (const auto& [parameter, value] : call.raw_path_parameters)
    if (parameter == wanted) out += value;  // byte for byte as the client sent it
  return out;
}

void add_query(std::string& query, std::string_view name, std::string_view value) {
  query += (query.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
}

std::string integration_url(const Call& call, std::string query, bool passes, const Overrides& overrides) {
  std::string out;
  std::string_view rest = call.plan->uri;
  for (;;) {
    const size_t open = rest.find('{');
    const size_t close = open == std::string_view::npos ? open : rest.find('}', open);
    if (close == std::string_view::npos) break;
    out += rest.substr(0, open);
    std::string name(rest.substr(open + 1, close - open - 1));
    if (name.ends_with('+')) name.pop_back();
    rest.remove_prefix(close + 1);
    out += path_value(call, name, overrides);
  }
  out += rest;
  for (const auto& [name, expression] : call.plan->integration->request_parameters) {
    if (!std::string_view(name).starts_with(kQuery)) continue;
    const std::string key = name.substr(kQuery.size());
    if (overrides.query.contains(key)) continue;
    if (passes && expression == "method.request.querystring." + key) continue;  // passes anyway
    for (const std::string& value : mapped_values(call, expression)) add_query(query, key, value);
  }
  for (const auto& [key, value] : overrides.query) add_query(query, key, value);
  if (!query.empty()) out += (out.find('?') == std::string::npos ? "?" : "&") + query;
  return out;
}

std::string method_of(const Call& call) {
  const std::string& given = call.plan->integration->http_method;
  return given.empty() || given == "ANY" ? call.method : given;
}

void set_header(HeaderList& headers, const std::string& name, std::string value) {
  std::erase_if(headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
  headers.emplace_back(name, std::move(value));
}

}  // namespace

HeaderList mapped_headers(const Call& call, const Overrides& overrides) {
  HeaderList headers;
  for (const auto& [name, expression] : call.plan->integration->request_parameters) {
    if (!std::string_view(name).starts_with(kHeader)) continue;
    std::string all;
    const std::vector<std::string> values = mapped_values(call, expression);
    for (const std::string& value : values) all += (all.empty() ? "" : ",") + value;
    if (!values.empty()) headers.emplace_back(name.substr(kHeader.size()), one_line(std::move(all)));
  }
  for (const auto& [name, value] : overrides.header) set_header(headers, name, one_line(value));
  return headers;
}

UpstreamRequest proxy_request(const Call& call) {
  UpstreamRequest request;
  request.method = method_of(call);
  request.url = integration_url(call, call.raw_query, true, {});
  request.headers = integration_headers(call, false, false);
  std::erase_if(request.headers, [](const auto& h) { return equal_ignoring_case(h.first, "Host"); });
  for (const auto& [name, expression] : call.plan->integration->request_parameters) {
    if (!std::string_view(name).starts_with(kHeader)) continue;
    const std::string header = name.substr(kHeader.size());
    std::erase_if(request.headers, [&](const auto& h) { return equal_ignoring_case(h.first, header); });
  }
  for (auto& header : mapped_headers(call, {})) request.headers.push_back(std::move(header));
  request.headers.emplace_back("x-amzn-apigateway-api-id", call.stage->api->id);
  request.body = call.body();
  return request;
}

UpstreamRequest custom_request(const Call& call, std::string body, const std::string& content_type,
                               const Overrides& overrides) {
  UpstreamRequest request;
  request.method = method_of(call);
  request.url = integration_url(call, {}, false, overrides);
  const std::string& api = call.stage->api->id;
  request.headers = {{"x-amzn-apigateway-api-id", api},
                     {"Accept", "application/json"},
                     {"User-Agent", "AmazonAPIGateway_" + api},
                     {"X-Amzn-Trace-Id", call.trace_id}};
  if (request.method != "GET" && request.method != "HEAD") {
    request.body = std::move(body);
    request.headers.emplace_back("Content-Type", content_type.empty() ? "application/json" : content_type);
  }
  for (auto& [name, value] : mapped_headers(call, overrides)) set_header(request.headers, name, std::move(value));
  return request;
}

}  // namespace stator::gateway
