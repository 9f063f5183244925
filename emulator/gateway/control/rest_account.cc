// What belongs to an account rather than to one API: API keys, usage plans, the account's settings, VPC links, client
// certificates, tags.
#include <algorithm>

#include "emulator/gateway/control/certificate.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

// --- API keys
// ---------------------------------------------------------------------------------------------------------

std::string no_key(const ControlRequest&, const std::string&) {
  return "Invalid API Key identifier specified";
}

std::string prepare_key(ControlRequest& request, Node& key) {
  std::string value = text_in(key, "value");
  if (!value.empty() && value.size() < 20) throw bad_request("API Key value should be at least 20 characters");
  if (value.empty()) value = new_id(40);
  for (const auto& [path, other] : request.documents.children("/apikeys"))
    if (text_in(other, "value") == value) throw conflict("API Key already exists");
  const std::string id = new_id(10);
  set_text(key, "id", id);
  set_text(key, "value", value);
  set_default(key, "enabled", boolean_node(false));
  Node stages = list_node();
  if (const Node* given = request.input.find("stageKeys"))
    for (const Node& each : given->items)
      stages.items.push_back(text_node(text_in(each, "restApiId") + "/" + text_in(each, "stageName")));
  key.set("stageKeys", std::move(stages));
  key.set("createdDate", number_node(request.now_ms));
  key.set("lastUpdatedDate", number_node(request.now_ms));
  return id;
}

// The value is shown to who makes a key or asks for it.
void show_key(ControlRequest& request, Node& key) {
  const std::string_view name = request.operation.name;
  const bool asked = request.asked(name == "GetApiKeys" ? "includeValues" : "includeValue") == "true";
  if ((name == "GetApiKey" || name == "GetApiKeys" || name == "UpdateApiKey") && !asked) erase_member(key, "value");
}

constexpr ResourceType kKeys{
    .create = "CreateApiKey",
    .get = "GetApiKey",
    .list = {},
    .update = {},
    .remove = "DeleteApiKey",
    .collection = "/apikeys",
    .id = "api_Key",
    .missing = no_key,
    .prepare = prepare_key,
    .removing =
        [](ControlRequest& request, const Node& key) {
          for (const auto& [path, plan] : request.documents.children("/usageplans"))
            request.documents.erase(child(path + "/keys", text_in(key, "id")));
        },
    .show = show_key,
};

void update_key(ControlRequest& request) {
  constexpr std::string_view kPatchable = "/name /description /enabled /customerId /stages";
  const std::string path = child("/apikeys", request.name("api_Key"));
  std::optional<Node> key = request.documents.find(path);
  if (!key) throw not_found(no_key(request, {}));
  for (Patch patch : patches_of(request)) {
    if (!may_patch(patch, kPatchable)) refuse_patch(patch, kPatchable);
    if (patch.parts[0] == "stages") patch.parts[0] = "stageKeys";
    if (!apply_patch(patch, request.output_shape(), *key)) refuse_patch(patch, kPatchable);
  }
  key->set("lastUpdatedDate", number_node(request.now_ms));
  request.documents.put(path, *key);
  show_key(request, *key);
  request.reply.body = *std::move(key);
}

void list_keys(ControlRequest& request) {
  std::vector<std::pair<std::string, Node>> keys = request.documents.children("/apikeys");
  const std::string name = request.asked("name"), customer = request.asked("customerId");
  std::erase_if(keys, [&](const auto& each) {
    return (!name.empty() && !text_in(each.second, "name").starts_with(name)) ||
           (!customer.empty() && text_in(each.second, "customerId") != customer);
  });
  for (auto& [path, key] : keys) show_key(request, key);
  answer_page(request, std::move(keys));
}

// --- usage plans
// ------------------------------------------------------------------------------------------------------

std::string no_plan(const ControlRequest&, const std::string&) {
  return "Invalid Usage Plan ID specified";
}

void check_plan(ControlRequest& request, const Node& plan) {
  const Node* stages = plan.find("apiStages");
  if (stages != nullptr)
    for (const Node& each : stages->items) {
      const std::string api = child("/restapis", text_in(each, "apiId"));
      if (!request.documents.has(api))
        throw not_found("API Stage not found: " + text_in(each, "apiId") + ":" + text_in(each, "stage"));
      if (!request.documents.has(child(api + "/stages", text_in(each, "stage"))))
        throw not_found("API Stage not found: " + text_in(each, "apiId") + ":" + text_in(each, "stage"));
    }
  if (const Node* quota = plan.find("quota")) {
    const std::string period = text_in(*quota, "period");
    const double offset = number_in(*quota, "offset").value_or(0);
    if (!number_in(*quota, "limit") || period.empty())
      throw bad_request("Usage Plan quota must specify both a limit and a period");
    if (offset < 0 || (period == "DAY" && offset != 0) || (period == "WEEK" && offset > 6) ||
        (period == "MONTH" && offset > 27))
      throw bad_request(
          "Usage Plan quota offset must be zero in the DAY period, between 0 and 6 in the WEEK period and "
          "between 0 and 27 in the MONTH period");
  }
}

