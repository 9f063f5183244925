#include "emulator/gateway/import/openapi.h"

#include <algorithm>
#include <array>

#include "emulator/gateway/import/access_source.h"
#include "emulator/gateway/import/api_builder.h"
#include "emulator/gateway/import/function_source.h"
#include "emulator/gateway/integration_uri.h"
#include "emulator/gateway/text_parts.h"
#include "emulator/templates/reader.h"
#include "protocol/wire_message.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;

constexpr std::array<std::string_view, 7> kVerbs = {"get", "put", "post", "delete", "options", "head", "patch"};

class OpenApiReader {
 public:
  OpenApiReader(const Node& document, Api& api, Imported& out, const ImportOptions& options)
      : doc_(document), api_(api), out_(out), options_(options), http_(api.protocol == "HTTP") {}

  void read() {
    if (const Node* info = doc_.find("info")) {
      if (const Node* title = info->find("title"); title && api_.name.empty()) api_.name = title->string("title");
      if (const Node* text = info->find("description"); text && api_.description.empty())
        api_.description = text->string("description");
      if (const Node* version = info->find("version")) api_.version = version->string("version");
    }
    read_extensions();
    read_models();
    read_authorizers();
    const Node* paths = doc_.find("paths");
    const std::string base = base_path();
    if (!paths) return;
    if (!paths->is_map()) paths->fail("paths: expected a map");
    for (const Member& path : paths->members) {
      if (path.name.starts_with("x-")) continue;
      const Node& item = follow(path.value);
      if (!item.is_map()) item.fail(path.name + ": expected a map of methods");
      for (const Member& verb : item.members) {
        std::string method;
        if (std::find(kVerbs.begin(), kVerbs.end(), verb.name) != kVerbs.end())
          method = upper(verb.name);
        else if (verb.name == "x-amazon-apigateway-any-method")
          method = "ANY";
        else
          continue;
        // "/$default" is a route's key and no path.
        operation((path.name == "/$default" ? "" : base) + path.name, method, verb.value, item);
      }
    }
  }

 private:
  const Node& follow(const Node& node, int hops = 0) const {
    const Node* ref = node.is_map() ? node.find("$ref") : nullptr;
    if (!ref) return node;
    const std::string& target = ref->string("$ref");
    if (!target.starts_with("#/"))
      ref->fail("$ref \"" + target + "\": only references inside the document are known here");
    if (hops > 20) ref->fail("$ref \"" + target + "\" goes round in a circle");
    const Node* at = &doc_;
    for (size_t from = 2; from <= target.size();) {
      const size_t slash = std::min(target.find('/', from), target.size());
      at = at->find(pointer_part(std::string_view(target).substr(from, slash - from)));
      if (!at) ref->fail("$ref \"" + target + "\": there is no such thing in the document");
      from = slash + 1;
    }
    return follow(*at, hops + 1);
  }

  const Node* first_server() const {
    const Node* servers = doc_.find("servers");
    return servers && servers->is_list() && !servers->items.empty() ? &servers->items.front() : nullptr;
  }

  // Swagger's basePath; of OpenAPI 3 the variable of that name, or the path of the first server's URL.
  std::string base_path() const {
    if (options_.base_path == ImportOptions::BasePath::kIgnore) return {};
    std::string base;
    if (const Node* given = doc_.find("basePath")) base = given->string("basePath");
    if (const Node* server = first_server()) {
      const Node* variables = server->find("variables");
      const Node* variable = variables ? variables->find("basePath") : nullptr;
      const Node *usual = variable ? variable->find("default") : nullptr, *url = server->find("url");
      if (usual) {
        base = usual->string("default");
      } else if (url) {
        const std::string& text = url->string("url");
        const size_t host = text.find("://");
        const size_t slash = text.find('/', host == std::string::npos ? 0 : host + 3);
        if (slash != std::string::npos) base = text.substr(slash);
      }
    }
    if (!base.starts_with('/')) base.insert(0, "/");
    if (options_.base_path == ImportOptions::BasePath::kSplit) base.erase(0, std::min(base.find('/', 1), base.size()));
    while (base.ends_with('/')) base.pop_back();
    return base;
  }

