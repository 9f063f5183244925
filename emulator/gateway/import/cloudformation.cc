#include "emulator/gateway/import/cloudformation.h"

#include <algorithm>
#include <deque>

#include "emulator/gateway/import/access_source.h"
#include "emulator/gateway/import/api_builder.h"
#include "emulator/gateway/import/function_source.h"
#include "emulator/gateway/import/openapi.h"
#include "emulator/gateway/import/stage_source.h"
#include "emulator/gateway/integration_uri.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;
using templates::Template;
using CfnResource = templates::Resource;

class CloudFormationReader {
 public:
  CloudFormationReader(const Template& source, const ImportOptions& options, Imported& out)
      : source_(source), options_(options), out_(out) {}

  // In the order in which one needs the other: APIs, then what hangs on them, then deployments (frozen copies), then
  // stages.
  void read() {
    each("AWS::Lambda::Function",
         [&](const CfnResource& r) { import_function(source_, r, function_properties(r), out_); });
    each("AWS::ApiGateway::RestApi", [&](const CfnResource& r) { rest_api(r); });
    each("AWS::ApiGatewayV2::Api", [&](const CfnResource& r) { v2_api(r); });
    each("AWS::ApiGateway::Model", [&](const CfnResource& r) { model(r, "RestApiId"); });
    each("AWS::ApiGatewayV2::Model", [&](const CfnResource& r) { model(r, "ApiId"); });
    each("AWS::ApiGateway::RequestValidator", [&](const CfnResource& r) { validator(r); });
    each("AWS::ApiGateway::GatewayResponse", [&](const CfnResource& r) { gateway_response(r); });
    each("AWS::ApiGateway::Authorizer", [&](const CfnResource& r) { authorizer(r, "RestApiId"); });
    each("AWS::ApiGatewayV2::Authorizer", [&](const CfnResource& r) { authorizer(r, "ApiId"); });
    each("AWS::ApiGateway::Method", [&](const CfnResource& r) { method(r); });
    each("AWS::ApiGatewayV2::Integration", [&](const CfnResource& r) { v2_integration(r); });
    each("AWS::ApiGatewayV2::IntegrationResponse", [&](const CfnResource& r) { v2_integration_response(r); });
    each("AWS::ApiGatewayV2::Route", [&](const CfnResource& r) { v2_route(r); });
    each("AWS::ApiGatewayV2::RouteResponse", [&](const CfnResource& r) { v2_route_response(r); });
    each("AWS::ApiGateway::Deployment", [&](const CfnResource& r) { deployment(r); });
    each("AWS::ApiGatewayV2::Deployment", [&](const CfnResource& r) { deployment(r); });
    each("AWS::ApiGateway::Stage", [&](const CfnResource& r) { stage(r, "RestApiId"); });
    each("AWS::ApiGatewayV2::Stage", [&](const CfnResource& r) { stage(r, "ApiId"); });
    each("AWS::ApiGateway::ApiKey", [&](const CfnResource& r) {
      out_.api_keys.push_back(read_api_key(all_properties(r), r.logical_id, r.node->place(), out_));
    });
    each("AWS::ApiGateway::UsagePlan",
         [&](const CfnResource& r) { out_.usage_plans.push_back(read_usage_plan(all_properties(r), r.logical_id)); });
    each("AWS::ApiGateway::UsagePlanKey", [&](const CfnResource& r) { plan_key(r); });
    for (Api& api : apis_) {
      if (api.stages.empty())
        out_.notes.push_back(places_[&api] + ": API " + api.name + " has no stage: nothing of it is served");
      out_.apis.push_back(std::move(api));
    }
  }

 private:
  template <typename F>
  void each(std::string_view type, F&& f) {
    for (const CfnResource& r : source_.resources())
      if (r.type == type) f(r);
  }