std::string prepare_plan(ControlRequest& request, Node& plan) {
  const std::string id = new_id(6);
  set_text(plan, "id", id);
  set_default(plan, "apiStages", list_node());
  check_plan(request, plan);
  return id;
}

constexpr ResourceType kPlans{
    .create = "CreateUsagePlan",
    .get = "GetUsagePlan",
    .list = {},
    .update = {},
    .remove = "DeleteUsagePlan",
    .collection = "/usageplans",
    .id = "usageplanId",
    .missing = no_plan,
    .prepare = prepare_plan,
    .removing =
        [](ControlRequest&, const Node& plan) {
          const Node* stages = plan.find("apiStages");
          if (stages != nullptr && !stages->items.empty())
            throw bad_request("Cannot delete usage plan " + text_in(plan, "id") +
                              " because there are API stages associated with it");
        },
};

// The entry of an "api:stage" in a plan, or null.
Node* plan_stage(Node& plan, std::string_view name) {
  Node* stages = plan.find("apiStages");
  if (stages != nullptr)
    for (Node& each : stages->items)
      if (text_in(each, "apiId") + ":" + text_in(each, "stage") == name) return &each;
  return nullptr;
}

// "/apiStages" adds and removes "api:stage"; "/apiStages/api:stage/throttle/PATH/rateLimit" is a method's own limit.
bool change_stages(Patch patch, const model::Shape& shape, Node& plan) {
  if (patch.parts.size() == 1) {
    const size_t colon = patch.value.find(':');
    if (colon == std::string::npos) throw bad_request("Invalid API Stage specified: " + patch.value);
    if (plan.find("apiStages") == nullptr) plan.set("apiStages", list_node());
    Node& stages = *plan.find("apiStages");
    if (patch.op == "remove") {
      std::erase_if(stages.items, [&](const Node& each) {
        return text_in(each, "apiId") + ":" + text_in(each, "stage") == patch.value;
      });
    } else if (plan_stage(plan, patch.value) == nullptr) {
      Node stage = map_node();
      set_text(stage, "apiId", patch.value.substr(0, colon));
      set_text(stage, "stage", patch.value.substr(colon + 1));
      stages.items.push_back(std::move(stage));
    }
    return true;
  }
  Node* stage = plan_stage(plan, patch.parts[1]);
  if (stage == nullptr) throw bad_request("Invalid API Stage specified: " + patch.parts[1]);
  patch.parts.erase(patch.parts.begin(), patch.parts.begin() + 2);
  // A method's path may stand in it as it is, "/throttle//pets/GET/rateLimit", as well as escaped.
  while (patch.parts.size() > 3) {
    patch.parts[1] += "/" + patch.parts[2];
    patch.parts.erase(patch.parts.begin() + 2);
  }
  const model::Shape& entry = model::element(model::target(shape, *model::find(shape, "apiStages")));
  return apply_patch(patch, entry, *stage);
}

void update_plan(ControlRequest& request) {
  constexpr std::string_view kPatchable =
      "/name /description /productCode /quota /quota/limit /quota/offset /quota/period /throttle /throttle/rateLimit "
      "/throttle/burstLimit /apiStages /apiStages/**";
  const std::string path = child("/usageplans", request.name("usageplanId"));
  std::optional<Node> plan = request.documents.find(path);
  if (!plan) throw not_found(no_plan(request, {}));
  for (const Patch& patch : patches_of(request)) {
    if (!may_patch(patch, kPatchable)) refuse_patch(patch, kPatchable);
    const bool done = patch.parts[0] == "apiStages" ? change_stages(patch, request.output_shape(), *plan)
                                                    : apply_patch(patch, request.output_shape(), *plan);
    if (!done) refuse_patch(patch, kPatchable);
  }
  check_plan(request, *plan);
  request.documents.put(path, *plan);
  request.reply.body = *std::move(plan);
}

void list_plans(ControlRequest& request) {
  std::vector<std::pair<std::string, Node>> plans = request.documents.children("/usageplans");
  if (const std::string key = request.asked("keyId"); !key.empty())
    std::erase_if(plans, [&](const auto& each) { return !request.documents.has(child(each.first + "/keys", key)); });
  answer_page(request, std::move(plans));
}

std::string prepare_plan_key(ControlRequest& request, Node& entry) {
  const std::string id = text_in(request.input, "keyId");
  if (text_in(request.input, "keyType") != "API_KEY") throw bad_request("Usage Plan Keys only support type API_KEY");
  const std::optional<Node> key = request.documents.find(child("/apikeys", id));
  if (!key) throw not_found(no_key(request, {}));
  if (request.documents.has(child(child("/usageplans", request.name("usageplanId")) + "/keys", id)))
    throw conflict("Usage Plan Key already exists for this usage plan");
  set_text(entry, "id", id);
  set_text(entry, "type", "API_KEY");
  return id;
}

