#include "emulator/gateway/stage.h"

#include <algorithm>

#include "emulator/gateway/integration_uri.h"
#include "emulator/gateway/vtl/regex.h"
#include "emulator/gateway/vtl/template.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

void set_limit(RoutePlan& plan, const Stage& stage, const std::vector<std::string>& keys) {
  const RouteSettings* settings = &stage.defaults;
  for (const std::string& key : keys) {
    const auto found = stage.overrides.find(key);
    if (found != stage.overrides.end() && (found->second.throttling_rate || found->second.throttling_burst)) {
      settings = &found->second;
      break;
    }
  }
  if (!settings->throttling_rate && !settings->throttling_burst) return;
  // -1 is how the service says "no limit of its own".
  const double rate = settings->throttling_rate.value_or(10000);
  const double burst = settings->throttling_burst ? static_cast<double>(*settings->throttling_burst) : rate;
  if (rate < 0 || burst < 0) return;
  plan.limit = std::make_unique<TokenBucket>(rate, burst);
}

// By default the answers to GET alone are kept; what names another verb means it.
void set_cache(RoutePlan& plan, const Api& api, const Stage& stage, const std::vector<std::string>& keys) {
  if (!stage.cache_enabled || plan.streams) return;
  const std::string& verb = plan.method->http_method;
  const RouteSettings* settings = &stage.defaults;
  bool verb_named = false;
  for (const std::string& key : keys) {
    const auto found = stage.overrides.find(key);
    if (found == stage.overrides.end() || !found->second.caching) continue;
    settings = &found->second;
    verb_named = key.ends_with("/" + verb);
    break;
  }
  if (!settings->caching.value_or(false) || settings->cache_ttl_seconds <= 0) return;
  if (!verb_named && verb != "GET" && verb != "ANY") return;
  auto cache = std::make_unique<CachePlan>();
  const std::string& name_space = plan.integration->cache_namespace;
  cache->key_prefix =
      api.id + "/" + stage.name + "/" + stage.cache_id + "\n" + (name_space.empty() ? plan.path : name_space);
  cache->ttl_seconds = std::min(settings->cache_ttl_seconds, 3600);
  cache->get_only = verb == "ANY" && !verb_named;
  cache->needs_authorization = settings->cache_control_needs_authorization;
  const std::string& refused = settings->unauthorized_cache_control;
  cache->refused = refused == "FAIL_WITH_403"                     ? CachePlan::Refused::kFail
                   : refused == "SUCCEED_WITHOUT_RESPONSE_HEADER" ? CachePlan::Refused::kIgnore
                                                                  : CachePlan::Refused::kWarn;
  plan.cache = std::move(cache);
}

// A model's schema with the models it names under "definitions":
// "https://apigateway.amazonaws.com/restapis/ID/models/NAME" and "#/definitions/NAME" then mean the same.
std::string self_contained(const std::string& schema, const std::vector<Model>& models) {
  constexpr std::string_view kHost = "https://apigateway.amazonaws.com/restapis/", kModels = "/models/";
  auto localised = [&](std::string_view text) {
    std::string out;
    for (;;) {
      const size_t at = text.find(kHost);
      const size_t end = at == std::string_view::npos ? at : text.find(kModels, at);
      if (end == std::string_view::npos || text.substr(at, end - at).find('"') != std::string_view::npos)
        return out += text;
      out += text.substr(0, at);
      out += "#/definitions/";
      text.remove_prefix(end + kModels.size());
    }
  };
  if (schema.find(kHost) == std::string::npos) return schema;
  std::string out = localised(schema);
  const size_t end = out.rfind('}');
  if (end == std::string::npos) return out;
  std::string definitions;
  for (const Model& each : models) {
    if (each.schema.empty()) continue;
    definitions += definitions.empty() ? "" : ",";
    append_json_string(each.name, definitions);
    definitions += ":" + localised(each.schema);
  }
  const bool empty = out.find_first_not_of(" \t\r\n{") == end;
  return out.substr(0, end) + (empty ? "" : ",") + "\"definitions\":{" + definitions + "}}";
}

