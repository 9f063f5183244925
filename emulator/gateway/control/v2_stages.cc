// Stages and deployments of HTTP and WebSocket APIs.
#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/snapshot.h"
#include "emulator/gateway/control/v2_deploy.h"

namespace stator::gateway::control {
namespace {

std::string id_in(const std::string& api_path) {
  return percent_decode(api_path.substr(api_path.rfind('/') + 1));
}

void check_stage(ControlRequest& request, const Node& stage) {
  const std::string path = api_path(request), deployment = text_in(stage, "deploymentId");
  if (!deployment.empty() && !request.documents.has(child(path + "/deployments", deployment)))
    throw not_found("Unable to find Deployment with id " + deployment);
  const Node* settings = stage.find("routeSettings");
  if (settings == nullptr) return;
  const auto routes = request.documents.children(path + "/routes");
  for (const Member& m : settings->members)
    if (std::none_of(routes.begin(), routes.end(),
                     [&](const auto& route) { return text_in(route.second, "routeKey") == m.name; }))
      throw not_found("Unable to find Route by key " + m.name + " within the provided RouteSettings");
}

std::string no_v2_stage(const ControlRequest&, const std::string&) {
  return "Invalid stage identifier specified";
}

std::string prepare_v2_stage(ControlRequest& request, Node& stage) {
  const std::string name = text_in(stage, "stageName");
  const Node api = require_api(request);
  const bool good = name == "$default" ? text_in(api, "protocolType") == "HTTP"
                                       : !name.empty() && name.find_first_not_of(
                                                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"
                                                              "LMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
  if (!good) throw bad_request("Stage name only allows a-zA-Z0-9_-$default");
  if (request.documents.has(child(api_path(request) + "/stages", name))) throw conflict("Stage already exists");
  if (flag_in(stage, "autoDeploy") && stage.find("deploymentId") != nullptr)
    throw bad_request("A deploymentId must not be given for a stage with autoDeploy");
  check_stage(request, stage);
  complete_v2_stage(request, stage);
  return name;
}

void changed_stage(ControlRequest& request, const Node& before, Node& stage) {
  if (flag_in(before, "autoDeploy") && flag_in(stage, "autoDeploy") && request.input.find("deploymentId") != nullptr)
    throw bad_request("Deployments cannot be attached to stages with autoDeploy enabled");
  check_stage(request, stage);
  complete_v2_stage(request, stage);
}

constexpr ResourceType kV2Stages{
    .create = "CreateStage",
    .get = "GetStage",
    .list = "GetStages",
    .update = "UpdateStage",
    .remove = "DeleteStage",
    .collection = "/v2/apis/{apiId}/stages",
    .id = "stageName",
    .missing = no_v2_stage,
    .prepare = prepare_v2_stage,
    .changed = changed_stage,
};

std::string no_v2_deployment(const ControlRequest&, const std::string& id) {
  return "Unable to find Deployment with id " + id;
}

void remove_v2_deployment(ControlRequest& request, const Node& deployment) {
  const std::string id = text_in(deployment, "deploymentId");
  for (const auto& [path, stage] : request.documents.children(api_path(request) + "/stages"))
    if (text_in(stage, "deploymentId") == id)
      throw bad_request("Active stages pointing to this deployment must be moved or deleted");
  request.documents.erase(child(child("/snapshots", request.name("apiId")), id));
}

constexpr ResourceType kV2Deployments{
    .create = {},
    .get = "GetDeployment",
    .list = "GetDeployments",
    .update = "UpdateDeployment",
    .remove = "DeleteDeployment",
    .collection = "/v2/apis/{apiId}/deployments",
    .id = "deploymentId",
    .missing = no_v2_deployment,
    .prepare = nullptr,
    .removing = remove_v2_deployment,
};

void create_deployment(ControlRequest& request) {
  require_api(request);
  const std::string path = api_path(request), stage_name = text_in(request.input, "stageName");
  std::optional<Node> stage;
  if (!stage_name.empty()) {
    stage = request.documents.find(child(path + "/stages", stage_name));
    if (!stage) throw not_found(no_v2_stage(request, {}));
    if (flag_in(*stage, "autoDeploy"))
      throw bad_request("Deployments cannot be attached to stages with autoDeploy enabled");
  }
  if (request.documents.children(path + "/routes").empty())
    throw bad_request("At least one route is required before deploying the Api.");
  Node deployment = deploy_v2(request, path, text_in(request.input, "description"), false);
  if (stage) {
    set_text(*stage, "deploymentId", text_in(deployment, "deploymentId"));
    complete_v2_stage(request, *stage);
    request.documents.put(child(path + "/stages", stage_name), *stage);
    touch_api(request);
  }
  request.reply.body = std::move(deployment);
}

// DeleteAccessLogSettings, DeleteRouteSettings, ResetAuthorizersCache.
void change_stage(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  require_api(request);
  const std::string path = child(api_path(request) + "/stages", request.name("stageName"));
  std::optional<Node> stage = request.documents.find(path);
  if (!stage) throw not_found(no_v2_stage(request, {}));
  touch_api(request);
  if (name == "ResetAuthorizersCache") return;  // compiled again, nothing is remembered
  if (name == "DeleteAccessLogSettings") erase_member(*stage, "accessLogSettings");
  if (name == "DeleteRouteSettings") {
    const std::string& key = request.name("routeKey");
    Node& settings = child_map(*stage, "routeSettings");
    if (settings.find(key) == nullptr) throw not_found("Unable to find RouteSettings by key " + key);
    erase_member(settings, key);
  }
  complete_v2_stage(request, *stage);
  request.documents.put(path, *stage);
}

}  // namespace

void complete_v2_stage(ControlRequest& request, Node& stage) {
  set_default(stage, "autoDeploy", boolean_node(false));
  set_default(stage, "defaultRouteSettings", map_node());
  set_default(*stage.find("defaultRouteSettings"), "detailedMetricsEnabled", boolean_node(false));
  set_default(stage, "routeSettings", map_node());
  set_default(stage, "stageVariables", map_node());
  set_default(stage, "tags", map_node());
  set_default(stage, "createdDate", number_node(request.now_ms));
  stage.set("lastUpdatedDate", number_node(request.now_ms));
}

Node deploy_v2(ControlRequest& request, const std::string& path, const std::string& description, bool automatic) {
  const std::string id = new_id(6);
  Node deployment = map_node();
  deployment.set("autoDeployed", boolean_node(automatic));
  set_text(deployment, "deploymentId", id);
  set_text(deployment, "deploymentStatus", "DEPLOYED");
  if (!description.empty()) set_text(deployment, "description", description);
  deployment.set("createdDate", number_node(request.now_ms));
  freeze(request.documents, draft_of(request.documents, path, *request.documents.find(path)), id_in(path), id);
  request.documents.put(path + "/deployments/" + id, deployment);
  return deployment;
}

void deploy_by_itself(ControlRequest& request, const std::string& path) {
  std::vector<std::pair<std::string, Node>> stages = request.documents.children(path + "/stages");
  std::erase_if(stages, [](const auto& each) { return !flag_in(each.second, "autoDeploy"); });
  if (stages.empty() || request.documents.children(path + "/routes").empty()) return;
  const std::string id =
      text_in(deploy_v2(request, path, "Automatic deployment triggered by changes to the Api configuration", true),
              "deploymentId");
  std::vector<std::string> left;
  for (auto& [at, stage] : stages) {
    left.push_back(text_in(stage, "deploymentId"));
    set_text(stage, "deploymentId", id);
    set_text(stage, "lastDeploymentStatusMessage", "Successfully deployed stage with deployment ID '" + id + "'");
    request.documents.put(at, stage);
  }
  // What only these stages pointed at was made by itself and is wanted by nobody: its copy goes.
  for (const std::string& old : left) {
    const std::string deployment = path + "/deployments/" + old;
    const std::optional<Node> document = old.empty() ? std::nullopt : request.documents.find(deployment);
    if (!document || !flag_in(*document, "autoDeployed")) continue;
    const auto all = request.documents.children(path + "/stages");
    if (std::none_of(all.begin(), all.end(), [&](const auto& s) { return text_in(s.second, "deploymentId") == old; })) {
      request.documents.erase(deployment);
      request.documents.erase(child(child("/snapshots", id_in(path)), old));
    }
  }
  if (std::find(request.changed.begin(), request.changed.end(), path) == request.changed.end())
    request.changed.push_back(path);
}

bool run_v2_stages(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (run_generic(request, kV2Stages)) {
    // A stage that deploys by itself does so at once.
    if (name == "CreateStage" || name == "UpdateStage") {
      deploy_by_itself(request, api_path(request));
      const std::string stage = name == "CreateStage" ? text_in(request.input, "stageName") : request.name("stageName");
      request.reply.body = *request.documents.find(child(api_path(request) + "/stages", stage));
    }
    return true;
  }
  if (run_generic(request, kV2Deployments)) return true;
  if (name == "CreateDeployment") {
    create_deployment(request);
    return true;
  }
  if (name == "DeleteAccessLogSettings" || name == "DeleteRouteSettings" || name == "ResetAuthorizersCache") {
    change_stage(request);
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
