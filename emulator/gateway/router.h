// Which route a path and a method belong to. Text parts beat {name}, {name} beats {name+}; where the better path does
// not serve the method (nor ANY), the next better one is asked, down to the greedy ones. REST and HTTP APIs share it: a
// REST API takes the path as it was sent and ignores a slash at the end; an HTTP API takes the decoded path, minds a
// slash at the end, and may have $default for all else.
//
// Immutable once built; match() may be called from any thread. Every node is visited at most once, so no path makes it
// slow.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::gateway {

struct RouteMatch {
  static constexpr size_t kNone = static_cast<size_t>(-1);
  size_t route = kNone;                                              // what add() was given
  std::vector<std::pair<std::string, std::string>> path_parameters;  // pieces of the path that match() was given
  bool path_known = false;                                           // some route has this path, whatever the method
  std::vector<std::string> passed_over;  // why the others were not, for the trace; filled when asked for
};

enum class RouterKind : uint8_t { kRest, kHttp };

class Router {
 public:
  explicit Router(RouterKind kind) : kind_(kind) {}

  void add(std::string_view path, std::string_view method, size_t route);  // method: GET ... or ANY
  void add_default(size_t route) { default_ = route; }

  RouteMatch match(std::string_view path, std::string_view method, bool explain) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> statics;  // by text, decoded
    std::unique_ptr<Node> variable;
    std::unique_ptr<Node> greedy;
    std::string name;  // of the variable that leads here
    std::string path;  // as written; empty while no route ends here
    std::map<std::string, size_t, std::less<>> methods;
  };
  struct Search;

  bool find(const Node& node, Search& search, size_t at) const;
  bool take(const Node& node, Search& search) const;

  Node root_;
  size_t default_ = RouteMatch::kNone;
  RouterKind kind_;
};

}  // namespace stator::gateway
