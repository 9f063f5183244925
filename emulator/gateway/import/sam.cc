#include "emulator/gateway/import/sam.h"

#include <algorithm>
#include <set>

#include "emulator/gateway/import/access_source.h"
#include "emulator/gateway/import/api_builder.h"
#include "emulator/gateway/import/function_source.h"
#include "emulator/gateway/import/openapi.h"
#include "emulator/gateway/import/sam_method.h"
#include "emulator/gateway/import/stage_source.h"
#include "emulator/templates/reader.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;
using templates::Template;
using SamResource = templates::Resource;

// Globals under, the resource over: maps merge, lists join, scalars replace.
void merge_under(const Node& global, Node& local) {
  for (const Member& m : global.members) {
    Node* mine = local.find(m.name);
    if (!mine)
      local.members.push_back(m);
    else if (mine->is_map() && m.value.is_map())
      merge_under(m.value, *mine);
    else if (mine->is_list() && m.value.is_list())
      mine->items.insert(mine->items.begin(), m.value.items.begin(), m.value.items.end());
  }
}

class SamReader {
 public:
  SamReader(const Template& source, const ImportOptions& options, Imported& out)
      : source_(source), options_(options), out_(out) {}

  void read() {
    for (const SamResource& r : source_.resources()) {
      if (r.type == "AWS::Serverless::Api") explicit_api(r, "REST");
      if (r.type == "AWS::Serverless::HttpApi") explicit_api(r, "HTTP");
      if (r.type == "AWS::Serverless::WebSocketApi") websocket_api(r);
    }
    for (const SamResource& r : source_.resources())
      if (r.type == "AWS::Serverless::Function") function(r);
    for (Api& api : made_) finish(api);
  }

 private:
  const Node* global(std::string_view kind) const {
    const Node* globals = source_.root().find("Globals");
    return globals ? globals->find(kind) : nullptr;
  }

  Node properties(const SamResource& r, std::string_view kind,
                  std::initializer_list<std::string_view> unresolved = {}) const {
    Node merged = r.properties ? *r.properties : r.node->make(Node::Kind::kMap);
    if (const Node* section = global(kind)) merge_under(*section, merged);
    return resolved_but(merged, unresolved);
  }

  // Roles and domains are not read, so what they ask for is not resolved either.
  Node resolved_but(const Node& merged, std::initializer_list<std::string_view> unresolved) const {
    Node resolved = merged.make(Node::Kind::kMap);
    for (const Member& m : merged.members) {
      const bool leave = std::find(unresolved.begin(), unresolved.end(), m.name) != unresolved.end();
      Node value = leave ? Node() : source_.resolve(m.value);
      if (!value.is_null()) resolved.members.push_back({m.name, std::move(value), m.line});
    }
    return resolved;
  }

  // Auth without the roles that functions would be called with.
  Node resolved_auth(const Node& auth) const {
    Node bare = auth;
    drop_roles(bare, 0);
    return source_.resolve(bare);
  }

  static void drop_roles(Node& node, int depth) {
    if (depth > 20) return;
    std::erase_if(node.members,
                  [](const Member& m) { return m.name == "InvokeRole" || m.name == "FunctionInvokeRole"; });
    for (Member& m : node.members) drop_roles(m.value, depth + 1);
  }

  // The Auth of an API with that of Globals under it.
  void read_auth(const Node* own, const char* kind, Api& api) {
    const Node* section = global(kind);
    const Node* shared = section ? section->find("Auth") : nullptr;
    if (!own && !shared) return;
    Node merged = own ? *own : *shared;
    if (own && shared) merge_under(*shared, merged);
    auth_.back() = read_sam_auth(resolved_auth(merged), api, ids_.back(), source_.options(), out_);
  }

  Api& make_api(const std::string& logical_id, const std::string& protocol) {
    Api api;
    api.id = templates::api_id_for(logical_id);
    api.protocol = protocol;
    api.created_ms = options_.now_ms;
    ids_.push_back(logical_id);
    cors_.emplace_back();
    auth_.emplace_back();
    made_.push_back(std::move(api));
    return made_.back();
  }

