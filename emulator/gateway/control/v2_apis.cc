// HTTP and WebSocket APIs (V2): apis with quick create, routes, integrations, their responses, models, authorizers,
// CORS. A stage that deploys by itself gets a new deployment with every change (v2_stages.cc).
#include <algorithm>
#include <array>
#include <set>

#include "emulator/gateway/control/api_heads.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/v2_deploy.h"
#include "protocol/url/url.h"

namespace stator::gateway::control {
namespace {

// --- checks
// -----------------------------------------------------------------------------------------------------------

bool is_http(const Node& api) {
  return text_in(api, "protocolType") == "HTTP";
}

// Each name once, and a greedy one at the end.
bool good_parameters(const std::string& path) {
  std::set<std::string_view> names;
  const std::vector<std::string_view> parts = path_segments(path);
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string_view name = parts[i];
    if (!name.starts_with('{')) continue;
    if (!name.ends_with('}')) return false;
    name = name.substr(1, name.size() - 2);
    if (name.ends_with('+')) {
      if (i + 1 < parts.size()) return false;
      name.remove_suffix(1);
    }
    if (name.empty() || !names.insert(name).second) return false;
  }
  return true;
}

void check_route_key(const Node& api, const std::string& key) {
  if (!is_http(api)) return;
  constexpr std::array<std::string_view, 8> kVerbs = {"GET",   "PUT",     "POST", "DELETE",
                                                      "PATCH", "OPTIONS", "HEAD", "ANY"};
  const size_t space = key.find(' ');
  const bool good = key == "$default" ||
                    (space != std::string::npos &&
                     std::find(kVerbs.begin(), kVerbs.end(), std::string_view(key).substr(0, space)) != kVerbs.end() &&
                     key.size() > space + 1 && key[space + 1] == '/' && good_parameters(key.substr(space + 1)));
  if (!good)
    throw bad_request(
        "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> "
        "/<RESOURCE PATH>\" or \"$default\"");
}

void check_route(ControlRequest& request, const Node& route) {
  const Node api = require_api(request);
  check_route_key(api, text_in(route, "routeKey"));
  if (const std::string target = text_in(route, "target"); !target.empty()) {
    constexpr std::string_view kPrefix = "integrations/";
    if (!target.starts_with(kPrefix) ||
        !request.documents.has(child(api_path(request) + "/integrations", target.substr(kPrefix.size()))))
      throw bad_request("Unable to find Integration with the given target");
  }
  const std::string type = text_in(route, "authorizationType", "NONE"), authorizer = text_in(route, "authorizerId");
  if ((type == "JWT" || type == "CUSTOM") &&
      (authorizer.empty() || !request.documents.has(child(api_path(request) + "/authorizers", authorizer))))
    throw bad_request(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid "
        "authorizer.");
  for (const auto& [path, other] : request.documents.children(api_path(request) + "/routes"))
    if (text_in(other, "routeKey") == text_in(route, "routeKey") &&
        text_in(other, "routeId") != text_in(route, "routeId"))
      throw conflict("Route with key " + text_in(route, "routeKey") + " already exists for this API");
}

std::string prepare_route(ControlRequest& request, Node& route) {
  const std::string id = new_id(7);
  set_text(route, "routeId", id);
  set_default(route, "authorizationType", text_node("NONE"));
  set_default(route, "apiKeyRequired", boolean_node(false));
  check_route(request, route);
  return id;
}

void check_integration(ControlRequest& request, Node& integration) {
  const Node api = require_api(request);
  const std::string type = text_in(integration, "integrationType"), uri = text_in(integration, "integrationUri");
  const bool link = text_in(integration, "connectionType") == "VPC_LINK";
  if (is_http(api)) {
    if (type != "HTTP_PROXY" && type != "AWS_PROXY")
      throw bad_request(
          "Invalid integration type specified. HTTP APIs only support AWS_PROXY and HTTP_PROXY integrations");
    const std::string version = text_in(integration, "payloadFormatVersion");
    if (type == "AWS_PROXY" && text_in(integration, "integrationSubtype").empty() && version.empty())
      throw bad_request("PayloadFormatVersion is a required parameter for integration type AWS_PROXY");
    if (!version.empty() && version != "1.0" && version != "2.0")
      throw bad_request("Invalid PayloadFormatVersion specified. Valid options are 1.0, 2.0");
    if (type == "HTTP_PROXY" && text_in(integration, "integrationMethod").empty())
      throw bad_request("HttpMethod must not be empty");
  }
  if (type.starts_with("HTTP") && !link && !uri.starts_with("http://") && !uri.starts_with("https://") &&
      uri.find("${stageVariables.") == std::string::npos)
    throw bad_request("Invalid HTTP endpoint specified for URI");
  if (const std::optional<double> ms = number_in(integration, "timeoutInMillis");
      ms && (*ms < 50 || *ms > (is_http(api) ? 30000 : 29000)))
    throw bad_request(std::string("Timeout should be between 50 ms and ") + (is_http(api) ? "30000" : "29000") + " ms");
}

std::string prepare_integration(ControlRequest& request, Node& integration) {
  const bool http = is_http(require_api(request));
  const std::string id = new_id(7), type = text_in(integration, "integrationType");
  set_text(integration, "integrationId", id);
  set_default(integration, "connectionType", text_node("INTERNET"));
  if (type == "AWS_PROXY" && text_in(integration, "integrationSubtype").empty())
    set_default(integration, "integrationMethod", text_node("POST"));
  if (http && type == "HTTP_PROXY") set_default(integration, "payloadFormatVersion", text_node("1.0"));
  if (!http) {
    set_default(integration, "payloadFormatVersion", text_node("1.0"));
    set_default(integration, "passthroughBehavior", text_node("WHEN_NO_MATCH"));
    set_default(integration, "integrationResponseSelectionExpression", text_node("${integration.response.statuscode}"));
  }
  set_default(integration, "timeoutInMillis", number_node(http ? 30000 : 29000));
  check_integration(request, integration);
  return id;
}

void check_unused_integration(ControlRequest& request, const Node& integration) {
  const std::string target = "integrations/" + text_in(integration, "integrationId");
  for (const auto& [path, route] : request.documents.children(api_path(request) + "/routes"))
    if (text_in(route, "target") == target)
      throw conflict("Cannot delete Integration '" + text_in(integration, "integrationId") +
                     "', is referenced by Route '" + text_in(route, "routeKey") + "'");
}

std::string prepare_v2_model(ControlRequest& request, Node& model) {
  const std::string id = new_id(6);
  set_text(model, "modelId", id);
  if (!parse_document(text_in(model, "schema"))) throw bad_request("Invalid model schema specified");
  for (const auto& [path, other] : request.documents.children(api_path(request) + "/models"))
    if (text_in(other, "name") == text_in(model, "name")) throw conflict("Model name already exists for this API");
  return id;
}

void check_authorizer(ControlRequest&, const Node&, Node& authorizer) {
  const std::string type = text_in(authorizer, "authorizerType");
  if (type == "JWT") {
    const Node* jwt = authorizer.find("jwtConfiguration");
    if (jwt == nullptr || text_in(*jwt, "issuer").empty())
      throw bad_request("JwtConfiguration with an issuer is required for JWT authorizers");
  } else if (text_in(authorizer, "authorizerUri").empty()) {
    throw bad_request("AuthorizerUri is required for REQUEST authorizers");
  }
  if (const std::optional<double> ttl = number_in(authorizer, "authorizerResultTtlInSeconds");
      ttl && (*ttl < 0 || *ttl > 3600))
    throw bad_request("AuthorizerResultTtlInSeconds must be between 0 and 3600");
}

std::string prepare_v2_authorizer(ControlRequest& request, Node& authorizer) {
  const std::string id = new_id(6);
  set_text(authorizer, "authorizerId", id);
  if (text_in(authorizer, "authorizerType") == "REQUEST" && is_http(require_api(request)) &&
      text_in(authorizer, "authorizerPayloadFormatVersion").empty())
    throw bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizers of HTTP APIs");
  check_authorizer(request, authorizer, authorizer);
  for (const auto& [path, other] : request.documents.children(api_path(request) + "/authorizers"))
    if (text_in(other, "name") == text_in(authorizer, "name"))
      throw conflict("Authorizer name must be unique. Authorizer " + text_in(authorizer, "name") +
                     " already exists in this Api.");
  return id;
}

// --- tables
// -----------------------------------------------------------------------------------------------------------

template <const char* kWhat>
std::string missing(const ControlRequest&, const std::string& id) {
  return std::string("Unable to find ") + kWhat + " with id " + id;
}
constexpr char kRoute[] = "Route", kIntegration[] = "Integration", kModel[] = "Model", kAuthorizer[] = "Authorizer",
               kRouteResponse[] = "RouteResponse", kIntegrationResponse[] = "IntegrationResponse";

// Responses of a route or an integration: each key once.
void check_response(ControlRequest& request, const Node&, Node& response) {
  const bool of_route = response.find("routeResponseId") != nullptr;
  const char *key = of_route ? "routeResponseKey" : "integrationResponseKey",
             *id = of_route ? "routeResponseId" : "integrationResponseId";
  const std::string mine = text_in(response, key);
  if (of_route && mine != "$default") throw bad_request("Invalid route response key specified. It must be $default");
  const std::string owner =
      api_path(request) + (of_route ? child("/routes", request.name("routeId")) + "/routeresponses"
                                    : child("/integrations", request.name("integrationId")) + "/integrationresponses");
  for (const auto& [path, other] : request.documents.children(owner))
    if (text_in(other, key) == mine && text_in(other, id) != text_in(response, id))
      throw conflict(std::string(of_route ? "Route" : "Integration") + " response with key " + mine +
                     " already exists");
}

template <const char* kId>
std::string prepare_response(ControlRequest& request, Node& response) {
  const std::string id = new_id(7);
  set_text(response, kId, id);
  check_response(request, response, response);
  return id;
}
constexpr char kRouteResponseId[] = "routeResponseId", kIntegrationResponseId[] = "integrationResponseId";

constexpr ResourceType kApiParts[] = {
    {
        .create = "CreateRoute",
        .get = "GetRoute",
        .list = "GetRoutes",
        .update = "UpdateRoute",
        .remove = "DeleteRoute",
        .collection = "/v2/apis/{apiId}/routes",
        .id = "routeId",
        .missing = missing<kRoute>,
        .prepare = prepare_route,
        .changed = [](ControlRequest& request, const Node&, Node& route) { check_route(request, route); },
    },
    {
        .create = "CreateIntegration",
        .get = "GetIntegration",
        .list = "GetIntegrations",
        .update = "UpdateIntegration",
        .remove = "DeleteIntegration",
        .collection = "/v2/apis/{apiId}/integrations",
        .id = "integrationId",
        .missing = missing<kIntegration>,
        .prepare = prepare_integration,
        .changed = [](ControlRequest& request, const Node&, Node& each) { check_integration(request, each); },
        .removing = check_unused_integration,
    },
    {
        .create = "CreateModel",
        .get = "GetModel",
        .list = "GetModels",
        .update = "UpdateModel",
        .remove = "DeleteModel",
        .collection = "/v2/apis/{apiId}/models",
        .id = "modelId",
        .missing = missing<kModel>,
        .prepare = prepare_v2_model,
    },
    {
        .create = "CreateAuthorizer",
        .get = "GetAuthorizer",
        .list = "GetAuthorizers",
        .update = "UpdateAuthorizer",
        .remove = "DeleteAuthorizer",
        .collection = "/v2/apis/{apiId}/authorizers",
        .id = "authorizerId",
        .missing = missing<kAuthorizer>,
        .prepare = prepare_v2_authorizer,
        .changed = check_authorizer,
    },
    {
        .create = "CreateRouteResponse",
        .get = "GetRouteResponse",
        .list = "GetRouteResponses",
        .update = "UpdateRouteResponse",
        .remove = "DeleteRouteResponse",
        .collection = "/v2/apis/{apiId}/routes/{routeId}/routeresponses",
        .id = "routeResponseId",
        .missing = missing<kRouteResponse>,
        .prepare = prepare_response<kRouteResponseId>,
        .changed = check_response,
    },
    {
        .create = "CreateIntegrationResponse",
        .get = "GetIntegrationResponse",
        .list = "GetIntegrationResponses",
        .update = "UpdateIntegrationResponse",
        .remove = "DeleteIntegrationResponse",
        .collection = "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses",
        .id = "integrationResponseId",
        .missing = missing<kIntegrationResponse>,
        .prepare = prepare_response<kIntegrationResponseId>,
        .changed = check_response,
    },
};

// --- the APIs themselves
// ----------------------------------------------------------------------------------------------

void check_cors(const Node& api) {
  const Node* cors = api.find("corsConfiguration");
  if (cors == nullptr) return;
  if (!is_http(api)) throw bad_request("CORS configuration is only supported for HTTP APIs");
  const std::vector<std::string> origins = texts_in(*cors, "allowOrigins");
  if (flag_in(*cors, "allowCredentials") && std::find(origins.begin(), origins.end(), "*") != origins.end())
    throw bad_request("Allow credentials is not supported for wildcard origins");
}

std::string no_api(const ControlRequest& request, const std::string& id) {
  return no_such_api(request, id);
}

// What a target alone makes: an integration, a route to it and a stage that deploys by itself.
void quick_create(ControlRequest& request, const std::string& path, const Node& api) {
  const std::string target = text_in(request.input, "target");
  if (!is_http(api)) throw bad_request("Quick create is only supported for HTTP APIs");
  const std::string key = text_in(request.input, "routeKey", "$default");
  check_route_key(api, key);
  const bool function = target.starts_with("arn:");
  if (!function && target.find("://") == std::string::npos)
    throw bad_request("Invalid HTTP endpoint specified for URI");
  Node integration = map_node();
  const std::string integration_id = new_id(7), route_id = new_id(7);
  integration.set("apiGatewayManaged", boolean_node(true));
  set_text(integration, "integrationId", integration_id);
  set_text(integration, "connectionType", "INTERNET");
  set_text(integration, "integrationType", function ? "AWS_PROXY" : "HTTP_PROXY");
  set_text(integration, "integrationMethod", function ? "POST" : "ANY");
  set_text(integration, "integrationUri", target);
  set_text(integration, "payloadFormatVersion", function ? "2.0" : "1.0");
  if (const std::string role = text_in(request.input, "credentialsArn"); !role.empty())
    set_text(integration, "credentialsArn", role);
  integration.set("timeoutInMillis", number_node(30000));
  request.documents.put(path + "/integrations/" + integration_id, integration);
  Node route = map_node();
  route.set("apiGatewayManaged", boolean_node(true));
  set_text(route, "routeId", route_id);
  set_text(route, "routeKey", key);
  set_text(route, "target", "integrations/" + integration_id);
  set_text(route, "authorizationType", "NONE");
  route.set("apiKeyRequired", boolean_node(false));
  request.documents.put(path + "/routes/" + route_id, route);
  Node stage = map_node();
  stage.set("apiGatewayManaged", boolean_node(true));
  set_text(stage, "stageName", "$default");
  stage.set("autoDeploy", boolean_node(true));
  complete_v2_stage(request, stage);
  request.documents.put(child(path + "/stages", "$default"), stage);
  deploy_by_itself(request, path);
}

std::string prepare_api(ControlRequest& request, Node& api) {
  const std::string id = new_id(10);
  const bool http = is_http(api);
  if (text_in(api, "name").empty()) throw bad_request("Name must not be empty");
  if (!http && text_in(api, "routeSelectionExpression").empty())
    throw bad_request("RouteSelectionExpression is a required parameter for WEBSOCKET protocol");
  complete_v2_api(request, id, api);
  check_cors(api);
  const std::string path = child("/v2/apis", id);
  request.documents.put(path, api);
  if (!text_in(request.input, "target").empty()) quick_create(request, path, api);
  request.changed.push_back(path);
  return id;
}

// Quick create's integration and route follow what UpdateApi says.
void changed_api(ControlRequest& request, const Node&, Node& api) {
  check_cors(api);
  if (const Node* cors = api.find("corsConfiguration"); cors != nullptr && cors->members.empty())
    erase_member(api, "corsConfiguration");
  const std::string path = api_path(request), target = text_in(request.input, "target");
  const std::string key = text_in(request.input, "routeKey"), role = text_in(request.input, "credentialsArn");
  if (target.empty() && key.empty() && role.empty()) return;
  bool found = false;
  for (auto& [at, integration] : request.documents.children(path + "/integrations")) {
    if (!flag_in(integration, "apiGatewayManaged")) continue;
    found = true;
    if (!target.empty()) set_text(integration, "integrationUri", target);
    if (!role.empty()) set_text(integration, "credentialsArn", role);
    request.documents.put(at, integration);
  }
  for (auto& [at, route] : request.documents.children(path + "/routes")) {
    if (!flag_in(route, "apiGatewayManaged") || key.empty()) continue;
    check_route_key(api, key);
    set_text(route, "routeKey", key);
    request.documents.put(at, route);
  }
  if (!found) throw bad_request("Only APIs that were made by quick create have a target, a route key and credentials");
}

constexpr ResourceType kApis{
    .create = "CreateApi",
    .get = "GetApi",
    .list = "GetApis",
    .update = "UpdateApi",
    .remove = "DeleteApi",
    .collection = "/v2/apis",
    .id = "apiId",
    .missing = no_api,
    .prepare = prepare_api,
    .changed = changed_api,
    .removing =
        [](ControlRequest& request, const Node& api) {
          request.documents.erase(child("/snapshots", text_in(api, "apiId")));
          request.changed.push_back(api_path(request));
        },
    .show = show_v2_api,
};

}  // namespace

