#include "emulator/gateway/router.h"

#include "protocol/url/url.h"

namespace stator::gateway {

struct Router::Search {
  std::string_view path;
  std::string_view method;
  std::vector<std::string_view> segments;
  bool explain;
  RouteMatch match;
};

void Router::add(std::string_view path, std::string_view method, size_t route) {
  std::vector<std::string_view> segments = path_segments(path);
  if (kind_ == RouterKind::kRest && segments.back().empty()) segments.pop_back();
  Node* at = &root_;
  for (const std::string_view segment : segments) {
    std::unique_ptr<Node>* next;
    std::string name;
    if (segment.starts_with('{') && segment.ends_with("+}")) {
      next = &at->greedy;
      name = segment.substr(1, segment.size() - 3);
    } else if (segment.starts_with('{') && segment.ends_with('}')) {
      next = &at->variable;
      name = segment.substr(1, segment.size() - 2);
    } else {
      next = &at->statics[percent_decode(segment)];
    }
    if (!*next) *next = std::make_unique<Node>();
    at = next->get();
    at->name = name;
  }
  at->path = path;
  at->methods[std::string(method)] = route;
}

bool Router::take(const Node& node, Search& search) const {
  if (node.methods.empty()) return false;
  search.match.path_known = true;
  auto found = node.methods.find(search.method);
  if (found == node.methods.end()) found = node.methods.find(std::string_view("ANY"));
  if (found == node.methods.end()) {
    if (search.explain)
      search.match.passed_over.push_back(node.path + ": does not serve " + std::string(search.method));
    return false;
  }
  search.match.route = found->second;
  return true;
}

bool Router::find(const Node& node, Search& search, size_t at) const {
  if (at == search.segments.size()) return take(node, search);
  const std::string_view segment = search.segments[at];
  const std::string text = kind_ == RouterKind::kRest ? percent_decode(segment) : std::string(segment);
  if (const auto next = node.statics.find(text); next != node.statics.end() && find(*next->second, search, at + 1))
    return true;
  auto& parameters = search.match.path_parameters;
  if (node.variable && !segment.empty()) {
    parameters.emplace_back(node.variable->name, std::string(segment));
    if (find(*node.variable, search, at + 1)) return true;
    parameters.pop_back();
  }
  if (node.greedy && !segment.empty()) {
    const std::string_view rest = search.path.substr(static_cast<size_t>(segment.data() - search.path.data()));
    parameters.emplace_back(node.greedy->name, std::string(rest));
    if (take(*node.greedy, search)) return true;
    parameters.pop_back();
  }
  return false;
}

RouteMatch Router::match(std::string_view path, std::string_view method, bool explain) const {
  Search search{path, method, path_segments(path), explain, {}};
  if (kind_ == RouterKind::kRest && search.segments.back().empty()) search.segments.pop_back();
  if (!find(root_, search, 0) && default_ != RouteMatch::kNone) {
    if (explain) search.match.passed_over.push_back("no other route has " + std::string(path) + ": $default");
    search.match.route = default_;
  } else if (search.match.route == RouteMatch::kNone && explain && !search.match.path_known) {
    search.match.passed_over.push_back("no route has " + std::string(path));
  }
  return std::move(search.match);
}

}  // namespace stator::gateway
