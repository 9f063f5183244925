// Deployments and stages of a REST API. A deployment freezes the draft; a stage points at a deployment.
#include <algorithm>
#include <array>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/snapshot.h"

namespace stator::gateway::control {
namespace {

void check_stage_name(const std::string& name) {
  if (name.empty() ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != std::string::npos)
    throw bad_request("Stage name only allows a-zA-Z0-9_");
}

std::string no_stage(const ControlRequest&, const std::string&) {
  return "Invalid stage identifier specified";
}
std::string no_deployment(const ControlRequest&, const std::string&) {
  return "Invalid Deployment identifier specified";
}

void check_deployment(ControlRequest& request, const std::string& id) {
  if (!request.documents.has(child(api_path(request) + "/deployments", id)))
    throw bad_request("Deployment id does not exist");
}

void check_variables(const Node& owner, std::string_view member) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const Node* variables = owner.find(member);
  if (variables == nullptr) return;
  for (const Member& m : variables->members) {
    if (m.name.empty() || m.name.find_first_not_of(std::string(kLetters) + "_") != std::string::npos)
      throw bad_request("Invalid stage variable name: " + m.name +
                        ". Please use stage variable names with alphanumeric characters and underscores.");
    if (m.value.text.find_first_not_of(std::string(kLetters) + " -._~:/?#&=,") != std::string::npos)
      throw bad_request("Invalid stage variable value: " + m.value.text +
                        ". Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', "
                        "'?', '&', '=', and ','.");
  }
}

// The document's own: which cache holds the stage's answers. What an older one holds is never asked for again.
constexpr std::string_view kCacheId = "cacheId";

void empty_cache(Node& stage) {
  set_text(stage, kCacheId, new_id(10) + "/" + text_in(stage, "cacheClusterSize"));
}

void complete_stage(ControlRequest& request, Node& stage) {
  check_variables(stage, "variables");
  if (const Node* canary = stage.find("canarySettings")) check_variables(*canary, "stageVariableOverrides");
  const bool cache = flag_in(stage, "cacheClusterEnabled");
  set_default(stage, "cacheClusterEnabled", boolean_node(false));
  set_text(stage, "cacheClusterStatus", cache ? "AVAILABLE" : "NOT_AVAILABLE");
  if (cache) set_default(stage, "cacheClusterSize", text_node("0.5"));
  if (!cache) erase_member(stage, kCacheId);
  // Another size is another cache.
  const std::string size = text_in(stage, "cacheClusterSize");
  if (cache && !text_in(stage, kCacheId).ends_with("/" + size)) empty_cache(stage);
  set_default(stage, "methodSettings", map_node());
  set_default(stage, "tracingEnabled", boolean_node(false));
  set_default(stage, "createdDate", number_node(request.now_ms));
  stage.set("lastUpdatedDate", number_node(request.now_ms));
}

std::string prepare_stage(ControlRequest& request, Node& stage) {
  const std::string name = text_in(stage, "stageName");
  check_stage_name(name);
  if (request.documents.has(child(api_path(request) + "/stages", name))) throw conflict("Stage already exists");
  check_deployment(request, text_in(stage, "deploymentId"));
  if (Node* canary = stage.find("canarySettings"))
    if (const std::string id = text_in(*canary, "deploymentId"); !id.empty()) check_deployment(request, id);
  complete_stage(request, stage);
  return name;
}

// --- changes to a stage
// -----------------------------------------------------------------------------------------------

constexpr std::string_view kStagePatches =
    "/deploymentId /description /clientCertificateId /cacheClusterEnabled /cacheClusterSize /documentationVersion "
    "/tracingEnabled /variables /variables/* /accessLogSettings /accessLogSettings/destinationArn "
    "/accessLogSettings/format /canarySettings /canarySettings/percentTraffic /canarySettings/deploymentId "
    "/canarySettings/stageVariableOverrides /canarySettings/stageVariableOverrides/* /canarySettings/useStageCache";

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kMethodSettings = {{
    {"metrics/enabled", "metricsEnabled"},
    {"logging/dataTrace", "dataTraceEnabled"},
    {"logging/loglevel", "loggingLevel"},
    {"throttling/burstLimit", "throttlingBurstLimit"},
    {"throttling/rateLimit", "throttlingRateLimit"},
    {"caching/enabled", "cachingEnabled"},
    {"caching/ttlInSeconds", "cacheTtlInSeconds"},
    {"caching/dataEncrypted", "cacheDataEncrypted"},
    {"caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl"},
    {"caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy"},
}};

Node default_settings() {
  Node settings = map_node();
  settings.set("metricsEnabled", boolean_node(false));
  settings.set("dataTraceEnabled", boolean_node(false));
  settings.set("throttlingBurstLimit", number_node(5000));
  Node rate = number_node(10000);
  rate.text = "10000.0";
  settings.set("throttlingRateLimit", rate);
  settings.set("cachingEnabled", boolean_node(false));
  settings.set("cacheTtlInSeconds", number_node(300));
  settings.set("cacheDataEncrypted", boolean_node(false));
  settings.set("requireAuthorizationForCacheControl", boolean_node(true));
  set_text(settings, "unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITH_RESPONSE_HEADER");
  return settings;
}

// "/{path}/{verb}/{group}/{name}": the first two parts are the setting's key as written ("~1pets/GET", "*/*").
bool change_setting(const Patch& patch, const model::Shape& stage_shape, Node& stage) {
  if (patch.parts.size() != 4 && !(patch.op == "remove" && patch.parts.size() == 2)) return false;
  const size_t second = patch.path.find('/', 1), third = std::min(patch.path.find('/', second + 1), patch.path.size());
  const std::string key = patch.path.substr(1, third - 1);
  const std::string& verb = patch.parts[1];
  if (verb != "*" && (verb.empty() || verb.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos))
    return false;
  Node& settings = child_map(stage, "methodSettings");
  if (patch.op == "remove" && patch.parts.size() == 2) {
    erase_member(settings, key);
    return true;
  }
  const std::string name = patch.parts[2] + "/" + patch.parts[3];
  const auto known = std::find_if(kMethodSettings.begin(), kMethodSettings.end(),
                                  [&](const auto& each) { return each.first == name; });
  if (known == kMethodSettings.end()) return false;
  if (settings.find(key) == nullptr) settings.set(key, default_settings());
  if (known->second == "loggingLevel" && patch.op != "remove" && patch.value != "OFF" && patch.value != "ERROR" &&
      patch.value != "INFO")
    throw bad_request("Invalid patch value  '" + patch.value + "' specified for path '" + patch.path + "'");
  if (known->second == "cacheTtlInSeconds" && patch.op != "remove" &&
      (patch.value.empty() || patch.value.size() > 4 ||
       patch.value.find_first_not_of("0123456789") != std::string::npos || std::stoi(patch.value) > 3600))
    throw bad_request("Invalid patch value  '" + patch.value + "' specified for path '" + patch.path + "'");
  Patch inner = patch;
  inner.parts = {std::string(known->second)};
  const model::Shape& map = model::target(stage_shape, *model::find(stage_shape, "methodSettings"));
  if (patch.op == "remove") {
    settings.find(key)->set(known->second, *default_settings().find(known->second));
    return true;
  }
  return apply_patch(inner, model::element(map), *settings.find(key));
}

// "copy": a canary's variables or its deployment become the stage's.
bool copy_member(const Patch& patch, Node& stage) {
  const std::vector<std::string> from = pointer_parts(patch.from);
  const Node* source = &stage;
  for (const std::string& part : from) {
    source = source->find(part);
    if (source == nullptr) return true;
  }
  if (patch.parts.size() == 1 && patch.parts[0] == "deploymentId") {
    stage.set("deploymentId", *source);
    return true;
  }
  if (patch.parts.size() == 1 && patch.parts[0] == "variables" && source->is_map()) {
    const Node variables = *source;
    Node& own = child_map(stage, "variables");
    for (const Member& m : variables.members) own.set(m.name, m.value);
    return true;
  }
  return false;
}

void update_stage(ControlRequest& request) {
  require_api(request);
  const std::string path = child(api_path(request) + "/stages", request.name("stage_name"));
  std::optional<Node> stage = request.documents.find(path);
  if (!stage) throw not_found(no_stage(request, {}));
  const model::Shape& shape = request.output_shape();
  for (const Patch& patch : patches_of(request)) {
    const bool done = patch.op == "copy"                ? copy_member(patch, *stage)
                      : may_patch(patch, kStagePatches) ? apply_patch(patch, shape, *stage)
                                                        : change_setting(patch, shape, *stage);
    if (!done) refuse_patch(patch, kStagePatches);
  }
  check_deployment(request, text_in(*stage, "deploymentId"));
  complete_stage(request, *stage);
  request.documents.put(path, *stage);
  touch_api(request);
  request.reply.body = *std::move(stage);
}

// --- deployments
// ------------------------------------------------------------------------------------------------------

void check_deployable(const Draft& draft) {
  size_t methods = 0;
  for (const auto& [path, document] : draft.parts) {
    if (!path.starts_with("resources/")) continue;
    const size_t at = path.find("/methods/");
    if (at == std::string::npos || path.find('/', at + 9) != std::string::npos) continue;
    ++methods;
    if (draft.part(path + "/integration") == nullptr) throw bad_request("No integration defined for method");
  }
  if (methods == 0) throw bad_request("The REST API doesn't contain any methods");
}

Node api_summary(const Draft& draft) {
  Node summary = map_node();
  for (const auto& [path, method] : draft.parts) {
    const size_t at = path.find("/methods/");
    if (!path.starts_with("resources/") || at == std::string::npos || path.find('/', at + 9) != std::string::npos)
      continue;
    const Node* resource = draft.part(path.substr(0, at));
    if (resource == nullptr) continue;
    Node snapshot = map_node();
    set_text(snapshot, "authorizationType", text_in(method, "authorizationType"));
    snapshot.set("apiKeyRequired", boolean_node(flag_in(method, "apiKeyRequired")));
    child_map(summary, text_in(*resource, "path")).set(text_in(method, "httpMethod"), std::move(snapshot));
  }
  return summary;
}

// The stage that CreateDeployment names is made, or moved to the new deployment.
void point_stage(ControlRequest& request, const std::string& name, const std::string& deployment) {
  check_stage_name(name);
  const std::string path = child(api_path(request) + "/stages", name);
  Node stage = request.documents.find(path).value_or(map_node());
  const bool fresh = stage.find("stageName") == nullptr;
  set_text(stage, "stageName", name);
  const Node* canary = request.input.find("canarySettings");
  if (canary != nullptr && !fresh) {
    Node settings = *canary;
    set_text(settings, "deploymentId", deployment);
    stage.set("canarySettings", std::move(settings));
  } else {
    if (canary != nullptr) throw bad_request("Deployment cannot be made as a canary on a stage that does not exist");
    set_text(stage, "deploymentId", deployment);
  }
  for (std::string_view member : {"cacheClusterEnabled", "cacheClusterSize", "tracingEnabled", "variables"})
    if (const Node* given = request.input.find(member)) stage.set(member, *given);
  if (const Node* text = request.input.find("stageDescription")) stage.set("description", *text);
  complete_stage(request, stage);
  request.documents.put(path, stage);
}

std::string prepare_deployment(ControlRequest& request, Node& deployment) {
  const Draft draft = draft_of(request.documents, api_path(request), require_api(request));
  check_deployable(draft);
  const std::string id = new_id(6);
  set_text(deployment, "id", id);
  deployment.set("createdDate", number_node(request.now_ms));
  freeze(request.documents, draft, request.name("restapi_id"), id);
  if (const std::string stage = text_in(request.input, "stageName"); !stage.empty()) point_stage(request, stage, id);
  return id;
}

void show_deployment(ControlRequest& request, Node& deployment) {
  if (request.operation.name != "GetDeployment" && request.operation.name != "GetDeployments") return;
  bool embed = false;
  for (const auto& [key, value] : request.query)
    embed = embed || (key == "embed" && value.find("apisummary") != value.npos);
  if (!embed) return;
  if (const std::optional<Draft> draft =
          frozen(request.documents, request.name("restapi_id"), text_in(deployment, "id")))
    deployment.set("apiSummary", api_summary(*draft));
}

void remove_deployment(ControlRequest& request, const Node& deployment) {
  const std::string id = text_in(deployment, "id");
  for (const auto& [path, stage] : request.documents.children(api_path(request) + "/stages")) {
    const Node* canary = stage.find("canarySettings");
    if (text_in(stage, "deploymentId") == id || (canary != nullptr && text_in(*canary, "deploymentId") == id))
      throw bad_request("Active stages pointing to this deployment must be moved or deleted");
  }
  request.documents.erase(child(child("/snapshots", request.name("restapi_id")), id));
}

constexpr ResourceType kDeployments{
    .create = "CreateDeployment",
    .get = "GetDeployment",
    .list = "GetDeployments",
    .update = "UpdateDeployment",
    .remove = "DeleteDeployment",
    .collection = "/restapis/{restapi_id}/deployments",
    .id = "deployment_id",
    .missing = no_deployment,
    .prepare = prepare_deployment,
    .removing = remove_deployment,
    .patchable = "/description",
    .show = show_deployment,
};

constexpr ResourceType kStages{
    .create = "CreateStage",
    .get = "GetStage",
    .list = {},
    .update = {},
    .remove = "DeleteStage",
    .collection = "/restapis/{restapi_id}/stages",
    .id = "stage_name",
    .missing = no_stage,
    .prepare = prepare_stage,
};

void list_stages(ControlRequest& request) {
  require_api(request);
  std::vector<std::pair<std::string, Node>> stages = request.documents.children(api_path(request) + "/stages");
  if (const std::string deployment = request.asked("deploymentId"); !deployment.empty())
    std::erase_if(stages, [&](const auto& each) { return text_in(each.second, "deploymentId") != deployment; });
  answer_page(request, std::move(stages));
}

}  // namespace

bool run_rest_stages(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (run_generic(request, kDeployments) || run_generic(request, kStages)) return true;
  if (name == "UpdateStage") {
    update_stage(request);
    return true;
  }
  if (name == "GetStages") {
    list_stages(request);
    return true;
  }
  if (name == "FlushStageCache" || name == "FlushStageAuthorizersCache") {
    require_api(request);
    const std::string path = child(api_path(request) + "/stages", request.name("stage_name"));
    std::optional<Node> stage = request.documents.find(path);
    if (!stage) throw not_found(no_stage(request, {}));
    if (name == "FlushStageCache" && flag_in(*stage, "cacheClusterEnabled")) {
      empty_cache(*stage);
      request.documents.put(path, *stage);
    }
    touch_api(request);  // compiled again; what authorizers said is not remembered
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
