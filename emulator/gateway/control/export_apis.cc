// GetExport and ExportApi: an API as an OpenAPI document, OpenAPI 3 or (REST APIs) Swagger 2, as JSON or YAML. What
// comes out goes in again by an import.
#include <algorithm>

#include "emulator/gateway/control/build_api.h"
#include "emulator/gateway/control/documentation.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "protocol/json/json_writer.h"
#include "protocol/wire_message.h"

namespace stator::gateway::control {
namespace {

Node text_map(const StringMap& map) {
  Node node = map_node();
  for (const auto& [name, value] : map) set_text(node, name, value);
  return node;
}

Node text_list(const std::vector<std::string>& texts) {
  Node node = list_node();
  for (const std::string& text : texts) node.items.push_back(text_node(text));
  return node;
}

// Block style; every string in quotes, as JSON writes them, which YAML reads the same.
void append_yaml(const Node& node, size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  if (node.is_map() && !node.members.empty()) {
    for (const Member& m : node.members) {
      out += "\n" + pad;
      append_json_string(m.name, out);
      out += ":";
      append_yaml(m.value, indent + 2, out);
    }
  } else if (node.is_list() && !node.items.empty()) {
    for (const Node& item : node.items) {
      out += "\n" + pad + "-";
      append_yaml(item, indent + 2, out);
    }
  } else {
    out += " ";
    templates::append_json(node, out);
  }
}

Node integration_extension(const Integration& i, bool rest) {
  Node node = map_node();
  set_text(node, "type", lower_ascii(i.type));
  set_unless_empty(node, "httpMethod", i.http_method);
  set_unless_empty(node, "uri", i.uri);
  set_unless_empty(node, "credentials", i.credentials);
  set_unless_empty(node, "payloadFormatVersion", rest ? "" : i.payload_format_version);
  set_unless_empty(node, "integrationSubtype", i.subtype);
  if (i.connection_type == "VPC_LINK") {
    set_text(node, "connectionType", i.connection_type);
    set_text(node, "connectionId", i.connection_id);
  }
  if (!i.request_parameters.empty()) node.set("requestParameters", text_map(i.request_parameters));
  if (!i.request_templates.empty()) node.set("requestTemplates", text_map(i.request_templates));
  set_unless_empty(node, "passthroughBehavior", lower_ascii(i.passthrough_behavior));
  set_unless_empty(node, "contentHandling", i.content_handling);
  if (i.timeout_ms > 0) node.set("timeoutInMillis", number_node(i.timeout_ms));
  for (const auto& [status, mapping] : i.response_mappings)
    child_map(node, "responseParameters").set(status, text_map(mapping));
  for (const IntegrationResponse& r : i.responses) {
    Node response = map_node();
    set_text(response, "statusCode", r.status_code);
    if (!r.response_parameters.empty()) response.set("responseParameters", text_map(r.response_parameters));
    if (!r.response_templates.empty()) response.set("responseTemplates", text_map(r.response_templates));
    set_unless_empty(response, "contentHandling", r.content_handling);
    child_map(node, "responses")
        .set(r.selection_pattern.empty() ? "default" : r.selection_pattern, std::move(response));
  }
  return node;
}

struct Export {
  const Api& api;
  const ApiDefinition& definition;
  bool swagger = false;
  bool integrations = false;
  bool authorizers = false;

  Node schema_of(const std::string& model) const {
    Node schema = map_node();
    set_text(schema, "$ref", (swagger ? "#/definitions/" : "#/components/schemas/") + model);
    return schema;
  }

  Node parameter(const std::string& name, const std::string& in, bool required) const {
    Node node = map_node();
    set_text(node, "name", name);
    set_text(node, "in", in);
    node.set("required", boolean_node(required || in == "path"));
    Node type = map_node();
    set_text(type, "type", "string");
    if (swagger)
      set_text(node, "type", "string");
    else
      node.set("schema", std::move(type));
    return node;
  }

  void add_security(Node& operation, const std::string& type, const std::string& authorizer, bool api_key,
                    const std::vector<std::string>& scopes) const {
    Node list = list_node();
    const auto need = [&](const std::string& name, const std::vector<std::string>& of) {
      Node entry = map_node();
      entry.set(name, text_list(of));
      list.items.push_back(std::move(entry));
    };
    const auto known = std::find_if(definition.authorizers.begin(), definition.authorizers.end(),
                                    [&](const Authorizer& a) { return a.id == authorizer; });
    if (type == "AWS_IAM") need("sigv4", {});
    if (known != definition.authorizers.end()) need(known->name, scopes);
    if (api_key) need("api_key", {});
    if (!list.items.empty()) operation.set("security", std::move(list));
  }

