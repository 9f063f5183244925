// A deployment's frozen copy of an API's draft: one document below "/snapshots/API", beside the API's own, that holds
// what the draft's documents were when it was made. What is no part of the draft (stages, deployments, documentation)
// stays out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/control/documents.h"

namespace stator::gateway::control {

// An API's head and what lies below it, as a draft or as it was deployed; paths as Documents::below gives them.
struct Draft {
  Node head;
  std::vector<std::pair<std::string, Node>> parts;

  const Node* part(std::string_view path) const;
};

bool is_drafted(std::string_view below);
Draft draft_of(Documents& documents, const std::string& api_path, Node head);

void freeze(Documents& documents, const Draft& draft, const std::string& api_id, const std::string& deployment_id);
// Nothing is found when there is no such deployment.
std::optional<Draft> frozen(Documents& documents, const std::string& api_id, const std::string& deployment_id);

}  // namespace stator::gateway::control