  void explicit_api(const SamResource& r, const std::string& protocol) {
    Api& api = make_api(r.logical_id, protocol);
    const bool http = protocol == "HTTP";
    const Node p = properties(r, http ? "HttpApi" : "Api", {"Auth", "Domain", "Tags"});
    const Node* name = p.find("Name");
    api.name = name ? name->string("Name") : r.logical_id;
    if (const Node* n = p.find("Description")) api.description = n->string("Description");
    if (const Node* types = p.find("BinaryMediaTypes")) {
      api.definition.binary_media_types = string_list(*types, "BinaryMediaTypes");
      for (std::string& type : api.definition.binary_media_types)
        for (size_t at; (at = type.find("~1")) != std::string::npos;) type.replace(at, 2, "/");
    }
    if (const Node* size = p.find("MinimumCompressionSize"))
      api.minimum_compression_size = static_cast<int>(size->integer("MinimumCompressionSize"));
    if (const Node* models = p.find("Models")) {
      for (const Member& m : models->members) {
        Model model;
        model.id = templates::api_id_for(m.name).substr(0, 6);
        model.name = m.name;
        model.content_type = "application/json";
        append_json(m.value, model.schema);
        api.definition.models.push_back(std::move(model));
      }
    }
    if (const Node* responses = p.find("GatewayResponses"))
      for (const Member& m : responses->members)
        api.definition.gateway_responses.push_back(read_gateway_response(m.name, m.value));
    Stage stage;
    const Node* stage_name = p.find("StageName");
    if (!stage_name && !http) r.node->fail(r.logical_id + ": expected StageName");
    stage.name = stage_name ? stage_name->string("StageName") : "$default";
    stage.auto_deploy = http;
    read_stage(p, stage);
    read_canary(p, stage);
    api.stages.push_back(std::move(stage));
    const Node* body = p.find("DefinitionBody");
    Node document;
    if (const Node* uri = p.find("DefinitionUri")) {
      if (!uri->is_scalar() || uri->text.find("://") != std::string::npos)
        uri->fail("DefinitionUri: expected a local file");
      const std::string path = templates::beside(uri->file ? *uri->file : "", uri->text);
      document = source_.resolve(templates::read_file(path));
      out_.files.push_back(path);
      body = &document;
    }
    if (const Node* source = p.find("ApiKeySourceType")) api.api_key_source = source->string("ApiKeySourceType");
    if (body) import_openapi(*body, api, out_, options_);
    read_auth(r.properties ? r.properties->find("Auth") : nullptr, http ? "HttpApi" : "Api", api);
    const std::string key_file = read_key_file(*r.node);
    for (Authorizer& each : api.definition.authorizers)
      if (each.key_file.empty() && (each.type == "JWT" || each.type == "COGNITO_USER_POOLS")) each.key_file = key_file;
    if (http) {
      if (const Node* cors = p.find("CorsConfiguration")) api.cors = read_cors(*cors);
      if (api.cors && api.cors->allow_origins.empty() && api.cors->allow_methods.empty() &&
          api.cors->allow_headers.empty())
        api.cors.reset();
    } else if (const Node* cors = p.find("Cors")) {
      cors_.back() = *cors;
    }
  }

  void websocket_api(const SamResource& r) {
    Api& api = make_api(r.logical_id, "WEBSOCKET");
    const Node p = properties(r, "WebSocketApi", {"Domain", "Tags"});
    auto text = [&](const char* property, std::string otherwise) {
      const Node* n = p.find(property);
      return n ? n->string(property) : std::move(otherwise);
    };
    api.name = text("Name", r.logical_id);
    api.description = text("Description", "");
    api.route_selection_expression = text("RouteSelectionExpression", "");
    if (api.route_selection_expression.empty())
      r.node->fail(r.logical_id + ": expected RouteSelectionExpression, as in $request.body.action");
    Stage stage;
    stage.name = text("StageName", "default");
    stage.auto_deploy = true;
    read_stage(p, stage);
    api.stages.push_back(std::move(stage));
    const std::string auth_type = socket_auth(p, api);
    const Node* routes = p.find("Routes");
    if (!routes || !routes->is_map()) r.node->fail(r.logical_id + ": expected Routes, a map of route keys");
    for (const Member& m : routes->members) {
      const Node* function = m.value.find("FunctionArn");
      if (!function) m.value.fail("route " + m.name + ": expected FunctionArn");
      Integration integration = proxy_to(source_.options(), function->string("FunctionArn"));
      if (const Node* timeout = m.value.find("IntegrationTimeout"))
        integration.timeout_ms = static_cast<int>(timeout->integer("IntegrationTimeout"));
      Route route;
      if (const Node* n = m.value.find("OperationName")) route.operation_name = n->string("OperationName");
      if (const Node* n = m.value.find("ApiKeyRequired")) route.api_key_required = n->boolean("ApiKeyRequired");
      if (const Node* n = m.value.find("RouteResponseSelectionExpression"))
        route.route_response_selection_expression = n->string("RouteResponseSelectionExpression");
      if (m.name == "$connect") {  // the only one that can ask
        route.authorization_type = auth_type;
        if (auth_type == "CUSTOM") route.authorizer_id = api.definition.authorizers.front().id;
      }
      note_use(integration, *function, m.name, out_);
      set_route(api, m.name, std::move(integration), std::move(route));
    }
  }