void complete_v2_api(ControlRequest& request, const std::string& id, Node& api) {
  set_text(api, "apiId", id);
  api.set("createdDate", number_node(request.now_ms));
  set_default(api, "apiKeySelectionExpression", text_node("$request.header.x-api-key"));
  if (is_http(api)) set_text(api, "routeSelectionExpression", "$request.method $request.path");
  set_default(api, "disableExecuteApiEndpoint", boolean_node(false));
  set_default(api, "ipAddressType", text_node("ipv4"));
}

void show_v2_api(ControlRequest& request, Node& api) {
  const std::string scheme = is_http(api) ? "https://" : "wss://";
  set_text(api, "apiEndpoint", scheme + text_in(api, "apiId") + ".execute-api." + request.region + ".amazonaws.com");
  set_default(api, "tags", map_node());
}

bool run_v2_apis(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (run_generic(request, kApis)) {
    if (name == "UpdateApi") {
      touch_api(request);
      deploy_by_itself(request, api_path(request));
    }
    return true;
  }
  if (name == "DeleteCorsConfiguration") {
    Node api = require_api(request);
    erase_member(api, "corsConfiguration");
    request.documents.put(api_path(request), api);
    touch_api(request);
    return true;
  }
  if (name == "DeleteRouteRequestParameter") {
    require_api(request);
    const std::string path = child(api_path(request) + "/routes", request.name("routeId"));
    std::optional<Node> route = request.documents.find(path);
    if (!route) throw not_found(missing<kRoute>(request, request.name("routeId")));
    if (Node* parameters = route->find("requestParameters"))
      erase_member(*parameters, request.name("requestParameterKey"));
    request.documents.put(path, *route);
    deploy_by_itself(request, api_path(request));
    return true;
  }
  for (const ResourceType& type : kApiParts) {
    if (!run_generic(request, type)) continue;
    if (request.operation.method != "GET") deploy_by_itself(request, api_path(request));
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
