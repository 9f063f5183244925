#include "emulator/gateway/import/api_builder.h"

#include <algorithm>
#include <cctype>

#include "emulator/gateway/integration_uri.h"

namespace stator::gateway {

using templates::Member;
using templates::Node;

Resource& resource_at(Api& api, const std::string& path, const Node& at) {
  std::vector<Resource>& resources = api.definition.resources;
  const std::string root_id = templates::api_id_for(api.id + "/").substr(0, 10);
  if (resources.empty()) resources.push_back({root_id, "", "", "/", {}});
  if (!path.starts_with('/')) at.fail("\"" + path + "\": expected a path that starts with /");
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.pop_back();
  if (trimmed == "/") return resources.front();
  size_t parent = 0;
  for (size_t from = 1; from <= trimmed.size();) {
    const size_t slash = std::min(trimmed.find('/', from), trimmed.size());
    const std::string part = trimmed.substr(from, slash - from);
    const bool variable = part.starts_with('{') && part.ends_with('}');
    if (part.empty() || (!variable && part.find_first_of("{}") != std::string::npos) || (variable && part.size() < 3))
      at.fail("\"" + path + "\": \"" + part + "\" is no path part: expected text or {name}");
    if (part.ends_with("+}") && slash != trimmed.size())
      at.fail("\"" + path + "\": " + part + " must be the last part");
    const std::string here = trimmed.substr(0, slash);
    const auto found =
        std::find_if(resources.begin(), resources.end(), [&](const Resource& r) { return r.path == here; });
    if (found == resources.end()) {
      resources.push_back({templates::api_id_for(api.id + here).substr(0, 6), resources[parent].id, part, here, {}});
      parent = resources.size() - 1;
    } else {
      parent = static_cast<size_t>(found - resources.begin());
    }
    from = slash + 1;
  }
  return resources[parent];
}

void set_route(Api& api, const std::string& route_key, Integration integration, Route route) {
  if (integration.id.empty()) integration.id = templates::api_id_for(api.id + " " + route_key).substr(0, 7);
  route.route_key = route_key;
  if (route.id.empty()) route.id = templates::api_id_for(route_key + " " + api.id).substr(0, 7);
  route.target = "integrations/" + integration.id;
  std::erase_if(api.definition.routes, [&](const Route& r) { return r.route_key == route_key; });
  std::erase_if(api.definition.integrations, [&](const Integration& i) { return i.id == integration.id; });
  api.definition.routes.push_back(std::move(route));
  api.definition.integrations.push_back(std::move(integration));
}

void note_use(const Integration& integration, const Node& at, std::string route, Imported& out) {
  if (integration.type != "AWS_PROXY" && integration.type != "AWS") return;
  std::string function = function_in_uri(integration.uri);
  if (function.empty() || function.find("${") != std::string::npos) return;
  out.uses.push_back({std::move(function), at.place(), std::move(route)});
}

Integration proxy_to(const templates::TemplateOptions& options, const std::string& function_arn) {
  Integration integration;
  integration.type = "AWS_PROXY";
  integration.http_method = "POST";
  integration.uri =
      "arn:aws:apigateway:" + options.region + ":lambda:path/2015-03-31/functions/" + function_arn + "/invocations";
  return integration;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

StringMap string_map(const Node& node, std::string_view what) {
  if (!node.is_map()) node.fail(std::string(what) + ": expected a map");
  StringMap out;
  for (const Member& m : node.members) {
    // A template written as JSON instead of as a string is taken as its text.
    if (m.value.is_map() || m.value.is_list())
      append_json(m.value, out[m.name]);
    else
      out[m.name] = m.value.text;
  }
  return out;
}

std::vector<std::string> string_list(const Node& node, std::string_view what) {
  std::vector<std::string> out;
  if (node.is_scalar()) return {node.text};
  if (!node.is_list()) node.fail(std::string(what) + ": expected a list");
  for (const Node& item : node.items) out.push_back(item.string(what));
  return out;
}

}  // namespace stator::gateway