  void read_extensions() {
    if (const Node* types = doc_.find("x-amazon-apigateway-binary-media-types"))
      api_.definition.binary_media_types = string_list(*types, "x-amazon-apigateway-binary-media-types");
    if (const Node* source = doc_.find("x-amazon-apigateway-api-key-source"))
      api_.api_key_source = upper(source->string("api-key-source"));
    if (const Node* size = doc_.find("x-amazon-apigateway-minimum-compression-size"))
      api_.minimum_compression_size = static_cast<int>(size->integer("minimum-compression-size"));
    if (const Node* policy = doc_.find("x-amazon-apigateway-policy")) {
      api_.policy.clear();
      append_json(*policy, api_.policy);
    }
    const Node* endpoint = doc_.find("x-amazon-apigateway-endpoint-configuration");
    if (const Node* server = first_server(); server && !endpoint)
      endpoint = server->find("x-amazon-apigateway-endpoint-configuration");
    if (endpoint) {
      if (const Node* types = endpoint->find("types")) api_.endpoint_types = string_list(*types, "types");
      if (const Node* off = endpoint->find("disableExecuteApiEndpoint"))
        api_.disable_execute_api_endpoint = off->boolean("disableExecuteApiEndpoint");
    }
    if (const Node* tags = doc_.find("tags"); tags && http_)
      for (const Node& tag : tags->items)
        if (const Node* name = tag.find("name"), *value = tag.find("x-amazon-apigateway-tag-value"); name && value)
          api_.tags[name->string("name")] = value->string("x-amazon-apigateway-tag-value");
    if (const Node* validators = doc_.find("x-amazon-apigateway-request-validators")) {
      for (const Member& m : validators->members) {
        RequestValidator v{m.name, m.name, false, false};
        if (const Node* body = m.value.find("validateRequestBody"))
          v.validate_request_body = body->boolean("validateRequestBody");
        if (const Node* p = m.value.find("validateRequestParameters"))
          v.validate_request_parameters = p->boolean("validateRequestParameters");
        api_.definition.request_validators.push_back(v);
      }
    }
    if (const Node* responses = doc_.find("x-amazon-apigateway-gateway-responses")) {
      for (const Member& m : responses->members) {
        GatewayResponse r;
        r.response_type = m.name;
        if (const Node* status = m.value.find("statusCode")) r.status_code = status->string("statusCode");
        if (const Node* p = m.value.find("responseParameters"))
          r.response_parameters = string_map(*p, "responseParameters");
        if (const Node* t = m.value.find("responseTemplates"))
          r.response_templates = string_map(*t, "responseTemplates");
        api_.definition.gateway_responses.push_back(std::move(r));
      }
    }
    if (const Node* cors = doc_.find("x-amazon-apigateway-cors")) {
      Cors c;
      if (const Node* n = cors->find("allowOrigins")) c.allow_origins = string_list(*n, "allowOrigins");
      if (const Node* n = cors->find("allowMethods")) c.allow_methods = string_list(*n, "allowMethods");
      if (const Node* n = cors->find("allowHeaders")) c.allow_headers = string_list(*n, "allowHeaders");
      if (const Node* n = cors->find("exposeHeaders")) c.expose_headers = string_list(*n, "exposeHeaders");
      if (const Node* n = cors->find("maxAge")) c.max_age = n->integer("maxAge");
      if (const Node* n = cors->find("allowCredentials")) c.allow_credentials = n->boolean("allowCredentials");
      api_.cors = std::move(c);
    }
  }

  void read_models() {
    const Node* components = doc_.find("components");
    const Node* schemas = components ? components->find("schemas") : doc_.find("definitions");
    if (!schemas || http_) return;
    for (const Member& m : schemas->members) {
      Model model;
      model.id = templates::api_id_for(m.name).substr(0, 6);
      model.name = m.name;
      model.content_type = "application/json";
      append_json(as_model(m.value), model.schema);
      api_.definition.models.push_back(std::move(model));
    }
  }