  // The type of authorization of a WebSocketApi, its authorizer added.
  std::string socket_auth(const Node& p, Api& api) {
    const Node* auth = p.find("Auth");
    const Node* type = auth ? auth->find("AuthType") : nullptr;
    if (!type) return "NONE";
    if (type->text != "NONE" && type->text != "AWS_IAM" && type->text != "CUSTOM")
      type->fail("AuthType: expected NONE, AWS_IAM or CUSTOM, found \"" + type->text + "\"");
    if (type->text != "CUSTOM") return type->text;
    const Node* function = auth->find("AuthArn");
    if (!function) auth->fail("Auth: expected AuthArn, the function that authorizes");
    Authorizer authorizer;
    const Node* name = auth->find("Name");
    authorizer.id = authorizer.name = name ? name->string("Name") : "Authorizer";
    authorizer.type = "REQUEST";
    authorizer.uri = proxy_to(source_.options(), function->string("AuthArn")).uri;
    if (const Node* sources = auth->find("IdentitySource"))
      for (const std::string& each : string_list(*sources, "IdentitySource"))
        authorizer.identity_source += (authorizer.identity_source.empty() ? "" : ",") + each;
    note_authorizer(authorizer, *auth, out_);
    api.definition.authorizers.push_back(std::move(authorizer));
    return "CUSTOM";
  }

  size_t api_index(const std::string& id_or_logical, const Node& at, const std::string& protocol) {
    for (size_t i = 0; i < made_.size(); ++i) {
      if (made_[i].id != id_or_logical && ids_[i] != id_or_logical) continue;
      if (made_[i].protocol != protocol)
        at.fail("API " + ids_[i] + ": expected " +
                (protocol == "REST" ? "an AWS::Serverless::Api" : "an AWS::Serverless::HttpApi"));
      return i;
    }
    at.fail("no API \"" + id_or_logical + "\" in the template that SAM events can use");
  }

  size_t implicit(const std::string& protocol) {
    const std::string logical = protocol == "REST" ? "ServerlessRestApi" : "ServerlessHttpApi";
    const auto found = std::find(ids_.begin(), ids_.end(), logical);
    if (found != ids_.end()) return static_cast<size_t>(found - ids_.begin());
    Api& api = make_api(logical, protocol);
    api.name = source_.options().stack_name;
    Stage stage;
    stage.name = protocol == "REST" ? "Prod" : "$default";
    stage.auto_deploy = protocol == "HTTP";
    if (const Node* section = global(protocol == "REST" ? "Api" : "HttpApi")) {
      const Node p = resolved_but(*section, {"Auth", "Domain", "Tags"});
      read_stage(p, stage);
      if (const Node* types = p.find("BinaryMediaTypes")) {
        api.definition.binary_media_types = string_list(*types, "BinaryMediaTypes");
        for (std::string& type : api.definition.binary_media_types)
          for (size_t at; (at = type.find("~1")) != std::string::npos;) type.replace(at, 2, "/");
      }
      if (const Node* responses = p.find("GatewayResponses"))
        for (const Member& m : responses->members)
          api.definition.gateway_responses.push_back(read_gateway_response(m.name, m.value));
      if (const Node* cors = p.find("Cors")) cors_.back() = *cors;
      if (const Node* cors = p.find("CorsConfiguration")) api.cors = read_cors(*cors);
    }
    api.stages.push_back(std::move(stage));
    read_auth(nullptr, protocol == "REST" ? "Api" : "HttpApi", api);
    return made_.size() - 1;
  }

  static const Node* layers_of(const SamResource& r) { return r.properties ? r.properties->find("Layers") : nullptr; }

