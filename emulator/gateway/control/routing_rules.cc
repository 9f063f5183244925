// Routing rules of custom domain names: which API a request leads to by its headers and base path, in order of
// priority. Kept below their domain: /domainnames/NAME/rules/ID, in the wire's form.
#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

constexpr double kLargestPriority = 1'000'000;

std::string rules_of(ControlRequest& request) {
  const std::string domain = child("/domainnames", request.name("domainName"));
  if (!request.documents.has(domain)) throw not_found("Invalid domain name identifier specified");
  return domain + "/rules";
}

void check_action(ControlRequest& request, const Node& rule) {
  const Node* actions = rule.find("actions");
  const Node* invoke = actions->items.size() == 1 ? actions->items.front().find("invokeApi") : nullptr;
  if (invoke == nullptr) throw bad_request("A routing rule must have one action, which invokes an API");
  const std::string id = text_in(*invoke, "apiId"), rest = child("/restapis", id);
  const std::string api = request.documents.has(rest) ? rest : child("/v2/apis", id);
  if (!request.documents.has(api)) throw bad_request("Invalid API identifier specified " + request.account + ":" + id);
  if (!request.documents.has(child(api + "/stages", text_in(*invoke, "stage"))))
    throw bad_request("Invalid stage identifier specified");
}

void check_rule(ControlRequest& request, const std::string& collection, const Node& rule) {
  check_action(request, rule);
  for (const Node& condition : rule.find("conditions")->items)
    if ((condition.find("matchBasePaths") == nullptr) == (condition.find("matchHeaders") == nullptr))
      throw bad_request("A condition of a routing rule must match either base paths or headers");
  const double priority = number_in(rule, "priority").value_or(0);
  if (priority < 1 || priority > kLargestPriority) throw bad_request("Priority must be between 1 and 1000000");
  for (const auto& [path, other] : request.documents.children(collection))
    if (number_in(other, "priority") == priority && text_in(other, "routingRuleId") != text_in(rule, "routingRuleId"))
      throw conflict("Routing rule with priority " + text_in(rule, "priority") +
                     " already exists for this domain name");
}

void put_rule(ControlRequest& request, const std::string& collection, const std::string& id) {
  Node rule = taken_input(request, request.output_shape());
  set_text(rule, "routingRuleId", id);
  set_text(rule, "routingRuleArn",
           "arn:aws:apigateway:" + request.region + ":" + request.account + ":/domainnames/" +
               request.name("domainName") + "/routingrules/" + id);
  check_rule(request, collection, rule);
  request.documents.put(child(collection, id), rule);
  request.changed.push_back("/domainnames");
  request.reply.body = std::move(rule);
}

void list_rules(ControlRequest& request, const std::string& collection) {
  answer_page(request, request.documents.children(collection));
  Node& body = request.reply.body;
  body.set("routingRules", *body.find("items"));
}

}  // namespace

bool run_routing_rules(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (!name.ends_with("RoutingRule") && name != "ListRoutingRules") return false;
  const std::string collection = rules_of(request);
  if (name == "ListRoutingRules") {
    list_rules(request, collection);
    return true;
  }
  if (name == "CreateRoutingRule") {
    put_rule(request, collection, new_id(6));
    return true;
  }
  const std::string& id = request.name("routingRuleId");
  std::optional<Node> rule = request.documents.find(child(collection, id));
  if (!rule) throw not_found("Unable to find RoutingRule with id " + id);
  if (name == "PutRoutingRule") {
    put_rule(request, collection, id);
  } else if (name == "DeleteRoutingRule") {
    request.documents.erase(child(collection, id));
    request.changed.push_back("/domainnames");
  } else {
    request.reply.body = *std::move(rule);
  }
  return true;
}

}  // namespace stator::gateway::control
