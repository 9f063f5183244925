// ImportRestApi, PutRestApi, ImportApi, ReimportApi: APIs from OpenAPI documents.
#include "emulator/gateway/control/api_heads.h"
#include "emulator/gateway/control/documentation.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/put_definition.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/gateway/control/v2_deploy.h"
#include "emulator/templates/reader.h"

namespace stator::gateway::control {
namespace {

// ImportRestApi's and PutRestApi's "parameters" are the query's other names.
void take_parameters(const ControlRequest& request, Node& head) {
  const std::string types = request.asked("endpointConfigurationTypes");
  if (types.empty()) return;
  Node list = list_node();
  for (size_t from = 0; from <= types.size();) {
    const size_t comma = std::min(types.find(',', from), types.size());
    list.items.push_back(text_node(types.substr(from, comma - from)));
    from = comma + 1;
  }
  child_map(head, "endpointConfiguration").set("types", std::move(list));
}

void import_rest(ControlRequest& request) {
  const Api api = read_openapi(request, request.raw, new_id(10), true);
  Node head = map_node();
  set_text(head, "name", api.name.empty() ? "imported" : api.name);
  head = new_rest_api(request, api.id, std::move(head));
  take_parameters(request, head);
  const std::string path = child("/restapis", api.id);
  put_rest_definition(request, path, head, api, true);
  put_documentation(request, path, templates::read_text(request.raw, "body"), true);
  settle_policy(request, api.id, head);
  request.documents.put(path, head);
  request.changed.push_back(path);
  show_rest_api(request, head);
  request.reply.body = std::move(head);
}

void put_rest(ControlRequest& request) {
  const std::string mode = request.asked("mode", "merge");
  if (mode != "merge" && mode != "overwrite")
    throw bad_request("Invalid mode specified. Valid options are merge, overwrite");
  Node head = require_api(request);
  const std::string path = api_path(request), id = text_in(head, "id");
  const Api api = read_openapi(request, request.raw, id, true);
  take_parameters(request, head);
  put_rest_definition(request, path, head, api, mode == "overwrite");
  put_documentation(request, path, templates::read_text(request.raw, "body"), mode == "overwrite");
  settle_policy(request, id, head);
  request.documents.put(path, head);
  touch_api(request);
  show_rest_api(request, head);
  request.reply.body = std::move(head);
}

void import_v2(ControlRequest& request) {
  const Api api = read_openapi(request, text_in(request.input, "body"), new_id(10), false);
  Node head = map_node();
  set_text(head, "protocolType", "HTTP");
  set_text(head, "name", api.name.empty() ? "imported" : api.name);
  const std::string path = child("/v2/apis", api.id);
  complete_v2_api(request, api.id, head);
  put_v2_definition(request, path, head, api);
  request.documents.put(path, head);
  request.changed.push_back(path);
  show_v2_api(request, head);
  request.reply.body = std::move(head);
}

void reimport_v2(ControlRequest& request) {
  Node head = require_api(request);
  if (text_in(head, "protocolType") != "HTTP") throw bad_request("Only HTTP APIs can be imported");
  const std::string path = api_path(request);
  const Api api = read_openapi(request, text_in(request.input, "body"), text_in(head, "apiId"), false);
  put_v2_definition(request, path, head, api);
  request.documents.put(path, head);
  touch_api(request);
  deploy_by_itself(request, path);
  show_v2_api(request, head);
  request.reply.body = std::move(head);
}

}  // namespace

bool run_imports(ControlRequest& request) {
  using Function = void (*)(ControlRequest&);
  static constexpr std::pair<std::string_view, Function> kOperations[] = {
      {"ImportRestApi", import_rest},
      {"PutRestApi", put_rest},
      {"ImportApi", import_v2},
      {"ReimportApi", reimport_v2},
  };
  for (const auto& [name, function] : kOperations) {
    if (name != request.operation.name) continue;
    function(request);
    return true;
  }
  return false;
}

}  // namespace stator::gateway::control
