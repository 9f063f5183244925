#include "emulator/gateway/authorizers/identity_source.h"

#include "emulator/gateway/call.h"
#include "emulator/gateway/text_parts.h"

namespace stator::gateway {
namespace {

std::string value_of(const Call& call, std::string_view source) {
  take_prefix(source, "$");
  if (take_prefix(source, "method.request.") || take_prefix(source, "route.request.") ||
      take_prefix(source, "request.")) {
    if (take_prefix(source, "header.") || take_prefix(source, "multivalueheader."))
      return std::string(call.header(source).value_or(""));
    std::string last;
    if (take_prefix(source, "querystring.") || take_prefix(source, "multivaluequerystring.")) {
      for (const auto& [name, value] : call.query)
        if (name == source) last = value;
    } else if (take_prefix(source, "path.")) {
      for (const auto& [name, value] : call.path_parameters)
        if (name == source) last = value;
    }
    return last;
  }
  if (take_prefix(source, "context.")) return context_value(call, source, 0, 0).value_or("");
  if (take_prefix(source, "stageVariables.")) {
    const auto found = call.stage->stage->variables.find(std::string(source));
    return found == call.stage->stage->variables.end() ? "" : found->second;
  }
  return {};
}

}  // namespace

std::vector<std::string> read_identity_sources(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) out.emplace_back(one);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

std::optional<std::vector<std::string>> identity_of(const Call& call, const std::vector<std::string>& sources) {
  std::vector<std::string> out;
  for (const std::string& source : sources) {
    out.push_back(value_of(call, source));
    if (out.back().empty()) return std::nullopt;
  }
  return out;
}

}  // namespace stator::gateway
