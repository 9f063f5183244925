#include "emulator/gateway/import/sam_method.h"

#include <set>

#include "emulator/gateway/import/api_builder.h"

namespace stator::gateway {

using templates::Member;
using templates::Node;

namespace {

RequestValidator& validator(Api& api, bool body, bool parameters) {
  const std::string name = body && parameters ? "body-and-parameters" : body ? "body-only" : "params-only";
  for (RequestValidator& v : api.definition.request_validators)
    if (v.id == name) return v;
  api.definition.request_validators.push_back({name, name, body, parameters});
  return api.definition.request_validators.back();
}

}  // namespace

std::string sam_method(const std::string& text, const Node& at) {
  const std::string method = upper(text);
  if (method == "*" || method == "X-AMAZON-APIGATEWAY-ANY-METHOD") return "ANY";
  static const std::set<std::string> kKnown = {"ANY", "GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"};
  if (!kKnown.contains(method)) at.fail("Method: expected an HTTP method or ANY, found \"" + text + "\"");
  return method;
}

void read_request_model(const Node& node, Api& api, Method& m) {
  const Node* model = node.find("Model");
  if (!model) node.fail("RequestModel: expected Model");
  m.request_models["application/json"] = model->string("Model");
  const Node* body = node.find("ValidateBody");
  const Node* parameters = node.find("ValidateParameters");
  const bool check_body = body && body->boolean("ValidateBody");
  const bool check_parameters = parameters && parameters->boolean("ValidateParameters");
  if (check_body || check_parameters) m.request_validator_id = validator(api, check_body, check_parameters).id;
}

void read_request_parameters(const Node& list, Api& api, Method& m) {
  if (!list.is_list()) list.fail("RequestParameters: expected a list");
  for (const Node& each : list.items) {
    if (each.is_scalar()) {
      m.request_parameters[each.text] = false;
      continue;
    }
    for (const Member& p : each.members) {
      const Node* required = p.value.find("Required");
      m.request_parameters[p.name] = required && required->boolean("Required");
      if (const Node* caching = p.value.find("Caching"); caching && caching->boolean("Caching") && m.integration)
        m.integration->cache_key_parameters.push_back(p.name);
      if (required && required->boolean("Required") && m.request_validator_id.empty())
        m.request_validator_id = validator(api, false, true).id;
    }
  }
}

}  // namespace stator::gateway