  void function(const SamResource& r) {
    const Node p =
        properties(r, "Function",
                   {"Policies", "Role", "Tags", "Events", "VpcConfig", "Layers", "FunctionUrlConfig",
                    "EventInvokeConfig", "DeadLetterQueue", "DeploymentPreference", "KmsKeyArn", "FileSystemConfigs"});
    const std::string arn = import_function(source_, r, p, out_);
    if (const Node* layers = layers_of(r))
      out_.notes.push_back(layers->place() + ": layers of " + r.logical_id + " are not mounted");
    const Node* raw = r.properties ? r.properties->find("Events") : nullptr;
    if (!raw) return;
    if (!raw->is_map()) raw->fail("Events: expected a map");
    for (const Member& m : raw->members) {
      const Node* type = m.value.find("Type");
      if (!type) m.value.fail("event " + m.name + ": expected Type");
      if (type->text != "Api" && type->text != "HttpApi") {
        out_.notes.push_back(type->place() + ": event " + m.name + " of " + r.logical_id + " (" + type->text +
                             ") is not served");
        continue;
      }
      const Node* properties_node = m.value.find("Properties");
      Node event = m.value.make(Node::Kind::kMap);
      if (properties_node)
        for (const Member& each : properties_node->members)
          event.members.push_back(
              {each.name, each.name == "Auth" ? resolved_auth(each.value) : source_.resolve(each.value), each.line});
      if (type->text == "Api")
        api_event(m.name, event, arn);
      else
        http_event(m.name, event, arn);
    }
  }

  void api_event(const std::string& name, const Node& event, const std::string& arn) {
    const Node* path = event.find("Path");
    const Node* verb = event.find("Method");
    if (!path || !verb) event.fail("event " + name + ": expected Path and Method");
    const Node* id = event.find("RestApiId");
    const size_t index = id ? api_index(id->string("RestApiId"), *id, "REST") : implicit("REST");
    Api& api = made_[index];
    const std::string method = sam_method(verb->string("Method"), *verb);
    Resource& resource = resource_at(api, path->string("Path"), *path);
    Method m;
    m.http_method = method;
    m.integration = proxy_to(source_.options(), arn);
    if (const Node* mode = event.find("ResponseTransferMode"))
      m.integration->response_transfer_mode = upper(mode->string("ResponseTransferMode"));
    if (const Node* timeout = event.find("TimeoutInMillis"))
      m.integration->timeout_ms = static_cast<int>(timeout->integer("TimeoutInMillis"));
    if (const Node* model = event.find("RequestModel")) read_request_model(*model, api, m);
    if (const Node* parameters = event.find("RequestParameters")) read_request_parameters(*parameters, api, m);
    if (const Node* auth = event.find("Auth")) {
      apply(asked_auth(auth, auth_[index], api, event), m);
      decided_.insert({index, method + " " + resource.path});
    }
    note_use(*m.integration, *path, method + " " + resource.path, out_);
    // What the definition body says about this method stands.
    resource.methods.try_emplace(method, std::move(m));
  }

  void http_event(const std::string& name, const Node& event, const std::string& arn) {
    const Node* path = event.find("Path");
    const Node* verb = event.find("Method");
    const Node* id = event.find("ApiId");
    const size_t index = id ? api_index(id->string("ApiId"), *id, "HTTP") : implicit("HTTP");
    Api& api = made_[index];
    std::string key = "$default";
    if (path && path->text != "$default" && path->text != "/$default") {
      if (!verb) event.fail("event " + name + ": expected Method beside Path");
      key = sam_method(verb->string("Method"), *verb) + " " + path->text;
    }
    Integration integration = proxy_to(source_.options(), arn);
    const Node* version = event.find("PayloadFormatVersion");
    integration.payload_format_version = version ? version->string("PayloadFormatVersion") : "2.0";
    if (version && version->text != "1.0" && version->text != "2.0")
      version->fail("PayloadFormatVersion: expected 1.0 or 2.0");
    if (const Node* timeout = event.find("TimeoutInMillis"))
      integration.timeout_ms = static_cast<int>(timeout->integer("TimeoutInMillis"));
    if (const Node* settings = event.find("RouteSettings")) {
      Node wrapper = settings->make(Node::Kind::kMap), routes = wrapper;
      routes.members.push_back({key, *settings, settings->line});
      wrapper.members.push_back({"RouteSettings", std::move(routes), settings->line});
      for (Stage& stage : api.stages) read_stage(wrapper, stage);
    }
    note_use(integration, event, key, out_);
    Route route;
    if (const Node* auth = event.find("Auth")) {
      apply(asked_auth(auth, auth_[index], api, event), route);
      decided_.insert({index, key});
    }
    const auto& routes = api.definition.routes;
    if (std::none_of(routes.begin(), routes.end(), [&](const Route& r) { return r.route_key == key; }))
      set_route(api, key, std::move(integration), std::move(route));
  }

  template <typename Operation>  // a Method or a Route
  static void apply(AskedAuth asked, Operation& to) {
    to.authorization_type = std::move(asked.type);
    to.authorizer_id = std::move(asked.authorizer);
    to.authorization_scopes = std::move(asked.scopes);
    to.api_key_required = asked.api_key;
  }

