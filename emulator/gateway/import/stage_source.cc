#include "emulator/gateway/import/stage_source.h"

#include <charconv>

#include "emulator/gateway/import/api_builder.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;

double number_of(const Node& node, const char* name) {
  const std::string& text = node.string(name);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    node.fail(std::string(name) + ": expected a number");
  return number;
}

void read_settings(const Node& node, RouteSettings& s) {
  if (const Node* n = node.find("ThrottlingRateLimit")) s.throttling_rate = number_of(*n, "ThrottlingRateLimit");
  if (const Node* n = node.find("ThrottlingBurstLimit")) s.throttling_burst = n->integer("ThrottlingBurstLimit");
  if (const Node* n = node.find("LoggingLevel")) s.logging_level = n->string("LoggingLevel");
  if (const Node* n = node.find("DataTraceEnabled")) s.data_trace = n->boolean("DataTraceEnabled");
  if (const Node* n = node.find("MetricsEnabled")) s.metrics = n->boolean("MetricsEnabled");
  if (const Node* n = node.find("DetailedMetricsEnabled")) s.metrics = n->boolean("DetailedMetricsEnabled");
  if (const Node* n = node.find("CachingEnabled")) s.caching = n->boolean("CachingEnabled");
  if (const Node* n = node.find("CacheTtlInSeconds")) {
    const int64_t seconds = n->integer("CacheTtlInSeconds");
    if (seconds < 0 || seconds > 3600) n->fail("CacheTtlInSeconds: expected a number from 0 to 3600");
    s.cache_ttl_seconds = static_cast<int>(seconds);
  }
}

// "/~1pets~1{id}" is "/pets/{id}": "~1" stands for each slash, and one more begins it.
std::string slashes(std::string path) {
  if (path.starts_with("/~1")) path.erase(0, 1);
  for (size_t at; (at = path.find("~1")) != std::string::npos;) path.replace(at, 2, "/");
  return path;
}

}  // namespace

void read_stage(const Node& p, Stage& stage) {
  for (const char* name : {"Variables", "StageVariables"})
    if (const Node* n = p.find(name)) stage.variables = string_map(*n, name);
  for (const char* name : {"AccessLogSetting", "AccessLogSettings"}) {
    if (const Node* n = p.find(name)) {
      if (const Node* format = n->find("Format")) stage.access_log_format = format->string("Format");
      if (const Node* to = n->find("DestinationArn")) stage.access_log_destination = to->string("DestinationArn");
    }
  }
  if (const Node* n = p.find("Description")) stage.description = n->string("Description");
  if (const Node* n = p.find("TracingEnabled")) stage.tracing = n->boolean("TracingEnabled");
  if (const Node* n = p.find("CacheClusterEnabled")) stage.cache_enabled = n->boolean("CacheClusterEnabled");
  read_settings(p, stage.defaults);  // a deployment's StageDescription has them so
  if (const Node* list = p.find("MethodSettings")) {
    if (!list->is_list()) list->fail("MethodSettings: expected a list");
    for (const Node& each : list->items) {
      const Node* path = each.find("ResourcePath");
      const Node* method = each.find("HttpMethod");
      const std::string where = slashes(path ? path->string("ResourcePath") : "/*");
      const std::string verb = method ? method->string("HttpMethod") : "*";
      if (where == "/*" && verb == "*")
        read_settings(each, stage.defaults);
      else
        read_settings(each, stage.overrides[where + (where.ends_with('/') ? "" : "/") + verb]);
    }
  }
  if (const Node* n = p.find("DefaultRouteSettings")) read_settings(*n, stage.defaults);
  if (const Node* n = p.find("RouteSettings"))
    for (const Member& m : n->members) read_settings(m.value, stage.overrides[m.name]);
}

void read_canary(const Node& p, Stage& stage) {
  const Node* settings = p.find("CanarySetting");
  if (!settings) return;
  auto canary = std::make_shared<Stage>(stage);
  if (const Node* n = settings->find("DeploymentId")) canary->deployment_id = n->string("DeploymentId");
  if (const Node* n = settings->find("StageVariableOverrides"))
    for (const auto& [name, value] : string_map(*n, "StageVariableOverrides")) canary->variables[name] = value;
  if (const Node* n = settings->find("PercentTraffic")) stage.canary_percent = number_of(*n, "PercentTraffic");
  const Node* shares = settings->find("UseStageCache");
  if (!shares || !shares->boolean("UseStageCache")) canary->cache_id += "/canary";
  stage.canary = std::move(canary);
}

Cors read_cors(const Node& node) {
  Cors cors;
  if (node.is_scalar()) {  // SAM: CorsConfiguration: true, or one origin
    if (node.text == "false") return cors;
    cors.allow_origins = {node.text == "true" ? "*" : node.text};
    return cors;
  }
  if (const Node* n = node.find("AllowOrigins")) cors.allow_origins = string_list(*n, "AllowOrigins");
  if (const Node* n = node.find("AllowMethods")) cors.allow_methods = string_list(*n, "AllowMethods");
  if (const Node* n = node.find("AllowHeaders")) cors.allow_headers = string_list(*n, "AllowHeaders");
  if (const Node* n = node.find("ExposeHeaders")) cors.expose_headers = string_list(*n, "ExposeHeaders");
  if (const Node* n = node.find("MaxAge")) cors.max_age = n->integer("MaxAge");
  if (const Node* n = node.find("AllowCredentials")) cors.allow_credentials = n->boolean("AllowCredentials");
  return cors;
}

GatewayResponse read_gateway_response(const std::string& type, const Node& node) {
  GatewayResponse response;
  response.response_type = type;
  if (const Node* n = node.find("StatusCode")) response.status_code = n->string("StatusCode");
  if (const Node* n = node.find("ResponseTemplates")) response.response_templates = string_map(*n, "ResponseTemplates");
  if (const Node* n = node.find("ResponseParameters")) {
    for (const Member& m : n->members) {
      if (m.value.is_map()) {  // SAM: Headers: {Name: value}
        const std::string place = m.name == "Headers" ? "header" : m.name == "Paths" ? "path" : "querystring";
        for (const Member& each : m.value.members)
          response.response_parameters["gatewayresponse." + place + "." + each.name] = each.value.string(each.name);
      } else {
        response.response_parameters[m.name] = m.value.string(m.name);
      }
    }
  }
  return response;
}

}  // namespace stator::gateway