  Node function_properties(const CfnResource& r) const {
    Node p = r.node->make(Node::Kind::kMap);
    for (const char* name : {"Runtime", "Handler", "Timeout", "MemorySize", "Environment",
                             "ReservedConcurrentExecutions", "Code", "PackageType"}) {
      const Node* asset = r.node->find("Metadata");
      if (std::string_view(name) == "Code" && asset && asset->find("aws:asset:path")) continue;
      if (std::optional<Node> value = source_.property(r, name))
        p.members.push_back({name, std::move(*value), r.node->line});
    }
    return p;
  }

  std::string text(const CfnResource& r, std::string_view name, std::string fallback = {}) const {
    return source_.text_property(r, name, std::move(fallback));
  }

  Api& add(const CfnResource& r, const std::string& protocol) {
    Api& api = apis_.emplace_back();
    api.id = templates::api_id_for(r.logical_id);
    api.protocol = protocol;
    api.name = text(r, "Name", r.logical_id);
    api.description = text(r, "Description");
    api.created_ms = options_.now_ms;
    places_[&api] = r.node->place();
    return api;
  }

  Api& owner(const CfnResource& r, std::string_view property) {
    const std::optional<Node> id = source_.property(r, property);
    if (!id) r.node->fail(r.logical_id + ": expected " + std::string(property));
    const std::string& wanted = id->string(property);
    for (Api& api : apis_)
      if (api.id == wanted) return api;
    id->fail(r.logical_id + ": " + std::string(property) + " \"" + wanted + "\" is no API of this template");
  }

  void body(const CfnResource& r, Api& api) {
    if (const std::optional<Node> document = source_.property(r, "Body"))
      import_openapi(*document, api, out_, options_);
    if (const Node* s3 = r.properties ? r.properties->find("BodyS3Location") : nullptr)
      s3->fail("BodyS3Location: nothing is read from S3 here; use Body");
  }

  void rest_api(const CfnResource& r) {
    Api& api = add(r, "REST");
    if (const std::optional<Node> types = source_.property(r, "BinaryMediaTypes"))
      api.definition.binary_media_types = string_list(*types, "BinaryMediaTypes");
    if (const std::optional<Node> size = source_.property(r, "MinimumCompressionSize"))
      api.minimum_compression_size = static_cast<int>(size->integer("MinimumCompressionSize"));
    api.api_key_source = text(r, "ApiKeySourceType");
    body(r, api);
    if (const std::optional<Node> policy = source_.property(r, "Policy")) {
      if (policy->is_scalar())
        api.policy = policy->text;
      else
        append_json(*policy, api.policy);
    }
    resource_at(api, "/", *r.node);
  }

  void v2_api(const CfnResource& r) {
    const std::string protocol = text(r, "ProtocolType", "HTTP");
    if (protocol != "HTTP" && protocol != "WEBSOCKET")
      r.node->fail(r.logical_id + ": ProtocolType: expected HTTP or WEBSOCKET, found \"" + protocol + "\"");
    Api& api = add(r, protocol);
    api.route_selection_expression = text(r, "RouteSelectionExpression");
    if (protocol == "WEBSOCKET") {
      if (api.route_selection_expression.empty())
        r.node->fail(r.logical_id + ": expected RouteSelectionExpression, as in $request.body.action");
      return;
    }
    if (const std::optional<Node> cors = source_.property(r, "CorsConfiguration")) api.cors = read_cors(*cors);
    body(r, api);
    if (const std::optional<Node> target = source_.property(r, "Target")) {  // quick create
      Integration integration;
      integration.uri = target->string("Target");
      const bool lambda = !function_in_uri(integration.uri).empty();
      integration.type = lambda ? "AWS_PROXY" : "HTTP_PROXY";
      integration.http_method = lambda ? "POST" : "ANY";
      integration.payload_format_version = lambda ? "2.0" : "1.0";
      note_use(integration, *target, text(r, "RouteKey", "$default"), out_);
      set_route(api, text(r, "RouteKey", "$default"), std::move(integration));
      Stage made;
      made.name = "$default";
      made.auto_deploy = true;
      made.deployment_id = api.deploy("default", options_.now_ms);
      api.stages.push_back(std::move(made));
    }
  }