  // What the API's Auth asks of methods and routes that say nothing themselves.
  void apply_defaults(size_t index) {
    Api& api = made_[index];
    const SamAuth& auth = auth_[index];
    const AskedAuth asked = asked_auth(nullptr, auth, api, source_.root());
    for (Resource& r : api.definition.resources) {
      for (auto& [verb, method] : r.methods) {
        if (decided_.contains({index, verb + " " + r.path})) continue;
        const bool preflight = verb == "OPTIONS";
        if (method.authorization_type == "NONE" && (!preflight || auth.default_on_preflight)) {
          method.authorization_type = asked.type;
          method.authorizer_id = asked.authorizer;
          method.authorization_scopes = asked.scopes;
        }
        if (asked.api_key && (!preflight || auth.key_on_preflight)) method.api_key_required = true;
      }
    }
    for (Route& route : api.definition.routes)
      if (route.authorization_type == "NONE" && !decided_.contains({index, route.route_key})) apply(asked, route);
  }

  // SAM answers preflight requests of a REST API with a MOCK method beside each path.
  void add_cors(Api& api, const Node& cors) {
    auto text = [&](const char* name, std::string fallback) {
      const Node* n = cors.is_map() ? cors.find(name) : nullptr;
      return n ? n->string(name) : fallback;
    };
    const std::string origin = cors.is_scalar() ? cors.text : text("AllowOrigin", "'*'");
    for (Resource& r : api.definition.resources) {
      if (r.methods.empty() || r.methods.contains("OPTIONS")) continue;
      std::string methods;
      if (r.methods.contains("ANY")) {
        methods = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT";
      } else {
        std::set<std::string> names = {"OPTIONS"};
        for (const auto& [verb, method] : r.methods) names.insert(verb);
        for (const std::string& verb : names) methods += (methods.empty() ? "" : ",") + verb;
      }
      IntegrationResponse answer;
      answer.status_code = "200";
      answer.response_templates["application/json"] = "{}\n";
      auto header = [&](const char* name, const std::string& value) {
        if (!value.empty())
          answer.response_parameters[std::string("method.response.header.Access-Control-") + name] = value;
      };
      header("Allow-Origin", origin);
      header("Allow-Methods", text("AllowMethods", "'" + methods + "'"));
      header("Allow-Headers", text("AllowHeaders", ""));
      header("Max-Age", text("MaxAge", ""));
      if (text("AllowCredentials", "false") == "true") header("Allow-Credentials", "'true'");
      Method m;
      m.http_method = "OPTIONS";
      Integration mock;
      mock.type = "MOCK";
      mock.content_handling = "CONVERT_TO_TEXT";  // else the template cannot be read where all types are binary
      mock.request_templates["application/json"] = "{\n  \"statusCode\" : 200\n}\n";
      MethodResponse declared;
      declared.status_code = "200";
      for (const auto& [name, value] : answer.response_parameters) declared.response_parameters[name] = false;
      m.responses.push_back(std::move(declared));
      mock.responses.push_back(std::move(answer));
      m.integration = std::move(mock);
      r.methods["OPTIONS"] = std::move(m);
    }
  }

  void finish(Api& api) {
    const size_t index = static_cast<size_t>(&api - made_.data());
    if (cors_[index]) add_cors(api, *cors_[index]);
    apply_defaults(index);
    const std::string deployment =
        api.deploy(templates::api_id_for(api.id + "deployment").substr(0, 6), options_.now_ms);
    for (Stage& stage : api.stages) {
      stage.deployment_id = deployment;
      stage.created_ms = stage.updated_ms = options_.now_ms;
      if (!stage.canary) continue;
      auto canary = std::make_shared<Stage>(*stage.canary);  // of the same deployment: a template has no other
      canary->deployment_id = deployment;
      stage.canary = std::move(canary);
    }
    out_.apis.push_back(std::move(api));
  }

  const Template& source_;
  const ImportOptions& options_;
  Imported& out_;
  std::vector<Api> made_;
  std::vector<std::string> ids_;                      // logical, beside made_
  std::vector<std::optional<Node>> cors_;             // REST, beside made_
  std::vector<SamAuth> auth_;                         // beside made_
  std::set<std::pair<size_t, std::string>> decided_;  // methods and routes whose event has an Auth
};

}  // namespace

void import_sam(const Template& source, const ImportOptions& options, Imported& out) {
  SamReader(source, options, out).read();
}

}  // namespace stator::gateway
