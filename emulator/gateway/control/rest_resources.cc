// CreateResource, GetResource(s), UpdateResource, DeleteResource.
#include "emulator/gateway/control/rest_resources.h"

#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

using Resources = std::vector<std::pair<std::string, Node>>;

bool is_variable(std::string_view part) {
  return part.starts_with('{');
}

std::string path_of(const Node& parent, const std::string& part) {
  const std::string path = text_in(parent, "path");
  return (path == "/" ? "" : path) + "/" + part;
}

// What a parent does not let be its child; `self` is left out of the comparison.
void check_siblings(const Resources& all, const Node& parent, const std::string& part, std::string_view self) {
  if (text_in(parent, "pathPart").ends_with("+}"))
    throw bad_request("Cannot create a child of a resource with a greedy path variable: " +
                      text_in(parent, "pathPart"));
  const std::string parent_id = text_in(parent, "id");
  for (const auto& [path, each] : all) {
    if (text_in(each, "parentId") != parent_id || text_in(each, "id") == self) continue;
    const std::string other = text_in(each, "pathPart");
    if (other == part) throw conflict("Another resource with the same parent already has this name: " + part);
    if (is_variable(other) && is_variable(part) && other.ends_with("+}") == part.ends_with("+}"))
      throw bad_request("A sibling (" + other +
                        ") of this resource already has a variable path part -- only one is allowed");
  }
}

void show(ControlRequest& request, const std::string& path, Node& resource) {
  bool embed = false;
  for (const auto& [key, value] : request.query)
    embed = embed || (key == "embed" && value.find("methods") != value.npos);
  Node methods = map_node();
  for (auto& [method_path, method] : request.documents.children(path + "/methods")) {
    const std::string verb = text_in(method, "httpMethod");
    methods.set(verb, embed ? whole_method(request, method_path, method) : map_node());
  }
  if (!methods.members.empty()) resource.set("resourceMethods", std::move(methods));
}

void create(ControlRequest& request) {
  require_api(request);
  const std::string collection = api_path(request) + "/resources";
  const Resources all = request.documents.children(collection);
  const std::optional<Node> parent = request.documents.find(child(collection, request.name("parent_id")));
  if (!parent) throw not_found("Invalid Resource identifier specified");
  const std::string part = text_in(request.input, "pathPart");
  check_path_part(part);
  check_siblings(all, *parent, part, {});
  Node resource = map_node();
  const std::string id = new_id(6);
  set_text(resource, "id", id);
  set_text(resource, "parentId", request.name("parent_id"));
  set_text(resource, "pathPart", part);
  set_text(resource, "path", path_of(*parent, part));
  request.documents.put(child(collection, id), resource);
  request.reply.body = std::move(resource);
}

// The paths of all below `id`, after its own has changed.
void settle_paths(ControlRequest& request, Resources& all, const Node& changed) {
  const std::string id = text_in(changed, "id");
  for (auto& [path, each] : all) {
    if (text_in(each, "parentId") != id) continue;
    set_text(each, "path", path_of(changed, text_in(each, "pathPart")));
    request.documents.put(path, each);
    const Node copy = each;
    settle_paths(request, all, copy);
  }
}

void update(ControlRequest& request, const std::string& path, Node resource) {
  constexpr std::string_view kPatchable = "/pathPart /parentId";
  Resources all = request.documents.children(api_path(request) + "/resources");
  for (const Patch& patch : patches_of(request)) {
    if (patch.op != "replace" || !may_patch(patch, kPatchable)) refuse_patch(patch, kPatchable);
    if (resource.find("parentId") == nullptr) throw bad_request("Root resource cannot be updated");
    set_text(resource, patch.parts[0], patch.value);
  }
  const std::string part = text_in(resource, "pathPart");
  check_path_part(part);
  const auto parent = std::find_if(all.begin(), all.end(), [&](const auto& each) {
    return text_in(each.second, "id") == text_in(resource, "parentId");
  });
  if (parent == all.end()) throw not_found("Invalid Resource identifier specified");
  const std::string id = text_in(resource, "id"),
                    old_path = request.documents.find(path) ? text_in(resource, "path") : "";
  if (text_in(parent->second, "id") == id || text_in(parent->second, "path").starts_with(old_path + "/"))
    throw bad_request("A resource cannot be moved below itself");
  check_siblings(all, parent->second, part, id);
  set_text(resource, "path", path_of(parent->second, part));
  request.documents.put(path, resource);
  settle_paths(request, all, resource);
  show(request, path, resource);
  request.reply.body = std::move(resource);
}

void remove(ControlRequest& request, const std::string& path, const Node& resource) {
  if (resource.find("parentId") == nullptr) throw bad_request("Root resource cannot be deleted");
  const std::string below = text_in(resource, "path") + "/";
  for (const auto& [other, each] : request.documents.children(api_path(request) + "/resources"))
    if (text_in(each, "path").starts_with(below)) request.documents.erase(other);
  request.documents.erase(path);
}

}  // namespace

void check_path_part(const std::string& part) {
  std::string_view inner = part;
  if (inner.starts_with('{') && inner.ends_with('}')) {
    inner = inner.substr(1, inner.size() - 2);
    if (inner.ends_with('+')) inner.remove_suffix(1);
  }
  const bool good = !inner.empty() && inner.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789._-:$") == std::string_view::npos;
  if (!good)
    throw bad_request(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at "
        "the beginning and the end.");
}

bool run_rest_resources(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (name == "CreateResource") {
    create(request);
    return true;
  }
  if (name == "GetResources") {
    require_api(request);
    Resources all = request.documents.children(api_path(request) + "/resources");
    for (auto& [path, resource] : all) show(request, path, resource);
    answer_page(request, std::move(all));
    return true;
  }
  if (name != "GetResource" && name != "UpdateResource" && name != "DeleteResource") return false;
  require_api(request);
  const std::string path = child(api_path(request) + "/resources", request.name("resource_id"));
  std::optional<Node> resource = request.documents.find(path);
  if (!resource) throw not_found("Invalid Resource identifier specified");
  if (name == "UpdateResource") {
    update(request, path, *std::move(resource));
  } else if (name == "DeleteResource") {
    remove(request, path, *resource);
  } else {
    show(request, path, *resource);
    request.reply.body = *std::move(resource);
  }
  return true;
}

}  // namespace stator::gateway::control