  // "#/components/schemas/X" becomes the service's own name of a model.
  Node as_model(const Node& schema) const {
    Node out = schema;
    rewrite(out, 0);
    return out;
  }

  void rewrite(Node& node, int depth) const {
    if (depth > 100) node.fail("nested too deeply");
    for (Node& item : node.items) rewrite(item, depth + 1);
    for (Member& m : node.members) {
      if (m.name == "$ref" && m.value.is_scalar() && m.value.text.starts_with("#/"))
        m.value.text = "https://apigateway.amazonaws.com/restapis/" + api_.id + "/models/" +
                       m.value.text.substr(m.value.text.rfind('/') + 1);
      else
        rewrite(m.value, depth + 1);
    }
  }

  void read_authorizers() {
    const Node* components = doc_.find("components");
    const Node* schemes = components ? components->find("securitySchemes") : doc_.find("securityDefinitions");
    if (!schemes) return;
    for (const Member& m : schemes->members) {
      const Node* details = m.value.find("x-amazon-apigateway-authorizer");
      if (!details) continue;
      Authorizer a;
      a.id = m.name;
      a.name = m.name;
      if (const Node* n = details->find("type")) a.type = upper(n->string("type"));
      if (const Node* n = m.value.find("x-amazon-apigateway-authtype")) a.auth_type = n->string("authtype");
      if (const Node* n = details->find("authorizerUri")) a.uri = n->string("authorizerUri");
      if (const Node* n = details->find("authorizerCredentials")) a.credentials = n->string("authorizerCredentials");
      if (const Node* n = details->find("identitySource")) {
        const std::vector<std::string> sources = string_list(*n, "identitySource");
        for (const std::string& source : sources) a.identity_source += (a.identity_source.empty() ? "" : ",") + source;
      }
      if (const Node* n = details->find("identityValidationExpression"))
        a.identity_validation_expression = n->string("identityValidationExpression");
      if (const Node* n = details->find("authorizerResultTtlInSeconds"))
        a.result_ttl_seconds = static_cast<int>(n->integer("ttl"));
      if (const Node* n = details->find("authorizerPayloadFormatVersion"))
        a.payload_format_version = n->string("version");
      if (const Node* n = details->find("enableSimpleResponses"))
        a.simple_responses = n->boolean("enableSimpleResponses");
      if (const Node* n = details->find("providerARNs")) a.provider_arns = string_list(*n, "providerARNs");
      if (const Node* jwt = details->find("jwtConfiguration")) {
        if (const Node* n = jwt->find("issuer")) a.jwt_issuer = n->string("issuer");
        if (const Node* n = jwt->find("audience")) a.jwt_audience = string_list(*n, "audience");
      }
      if (const Node* n = details->find("x-stator-jwks"))
        a.key_file = templates::beside(n->file ? *n->file : "", n->string("x-stator-jwks"));
      // The scheme names the header.
      const Node* header = m.value.find("name");
      if (a.identity_source.empty() && header && !http_ && a.type != "REQUEST")
        a.identity_source = "method.request.header." + header->string("name");
      note_authorizer(a, *details, out_);
      api_.definition.authorizers.push_back(std::move(a));
    }
  }

