#include "emulator/gateway/control/documents.h"

#include "protocol/url/url.h"

namespace stator::gateway::control {
namespace {

constexpr std::string_view kRoot = "apigateway";

// "/v2/apis" and "/restapis": how many bytes of the path are the collection.
size_t collection_length(std::string_view path) {
  const size_t from = path.starts_with("/v2/") ? 4 : 1;
  return std::min(path.find('/', from), path.size());
}

struct DocumentPlace {
  std::string kind;
  std::string id;  // empty: a collection of heads
};

DocumentPlace document_place_of(std::string_view path) {
  const size_t collection = collection_length(path);
  if (collection == path.size()) return {std::string(kRoot) + std::string(path), ""};
  const size_t head = std::min(path.find('/', collection + 1), path.size());
  if (head == path.size())
    return {std::string(kRoot) + std::string(path.substr(0, collection)), std::string(path.substr(collection + 1))};
  return {std::string(kRoot) + std::string(path.substr(0, head)), std::string(path.substr(head + 1))};
}

bool is_head(std::string_view path) {
  const size_t collection = collection_length(path);
  return collection < path.size() && path.find('/', collection + 1) == std::string_view::npos;
}

}  // namespace

std::string child(std::string_view path, std::string_view name) {
  return std::string(path) + "/" + percent_encode(name);
}

std::optional<Node> Documents::find(std::string_view path) {
  const DocumentPlace place = document_place_of(path);
  const std::optional<std::string> bytes = transaction_.find(place.kind, place.id);
  if (!bytes) return std::nullopt;
  return stored_document(*bytes);
}

void Documents::put(std::string_view path, const Node& document) {
  const DocumentPlace place = document_place_of(path);
  transaction_.put(place.kind, place.id, text_of(document));
}

void Documents::erase(std::string_view path) {
  const DocumentPlace place = document_place_of(path);
  transaction_.erase(place.kind, place.id);
  const std::string below_kind = is_head(path) ? std::string(kRoot) + std::string(path) : place.kind;
  const std::string prefix = is_head(path) ? "" : place.id + "/";
  for (const auto& [id, bytes] : transaction_.list(below_kind))
    if (id.starts_with(prefix)) transaction_.erase(below_kind, id);
}

std::vector<std::pair<std::string, Node>> Documents::children(std::string_view path) {
  std::vector<std::pair<std::string, Node>> found;
  const bool heads = collection_length(path) == path.size();
  const DocumentPlace place = heads           ? document_place_of(path)
                              : is_head(path) ? DocumentPlace{std::string(kRoot) + std::string(path), ""}
                                              : document_place_of(path);
  const std::string prefix = place.id.empty() ? "" : place.id + "/";
  for (const auto& [id, bytes] : transaction_.list(place.kind))
    if (id.starts_with(prefix) && id.find('/', prefix.size()) == std::string::npos)
      found.emplace_back(std::string(path) + "/" + id.substr(prefix.size()), stored_document(bytes));
  return found;
}

std::vector<std::pair<std::string, Node>> Documents::below(std::string_view path) {
  std::vector<std::pair<std::string, Node>> found;
  const DocumentPlace place =
      is_head(path) ? DocumentPlace{std::string(kRoot) + std::string(path), ""} : document_place_of(path);
  const std::string prefix = place.id.empty() ? "" : place.id + "/";
  for (const auto& [id, bytes] : transaction_.list(place.kind))
    if (id.starts_with(prefix)) found.emplace_back(id.substr(prefix.size()), stored_document(bytes));
  return found;
}

}  // namespace stator::gateway::control