  Node rest_operation(const Method& m) const {
    Node operation = map_node();
    set_unless_empty(operation, "operationId", m.operation_name);
    Node parameters = list_node();
    for (const auto& [name, required] : m.request_parameters) {
      const std::string rest = name.substr(sizeof "method.request." - 1);
      const size_t dot = rest.find('.');
      const std::string place = rest.substr(0, dot);
      parameters.items.push_back(parameter(rest.substr(dot + 1), place == "querystring" ? "query" : place, required));
    }
    if (!m.request_models.empty() && swagger) {
      Node body = map_node();
      set_text(body, "in", "body");
      set_text(body, "name", m.request_models.begin()->second);
      body.set("required", boolean_node(true));
      body.set("schema", schema_of(m.request_models.begin()->second));
      parameters.items.push_back(std::move(body));
      Node consumes = list_node();
      for (const auto& [type, model] : m.request_models) consumes.items.push_back(text_node(type));
      operation.set("consumes", std::move(consumes));
    }
    if (!parameters.items.empty()) operation.set("parameters", std::move(parameters));
    if (!m.request_models.empty() && !swagger) {
      Node& body = child_map(operation, "requestBody");
      for (const auto& [type, model] : m.request_models)
        child_map(child_map(body, "content"), type).set("schema", schema_of(model));
      body.set("required", boolean_node(true));
    }
    Node& responses = child_map(operation, "responses");
    for (const MethodResponse& r : m.responses) {
      Node& response = child_map(responses, r.status_code);
      set_text(response, "description", r.status_code + " response");
      for (const auto& [name, required] : r.response_parameters) {
        Node type = map_node();
        set_text(type, "type", "string");
        Node& header = child_map(child_map(response, "headers"), name.substr(name.rfind('.') + 1));
        if (swagger)
          header = type;
        else
          header.set("schema", type);
      }
      for (const auto& [type, model] : r.response_models) {
        if (swagger)
          response.set("schema", schema_of(model));
        else
          child_map(child_map(response, "content"), type).set("schema", schema_of(model));
      }
    }
    add_security(operation, m.authorization_type, m.authorizer_id, m.api_key_required, m.authorization_scopes);
    if (integrations) {
      for (const RequestValidator& v : definition.request_validators)
        if (v.id == m.request_validator_id) set_text(operation, "x-amazon-apigateway-request-validator", v.name);
      if (m.integration) operation.set("x-amazon-apigateway-integration", integration_extension(*m.integration, true));
    }
    return operation;
  }

  static std::string verb_of(const std::string& method) {
    return method == "ANY" ? "x-amazon-apigateway-any-method" : lower_ascii(method);
  }

  void add_rest(Node& document) const {
    Node& paths = child_map(document, "paths");
    for (const Resource& resource : definition.resources)
      for (const auto& [verb, method] : resource.methods)
        child_map(paths, resource.path).set(verb_of(verb), rest_operation(method));
    for (const Model& m : definition.models) {
      Node& schemas =
          swagger ? child_map(document, "definitions") : child_map(child_map(document, "components"), "schemas");
      schemas.set(m.name, local_refs(parse_document(m.schema).value_or(map_node())));
    }
    if (!integrations) return;
    if (!definition.binary_media_types.empty())
      document.set("x-amazon-apigateway-binary-media-types", text_list(definition.binary_media_types));
    for (const RequestValidator& v : definition.request_validators) {
      Node& validator = child_map(child_map(document, "x-amazon-apigateway-request-validators"), v.name);
      validator.set("validateRequestBody", boolean_node(v.validate_request_body));
      validator.set("validateRequestParameters", boolean_node(v.validate_request_parameters));
    }
    for (const GatewayResponse& r : definition.gateway_responses) {
      Node& response = child_map(child_map(document, "x-amazon-apigateway-gateway-responses"), r.response_type);
      set_unless_empty(response, "statusCode", r.status_code);
      response.set("responseParameters", text_map(r.response_parameters));
      response.set("responseTemplates", text_map(r.response_templates));
    }
  }

  // The service's own names of models become the document's.
  Node local_refs(Node schema) const {
    for (Node& item : schema.items) item = local_refs(std::move(item));
    for (Member& m : schema.members) {
      if (m.name == "$ref" && m.value.text.starts_with("https://apigateway.amazonaws.com/"))
        m.value = *schema_of(m.value.text.substr(m.value.text.rfind('/') + 1)).find("$ref");
      else
        m.value = local_refs(std::move(m.value));
    }
    return schema;
  }