  void operation(const std::string& path, const std::string& method, const Node& op, const Node& item) {
    const std::string route = method + " " + path;
    Integration integration;
    const Node* extension = op.find("x-amazon-apigateway-integration");
    const Node* handler = op.find("x-stator-handler");
    if (extension) integration = read_integration(follow(*extension));
    if (handler) integration = handled(*handler, op, route, std::move(integration));
    const bool integrated = extension || handler;
    if (!integrated && options_.integrations_required)
      op.fail(route + ": expected x-amazon-apigateway-integration or x-stator-handler");
    if (integrated) note_use(integration, extension ? *extension : *handler, route, out_);
    if (http_) {
      Route r;
      if (const Node* id = op.find("operationId")) r.operation_name = id->string("operationId");
      security(op, r);
      if (integration.payload_format_version.empty() && integration.type == "AWS_PROXY")
        integration.payload_format_version = handler ? "2.0" : "1.0";
      set_route(api_, path == "/$default" ? "$default" : route, std::move(integration), std::move(r));
      if (!integrated) {
        api_.definition.routes.back().target.clear();
        api_.definition.integrations.pop_back();
      }
      return;
    }
    Method m;
    m.http_method = method;
    if (const Node* id = op.find("operationId")) m.operation_name = id->string("operationId");
    security(op, m);
    const Node* validator = op.find("x-amazon-apigateway-request-validator");
    if (!validator) validator = doc_.find("x-amazon-apigateway-request-validator");
    if (validator) {
      m.request_validator_id = validator->string("x-amazon-apigateway-request-validator");
      const auto& known = api_.definition.request_validators;
      if (std::none_of(known.begin(), known.end(),
                       [&](const RequestValidator& v) { return v.id == m.request_validator_id; }))
        validator->fail("request validator \"" + m.request_validator_id +
                        "\" is not in x-amazon-apigateway-request-validators");
    }
    parameters(op, item, m);
    responses(op, m);
    if (integrated) m.integration = std::move(integration);
    resource_at(api_, path, op).methods[method] = std::move(m);
  }

  // x-stator-handler: the name of a function, or the function itself.
  Integration handled(const Node& handler, const Node& op, const std::string& route, Integration integration) {
    std::string name;
    if (handler.is_scalar()) {
      name = handler.text;
    } else {
      FunctionConfig config;
      config.source_file = handler.file ? *handler.file : "";
      config.source_line = handler.line;
      const Node* given = handler.find("name") ? handler.find("name") : handler.find("Name");
      const Node* id = op.find("operationId");
      config.name = given ? given->string("name") : id ? id->string("operationId") : route;
      if (!given && !id) {
        for (char& c : config.name)
          if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
      }
      overlay_function(handler, config);
      complete_function(handler, config, names_kind(handler));
      // A URI that already names a function is answered by this handler.
      const std::string called = function_in_uri(integration.uri);
      if (config.arn.empty())
        config.arn = called.starts_with("arn:") ? called : function_arn(options_.templates, config.name);
      name = config.arn;
      if (std::none_of(out_.functions.begin(), out_.functions.end(),
                       [&](const FunctionConfig& f) { return f.name == config.name; }))
        out_.functions.push_back(std::move(config));
    }
    if (integration.type.empty() || integration.uri.empty()) {
      Integration made = proxy_to(options_.templates, name);
      integration.type = std::move(made.type);
      integration.http_method = std::move(made.http_method);
      integration.uri = std::move(made.uri);
    }
    return integration;
  }

