// One scope's documents within one transaction, by their paths, which are the wire's: "/restapis/ID/stages/dev". Below
// a path lie its children; erasing takes them along. What two requests of a client would see as one thing is one
// document.
//
// On disk: kind "apigateway/restapis" holds an API's head by its id, kind "apigateway/restapis/ID" all that is below
// it, by the rest of the path ("stages/dev"); the same for every other first word. Names are percent-encoded in paths.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/control/document.h"
#include "emulator/gateway/control/document_store.h"

namespace stator::gateway::control {

// "/restapis/x" and "a/b" -> "/restapis/x/a%2Fb".
std::string child(std::string_view path, std::string_view name);

class Documents {
 public:
  explicit Documents(DocumentTransaction& transaction) : transaction_(transaction) {}

  std::optional<Node> find(std::string_view path);
  bool has(std::string_view path) { return find(path).has_value(); }
  void put(std::string_view path, const Node& document);
  void erase(std::string_view path);  // with all below
  // The documents one step below, by path.
  std::vector<std::pair<std::string, Node>> children(std::string_view path);
  // All below, at any depth; paths relative to `path`, without a leading slash.
  std::vector<std::pair<std::string, Node>> below(std::string_view path);

 private:
  DocumentTransaction& transaction_;
};

}  // namespace stator::gateway::control