  void add_v2(Node& document) const {
    Node& paths = child_map(document, "paths");
    for (const Route& route : definition.routes) {
      Node operation = map_node();
      set_unless_empty(operation, "operationId", route.operation_name);
      set_text(child_map(child_map(operation, "responses"), "default"), "description",
               "Default response for " + route.route_key);
      add_security(operation, route.authorization_type, route.authorizer_id, false, route.authorization_scopes);
      const std::string id = route.target.substr(route.target.find('/') + 1);
      for (const Integration& i : definition.integrations)
        if (integrations && i.id == id)
          operation.set("x-amazon-apigateway-integration", integration_extension(i, false));
      const size_t space = route.route_key.find(' ');
      if (space == std::string::npos) {
        child_map(paths, "/$default").set("x-amazon-apigateway-any-method", std::move(operation));
        continue;
      }
      const std::string path = route.route_key.substr(space + 1);
      Node parameters = list_node();
      for (size_t open = 0; (open = path.find('{', open)) != std::string::npos; ++open)
        parameters.items.push_back(
            parameter(path.substr(open + 1, path.find_first_of("+}", open) - open - 1), "path", true));
      if (!parameters.items.empty()) operation.set("parameters", std::move(parameters));
      child_map(paths, path).set(verb_of(route.route_key.substr(0, space)), std::move(operation));
    }
    if (!integrations || !api.cors) return;
    Node& cors = child_map(document, "x-amazon-apigateway-cors");
    cors.set("allowOrigins", text_list(api.cors->allow_origins));
    cors.set("allowMethods", text_list(api.cors->allow_methods));
    cors.set("allowHeaders", text_list(api.cors->allow_headers));
    cors.set("exposeHeaders", text_list(api.cors->expose_headers));
    if (api.cors->max_age) cors.set("maxAge", number_node(*api.cors->max_age));
    cors.set("allowCredentials", boolean_node(api.cors->allow_credentials));
  }