  Integration read_integration(const Node& node) {
    if (!node.is_map()) node.fail("x-amazon-apigateway-integration: expected a map");
    Integration i;
    auto text = [&](const char* name, std::string& to) {
      if (const Node* n = node.find(name)) to = n->string(name);
    };
    const Node* type = node.find("type");
    if (!type) node.fail("x-amazon-apigateway-integration: expected type");
    i.type = upper(type->string("type"));
    if (i.type != "AWS" && i.type != "AWS_PROXY" && i.type != "HTTP" && i.type != "HTTP_PROXY" && i.type != "MOCK")
      type->fail("type: expected aws, aws_proxy, http, http_proxy or mock; found \"" + type->text + "\"");
    text("uri", i.uri);
    text("httpMethod", i.http_method);
    i.http_method = upper(i.http_method) == "X-AMAZON-APIGATEWAY-ANY-METHOD" ? "ANY" : upper(i.http_method);
    text("connectionType", i.connection_type);
    text("connectionId", i.connection_id);
    text("credentials", i.credentials);
    text("integrationSubtype", i.subtype);
    text("payloadFormatVersion", i.payload_format_version);
    text("cacheNamespace", i.cache_namespace);
    text("passthroughBehavior", i.passthrough_behavior);
    i.passthrough_behavior = upper(i.passthrough_behavior);
    text("contentHandling", i.content_handling);
    i.content_handling = upper(i.content_handling);
    text("responseTransferMode", i.response_transfer_mode);
    if (const Node* tls = node.find("tlsConfig"))
      if (const Node* n = tls->find("insecureSkipVerification"))
        i.insecure_skip_verification = n->boolean("insecureSkipVerification");
    if (const Node* n = node.find("timeoutInMillis")) i.timeout_ms = static_cast<int>(n->integer("timeoutInMillis"));
    if (const Node* n = node.find("requestParameters")) i.request_parameters = string_map(*n, "requestParameters");
    if (const Node* n = node.find("requestTemplates")) i.request_templates = string_map(*n, "requestTemplates");
    if (const Node* n = node.find("cacheKeyParameters")) i.cache_key_parameters = string_list(*n, "cacheKeyParameters");
    if (const Node* n = node.find("responseParameters"))
      for (const Member& m : n->members) i.response_mappings[m.name] = string_map(m.value, "responseParameters");
    if (const Node* n = node.find("responses")) {
      for (const Member& m : n->members) {
        IntegrationResponse r;
        r.selection_pattern = m.name == "default" ? "" : m.name;
        if (const Node* s = m.value.find("statusCode")) r.status_code = s->string("statusCode");
        if (const Node* p = m.value.find("responseParameters"))
          r.response_parameters = string_map(*p, "responseParameters");
        if (const Node* t = m.value.find("responseTemplates"))
          r.response_templates = string_map(*t, "responseTemplates");
        if (const Node* c = m.value.find("contentHandling")) r.content_handling = upper(c->string("contentHandling"));
        i.responses.push_back(std::move(r));
      }
    }
    if (i.uri.empty() && i.type != "MOCK" && i.subtype.empty() && !node.find("uri")) {
      // The function is named by x-stator-handler beside the integration.
      if (i.type != "AWS_PROXY") node.fail("x-amazon-apigateway-integration: expected uri");
    }
    return i;
  }

  void parameters(const Node& op, const Node& item, Method& m) {
    const Node* lists[] = {item.find("parameters"), op.find("parameters")};
    for (const Node* list : lists) {
      if (!list) continue;
      if (!list->is_list()) list->fail("parameters: expected a list");
      for (const Node& raw : list->items) {
        const Node& p = follow(raw);
        const Node* name = p.find("name");
        const Node* in = p.find("in");
        if (!name || !in) p.fail("parameter: expected name and in");
        const Node* required_node = p.find("required");
        const bool required = required_node && required_node->boolean("required");
        if (in->text == "body") {
          if (const Node* schema = p.find("schema")) m.request_models["application/json"] = model_for(*schema, m);
          continue;
        }
        const char* place = in->text == "query"    ? "querystring"
                            : in->text == "header" ? "header"
                            : in->text == "path"   ? "path"
                                                   : nullptr;
        if (place) m.request_parameters["method.request." + std::string(place) + "." + name->string("name")] = required;
      }
    }
    if (const Node* raw = op.find("requestBody")) {
      if (const Node* content = follow(*raw).find("content"))
        for (const Member& type : content->members)
          if (const Node* schema = type.value.find("schema")) m.request_models[type.name] = model_for(*schema, m);
    }
  }

  // A schema written in place becomes a model of its own, as the service makes one.
  std::string model_for(const Node& schema, const Method& m) {
    if (const Node* ref = schema.find("$ref")) {
      follow(schema);
      return ref->text.substr(ref->text.rfind('/') + 1);
    }
    Model model;
    model.name = "MODEL" + templates::api_id_for(schema.place() + m.http_method).substr(0, 6);
    model.id = model.name;
    model.content_type = "application/json";
    append_json(as_model(schema), model.schema);
    api_.definition.models.push_back(model);
    return model.name;
  }