// A plan's key is the key as it is now.
void show_plan_key(ControlRequest& request, Node& entry) {
  const std::optional<Node> key = request.documents.find(child("/apikeys", text_in(entry, "id")));
  if (!key) return;
  for (std::string_view member : {"name", "value"})
    if (const Node* found = key->find(member)) entry.set(member, *found);
}

constexpr ResourceType kPlanKeys{
    .create = "CreateUsagePlanKey",
    .get = "GetUsagePlanKey",
    .list = "GetUsagePlanKeys",
    .update = {},
    .remove = "DeleteUsagePlanKey",
    .collection = "/usageplans/{usageplanId}/keys",
    .id = "keyId",
    .missing = no_key,
    .prepare = prepare_plan_key,
    .show = show_plan_key,
};

// --- VPC links and client certificates
// --------------------------------------------------------------------------------

std::string prepare_link(ControlRequest&, Node& link) {
  if (texts_in(link, "targetArns").empty()) throw bad_request("Target ARNs must not be empty");
  const std::string id = new_id(6);
  set_text(link, "id", id);
  return id;
}

constexpr ResourceType kLinks{
    .create = "CreateVpcLink",
    .get = "GetVpcLink",
    .list = "GetVpcLinks",
    .update = "UpdateVpcLink",
    .remove = "DeleteVpcLink",
    .collection = "/vpclinks",
    .id = "vpclink_id",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Vpc Link identifier specified"); },
    .prepare = prepare_link,
    .patchable = "/name /description",
    .show =
        [](ControlRequest& request, Node& link) {
          set_text(link, "status", request.operation.name == "CreateVpcLink" ? "PENDING" : "AVAILABLE");
        },
};

std::string prepare_certificate(ControlRequest& request, Node& certificate) {
  constexpr int64_t kYear = 365LL * 24 * 3600 * 1000;
  const std::string id = new_id(6);
  set_text(certificate, "clientCertificateId", id);
  certificate.set("createdDate", number_node(request.now_ms));
  certificate.set("expirationDate", number_node(request.now_ms + kYear));
  set_text(certificate, "pemEncodedCertificate", new_certificate(request.now_ms, request.now_ms + kYear));
  return id;
}

constexpr ResourceType kCertificates{
    .create = "GenerateClientCertificate",
    .get = "GetClientCertificate",
    .list = "GetClientCertificates",
    .update = "UpdateClientCertificate",
    .remove = "DeleteClientCertificate",
    .collection = "/clientcertificates",
    .id = "clientcertificate_id",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Client Certificate identifier specified"); },
    .prepare = prepare_certificate,
    .patchable = "/description",
};

// --- the account
// ------------------------------------------------------------------------------------------------------

Node account_of(ControlRequest& request) {
  Node account = request.documents.find("/account").value_or(map_node());
  Node throttle = map_node();
  throttle.set("burstLimit", number_node(5000));
  Node rate = number_node(10000);
  rate.text = "10000.0";
  throttle.set("rateLimit", std::move(rate));
  account.set("throttleSettings", std::move(throttle));
  Node features = list_node();
  features.items.push_back(text_node("UsagePlans"));
  account.set("features", std::move(features));
  set_text(account, "apiKeyVersion", "4");
  return account;
}

void run_account(ControlRequest& request) {
  constexpr std::string_view kPatchable = "/cloudwatchRoleArn /features";
  Node account = account_of(request);
  if (request.operation.name == "UpdateAccount") {
    apply_patches(request, request.output_shape(), kPatchable, account);
    const std::string role = text_in(account, "cloudwatchRoleArn");
    if (role.empty()) erase_member(account, "cloudwatchRoleArn");
    if (!role.empty() && (!role.starts_with("arn:") || role.find(":role/") == std::string::npos))
      throw bad_request(
          "The role ARN does not have required permissions configured. Please grant trust permission for "
          "API Gateway and add the required role policy.");
    request.documents.put("/account", account);
  }
  request.reply.body = std::move(account);
}

}  // namespace

bool run_rest_account(ControlRequest& request) {
  using Function = void (*)(ControlRequest&);
  static constexpr std::pair<std::string_view, Function> kOperations[] = {
      {"GetApiKeys", list_keys},        {"UpdateApiKey", update_key}, {"GetUsagePlans", list_plans},
      {"UpdateUsagePlan", update_plan}, {"GetAccount", run_account},  {"UpdateAccount", run_account},
  };
  for (const ResourceType* type : {&kKeys, &kPlans, &kPlanKeys, &kLinks, &kCertificates})
    if (run_generic(request, *type)) {
      if (request.operation.method != "GET") request.changed.push_back("/apikeys");
      return true;
    }
  for (const auto& [name, function] : kOperations) {
    if (name != request.operation.name) continue;
    function(request);
    if (request.operation.method != "GET") request.changed.push_back("/apikeys");
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