  void add_authorizers(Node& document) const {
    Node schemes = map_node();
    for (const Authorizer& a : definition.authorizers) {
      Node& scheme = child_map(schemes, a.name);
      set_text(scheme, "type", a.type == "JWT" ? "oauth2" : "apiKey");
      if (a.type != "JWT") {
        set_text(scheme, "name", a.identity_source.substr(a.identity_source.rfind('.') + 1));
        set_text(scheme, "in", "header");
      }
      if (!authorizers) continue;
      Node& details = child_map(scheme, "x-amazon-apigateway-authorizer");
      set_text(details, "type", lower_ascii(a.type));
      set_unless_empty(details, "authorizerUri", a.uri);
      set_unless_empty(details, "identitySource", a.identity_source);
      set_unless_empty(details, "identityValidationExpression", a.identity_validation_expression);
      set_unless_empty(details, "authorizerPayloadFormatVersion", a.payload_format_version);
      if (a.result_ttl_seconds >= 0) details.set("authorizerResultTtlInSeconds", number_node(a.result_ttl_seconds));
      if (a.simple_responses) details.set("enableSimpleResponses", boolean_node(true));
      if (!a.provider_arns.empty()) details.set("providerARNs", text_list(a.provider_arns));
      if (!a.jwt_issuer.empty()) {
        set_text(child_map(details, "jwtConfiguration"), "issuer", a.jwt_issuer);
        child_map(details, "jwtConfiguration").set("audience", text_list(a.jwt_audience));
      }
    }
    const bool keys = std::any_of(definition.resources.begin(), definition.resources.end(), [](const Resource& r) {
      return std::any_of(r.methods.begin(), r.methods.end(), [](const auto& m) { return m.second.api_key_required; });
    });
    if (keys) {
      Node& key = child_map(schemes, "api_key");
      set_text(key, "type", "apiKey");
      set_text(key, "name", "x-api-key");
      set_text(key, "in", "header");
    }
    if (schemes.members.empty()) return;
    if (swagger)
      document.set("securityDefinitions", std::move(schemes));
    else
      child_map(document, "components").set("securitySchemes", std::move(schemes));
  }
};

Node document_of(const ControlRequest& request, const Export& what, const std::string& stage) {
  Node document = map_node();
  set_text(document, what.swagger ? "swagger" : "openapi", what.swagger ? "2.0" : "3.0.1");
  Node& info = child_map(document, "info");
  set_text(info, "title", what.api.name);
  set_unless_empty(info, "description", what.api.description);
  set_text(info, "version", what.api.version.empty() ? "1.0" : what.api.version);
  const std::string host = what.api.id + ".execute-api." + request.region + ".amazonaws.com";
  if (what.swagger) {
    set_text(document, "host", host);
    set_text(document, "basePath", "/" + stage);
    document.set("schemes", text_list({"https"}));
  } else {
    Node server = map_node();
    set_text(server, "url", "https://" + host + "/{basePath}");
    set_text(child_map(child_map(server, "variables"), "basePath"), "default", stage == "$default" ? "" : stage);
    Node servers = list_node();
    servers.items.push_back(std::move(server));
    document.set("servers", std::move(servers));
  }
  if (what.api.protocol == "REST")
    what.add_rest(document);
  else
    what.add_v2(document);
  what.add_authorizers(document);
  return document;
}

void answer(ControlRequest& request, const Node& document, bool yaml, const std::string& name) {
  if (yaml) {
    append_yaml(document, 0, request.reply.raw);
    request.reply.raw = "---" + request.reply.raw + "\n";
  } else {
    request.reply.raw = text_of(document);
  }
  const std::string type = yaml ? "application/yaml" : "application/json";
  request.reply.headers = {{"Content-Type", type},
                           {"Content-Disposition", "attachment; filename=\"" + name + (yaml ? ".yaml\"" : ".json\"")}};
}

void export_rest(ControlRequest& request) {
  require_api(request);
  const std::string path = api_path(request), &stage_name = request.name("stage_name"),
                    &type = request.name("export_type");
  if (!request.documents.has(child(path + "/stages", stage_name)))
    throw not_found("Invalid stage identifier specified");
  if (type != "oas30" && type != "swagger") throw bad_request("No API exporter for type '" + type + "'");
  const std::shared_ptr<Api> api = api_of(request.documents, path);
  const Stage* stage = api->stage(stage_name);
  const Deployment* deployment = stage ? api->deployment(stage->deployment_id) : nullptr;
  if (deployment == nullptr) throw bad_request("The stage has no deployment");
  std::string extensions;
  for (const auto& [key, value] : request.query)
    if (key == "extensions") extensions += value + ",";
  const bool all = extensions.find("apigateway") != std::string::npos;
  const Export what{*api, *deployment->definition, type == "swagger",
                    all || extensions.find("integrations") != std::string::npos,
                    all || extensions.find("authorizers") != std::string::npos};
  Node document = document_of(request, what, stage_name);
  if (extensions.find("documentation") != std::string::npos)
    document.set(kDocumentation, documentation_of(request.documents, path,
                                                  *request.documents.find(child(path + "/stages", stage_name))));
  answer(request, document, request.accept.find("yaml") != std::string::npos, type == "swagger" ? "swagger" : "oas30");
}

void export_v2(ControlRequest& request) {
  Node head = require_api(request);
  const std::string path = api_path(request), stage_name = request.asked("stageName"),
                    output = request.asked("outputType");
  if (request.name("specification") != "OAS30") throw bad_request("Invalid specification. Valid options are OAS30");
  if (output != "JSON" && output != "YAML") throw bad_request("Invalid outputType. Valid options are JSON, YAML");
  if (text_in(head, "protocolType") != "HTTP") throw bad_request("Only HTTP APIs can be exported");
  const std::shared_ptr<Api> api = api_of(request.documents, path);
  std::shared_ptr<const ApiDefinition> definition;
  if (stage_name.empty()) {
    definition = std::make_shared<ApiDefinition>(definition_of(draft_of(request.documents, path, head), false));
  } else {
    const Stage* stage = api->stage(stage_name);
    const Deployment* deployment = stage ? api->deployment(stage->deployment_id) : nullptr;
    if (deployment == nullptr) throw not_found("Invalid stage identifier specified");
    definition = deployment->definition;
  }
  const bool extensions = request.asked("includeExtensions", "true") == "true";
  const Export what{*api, *definition, false, extensions, extensions};
  answer(request, document_of(request, what, stage_name.empty() ? "$default" : stage_name), output == "YAML", "oas30");
}

}  // namespace

bool run_exports(ControlRequest& request) {
  if (request.operation.name != "GetExport" && request.operation.name != "ExportApi") return false;
  if (request.is_rest())
    export_rest(request);
  else
    export_v2(request);
  return true;
}

}  // namespace stator::gateway::control