  void model(const CfnResource& r, const char* api_property) {
    Model m;
    m.name = text(r, "Name", r.logical_id);
    m.id = m.name;
    m.content_type = text(r, "ContentType", "application/json");
    if (const std::optional<Node> schema = source_.property(r, "Schema")) {
      if (schema->is_scalar())
        m.schema = schema->text;
      else
        append_json(*schema, m.schema);
    }
    owner(r, api_property).definition.models.push_back(std::move(m));
  }

  void validator(const CfnResource& r) {
    RequestValidator v{r.logical_id, text(r, "Name", r.logical_id), false, false};
    if (const auto n = source_.property(r, "ValidateRequestBody"))
      v.validate_request_body = n->boolean("ValidateRequestBody");
    if (const auto n = source_.property(r, "ValidateRequestParameters"))
      v.validate_request_parameters = n->boolean("ValidateRequestParameters");
    owner(r, "RestApiId").definition.request_validators.push_back(std::move(v));
  }

  void gateway_response(const CfnResource& r) {
    Node all = r.node->make(Node::Kind::kMap);
    for (const char* name : {"StatusCode", "ResponseTemplates", "ResponseParameters"})
      if (auto value = source_.property(r, name)) all.members.push_back({name, std::move(*value), r.node->line});
    const std::string type = text(r, "ResponseType");
    if (type.empty()) r.node->fail(r.logical_id + ": expected ResponseType");
    owner(r, "RestApiId").definition.gateway_responses.push_back(read_gateway_response(type, all));
  }

  void authorizer(const CfnResource& r, const char* api_property) {
    Api& api = owner(r, api_property);
    // A role to call the function with means nothing here.
    Node p = r.properties ? *r.properties : r.node->make(Node::Kind::kMap);
    std::erase_if(p.members, [](const Member& m) { return m.name.starts_with("AuthorizerCredentials"); });
    Authorizer a = read_authorizer(source_.resolve(p), r.logical_id);
    a.key_file = read_key_file(*r.node);
    note_authorizer(a, *r.node, out_);
    api.definition.authorizers.push_back(std::move(a));
  }

  // A key or a plan by its Ref.
  void plan_key(const CfnResource& r) {
    const std::string plan_id = text(r, "UsagePlanId"), key_id = text(r, "KeyId");
    const auto plan = std::find_if(out_.usage_plans.begin(), out_.usage_plans.end(),
                                   [&](const UsagePlan& p) { return p.id == plan_id; });
    const bool known =
        std::any_of(out_.api_keys.begin(), out_.api_keys.end(), [&](const ApiKey& k) { return k.id == key_id; });
    if (plan == out_.usage_plans.end() || !known)
      r.node->fail(r.logical_id + ": expected UsagePlanId and KeyId of a plan and a key of this template");
    plan->key_ids.push_back(key_id);
  }

  // The path of an AWS::ApiGateway::Resource, by way of its parents.
  std::string path_of(const Api& api, const std::string& id, const Node& at, int hops = 0) {
    if (id == templates::api_id_for(logical_of(api) + "/")) return "";
    const CfnResource* r = source_.find(id);
    if (!r || r->type != "AWS::ApiGateway::Resource")
      at.fail("\"" + id + "\" is no AWS::ApiGateway::Resource of this template");
    if (hops > 50) at.fail("the resources' ParentId goes round in a circle");
    const std::optional<Node> parent = source_.property(*r, "ParentId");
    if (!parent) r->node->fail(r->logical_id + ": expected ParentId");
    const std::string part = text(*r, "PathPart");
    if (part.empty()) r->node->fail(r->logical_id + ": expected PathPart");
    return path_of(api, parent->string("ParentId"), *parent, hops + 1) + "/" + part;
  }

  std::string logical_of(const Api& api) const {
    for (const CfnResource& r : source_.resources())
      if (templates::api_id_for(r.logical_id) == api.id) return r.logical_id;
    return {};
  }

