#include "emulator/gateway/control/build_api.h"

#include <algorithm>

#include "protocol/url/url.h"

namespace stator::gateway::control {
namespace {

StringMap map_in(const Node& node, std::string_view name) {
  StringMap map;
  if (const Node* found = node.find(name))
    for (const Member& m : found->members)
      if (m.value.is_scalar()) map[m.name] = m.value.text;
  return map;
}

std::map<std::string, bool> flags_in(const Node& node, std::string_view name) {
  std::map<std::string, bool> map;
  if (const Node* found = node.find(name))
    for (const Member& m : found->members)
      map[m.name] =
          m.value.is_map() ? flag_in(m.value, "required") : m.value.text == "true";  // V2 has {"required": ..}
  return map;
}

int integer_in(const Node& node, std::string_view name, int absent) {
  return static_cast<int>(number_in(node, name).value_or(absent));
}

Integration rest_integration(const Node& node) {
  Integration i;
  i.type = text_in(node, "type");
  i.http_method = text_in(node, "httpMethod");
  i.uri = text_in(node, "uri");
  i.connection_type = text_in(node, "connectionType");
  i.connection_id = text_in(node, "connectionId");
  i.credentials = text_in(node, "credentials");
  i.passthrough_behavior = text_in(node, "passthroughBehavior");
  i.content_handling = text_in(node, "contentHandling");
  i.response_transfer_mode = text_in(node, "responseTransferMode");
  i.timeout_ms = integer_in(node, "timeoutInMillis", 0);
  i.request_parameters = map_in(node, "requestParameters");
  i.request_templates = map_in(node, "requestTemplates");
  i.cache_key_parameters = texts_in(node, "cacheKeyParameters");
  i.cache_namespace = text_in(node, "cacheNamespace");
  if (const Node* tls = node.find("tlsConfig"))
    i.insecure_skip_verification = flag_in(*tls, "insecureSkipVerification");
  return i;
}

IntegrationResponse rest_integration_response(const Node& node) {
  IntegrationResponse r;
  r.status_code = text_in(node, "statusCode");
  r.selection_pattern = text_in(node, "selectionPattern");
  r.content_handling = text_in(node, "contentHandling");
  r.response_parameters = map_in(node, "responseParameters");
  r.response_templates = map_in(node, "responseTemplates");
  return r;
}

Method rest_method(const Node& node) {
  Method m;
  m.http_method = text_in(node, "httpMethod");
  m.authorization_type = text_in(node, "authorizationType", "NONE");
  m.authorizer_id = text_in(node, "authorizerId");
  m.authorization_scopes = texts_in(node, "authorizationScopes");
  m.api_key_required = flag_in(node, "apiKeyRequired");
  m.operation_name = text_in(node, "operationName");
  m.request_validator_id = text_in(node, "requestValidatorId");
  m.request_parameters = flags_in(node, "requestParameters");
  m.request_models = map_in(node, "requestModels");
  return m;
}

// "resources/ID/methods/GET/..." in pieces.
std::vector<std::string> pieces(const std::string& path) {
  const std::string rooted = "/" + path;
  std::vector<std::string> parts;
  for (std::string_view part : path_segments(rooted)) parts.push_back(percent_decode(part));
  return parts;
}

void add_resources(const Draft& draft, ApiDefinition& definition) {
  std::map<std::string, Resource> resources;
  // Paths are in order: a resource comes ahead of its methods, these ahead of their integrations.
  for (const auto& [path, node] : draft.parts) {
    const std::vector<std::string> at = pieces(path);
    if (at.size() < 2 || at[0] != "resources") continue;
    if (at.size() == 2) {
      resources[at[1]] = {
          text_in(node, "id"), text_in(node, "parentId"), text_in(node, "pathPart"), text_in(node, "path"), {}};
      continue;
    }
    if (at.size() < 4) continue;
    Method& method = resources[at[1]].methods[at[3]];
    if (at.size() == 4) {
      method = rest_method(node);
    } else if (at[4] == "integration" && at.size() == 5) {
      method.integration = rest_integration(node);
    } else if (at[4] == "integration" && method.integration) {
      method.integration->responses.push_back(rest_integration_response(node));
    } else if (at[4] == "responses") {
      method.responses.push_back(
          {text_in(node, "statusCode"), flags_in(node, "responseParameters"), map_in(node, "responseModels")});
    }
  }
  for (auto& [id, resource] : resources) definition.resources.push_back(std::move(resource));
  std::sort(definition.resources.begin(), definition.resources.end(),
            [](const Resource& a, const Resource& b) { return a.path < b.path; });
}

Authorizer rest_authorizer(const Node& node) {
  Authorizer a;
  a.id = text_in(node, "id");
  a.name = text_in(node, "name");
  a.type = text_in(node, "type");
  a.auth_type = text_in(node, "authType");
  a.uri = text_in(node, "authorizerUri");
  a.credentials = text_in(node, "authorizerCredentials");
  a.identity_source = text_in(node, "identitySource");
  a.identity_validation_expression = text_in(node, "identityValidationExpression");
  a.result_ttl_seconds = integer_in(node, "authorizerResultTtlInSeconds", -1);
  a.provider_arns = texts_in(node, "providerARNs");
  return a;
}

Authorizer v2_authorizer(const Node& node) {
  Authorizer a;
  a.id = text_in(node, "authorizerId");
  a.name = text_in(node, "name");
  a.type = text_in(node, "authorizerType");
  a.uri = text_in(node, "authorizerUri");
  a.credentials = text_in(node, "authorizerCredentialsArn");
  for (const std::string& source : texts_in(node, "identitySource"))
    a.identity_source += (a.identity_source.empty() ? "" : ",") + source;
  a.identity_validation_expression = text_in(node, "identityValidationExpression");
  a.result_ttl_seconds = integer_in(node, "authorizerResultTtlInSeconds", -1);
  a.payload_format_version = text_in(node, "authorizerPayloadFormatVersion");
  a.simple_responses = flag_in(node, "enableSimpleResponses");
  if (const Node* jwt = node.find("jwtConfiguration")) {
    a.jwt_issuer = text_in(*jwt, "issuer");
    a.jwt_audience = texts_in(*jwt, "audience");
  }
  return a;
}

Route v2_route(const Node& node) {
  Route r;
  r.id = text_in(node, "routeId");
  r.route_key = text_in(node, "routeKey");
  r.target = text_in(node, "target");
  r.authorization_type = text_in(node, "authorizationType", "NONE");
  r.authorizer_id = text_in(node, "authorizerId");
  r.authorization_scopes = texts_in(node, "authorizationScopes");
  r.api_key_required = flag_in(node, "apiKeyRequired");
  r.operation_name = text_in(node, "operationName");
  r.model_selection_expression = text_in(node, "modelSelectionExpression");
  r.route_response_selection_expression = text_in(node, "routeResponseSelectionExpression");
  r.request_models = map_in(node, "requestModels");
  return r;
}

Integration v2_integration(const Node& node) {
  Integration i;
  i.id = text_in(node, "integrationId");
  i.type = text_in(node, "integrationType");
  i.subtype = text_in(node, "integrationSubtype");
  i.http_method = text_in(node, "integrationMethod");
  i.uri = text_in(node, "integrationUri");
  i.connection_type = text_in(node, "connectionType");
  i.connection_id = text_in(node, "connectionId");
  i.credentials = text_in(node, "credentialsArn");
  i.description = text_in(node, "description");
  i.passthrough_behavior = text_in(node, "passthroughBehavior");
  i.content_handling = text_in(node, "contentHandlingStrategy");
  i.payload_format_version = text_in(node, "payloadFormatVersion");
  i.template_selection_expression = text_in(node, "templateSelectionExpression");
  i.timeout_ms = integer_in(node, "timeoutInMillis", 0);
  i.request_parameters = map_in(node, "requestParameters");
  i.request_templates = map_in(node, "requestTemplates");
  if (const Node* mappings = node.find("responseParameters"))
    for (const Member& m : mappings->members) i.response_mappings[m.name] = map_in(*mappings, m.name);
  if (const Node* tls = node.find("tlsConfig")) {
    // The name to verify stands in for the host: there is nothing to verify on this machine.
    i.insecure_skip_verification = flag_in(*tls, "insecureSkipVerification");
  }
  return i;
}

// "routes/ID/routeresponses/ID" and "integrations/ID/integrationresponses/ID": they come behind what they belong to.
void add_v2_response(const std::vector<std::string>& at, const Node& node, ApiDefinition& definition) {
  if (at[2] == "routeresponses" && !definition.routes.empty() && definition.routes.back().id == at[1])
    definition.routes.back().responses.push_back({text_in(node, "routeResponseId"), text_in(node, "routeResponseKey")});
  if (at[2] != "integrationresponses" || definition.integrations.empty() || definition.integrations.back().id != at[1])
    return;
  IntegrationResponse r;
  r.response_key = text_in(node, "integrationResponseKey");
  r.template_selection_expression = text_in(node, "templateSelectionExpression");
  r.content_handling = text_in(node, "contentHandlingStrategy");
  r.response_parameters = map_in(node, "responseParameters");
  r.response_templates = map_in(node, "responseTemplates");
  definition.integrations.back().responses.push_back(std::move(r));
}

RouteSettings settings_of(const Node& node, bool rest) {
  RouteSettings s;
  s.throttling_rate = number_in(node, "throttlingRateLimit");
  if (const std::optional<double> burst = number_in(node, "throttlingBurstLimit"))
    s.throttling_burst = static_cast<int64_t>(*burst);
  s.logging_level = text_in(node, "loggingLevel");
  s.data_trace = flag_in(node, "dataTraceEnabled");
  s.metrics = flag_in(node, rest ? "metricsEnabled" : "detailedMetricsEnabled");
  if (rest) {
    s.caching = flag_in(node, "cachingEnabled");
    s.cache_ttl_seconds = integer_in(node, "cacheTtlInSeconds", s.cache_ttl_seconds);
    s.cache_control_needs_authorization = flag_in(node, "requireAuthorizationForCacheControl");
    s.unauthorized_cache_control = text_in(node, "unauthorizedCacheControlHeaderStrategy");
  }
  return s;
}

// "~1pets~1{id}/GET" -> "/pets/{id}/GET"
std::string setting_key(std::string key) {
  for (size_t at; (at = key.find("~1")) != std::string::npos;) key.replace(at, 2, "/");
  for (size_t at; (at = key.find("~0")) != std::string::npos;) key.replace(at, 2, "~");
  return key.starts_with('/') || key.starts_with('*') ? key : "/" + key;
}

Stage stage_of(const Node& node, bool rest) {
  Stage s;
  s.name = text_in(node, "stageName");
  s.deployment_id = text_in(node, "deploymentId");
  s.description = text_in(node, "description");
  s.auto_deploy = flag_in(node, "autoDeploy");
  s.tracing = flag_in(node, "tracingEnabled");
  s.variables = map_in(node, rest ? "variables" : "stageVariables");
  s.tags = map_in(node, "tags");
  if (const Node* log = node.find("accessLogSettings")) {
    s.access_log_format = text_in(*log, "format");
    s.access_log_destination = text_in(*log, "destinationArn");
  }
  s.cache_enabled = flag_in(node, "cacheClusterEnabled");
  s.cache_id = text_in(node, "cacheId");
  if (const Node* defaults = node.find("defaultRouteSettings")) s.defaults = settings_of(*defaults, rest);
  if (const Node* settings = node.find(rest ? "methodSettings" : "routeSettings"))
    for (const Member& m : settings->members) {
      if (rest && m.name == "*/*")
        s.defaults = settings_of(m.value, rest);
      else
        s.overrides[rest ? setting_key(m.name) : m.name] = settings_of(m.value, rest);
    }
  s.created_ms = static_cast<int64_t>(number_in(node, "createdDate").value_or(0));
  s.updated_ms = static_cast<int64_t>(number_in(node, "lastUpdatedDate").value_or(0));
  if (const Node* canary = node.find("canarySettings")) {
    auto variant = std::make_shared<Stage>(s);
    if (const std::string id = text_in(*canary, "deploymentId"); !id.empty()) variant->deployment_id = id;
    for (const auto& [name, value] : map_in(*canary, "stageVariableOverrides")) variant->variables[name] = value;
    if (!flag_in(*canary, "useStageCache")) variant->cache_id += "/canary";
    s.canary = std::move(variant);
    s.canary_percent = number_in(*canary, "percentTraffic").value_or(0);
  }
  return s;
}

Cors cors_of(const Node& node) {
  Cors c;
  c.allow_origins = texts_in(node, "allowOrigins");
  c.allow_methods = texts_in(node, "allowMethods");
  c.allow_headers = texts_in(node, "allowHeaders");
  c.expose_headers = texts_in(node, "exposeHeaders");
  if (const std::optional<double> age = number_in(node, "maxAge")) c.max_age = static_cast<int64_t>(*age);
  c.allow_credentials = flag_in(node, "allowCredentials");
  return c;
}

}  // namespace

ApiDefinition definition_of(const Draft& draft, bool rest) {
  ApiDefinition definition;
  definition.binary_media_types = texts_in(draft.head, "binaryMediaTypes");
  if (rest) add_resources(draft, definition);
  for (const auto& [path, node] : draft.parts) {
    const std::vector<std::string> at = pieces(path);
    if (!rest && at.size() == 4) add_v2_response(at, node, definition);
    if (at.size() != 2) continue;
    if (at[0] == "models")
      definition.models.push_back({text_in(node, rest ? "id" : "modelId"), text_in(node, "name"),
                                   text_in(node, "description"), text_in(node, "contentType"),
                                   text_in(node, "schema")});
    else if (at[0] == "requestvalidators")
      definition.request_validators.push_back({text_in(node, "id"), text_in(node, "name"),
                                               flag_in(node, "validateRequestBody"),
                                               flag_in(node, "validateRequestParameters")});
    else if (at[0] == "gatewayresponses")
      definition.gateway_responses.push_back({text_in(node, "responseType"), text_in(node, "statusCode"),
                                              map_in(node, "responseParameters"), map_in(node, "responseTemplates")});
    else if (at[0] == "authorizers")
      definition.authorizers.push_back(rest ? rest_authorizer(node) : v2_authorizer(node));
    else if (at[0] == "routes")
      definition.routes.push_back(v2_route(node));
    else if (at[0] == "integrations")
      definition.integrations.push_back(v2_integration(node));
  }
  return definition;
}

std::vector<ApiKey> keys_of(Documents& documents) {
  std::vector<ApiKey> keys;
  for (const auto& [path, node] : documents.children("/apikeys")) {
    ApiKey key;
    key.id = text_in(node, "id");
    key.name = text_in(node, "name");
    key.value = text_in(node, "value");
    key.customer_id = text_in(node, "customerId");
    key.enabled = flag_in(node, "enabled");
    key.stage_keys = texts_in(node, "stageKeys");
    keys.push_back(std::move(key));
  }
  return keys;
}

namespace {

Throttle throttle_of(const Node& node) {
  Throttle throttle;
  throttle.rate = number_in(node, "rateLimit");
  if (const std::optional<double> burst = number_in(node, "burstLimit")) throttle.burst = static_cast<int64_t>(*burst);
  return throttle;
}

}  // namespace

std::vector<UsagePlan> plans_of(Documents& documents) {
  std::vector<UsagePlan> plans;
  for (const auto& [path, node] : documents.children("/usageplans")) {
    UsagePlan plan;
    plan.id = text_in(node, "id");
    plan.name = text_in(node, "name");
    if (const Node* stages = node.find("apiStages"))
      for (const Node& each : stages->items) {
        UsagePlanStage stage{text_in(each, "apiId"), text_in(each, "stage"), {}};
        if (const Node* limits = each.find("throttle"))
          for (const Member& m : limits->members) stage.throttle[m.name] = throttle_of(m.value);
        plan.stages.push_back(std::move(stage));
      }
    if (const Node* throttle = node.find("throttle")) plan.throttle = throttle_of(*throttle);
    if (const Node* quota = node.find("quota"))
      plan.quota = Quota{static_cast<int64_t>(number_in(*quota, "limit").value_or(0)),
                         static_cast<int64_t>(number_in(*quota, "offset").value_or(0)), text_in(*quota, "period")};
    for (const auto& [at, key] : documents.children(path + "/keys")) plan.key_ids.push_back(text_in(key, "id"));
    plans.push_back(std::move(plan));
  }
  return plans;
}

namespace {

std::shared_ptr<Api> api_head(const Node& head, bool rest) {
  auto api = std::make_shared<Api>();
  api->id = text_in(head, rest ? "id" : "apiId");
  api->name = text_in(head, "name");
  api->description = text_in(head, "description");
  api->version = text_in(head, "version");
  api->protocol = rest ? "REST" : text_in(head, "protocolType");
  api->route_selection_expression = text_in(head, "routeSelectionExpression");
  api->api_key_source = text_in(head, "apiKeySource");
  if (const Node* endpoint = head.find("endpointConfiguration")) api->endpoint_types = texts_in(*endpoint, "types");
  api->policy = text_in(head, "policy");
  api->minimum_compression_size = integer_in(head, "minimumCompressionSize", -1);
  api->disable_execute_api_endpoint = flag_in(head, "disableExecuteApiEndpoint");
  api->tags = map_in(head, "tags");
  api->created_ms = static_cast<int64_t>(number_in(head, "createdDate").value_or(0));
  if (const Node* cors = head.find("corsConfiguration")) api->cors = cors_of(*cors);
  return api;
}

void add_deployment(Api& api, const std::string& id, const Draft& draft) {
  Deployment deployment;
  deployment.id = id;
  deployment.definition = std::make_shared<const ApiDefinition>(definition_of(draft, api.protocol == "REST"));
  api.deployments.push_back(std::move(deployment));
}

}  // namespace

std::shared_ptr<Api> api_of(Documents& documents, const std::string& path) {
  const std::optional<Node> head = documents.find(path);
  if (!head) return nullptr;
  const bool rest = !path.starts_with("/v2/");
  std::shared_ptr<Api> api = api_head(*head, rest);
  for (const auto& [stage_path, node] : documents.children(path + "/stages")) {
    Stage stage = stage_of(node, rest);
    for (const std::string& id : {stage.deployment_id, stage.canary ? stage.canary->deployment_id : std::string()})
      if (!id.empty() && api->deployment(id) == nullptr)
        if (const std::optional<Draft> draft = frozen(documents, api->id, id)) add_deployment(*api, id, *draft);
    api->stages.push_back(std::move(stage));
  }
  return api;
}

std::shared_ptr<Api> drafted_api(Documents& documents, const std::string& path, const std::string& stage,
                                 StringMap variables) {
  const std::optional<Node> head = documents.find(path);
  if (!head) return nullptr;
  std::shared_ptr<Api> api = api_head(*head, true);
  Stage& tested = api->stages.emplace_back();
  tested.name = stage;
  tested.deployment_id = "draft";
  tested.variables = std::move(variables);
  add_deployment(*api, tested.deployment_id, draft_of(documents, path, *head));
  return api;
}

}  // namespace stator::gateway::control
