#include "emulator/gateway/rest/mapping.h"

#include "emulator/gateway/body_path.h"
#include "emulator/gateway/text_parts.h"

namespace stator::gateway {
namespace {

template <typename Pairs>
std::optional<std::string> last_of(const Pairs& pairs, std::string_view name) {
  for (auto at = pairs.rbegin(); at != pairs.rend(); ++at)
    if (at->first == name) return at->second;
  return std::nullopt;
}

std::optional<std::string> one(std::vector<std::string> values) {
  return values.empty() ? std::nullopt : std::optional<std::string>(std::move(values.back()));
}

}  // namespace

std::vector<std::string> mapped_values(const Call& call, std::string_view e, const IntegrationAnswer* answer) {
  std::string_view rest = e;
  std::vector<std::string> all;
  if (take_prefix(rest, "method.request.multivaluequerystring.")) {
    for (const auto& [name, value] : call.query)
      if (name == rest) all.push_back(value);
    return all;
  }
  if (take_prefix(rest, "method.request.multivalueheader.")) {
    for (const WireHeader& header : call.request.headers)
      if (equal_ignoring_case(header.name, rest)) all.emplace_back(header.value);
    return all;
  }
  if (take_prefix(rest, "integration.response.multivalueheader.")) {
    if (answer && answer->headers)
      for (const auto& [name, value] : *answer->headers)
        if (equal_ignoring_case(name, rest)) all.push_back(value);
    return all;
  }
  if (std::optional<std::string> value = mapped_value(call, e, answer)) all.push_back(std::move(*value));
  return all;
}

std::optional<std::string> mapped_value(const Call& call, std::string_view e, const IntegrationAnswer* answer) {
  if (e.size() >= 2 && e.front() == '\'' && e.back() == '\'') return std::string(e.substr(1, e.size() - 2));
  if (e.find(".multivalue") != std::string_view::npos && (e.starts_with("method.") || e.starts_with("integration.")))
    return one(mapped_values(call, e, answer));
  if (take_prefix(e, "method.request.")) {
    if (take_prefix(e, "path.")) return last_of(call.path_parameters, e);
    if (take_prefix(e, "querystring.")) return last_of(call.query, e);
    if (take_prefix(e, "header.")) {
      const auto value = call.header(e);
      return value ? std::optional<std::string>(*value) : std::nullopt;
    }
    if (e == "body") return std::string(call.body());
    if (take_prefix(e, "body.")) return value_in_body(call.body(), e);
    return std::nullopt;
  }
  if (take_prefix(e, "context.")) return context_value(call, e, 0, 0);
  if (take_prefix(e, "stageVariables.")) {
    const auto found = call.stage->stage->variables.find(std::string(e));
    return found == call.stage->stage->variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  if (answer && take_prefix(e, "integration.response.")) {
    if (take_prefix(e, "header.")) {
      if (answer->headers)
        for (const auto& [name, value] : *answer->headers)
          if (equal_ignoring_case(name, e)) return value;
    } else if (e == "body") {
      return std::string(answer->body);
    } else if (take_prefix(e, "body.")) {
      return value_in_body(answer->body, e);
    }
  }
  return std::nullopt;
}

}  // namespace stator::gateway
