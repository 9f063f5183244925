// The documentation of a REST API: its parts, by what they tell of, and the versions made of them.
#include "emulator/gateway/control/documentation.h"

#include <algorithm>

#include "emulator/gateway/call.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "emulator/templates/reader.h"

namespace stator::gateway::control {
namespace {

// Two parts tell of one thing when they have the same location.
bool same_place(const Node& a, const Node& b) {
  const auto all = {"type", "path", "method", "statusCode", "name"};
  return std::all_of(all.begin(), all.end(), [&](const char* each) { return text_in(a, each) == text_in(b, each); });
}

void check_properties(const Node& part) {
  const std::optional<Node> properties = parse_document(text_in(part, "properties"));
  if (!properties || !properties->is_map())
    throw bad_request("Invalid documentation part properties specified: the properties are not a JSON object");
}

std::string prepare_part(ControlRequest& request, Node& part) {
  check_properties(part);
  for (const auto& [path, known] : request.documents.children(api_path(request) + "/documentation/parts"))
    if (same_place(*known.find("location"), *part.find("location")))
      throw conflict("Documentation part already exists for the specified location: type '" +
                     text_in(*part.find("location"), "type") + "'");
  const std::string id = new_id(6);
  set_text(part, "id", id);
  return id;
}

constexpr ResourceType kParts{
    .create = "CreateDocumentationPart",
    .get = "GetDocumentationPart",
    .list = {},
    .update = "UpdateDocumentationPart",
    .remove = "DeleteDocumentationPart",
    .collection = "/restapis/{restapi_id}/documentation/parts",
    .id = "part_id",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Documentation part identifier specified"); },
    .prepare = prepare_part,
    .changed = [](ControlRequest&, const Node&, Node& part) { check_properties(part); },
    .patchable = "/properties",
    .served = false,
};

std::string prepare_version(ControlRequest& request, Node& version) {
  const std::string name = text_in(request.input, "documentationVersion");
  if (request.documents.has(child(api_path(request) + "/documentation/versions", name)))
    throw conflict("Documentation version already exists: " + name);
  set_text(version, "version", name);
  version.set("createdDate", number_node(request.now_ms));
  if (const std::string stage = text_in(request.input, "stageName"); !stage.empty()) {
    const std::string path = child(api_path(request) + "/stages", stage);
    std::optional<Node> document = request.documents.find(path);
    if (!document) throw not_found("Invalid stage identifier specified");
    set_text(*document, "documentationVersion", name);
    request.documents.put(path, *document);
  }
  return name;
}

constexpr ResourceType kVersions{
    .create = "CreateDocumentationVersion",
    .get = "GetDocumentationVersion",
    .list = "GetDocumentationVersions",
    .update = "UpdateDocumentationVersion",
    .remove = "DeleteDocumentationVersion",
    .collection = "/restapis/{restapi_id}/documentation/versions",
    .id = "doc_version",
    .missing = [](const ControlRequest&,
                  const std::string&) { return std::string("Invalid Documentation version specified"); },
    .prepare = prepare_version,
    .patchable = "/description",
    .served = false,
};

void list_parts(ControlRequest& request) {
  require_api(request);
  std::vector<std::pair<std::string, Node>> parts =
      request.documents.children(api_path(request) + "/documentation/parts");
  const std::string type = request.asked("type"), name = request.asked("name"), path = request.asked("path");
  std::erase_if(parts, [&](const auto& each) {
    const Node* location = each.second.find("location");
    const Node empty = map_node();
    const Node& at = location != nullptr ? *location : empty;
    return (!type.empty() && text_in(at, "type") != type) || (!name.empty() && text_in(at, "name") != name) ||
           (!path.empty() && text_in(at, "path").find(path) == std::string::npos);
  });
  answer_page(request, std::move(parts));
}

// What was written of the same thing before keeps what the new text does not say.
std::string merged_properties(const std::string& old, const Node& fresh) {
  std::optional<Node> known = parse_document(old);
  if (!known || !known->is_map() || !fresh.is_map()) return text_of(fresh);
  for (const Member& m : fresh.members) known->set(m.name, m.value);
  return text_of(*known);
}

void import_parts(ControlRequest& request) {
  require_api(request);
  const std::string mode = request.asked("mode", "merge");
  if (mode != "merge" && mode != "overwrite")
    throw bad_request("Invalid mode specified. Valid options are merge, overwrite");
  Node root;
  try {
    root = templates::read_text(request.raw, "body");
  } catch (const templates::TemplateError&) {
    throw bad_request("Unable to parse the documentation parts: the body is neither JSON nor YAML");
  }
  if (root.find(kDocumentation) == nullptr)
    throw bad_request(std::string("The body has no ") + kDocumentation + " with documentationParts");
  Node ids = list_node();
  for (const std::string& id : put_documentation(request, api_path(request), root, mode == "overwrite"))
    ids.items.push_back(text_node(id));
  request.reply.body = map_node();
  request.reply.body.set("ids", std::move(ids));
  request.reply.body.set("warnings", list_node());
}

}  // namespace

std::vector<std::string> put_documentation(ControlRequest& request, const std::string& api, const Node& document,
                                           bool overwrite) {
  const std::string collection = api + "/documentation/parts";
  const Node* given = document.find(kDocumentation);
  const Node* parts = given != nullptr ? given->find("documentationParts") : nullptr;
  if (overwrite)
    for (const auto& [path, part] : request.documents.children(collection)) request.documents.erase(path);
  std::vector<std::string> ids;
  if (parts == nullptr) return ids;
  for (const Node& each : parts->items) {
    const Node* location = each.find("location");
    const Node* properties = each.find("properties");
    if (location == nullptr || properties == nullptr || text_in(*location, "type").empty()) continue;
    Node part = map_node();
    set_text(part, "id", new_id(6));
    part.set("location", *location);
    set_text(part, "properties", properties->is_map() ? text_of(*properties) : properties->text);
    for (const auto& [path, known] : request.documents.children(collection)) {
      if (!same_place(*known.find("location"), *location)) continue;
      part.set("id", *known.find("id"));
      set_text(part, "properties", merged_properties(text_in(known, "properties"), *properties));
    }
    ids.push_back(text_in(part, "id"));
    request.documents.put(child(collection, ids.back()), part);
  }
  return ids;
}

Node documentation_of(Documents& documents, const std::string& api, const Node& stage) {
  Node all = map_node();
  const std::string version = text_in(stage, "documentationVersion");
  if (const std::optional<Node> known = documents.find(child(api + "/documentation/versions", version))) {
    set_text(all, "version", version);
    set_text(all, "createdDate", iso_time(static_cast<int64_t>(number_in(*known, "createdDate").value_or(0))));
  }
  Node parts = list_node();
  for (const auto& [path, part] : documents.children(api + "/documentation/parts")) {
    Node told = map_node();
    told.set("location", *part.find("location"));
    told.set("properties", parse_document(text_in(part, "properties")).value_or(map_node()));
    parts.items.push_back(std::move(told));
  }
  all.set("documentationParts", std::move(parts));
  return all;
}

bool run_documentation(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  for (const ResourceType* type : {&kParts, &kVersions})
    if (run_generic(request, *type)) return true;
  if (name == "GetDocumentationParts") {
    list_parts(request);
    return true;
  }
  if (name != "ImportDocumentationParts") return false;
  import_parts(request);
  return true;
}

}  // namespace stator::gateway::control
