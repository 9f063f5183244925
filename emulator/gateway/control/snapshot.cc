#include "emulator/gateway/control/snapshot.h"

namespace stator::gateway::control {

const Node* Draft::part(std::string_view path) const {
  for (const auto& [known, document] : parts)
    if (known == path) return &document;
  return nullptr;
}

bool is_drafted(std::string_view below) {
  return !below.starts_with("stages/") && !below.starts_with("deployments/") && !below.starts_with("documentation/");
}

Draft draft_of(Documents& documents, const std::string& api_path, Node head) {
  Draft draft{std::move(head), {}};
  for (auto& [below, document] : documents.below(api_path))
    if (is_drafted(below)) draft.parts.emplace_back(below, std::move(document));
  return draft;
}

void freeze(Documents& documents, const Draft& draft, const std::string& api_id, const std::string& deployment_id) {
  Node parts = map_node();
  for (const auto& [below, document] : draft.parts) parts.members.push_back({below, document, 0});
  Node snapshot = map_node();
  snapshot.set("head", draft.head);
  snapshot.set("parts", std::move(parts));
  documents.put(child(child("/snapshots", api_id), deployment_id), snapshot);
}

std::optional<Draft> frozen(Documents& documents, const std::string& api_id, const std::string& deployment_id) {
  std::optional<Node> snapshot = documents.find(child(child("/snapshots", api_id), deployment_id));
  if (!snapshot) return std::nullopt;
  Draft draft{*snapshot->find("head"), {}};
  for (Member& m : snapshot->find("parts")->members) draft.parts.emplace_back(m.name, std::move(m.value));
  return draft;
}

}  // namespace stator::gateway::control
