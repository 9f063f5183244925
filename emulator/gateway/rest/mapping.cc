#include "emulator/gateway/rest/mapping.h"

namespace stator::gateway {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <typename Pairs>
std::optional<std::string> last_of(const Pairs& pairs, std::string_view name) {
  for (auto at = pairs.rbegin(); at != pairs.rend(); ++at)
    if (at->first == name) return at->second;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mapped_value(const Call& call, std::string_view e, const HeaderList* upstream) {
  if (e.size() >= 2 && e.front() == '\'' && e.back() == '\'') return std::string(e.substr(1, e.size() - 2));
  if (take(e, "method.request.")) {
    if (take(e, "path.")) return last_of(call.path_parameters, e);
    if (take(e, "querystring.") || take(e, "multivaluequerystring.")) return last_of(call.query, e);
    if (take(e, "header.") || take(e, "multivalueheader.")) {
      const auto value = call.header(e);
      return value ? std::optional<std::string>(*value) : std::nullopt;
    }
    if (e == "body") return std::string(call.body());
    return std::nullopt;
  }
  if (take(e, "context.")) return context_value(call, e, 0, 0);
  if (take(e, "stageVariables.")) {
    const auto found = call.stage->stage->variables.find(std::string(e));
    return found == call.stage->stage->variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  if (upstream && take(e, "integration.response.header.")) {
    for (const auto& [name, value] : *upstream)
      if (equal_ignoring_case(name, e)) return value;
  }
  return std::nullopt;
}

}  // namespace stator::gateway