void set_schemas(RoutePlan& plan, const StringMap& models, const ApiDefinition& definition,
                 std::vector<std::string>& notes) {
  for (const auto& [type, name] : models) {
    const auto model = std::find_if(definition.models.begin(), definition.models.end(),
                                    [&wanted = name](const Model& m) { return m.name == wanted || m.id == wanted; });
    if (model == definition.models.end()) {
      if (name != "Empty")
        notes.push_back(plan.key + ": there is no model \"" + name + "\": bodies of " + type + " are not checked");
      continue;
    }
    if (model->schema.empty()) continue;
    std::string problem;
    const auto pattern = [&, &model_name = name](std::string_view expression) -> JsonSchema::Pattern {
      std::string why;
      const std::shared_ptr<const vtl::Regex> regex = vtl::Regex::compile(expression, why);
      if (regex) return [regex](std::string_view text) { return regex->find(text, 0).has_value(); };
      notes.push_back(plan.key + ": model " + model_name + ": the pattern " + std::string(expression) +
                      " is no regular expression, and is not checked: " + why);
      return {};
    };
    std::shared_ptr<const JsonSchema> schema =
        JsonSchema::compile(self_contained(model->schema, definition.models), pattern, problem);
    if (!schema)
      notes.push_back(plan.key + ": model " + name + " is no JSON Schema: " + problem);
    else
      plan.body_schemas.emplace_back(type, std::move(schema));
  }
}

void set_validation(RoutePlan& plan, const ApiDefinition& definition, std::vector<std::string>& notes) {
  const auto& validators = definition.request_validators;
  const auto validator = std::find_if(validators.begin(), validators.end(), [&](const RequestValidator& v) {
    return v.id == plan.method->request_validator_id;
  });
  if (validator == validators.end()) return;
  plan.validate_parameters = validator->validate_request_parameters;
  plan.validate_body = validator->validate_request_body;
  if (!plan.validate_body) return;
  set_schemas(plan, plan.method->request_models, definition, notes);
}

std::vector<CompiledTemplate> compile_templates(const RoutePlan& plan, const StringMap& templates, const char* what,
                                                std::vector<std::string>& notes) {
  std::vector<CompiledTemplate> out;
  for (const auto& [type, text] : templates) {
    CompiledTemplate& made = out.emplace_back();
    made.content_type = type;
    made.is_empty = text.empty();
    try {
      made.compiled = vtl::Template::compile(text);
    } catch (const vtl::TemplateError& error) {
      made.problem = "line " + std::to_string(error.line) + ": " + error.what();
      notes.push_back(plan.key + ": its " + what + " template for " + type + ", " + made.problem + ": it answers 500");
    }
  }
  return out;
}

bool is_custom(const std::string& type) {  // no proxy
  return type == "AWS" || type == "HTTP" || type == "MOCK";
}

void set_templates(RoutePlan& plan, std::vector<std::string>& notes) {
  const Integration& integration = *plan.integration;
  plan.request_templates = compile_templates(plan, integration.request_templates, "request", notes);
  for (const IntegrationResponse& each : integration.responses) {
    ResponsePlan& made = plan.responses.emplace_back();
    made.response = &each;
    made.templates = compile_templates(plan, each.response_templates, "response", notes);
    // A WebSocket API's key is "$default", or a pattern between slashes.
    const std::string& key = each.response_key;
    const bool slashed = key.size() > 1 && key.starts_with('/') && key.ends_with('/');
    const std::string pattern = slashed ? key.substr(1, key.size() - 2) : each.selection_pattern;
    if (pattern.empty()) continue;
    std::string problem;
    made.pattern = vtl::Regex::compile(pattern, problem);
    if (!made.pattern)
      notes.push_back(plan.key + ": the selection pattern " + pattern + " is no regular expression: " + problem);
  }
}

void note_limits(const RoutePlan& plan, std::vector<std::string>& notes) {
  const Integration& i = *plan.integration;
  if (i.type == "AWS" && plan.function.empty()) {
    const std::optional<ServiceUri> uri = service_in_uri(plan.uri);
    if (!uri || uri->service != "dynamodb")
      notes.push_back(plan.key + ": AWS integrations reach Lambda functions and DynamoDB's actions, not " +
                      (uri ? uri->service : "\"" + plan.uri + "\"") + ": it answers 500");
  }
  if (!i.subtype.empty())
    notes.push_back(plan.key + ": integration subtype " + i.subtype + " is not served yet: it answers 500");
  if (i.connection_type == "VPC_LINK")
    notes.push_back(plan.key + ": there is no VPC link here: its URI is called directly");
}

void read_policy(ServedStage& served, std::vector<std::string>& notes) {
  const std::string& text = served.api->policy;
  if (text.empty()) return;
  std::string problem;
  served.policy = policy::Policy::parse(text, policy::PolicyKind::kResource, problem);
  served.policy_is_broken = !served.policy;
  if (!served.policy) notes.push_back("its resource policy: " + problem);
}