  void responses(const Node& op, Method& m) {
    const Node* list = op.find("responses");
    if (!list) return;
    for (const Member& each : list->members) {
      MethodResponse r;
      r.status_code = each.name;
      if (const Node* headers = follow(each.value).find("headers"))
        for (const Member& h : headers->members) r.response_parameters["method.response.header." + h.name] = false;
      if (const Node* content = follow(each.value).find("content")) {
        for (const Member& type : content->members)
          if (const Node* schema = type.value.find("schema"); schema && schema->find("$ref"))
            r.response_models[type.name] = model_for(*schema, m);
      } else if (const Node* schema = follow(each.value).find("schema"); schema && schema->find("$ref")) {  // Swagger 2
        r.response_models["application/json"] = model_for(*schema, m);
      }
      m.responses.push_back(std::move(r));
    }
  }

  template <typename Operation>  // a Method or a Route
  void security(const Node& op, Operation& to) {
    std::string& type = to.authorization_type;
    if (const Node* auth = op.find("x-amazon-apigateway-auth"))
      if (const Node* kind = auth->find("type")) type = upper(kind->string("type"));
    const Node* needs = op.find("security") ? op.find("security") : doc_.find("security");
    if (!needs || !needs->is_list()) return;
    const Node* components = doc_.find("components");
    const Node* schemes = components ? components->find("securitySchemes") : doc_.find("securityDefinitions");
    for (const Node& need : needs->items) {
      for (const Member& m : need.members) {
        const auto& known = api_.definition.authorizers;
        const auto found =
            std::find_if(known.begin(), known.end(), [&](const Authorizer& a) { return a.id == m.name; });
        if (found != known.end()) {
          to.authorizer_id = found->id;
          if (m.value.is_list()) to.authorization_scopes = string_list(m.value, m.name);
          type = found->type == "COGNITO_USER_POOLS" || found->type == "JWT" ? found->type : "CUSTOM";
          continue;
        }
        const Node* scheme = schemes ? schemes->find(m.name) : nullptr;
        const Node* header = scheme ? scheme->find("name") : nullptr;
        if (header && equal_ignoring_case(header->text, "x-api-key")) to.api_key_required = true;
        const Node* auth_type = scheme ? scheme->find("x-amazon-apigateway-authtype") : nullptr;
        if (auth_type && auth_type->text == "awsSigv4") type = "AWS_IAM";
      }
    }
  }

  const Node& doc_;
  Api& api_;
  Imported& out_;
  const ImportOptions& options_;
  bool http_;
};

bool any_node(const Node& node, const std::function<bool(const Member&)>& test) {
  for (const Node& item : node.items)
    if (any_node(item, test)) return true;
  for (const Member& m : node.members)
    if (test(m) || any_node(m.value, test)) return true;
  return false;
}

}  // namespace

bool is_openapi(const Node& document) {
  return document.find("openapi") || document.find("swagger");
}

bool describes_http_api(const Node& document) {
  if (const Node* said = document.find("x-stator-protocol")) {
    const std::string protocol = upper(said->string("x-stator-protocol"));
    if (protocol != "HTTP" && protocol != "REST") said->fail("x-stator-protocol: expected REST or HTTP");
    return protocol == "HTTP";
  }
  if (document.find("swagger")) return false;
  return any_node(document, [](const Member& m) {
    return m.name == "x-amazon-apigateway-cors" || m.name == "/$default" ||
           (m.name == "payloadFormatVersion" && m.value.text == "2.0");
  });
}

void import_openapi(const Node& document, Api& api, Imported& out, const ImportOptions& options) {
  if (!is_openapi(document)) document.fail("expected an OpenAPI document (openapi: or swagger:)");
  OpenApiReader(document, api, out, options).read();
}

}  // namespace stator::gateway
