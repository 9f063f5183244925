#include "emulator/gateway/control/stored_domain.h"

#include <algorithm>

namespace stator::gateway {

using namespace control;

namespace {

// Whole parts: "v1" has "/v1" and "/v1/x", not "/v12".
bool has_base(std::string_view path, std::string_view base) {
  return base.empty() || (path.substr(std::min<size_t>(1, path.size())).starts_with(base) &&
                          (path.size() == base.size() + 1 || path[base.size() + 1] == '/'));
}

bool fits(std::string_view value, std::string_view glob) {
  const bool open_left = glob.starts_with('*'), open_right = glob.size() > 1 && glob.ends_with('*');
  if (open_left) glob.remove_prefix(1);
  if (open_right) glob.remove_suffix(1);
  if (open_left && open_right) return value.find(glob) != std::string_view::npos;
  return open_left ? value.ends_with(glob) : open_right ? value.starts_with(glob) : value == glob;
}

// Whether the condition holds; `base` becomes the base path that it matched, if it is of that kind.
bool holds(const StoredDomain::Condition& condition, std::string_view path, const WireRequest& request,
           std::string& base) {
  for (const std::string& each : condition.base_paths)
    if (has_base(path, each)) {
      base = each;
      return true;
    }
  return std::any_of(condition.headers.begin(), condition.headers.end(), [&](const auto& wanted) {
    const std::optional<std::string_view> value = request.header(wanted.first);
    return value && fits(*value, wanted.second);
  });
}

StoredDomain::Condition condition_of(const Node& node) {
  StoredDomain::Condition condition;
  if (const Node* paths = node.find("matchBasePaths")) condition.base_paths = texts_in(*paths, "anyOf");
  if (const Node* headers = node.find("matchHeaders"))
    if (const Node* any = headers->find("anyOf"))
      for (const Node& each : any->items)
        condition.headers.emplace_back(text_in(each, "header"), text_in(each, "valueGlob"));
  return condition;
}

}  // namespace

std::optional<StoredDomain::Target> StoredDomain::target_of(std::string_view path, const WireRequest& request) const {
  for (const Rule& rule : rules) {
    std::string base;
    if (!by_rules || !std::all_of(rule.conditions.begin(), rule.conditions.end(),
                                  [&](const Condition& each) { return holds(each, path, request, base); }))
      continue;
    const size_t cut = rule.strip_base_path && !base.empty() ? base.size() + 1 : 0;
    return Target{rule.api_id, rule.stage, std::string(path.substr(cut))};
  }
  const Mapping* best = nullptr;
  for (const Mapping& each : mappings)
    if (by_mappings && has_base(path, each.key) && (best == nullptr || each.key.size() > best->key.size()))
      best = &each;
  if (best == nullptr) return std::nullopt;
  return Target{best->api_id, best->stage, std::string(path.substr(best->key.empty() ? 0 : best->key.size() + 1))};
}

StoredDomain read_domain(Documents& documents, const std::string& path, const Node& document) {
  StoredDomain domain;
  const std::string mode = text_in(document, "routingMode");
  domain.by_rules = mode.starts_with("ROUTING_RULE");
  domain.by_mappings = mode != "ROUTING_RULE_ONLY";
  for (const auto& [at, mapping] : documents.children(path + "/mappings"))
    domain.mappings.push_back(
        {text_in(mapping, "apiMappingKey"), text_in(mapping, "apiId"), text_in(mapping, "stage")});
  for (const auto& [at, node] : documents.children(path + "/rules")) {
    StoredDomain::Rule rule;
    rule.priority = number_in(node, "priority").value_or(0);
    for (const Node& each : node.find("conditions")->items) rule.conditions.push_back(condition_of(each));
    const Node& invoke = *node.find("actions")->items.front().find("invokeApi");
    rule.api_id = text_in(invoke, "apiId");
    rule.stage = text_in(invoke, "stage");
    rule.strip_base_path = flag_in(invoke, "stripBasePath");
    domain.rules.push_back(std::move(rule));
  }
  std::sort(domain.rules.begin(), domain.rules.end(),
            [](const auto& a, const auto& b) { return a.priority < b.priority; });
  return domain;
}

}  // namespace stator::gateway