void complete(RoutePlan& plan, const Stage& stage, std::vector<std::string>& notes, int default_timeout_ms) {
  plan.uri = with_stage_variables(plan.integration->uri, stage.variables);
  plan.function = function_in_uri(plan.uri);
  plan.streams = is_streaming_uri(plan.uri) || plan.integration->response_transfer_mode == "STREAM";
  plan.timeout_ms = plan.integration->timeout_ms > 0 ? plan.integration->timeout_ms : default_timeout_ms;
  note_limits(plan, notes);
}

}  // namespace

const RoutePlan* ServedStage::plan_of(std::string_view route_key) const {
  for (const RoutePlan& each : plans)
    if (each.key == route_key) return &each;
  return nullptr;
}

std::shared_ptr<ServedStage> compile_stage(std::shared_ptr<const Api> api, const Stage& stage,
                                           std::vector<std::string>& notes) {
  auto served = std::make_shared<ServedStage>();
  served->api = api;
  served->stage = &stage;
  const Deployment* deployment = api->deployment(stage.deployment_id);
  if (!deployment) {
    notes.push_back("stage " + stage.name + " of " + api->name + " has no deployment: nothing of it is served");
    return nullptr;
  }
  served->definition = deployment->definition;
  const ApiDefinition& definition = *served->definition;
  const bool http = served->is_http();
  served->router = Router(http ? RouterKind::kHttp : RouterKind::kRest);
  AccessPlanner access(*api, definition, stage);
  if (http || served->is_websocket()) {
    served->selection = Selection(served->api->route_selection_expression);
    if (served->is_websocket() && !served->selection.valid())
      notes.push_back("route selection expression " + served->api->route_selection_expression +
                      " asks for something else than $request.body: that is always empty");
    for (const Route& route : definition.routes) {
      const std::string id = route.target.substr(route.target.find('/') + 1);
      const auto integration = std::find_if(definition.integrations.begin(), definition.integrations.end(),
                                            [&](const Integration& i) { return i.id == id; });
      if (integration == definition.integrations.end()) {
        notes.push_back(route.route_key + ": has no integration: it is not served");
        continue;
      }
      RoutePlan plan;
      plan.key = route.route_key;
      const size_t space = route.route_key.find(' ');
      plan.path = space == std::string::npos ? route.route_key : route.route_key.substr(space + 1);
      plan.route = &route;
      plan.integration = &*integration;
      plan.access = access.plan(route.authorization_type, route.authorizer_id, route.authorization_scopes,
                                route.api_key_required);
      complete(plan, stage, notes, http ? 30'000 : 29'000);
      set_limit(plan, stage, {route.route_key});
      if (!http) {
        if (is_custom(plan.integration->type)) set_templates(plan, notes);
        set_schemas(plan, route.request_models, definition, notes);
        plan.model_selection = Selection(route.model_selection_expression);
        served->plans.push_back(std::move(plan));
        continue;
      }
      if (space == std::string::npos)
        served->router.add_default(served->plans.size());
      else
        served->router.add(plan.path, route.route_key.substr(0, space), served->plans.size());
      served->plans.push_back(std::move(plan));
    }
    return served;
  }
  for (const Resource& resource : definition.resources) {
    for (const auto& [verb, method] : resource.methods) {
      if (!method.integration) {
        notes.push_back(verb + " " + resource.path + ": has no integration: it is not served");
        continue;
      }
      RoutePlan plan;
      plan.key = verb + " " + resource.path;
      plan.path = resource.path;
      plan.resource = &resource;
      plan.method = &method;
      plan.integration = &*method.integration;
      plan.access = access.plan(method.authorization_type, method.authorizer_id, method.authorization_scopes,
                                method.api_key_required);
      complete(plan, stage, notes, 29'000);
      const std::string slash = resource.path == "/" ? "/" : resource.path + "/";
      const std::vector<std::string> settings = {slash + verb, slash + "*", "/*/" + verb, "*/*"};
      set_limit(plan, stage, settings);
      set_cache(plan, *api, stage, settings);
      set_validation(plan, definition, notes);
      const std::string& type = plan.integration->type;
      if (is_custom(type)) set_templates(plan, notes);
      served->router.add(resource.path, verb, served->plans.size());
      served->plans.push_back(std::move(plan));
    }
  }
  read_policy(*served, notes);
  if (stage.canary) {
    std::vector<std::string> canary_notes;  // mostly the same again
    if (std::shared_ptr<ServedStage> canary = compile_stage(api, *stage.canary, canary_notes)) {
      canary->is_canary = true;
      served->canary = std::move(canary);
    }
  }
  return served;
}

}  // namespace stator::gateway
