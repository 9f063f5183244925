// REST APIs themselves: CreateRestApi, GetRestApi(s), UpdateRestApi, DeleteRestApi.
#include "emulator/gateway/control/api_heads.h"

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/snapshot.h"

namespace stator::gateway::control {
namespace {

std::string with_replaced(std::string text, std::string_view old, std::string_view fresh) {
  for (size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += fresh.size())
    text.replace(at, old.size(), fresh);
  return text;
}

void check_name(const Node& document) {
  if (text_in(document, "name").empty()) throw bad_request("API name cannot be empty");
}

void check_compression(const Node& document) {
  const std::optional<double> size = number_in(document, "minimumCompressionSize");
  if (size && (*size < 0 || *size > 10485760))
    throw bad_request("Invalid minimum compression size, must be between 0 and 10485760");
}

void put_default_model(ControlRequest& request, const std::string& path, const char* name, const char* what,
                       const char* schema) {
  Node model = map_node();
  set_text(model, "id", new_id(6));
  set_text(model, "name", name);
  set_text(model, "description", std::string("This is a default ") + what + " schema model");
  set_text(model, "schema", schema);
  set_text(model, "contentType", "application/json");
  request.documents.put(path + "/models/" + name, model);
}

std::string prepare(ControlRequest& request, Node& document) {
  check_name(document);
  const std::string id = new_id(10);
  const std::string path = child("/restapis", id), cloned = text_in(request.input, "cloneFrom");
  document = new_rest_api(request, id, std::move(document));
  check_compression(document);
  settle_policy(request, id, document);
  if (cloned.empty()) return id;
  const std::string source = child("/restapis", cloned);
  const std::optional<Node> original = request.documents.find(source);
  if (!original) throw bad_request(no_such_api(request, cloned));
  request.documents.erase(path);
  set_text(document, "rootResourceId", text_in(*original, "rootResourceId"));
  if (const Node* types = original->find("binaryMediaTypes")) set_default(document, "binaryMediaTypes", *types);
  for (const auto& [below, copied] : request.documents.below(source))
    if (is_drafted(below)) request.documents.put(path + "/" + below, copied);
  return id;
}

void changed(ControlRequest& request, const Node&, Node& document) {
  check_name(document);
  check_compression(document);
  settle_policy(request, text_in(document, "id"), document);
}

void removing(ControlRequest& request, const Node& document) {
  const std::string id = text_in(document, "id");
  request.documents.erase(child("/snapshots", id));
  request.changed.push_back(child("/restapis", id));
  for (const auto& [domain_path, domain] : request.documents.children("/domainnames"))
    for (const auto& [path, mapping] : request.documents.children(domain_path + "/mappings"))
      if (text_in(mapping, "apiId") == id)
        throw bad_request(
            "Deleting API failed. Please remove all base path mappings related to the API in your domains: " +
            text_in(domain, "domainName"));
}

constexpr ResourceType kRestApis{
    .create = "CreateRestApi",
    .get = "GetRestApi",
    .list = "GetRestApis",
    .update = "UpdateRestApi",
    .remove = "DeleteRestApi",
    .collection = "/restapis",
    .id = "restapi_id",
    .missing = no_such_api,
    .prepare = prepare,
    .changed = changed,
    .removing = removing,
    .patchable =
        "/name /description /version /apiKeySource /minimumCompressionSize /policy "
        "/disableExecuteApiEndpoint /securityPolicy /endpointAccessMode /binaryMediaTypes "
        "/binaryMediaTypes/* /endpointConfiguration/types /endpointConfiguration/types/* "
        "/endpointConfiguration/vpcEndpointIds /endpointConfiguration/vpcEndpointIds/* "
        "/endpointConfiguration/ipAddressType",
    .show = show_rest_api,
};

}  // namespace

Node new_rest_api(ControlRequest& request, const std::string& id, Node head) {
  const std::string path = child("/restapis", id), root = new_id(10);
  set_text(head, "id", id);
  head.set("createdDate", number_node(request.now_ms));
  set_default(head, "apiKeySource", text_node("HEADER"));
  Node& endpoint = child_map(head, "endpointConfiguration");
  if (endpoint.find("types") == nullptr) {
    Node types = list_node();
    types.items.push_back(text_node("EDGE"));
    endpoint.set("types", std::move(types));
  }
  const std::vector<std::string> kinds = texts_in(endpoint, "types");
  const bool is_private = !kinds.empty() && kinds.front() == "PRIVATE";
  set_default(endpoint, "ipAddressType", text_node(is_private ? "dualstack" : "ipv4"));
  set_default(head, "disableExecuteApiEndpoint", boolean_node(false));
  set_text(head, "rootResourceId", root);
  Node resource = map_node();
  set_text(resource, "id", root);
  set_text(resource, "path", "/");
  request.documents.put(path + "/resources/" + root, resource);
  put_default_model(request, path, "Empty", "empty", R"({
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
})");
  put_default_model(request, path, "Error", "error", R"({
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
})");
  return head;
}

void settle_policy(const ControlRequest& request, const std::string& id, Node& head) {
  const std::string policy = text_in(head, "policy");
  if (policy.empty()) return erase_member(head, "policy");
  const std::optional<Node> parsed = parse_document(policy);
  if (!parsed || !parsed->is_map())
    throw bad_request("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.");
  set_text(head, "policy",
           with_replaced(text_of(*parsed), "\"execute-api:/",
                         "\"arn:aws:execute-api:" + request.region + ":" + request.account + ":" + id + "/"));
}

// Policies are shown with their quotes escaped once more, which clients know and undo.
void show_rest_api(ControlRequest&, Node& head) {
  if (const std::string policy = text_in(head, "policy"); !policy.empty())
    set_text(head, "policy", with_replaced(with_replaced(policy, "\\", "\\\\"), "\"", "\\\""));
}

bool run_rest_apis(ControlRequest& request) {
  if (!run_generic(request, kRestApis)) return false;
  if (request.operation.name == "UpdateRestApi") touch_api(request);
  return true;
}

}  // namespace stator::gateway::control
