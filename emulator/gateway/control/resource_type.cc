#include "emulator/gateway/control/resource_type.h"

#include <algorithm>
#include <charconv>

#include "emulator/gateway/control/patch.h"
#include "protocol/value/base64.h"

namespace stator::gateway::control {
namespace {

constexpr size_t kDefaultPage = 25;
constexpr size_t kLargestPage = 500;

size_t page_size(const ControlRequest& request) {
  const std::string text = request.asked(request.is_rest() ? "limit" : "maxResults");
  if (text.empty()) return request.is_rest() ? kDefaultPage : SIZE_MAX;
  size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size())
    throw bad_request(request.is_rest() ? "Invalid limit specified" : "Invalid maxResults parameter");
  return std::min(size == 0 ? kDefaultPage : size, kLargestPage);
}

std::string token_of(const std::string& path) {
  std::string token;
  append_base64(path, token);
  return token;
}

// V2's changes: the members sent replace the old ones; in a map an empty text takes its entry away.
void merge(Node& document, const Node& changes) {
  for (const Member& change : changes.members) {
    Node* old = document.find(change.name);
    if (old == nullptr || !old->is_map() || !change.value.is_map() || change.name == "corsConfiguration") {
      document.set(change.name, change.value);
      continue;
    }
    for (const Member& entry : change.value.members) {
      if (entry.value.is_scalar() && entry.value.text.empty())
        erase_member(*old, entry.name);
      else
        old->set(entry.name, entry.value);
    }
  }
}

void update(ControlRequest& request, const ResourceType& type, Node& document) {
  if (request.is_rest())
    apply_patches(request, request.output_shape(), type.patchable, document);
  else
    merge(document, taken_input(request, request.output_shape()));
}

}  // namespace

std::string no_such_api(const ControlRequest& request, const std::string& id) {
  return "Invalid API identifier specified " + request.account + ":" + id;
}

std::string api_path(const ControlRequest& request) {
  if (request.is_rest()) return child("/restapis", request.name("restapi_id"));
  return child("/v2/apis", request.name("apiId"));
}

Node require_api(ControlRequest& request) {
  if (std::optional<Node> api = request.documents.find(api_path(request))) return *std::move(api);
  throw not_found(no_such_api(request, request.name(request.is_rest() ? "restapi_id" : "apiId")));
}

void touch_api(ControlRequest& request) {
  const std::string path = api_path(request);
  if (std::find(request.changed.begin(), request.changed.end(), path) == request.changed.end())
    request.changed.push_back(path);
}

std::string collection_path(ControlRequest& request, const ResourceType& type) {
  std::string path;
  std::string_view rest = type.collection;
  while (!rest.empty()) {
    const size_t open = std::min(rest.find('{'), rest.size());
    path += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const size_t close = rest.find('}');
    const std::string_view parameter = rest.substr(1, close - 1);
    path += percent_encode(request.name(parameter));
    rest.remove_prefix(close + 1);
    if (parameter == "restapi_id" || parameter == "apiId") {
      require_api(request);
    } else if (!request.documents.has(path)) {
      if (parameter == "usageplanId") throw not_found("Invalid Usage Plan ID specified");
      if (parameter == "integrationId")
        throw not_found("Invalid Integration identifier specified " + request.name(parameter));
      if (parameter == "routeId") throw not_found("Invalid Route identifier specified " + request.name(parameter));
      throw not_found("Invalid domain name identifier specified");
    }
  }
  return path;
}

bool run_generic(ControlRequest& request, const ResourceType& type) {
  const std::string_view name = request.operation.name;
  const bool creating = name == type.create, getting = name == type.get, listing = name == type.list,
             updating = name == type.update, removing = name == type.remove;
  if (!creating && !getting && !listing && !updating && !removing) return false;
  const std::string collection = collection_path(request, type);
  const auto show = [&](Node document) {
    if (type.show) type.show(request, document);
    return document;
  };
  const auto touch = [&] {
    if (type.served && (type.collection.starts_with("/restapis/") || type.collection.starts_with("/v2/apis/")))
      touch_api(request);
  };
  if (listing) {
    std::vector<std::pair<std::string, Node>> documents = request.documents.children(collection);
    for (auto& [path, document] : documents) document = show(std::move(document));
    answer_page(request, std::move(documents));
    return true;
  }
  if (creating) {
    Node document = taken_input(request, request.output_shape());
    const std::string id = type.prepare(request, document);
    request.documents.put(child(collection, id), document);
    touch();
    request.reply.body = show(std::move(document));
    return true;
  }
  const std::string path = child(collection, request.name(type.id));
  std::optional<Node> document = request.documents.find(path);
  if (!document) throw not_found(type.missing(request, request.name(type.id)));
  if (updating) {
    const Node before = *document;
    update(request, type, *document);
    if (type.changed) type.changed(request, before, *document);
    request.documents.put(path, *document);
    touch();
  }
  if (removing) {
    if (type.removing) type.removing(request, *document);
    request.documents.erase(path);
    touch();
    return true;
  }
  request.reply.body = show(*std::move(document));
  return true;
}

void answer_page(ControlRequest& request, std::vector<std::pair<std::string, Node>> documents) {
  const bool rest = request.is_rest();
  const bool pages = model::find(request.input_shape(), rest ? "limit" : "maxResults") != nullptr;
  size_t first = 0;
  if (const std::string token = request.asked(rest ? "position" : "nextToken"); pages && !token.empty()) {
    Arena arena;
    const auto last = decode_base64(token, arena);
    const auto found = std::find_if(documents.begin(), documents.end(),
                                    [&](const auto& each) { return last && each.first > std::string_view(*last); });
    if (!last) throw bad_request(rest ? "Invalid position parameter" : "Invalid nextToken parameter");
    first = static_cast<size_t>(found - documents.begin());
  }
  const size_t size = pages ? page_size(request) : SIZE_MAX;
  const size_t end = documents.size() - first > size ? first + size : documents.size();
  Node items = list_node();
  for (size_t i = first; i < end; ++i) items.items.push_back(std::move(documents[i].second));
  Node& body = request.reply.body;
  body = map_node();
  if (end < documents.size()) set_text(body, rest ? "position" : "nextToken", token_of(documents[end - 1].first));
  body.set(rest ? "item" : "items", std::move(items));
}

}  // namespace stator::gateway::control
