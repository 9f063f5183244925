#include "emulator/gateway/control/put_definition.h"

#include <algorithm>
#include <array>

#include "emulator/gateway/import/openapi.h"
#include "emulator/templates/reader.h"

namespace stator::gateway::control {
namespace {

using Ids = std::map<std::string, std::string>;

Node map_of(const StringMap& map) {
  Node node = map_node();
  for (const auto& [name, value] : map) set_text(node, name, value);
  return node;
}

Node map_of(const std::map<std::string, bool>& map) {
  Node node = map_node();
  for (const auto& [name, value] : map) node.set(name, boolean_node(value));
  return node;
}

Node list_of(const std::vector<std::string>& texts) {
  Node node = list_node();
  for (const std::string& text : texts) node.items.push_back(text_node(text));
  return node;
}

template <typename Map>
void set_map(Node& node, std::string_view name, const Map& map) {
  if (!map.empty()) node.set(name, map_of(map));
}

void put_integration(ControlRequest& request, const std::string& path, const Integration& i,
                     const std::string& resource) {
  Node node = map_node();
  set_text(node, "type", i.type);
  set_unless_empty(node, "httpMethod", i.http_method);
  set_unless_empty(node, "uri", i.uri);
  set_unless_empty(node, "connectionType", i.connection_type);
  set_unless_empty(node, "connectionId", i.connection_id);
  set_unless_empty(node, "credentials", i.credentials);
  set_map(node, "requestParameters", i.request_parameters);
  set_map(node, "requestTemplates", i.request_templates);
  set_text(node, "passthroughBehavior", i.passthrough_behavior.empty() ? "WHEN_NO_MATCH" : i.passthrough_behavior);
  set_unless_empty(node, "contentHandling", i.content_handling);
  node.set("timeoutInMillis", number_node(i.timeout_ms > 0 ? i.timeout_ms : 29000));
  set_text(node, "cacheNamespace", i.cache_namespace.empty() ? resource : i.cache_namespace);
  node.set("cacheKeyParameters", list_of(i.cache_key_parameters));
  set_unless_empty(node, "responseTransferMode", i.response_transfer_mode);
  if (i.insecure_skip_verification) child_map(node, "tlsConfig").set("insecureSkipVerification", boolean_node(true));
  request.documents.put(path, node);
  for (const IntegrationResponse& r : i.responses) {
    Node response = map_node();
    set_text(response, "statusCode", r.status_code);
    set_unless_empty(response, "selectionPattern", r.selection_pattern);
    set_unless_empty(response, "contentHandling", r.content_handling);
    set_map(response, "responseParameters", r.response_parameters);
    set_map(response, "responseTemplates", r.response_templates);
    request.documents.put(child(path + "/responses", r.status_code), response);
  }
}

void put_method(ControlRequest& request, const std::string& path, const Method& m, const std::string& resource,
                const Ids& authorizers, const Ids& validators) {
  request.documents.erase(path);
  Node node = map_node();
  set_text(node, "httpMethod", m.http_method);
  set_text(node, "authorizationType", m.authorization_type);
  if (const auto found = authorizers.find(m.authorizer_id); found != authorizers.end())
    set_text(node, "authorizerId", found->second);
  if (!m.authorization_scopes.empty()) node.set("authorizationScopes", list_of(m.authorization_scopes));
  node.set("apiKeyRequired", boolean_node(m.api_key_required));
  set_unless_empty(node, "operationName", m.operation_name);
  if (const auto found = validators.find(m.request_validator_id); found != validators.end())
    set_text(node, "requestValidatorId", found->second);
  set_map(node, "requestParameters", m.request_parameters);
  set_map(node, "requestModels", m.request_models);
  request.documents.put(path, node);
  for (const MethodResponse& r : m.responses) {
    Node response = map_node();
    set_text(response, "statusCode", r.status_code);
    set_map(response, "responseParameters", r.response_parameters);
    set_map(response, "responseModels", r.response_models);
    request.documents.put(child(path + "/responses", r.status_code), response);
  }
  if (m.integration) put_integration(request, path + "/integration", *m.integration, resource);
}

// The id that the collection has for each name, or a new one.
std::string id_for(ControlRequest& request, const std::string& collection, std::string_view name_member,
                   std::string_view id_member, const std::string& name, size_t length = 6) {
  for (const auto& [path, document] : request.documents.children(collection))
    if (text_in(document, name_member) == name) return text_in(document, id_member);
  return new_id(length);
}

Ids put_authorizers(ControlRequest& request, const std::string& path, const ApiDefinition& definition) {
  Ids ids;
  for (const Authorizer& a : definition.authorizers) {
    const std::string id = ids[a.id] = id_for(request, path + "/authorizers", "name", "id", a.name);
    Node node = map_node();
    set_text(node, "id", id);
    set_text(node, "name", a.name);
    set_text(node, "type", a.type);
    set_text(node, "authType", a.type == "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom");
    set_unless_empty(node, "authorizerUri", a.uri);
    set_unless_empty(node, "authorizerCredentials", a.credentials);
    set_text(node, "identitySource",
             a.identity_source.empty() ? "method.request.header.Authorization" : a.identity_source);
    set_unless_empty(node, "identityValidationExpression", a.identity_validation_expression);
    node.set("authorizerResultTtlInSeconds", number_node(a.result_ttl_seconds < 0 ? 300 : a.result_ttl_seconds));
    if (!a.provider_arns.empty()) node.set("providerARNs", list_of(a.provider_arns));
    request.documents.put(path + "/authorizers/" + id, node);
  }
  return ids;
}

Ids put_parts(ControlRequest& request, const std::string& path, const ApiDefinition& definition) {
  Ids validators;
  for (const RequestValidator& v : definition.request_validators) {
    const std::string id = validators[v.id] = id_for(request, path + "/requestvalidators", "name", "id", v.name);
    Node node = map_node();
    set_text(node, "id", id);
    set_text(node, "name", v.name);
    node.set("validateRequestBody", boolean_node(v.validate_request_body));
    node.set("validateRequestParameters", boolean_node(v.validate_request_parameters));
    request.documents.put(path + "/requestvalidators/" + id, node);
  }
  for (const Model& m : definition.models) {
    Node node = map_node();
    set_text(node, "id", new_id(6));
    set_text(node, "name", m.name);
    set_unless_empty(node, "description", m.description);
    set_text(node, "contentType", m.content_type);
    set_text(node, "schema", m.schema);
    request.documents.put(child(path + "/models", m.name), node);
  }
  for (const GatewayResponse& r : definition.gateway_responses) {
    Node node = map_node();
    set_text(node, "responseType", r.response_type);
    set_unless_empty(node, "statusCode", r.status_code);
    node.set("responseParameters", map_of(r.response_parameters));
    node.set("responseTemplates", map_of(r.response_templates));
    node.set("defaultResponse", boolean_node(false));
    request.documents.put(child(path + "/gatewayresponses", r.response_type), node);
  }
  return validators;
}

// Whatever a caller sends, no program of this machine is described by it.
void refuse_handlers(const Node& node) {
  for (const Node& item : node.items) refuse_handlers(item);
  for (const Member& m : node.members) {
    if (m.name.starts_with("x-stator-"))
      throw bad_request("Errors found during import: " + m.name + " is for files of this server's owner");
    refuse_handlers(m.value);
  }
}

ImportOptions::BasePath base_path_of(const ControlRequest& request) {
  const std::string asked = request.asked("basepath", "ignore");
  if (asked == "ignore") return ImportOptions::BasePath::kIgnore;
  if (asked == "prepend") return ImportOptions::BasePath::kPrepend;
  if (asked == "split") return ImportOptions::BasePath::kSplit;
  throw bad_request("Invalid basepath specified. Valid options are ignore, prepend, split");
}

}  // namespace

Api read_openapi(const ControlRequest& request, std::string_view text, const std::string& api_id, bool rest) {
  Api api;
  api.id = api_id;
  api.protocol = rest ? "REST" : "HTTP";
  try {
    const Node document = templates::read_text(text, "body");
    if (!is_openapi(document)) throw bad_request("Invalid OpenAPI input: expected an OpenAPI 3 or Swagger 2 document");
    if (!rest && document.find("swagger"))
      throw bad_request("Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3");
    refuse_handlers(document);
    ImportOptions options;
    options.templates.account = request.account;
    options.templates.region = request.region;
    options.now_ms = request.now_ms;
    options.integrations_required = false;
    options.base_path = base_path_of(request);
    Imported imported;
    import_openapi(document, api, imported, options);
  } catch (const templates::TemplateError& error) {
    throw bad_request(std::string("Errors found during import:\n\t") + error.what());
  }
  return api;
}

void put_rest_definition(ControlRequest& request, const std::string& path, Node& head, const Api& api, bool overwrite) {
  Documents& documents = request.documents;
  const std::string root = text_in(head, "rootResourceId");
  if (overwrite) {
    constexpr std::array<std::string_view, 5> kDrafted = {"resources", "models", "requestvalidators", "authorizers",
                                                          "gatewayresponses"};
    for (std::string_view collection : kDrafted)
      for (const auto& [at, document] : documents.children(path + "/" + std::string(collection))) documents.erase(at);
    Node resource = map_node();
    set_text(resource, "id", root);
    set_text(resource, "path", "/");
    documents.put(child(path + "/resources", root), resource);
    if (!api.name.empty()) set_text(head, "name", api.name);
  }
  set_unless_empty(head, "description", api.description);
  set_unless_empty(head, "version", api.version);
  set_unless_empty(head, "apiKeySource", api.api_key_source);
  set_unless_empty(head, "policy", api.policy);
  if (api.minimum_compression_size >= 0) head.set("minimumCompressionSize", number_node(api.minimum_compression_size));
  if (!api.definition.binary_media_types.empty())
    head.set("binaryMediaTypes", list_of(api.definition.binary_media_types));
  if (!api.endpoint_types.empty()) child_map(head, "endpointConfiguration").set("types", list_of(api.endpoint_types));
  if (api.disable_execute_api_endpoint) head.set("disableExecuteApiEndpoint", boolean_node(true));

  const Ids authorizers = put_authorizers(request, path, api.definition);
  const Ids validators = put_parts(request, path, api.definition);
  Ids resources = {{"/", root}};  // by path
  for (const auto& [at, document] : documents.children(path + "/resources"))
    resources[text_in(document, "path")] = text_in(document, "id");
  std::vector<const Resource*> in_order;
  for (const Resource& resource : api.definition.resources) in_order.push_back(&resource);
  std::sort(in_order.begin(), in_order.end(), [](auto* a, auto* b) { return a->path < b->path; });
  for (const Resource* resource : in_order) {
    std::string& id = resources[resource->path];
    if (id.empty()) {
      id = new_id(6);
      const size_t slash = resource->path.rfind('/');
      Node node = map_node();
      set_text(node, "id", id);
      set_text(node, "parentId", resources[slash == 0 ? "/" : resource->path.substr(0, slash)]);
      set_text(node, "pathPart", resource->path_part);
      set_text(node, "path", resource->path);
      documents.put(child(path + "/resources", id), node);
    }
    for (const auto& [verb, method] : resource->methods)
      put_method(request, child(child(path + "/resources", id) + "/methods", verb), method, id, authorizers,
                 validators);
  }
}

void put_v2_definition(ControlRequest& request, const std::string& path, Node& head, const Api& api) {
  Documents& documents = request.documents;
  for (std::string_view collection : {"routes", "integrations", "authorizers"})
    for (const auto& [at, document] : documents.children(path + "/" + std::string(collection))) documents.erase(at);
  if (!api.name.empty()) set_text(head, "name", api.name);
  set_unless_empty(head, "description", api.description);
  set_unless_empty(head, "version", api.version);
  if (!api.tags.empty()) head.set("tags", map_of(api.tags));
  if (api.disable_execute_api_endpoint) head.set("disableExecuteApiEndpoint", boolean_node(true));
  erase_member(head, "corsConfiguration");
  if (api.cors) {
    Node cors = map_node();
    const auto set_list = [&](std::string_view name, const std::vector<std::string>& texts) {
      if (!texts.empty()) cors.set(name, list_of(texts));
    };
    set_list("allowOrigins", api.cors->allow_origins);
    set_list("allowMethods", api.cors->allow_methods);
    set_list("allowHeaders", api.cors->allow_headers);
    set_list("exposeHeaders", api.cors->expose_headers);
    if (api.cors->max_age) cors.set("maxAge", number_node(*api.cors->max_age));
    if (api.cors->allow_credentials) cors.set("allowCredentials", boolean_node(true));
    head.set("corsConfiguration", std::move(cors));
  }
  Ids authorizers;
  for (const Authorizer& a : api.definition.authorizers) {
    const std::string id = authorizers[a.id] = new_id(6);
    Node node = map_node();
    set_text(node, "authorizerId", id);
    set_text(node, "name", a.name);
    set_text(node, "authorizerType", a.type);
    set_unless_empty(node, "authorizerUri", a.uri);
    set_unless_empty(node, "authorizerCredentialsArn", a.credentials);
    std::vector<std::string> sources;
    for (size_t from = 0; from < a.identity_source.size();) {
      const size_t comma = std::min(a.identity_source.find(',', from), a.identity_source.size());
      sources.push_back(a.identity_source.substr(from, comma - from));
      from = comma + 1;
    }
    node.set("identitySource", list_of(sources));
    set_unless_empty(node, "authorizerPayloadFormatVersion", a.payload_format_version);
    if (a.result_ttl_seconds >= 0) node.set("authorizerResultTtlInSeconds", number_node(a.result_ttl_seconds));
    if (a.type == "REQUEST") node.set("enableSimpleResponses", boolean_node(a.simple_responses));
    if (!a.jwt_issuer.empty()) {
      Node& jwt = child_map(node, "jwtConfiguration");
      set_text(jwt, "issuer", a.jwt_issuer);
      jwt.set("audience", list_of(a.jwt_audience));
    }
    documents.put(path + "/authorizers/" + id, node);
  }
  Ids integrations;
  for (const Integration& i : api.definition.integrations) {
    const std::string id = integrations[i.id] = new_id(7);
    Node node = map_node();
    set_text(node, "integrationId", id);
    set_text(node, "integrationType", i.type);
    set_unless_empty(node, "integrationSubtype", i.subtype);
    set_unless_empty(node, "integrationMethod", i.http_method);
    set_unless_empty(node, "integrationUri", i.uri);
    set_text(node, "connectionType", i.connection_type.empty() ? "INTERNET" : i.connection_type);
    set_unless_empty(node, "connectionId", i.connection_id);
    set_unless_empty(node, "credentialsArn", i.credentials);
    set_text(node, "payloadFormatVersion", i.payload_format_version.empty() ? "1.0" : i.payload_format_version);
    node.set("timeoutInMillis", number_node(i.timeout_ms > 0 ? i.timeout_ms : 30000));
    set_map(node, "requestParameters", i.request_parameters);
    for (const auto& [status, mapping] : i.response_mappings)
      child_map(node, "responseParameters").set(status, map_of(mapping));
    documents.put(path + "/integrations/" + id, node);
  }
  for (const Route& r : api.definition.routes) {
    const std::string id = new_id(7);
    Node node = map_node();
    set_text(node, "routeId", id);
    set_text(node, "routeKey", r.route_key);
    const std::string target = r.target.substr(r.target.find('/') + 1);
    if (const auto found = integrations.find(target); found != integrations.end())
      set_text(node, "target", "integrations/" + found->second);
    set_text(node, "authorizationType", r.authorization_type);
    if (const auto found = authorizers.find(r.authorizer_id); found != authorizers.end())
      set_text(node, "authorizerId", found->second);
    if (!r.authorization_scopes.empty()) node.set("authorizationScopes", list_of(r.authorization_scopes));
    node.set("apiKeyRequired", boolean_node(r.api_key_required));
    set_unless_empty(node, "operationName", r.operation_name);
    documents.put(path + "/routes/" + id, node);
  }
}

}  // namespace stator::gateway::control