  void method(const CfnResource& r) {
    Api& api = owner(r, "RestApiId");
    const std::optional<Node> id = source_.property(r, "ResourceId");
    if (!id) r.node->fail(r.logical_id + ": expected ResourceId");
    const std::string path = path_of(api, id->string("ResourceId"), *id);
    Resource& resource = resource_at(api, path.empty() ? "/" : path, *id);
    Method m;
    m.http_method = upper(text(r, "HttpMethod"));
    if (m.http_method.empty()) r.node->fail(r.logical_id + ": expected HttpMethod");
    m.authorization_type = text(r, "AuthorizationType", "NONE");
    m.authorizer_id = text(r, "AuthorizerId");
    if (const auto n = source_.property(r, "AuthorizationScopes"))
      m.authorization_scopes = string_list(*n, "AuthorizationScopes");
    m.operation_name = text(r, "OperationName");
    m.request_validator_id = text(r, "RequestValidatorId");
    if (const auto n = source_.property(r, "ApiKeyRequired")) m.api_key_required = n->boolean("ApiKeyRequired");
    if (const auto n = source_.property(r, "RequestModels")) m.request_models = string_map(*n, "RequestModels");
    if (const auto n = source_.property(r, "RequestParameters"))
      for (const Member& p : n->members) m.request_parameters[p.name] = p.value.boolean(p.name);
    if (const auto n = source_.property(r, "MethodResponses")) {
      for (const Node& each_response : n->items) {
        MethodResponse response;
        if (const Node* status = each_response.find("StatusCode")) response.status_code = status->string("StatusCode");
        if (const Node* p = each_response.find("ResponseParameters"))
          for (const Member& h : p->members) response.response_parameters[h.name] = h.value.boolean(h.name);
        if (const Node* models = each_response.find("ResponseModels"))
          response.response_models = string_map(*models, "ResponseModels");
        m.responses.push_back(std::move(response));
      }
    }
    const std::optional<Node> integration = source_.property(r, "Integration");
    if (!integration) r.node->fail(r.logical_id + ": expected Integration");
    m.integration = read_integration(*integration, "Uri", "IntegrationHttpMethod", "Type");
    note_use(*m.integration, *integration, m.http_method + " " + resource.path, out_);
    const std::string verb = m.http_method;
    resource.methods[verb] = std::move(m);
  }

  Integration read_integration(const Node& p, const char* uri, const char* verb, const char* type) const {
    Integration i;
    auto take = [&](const char* name, std::string& to) {
      if (const Node* n = p.find(name)) to = n->string(name);
    };
    take(type, i.type);
    if (i.type != "AWS" && i.type != "AWS_PROXY" && i.type != "HTTP" && i.type != "HTTP_PROXY" && i.type != "MOCK")
      p.fail(std::string(type) + ": expected AWS, AWS_PROXY, HTTP, HTTP_PROXY or MOCK; found \"" + i.type + "\"");
    take(uri, i.uri);
    take(verb, i.http_method);
    take("IntegrationSubtype", i.subtype);
    take("ConnectionType", i.connection_type);
    take("ConnectionId", i.connection_id);
    take("PassthroughBehavior", i.passthrough_behavior);
    take("ContentHandling", i.content_handling);
    take("ContentHandlingStrategy", i.content_handling);
    take("PayloadFormatVersion", i.payload_format_version);
    take("ResponseTransferMode", i.response_transfer_mode);
    take("TemplateSelectionExpression", i.template_selection_expression);
    if (const Node* n = p.find("TimeoutInMillis")) i.timeout_ms = static_cast<int>(n->integer("TimeoutInMillis"));
    if (const Node* n = p.find("RequestParameters")) i.request_parameters = string_map(*n, "RequestParameters");
    if (const Node* n = p.find("RequestTemplates")) i.request_templates = string_map(*n, "RequestTemplates");
    if (const Node* n = p.find("CacheKeyParameters")) i.cache_key_parameters = string_list(*n, "CacheKeyParameters");
    take("CacheNamespace", i.cache_namespace);
    take("Credentials", i.credentials);
    take("CredentialsArn", i.credentials);
    take("TemplateSelectionExpression", i.template_selection_expression);
    if (const Node* n = p.find("IntegrationResponses")) {
      for (const Node& each_response : n->items) {
        IntegrationResponse response;
        if (const Node* s = each_response.find("StatusCode")) response.status_code = s->string("StatusCode");
        if (const Node* s = each_response.find("SelectionPattern"))
          response.selection_pattern = s->string("SelectionPattern");
        if (const Node* s = each_response.find("ContentHandling"))
          response.content_handling = s->string("ContentHandling");
        if (const Node* s = each_response.find("ResponseParameters"))
          response.response_parameters = string_map(*s, "ResponseParameters");
        if (const Node* s = each_response.find("ResponseTemplates"))
          response.response_templates = string_map(*s, "ResponseTemplates");
        i.responses.push_back(std::move(response));
      }
    }
    if (const Node* n = p.find("ResponseParameters")) {
      for (const Member& status : n->members) {
        StringMap& mappings = i.response_mappings[status.name];
        const Node* list = status.value.find("ResponseParameters");
        if (!list) {
          mappings = string_map(status.value, "ResponseParameters");
          continue;
        }
        for (const Node& each_mapping : list->items)
          if (const Node* to = each_mapping.find("Destination"), *from = each_mapping.find("Source"); to && from)
            mappings[to->text] = from->text;
      }
    }
    return i;
  }

  Node all_properties(const CfnResource& r) const {
    return r.properties ? source_.resolve(*r.properties) : r.node->make(Node::Kind::kMap);
  }

  void v2_integration(const CfnResource& r) {
    Api& api = owner(r, "ApiId");
    Integration i = read_integration(all_properties(r), "IntegrationUri", "IntegrationMethod", "IntegrationType");
    i.id = r.logical_id;
    if (i.payload_format_version.empty()) i.payload_format_version = "1.0";
    note_use(i, *r.node, "integration " + r.logical_id, out_);
    api.definition.integrations.push_back(std::move(i));
  }

  void v2_route(const CfnResource& r) {
    Api& api = owner(r, "ApiId");
    Route route;
    route.id = r.logical_id;
    route.route_key = text(r, "RouteKey");
    route.target = text(r, "Target");
    route.authorization_type = text(r, "AuthorizationType", "NONE");
    route.authorizer_id = text(r, "AuthorizerId");
    if (const auto n = source_.property(r, "AuthorizationScopes"))
      route.authorization_scopes = string_list(*n, "AuthorizationScopes");
    if (const auto n = source_.property(r, "ApiKeyRequired")) route.api_key_required = n->boolean("ApiKeyRequired");
    route.operation_name = text(r, "OperationName");
    route.model_selection_expression = text(r, "ModelSelectionExpression");
    if (const auto n = source_.property(r, "RequestModels")) route.request_models = string_map(*n, "RequestModels");
    route.route_response_selection_expression = text(r, "RouteResponseSelectionExpression");
    const std::string id = route.target.substr(route.target.find('/') + 1);
    const auto& known = api.definition.integrations;
    const bool may_be_bare = api.protocol == "WEBSOCKET" && route.target.empty();
    if (!may_be_bare && std::none_of(known.begin(), known.end(), [&](const Integration& i) { return i.id == id; }))
      r.node->fail(r.logical_id + ": Target: expected integrations/ID of an integration of this API, found \"" +
                   route.target + "\"");
    if (route.route_key.empty()) r.node->fail(r.logical_id + ": expected RouteKey");
    if (api.protocol == "HTTP" && route.route_key != "$default" && route.route_key.find(" /") == std::string::npos)
      r.node->fail(r.logical_id + ": RouteKey: expected \"METHOD /path\" or $default, found \"" + route.route_key +
                   "\"");
    api.definition.routes.push_back(std::move(route));
  }

  void v2_integration_response(const CfnResource& r) {
    Api& api = owner(r, "ApiId");
    const std::string id = text(r, "IntegrationId");
    const auto integration = std::find_if(api.definition.integrations.begin(), api.definition.integrations.end(),
                                          [&](const Integration& i) { return i.id == id; });
    if (integration == api.definition.integrations.end())
      r.node->fail(r.logical_id + ": IntegrationId: \"" + id + "\" is no integration of this API");
    IntegrationResponse response;
    response.response_key = text(r, "IntegrationResponseKey");
    if (response.response_key.empty()) r.node->fail(r.logical_id + ": expected IntegrationResponseKey");
    response.content_handling = text(r, "ContentHandlingStrategy");
    response.template_selection_expression = text(r, "TemplateSelectionExpression");
    if (const auto n = source_.property(r, "ResponseTemplates"))
      response.response_templates = string_map(*n, "ResponseTemplates");
    integration->responses.push_back(std::move(response));
  }

  void v2_route_response(const CfnResource& r) {
    Api& api = owner(r, "ApiId");
    const std::string id = text(r, "RouteId");
    const auto route = std::find_if(api.definition.routes.begin(), api.definition.routes.end(),
                                    [&](const Route& each_route) { return each_route.id == id; });
    if (route == api.definition.routes.end())
      r.node->fail(r.logical_id + ": RouteId: \"" + id + "\" is no route of this API");
    const std::string key = text(r, "RouteResponseKey");
    if (key != "$default") r.node->fail(r.logical_id + ": RouteResponseKey: expected $default, found \"" + key + "\"");
    route->responses.push_back({r.logical_id, key});
  }

  void deployment(const CfnResource& r) {
    const bool v2 = r.type == "AWS::ApiGatewayV2::Deployment";
    Api& api = owner(r, v2 ? "ApiId" : "RestApiId");
    api.deploy(r.logical_id, options_.now_ms, text(r, "Description"));
    const std::string name = text(r, "StageName");
    if (v2 || name.empty() || api.stage(name)) return;
    Stage made;
    made.name = name;
    made.deployment_id = r.logical_id;
    made.created_ms = made.updated_ms = options_.now_ms;
    if (const auto description = source_.property(r, "StageDescription")) read_stage(*description, made);
    api.stages.push_back(std::move(made));
  }

  void stage(const CfnResource& r, const char* api_property) {
    Api& api = owner(r, api_property);
    Stage made;
    made.name = text(r, "StageName");
    if (made.name.empty()) r.node->fail(r.logical_id + ": expected StageName");
    made.deployment_id = text(r, "DeploymentId");
    if (const auto automatic = source_.property(r, "AutoDeploy")) made.auto_deploy = automatic->boolean("AutoDeploy");
    if (made.deployment_id.empty() && made.auto_deploy) {
      made.deployment_id = "auto";
      if (!api.deployment("auto")) api.deploy("auto", options_.now_ms);
    }
    if (!api.deployment(made.deployment_id))
      r.node->fail(r.logical_id + ": DeploymentId: expected a deployment of this API, found \"" + made.deployment_id +
                   "\"");
    made.created_ms = made.updated_ms = options_.now_ms;
    read_stage(all_properties(r), made);
    read_canary(all_properties(r), made);
    if (made.canary && !api.deployment(made.canary->deployment_id))
      r.node->fail(r.logical_id + ": CanarySetting: DeploymentId: expected a deployment of this API, found \"" +
                   made.canary->deployment_id + "\"");
    if (api.stage(made.name)) std::erase_if(api.stages, [&](const Stage& s) { return s.name == made.name; });
    api.stages.push_back(std::move(made));
  }

  const Template& source_;
  const ImportOptions& options_;
  Imported& out_;
  std::deque<Api> apis_;
  std::map<const Api*, std::string> places_;
};

}  // namespace

void import_cloudformation(const Template& source, const ImportOptions& options, Imported& out) {
  CloudFormationReader(source, options, out).read();
}

}  // namespace stator::gateway
