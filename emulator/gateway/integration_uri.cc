#include "emulator/gateway/integration_uri.h"

namespace stator::gateway {

std::string function_in_uri(std::string_view uri) {
  if (uri.starts_with("arn:") && uri.find(":lambda:") != std::string_view::npos &&
      uri.find(":function:") != std::string_view::npos && uri.find(":apigateway:") == std::string_view::npos)
    return std::string(uri);
  constexpr std::string_view kFunctions = "/functions/";
  if (uri.find(":lambda:path/") == std::string_view::npos) return {};
  const size_t from = uri.find(kFunctions);
  if (from == std::string_view::npos) return {};
  std::string_view rest = uri.substr(from + kFunctions.size());
  for (const std::string_view end :
       {std::string_view("/invocations"), std::string_view("/response-streaming-invocations")})
    if (rest.ends_with(end)) return std::string(rest.substr(0, rest.size() - end.size()));
  return {};
}

bool is_streaming_uri(std::string_view uri) {
  return uri.ends_with("/response-streaming-invocations");
}

std::optional<ServiceUri> service_in_uri(std::string_view uri) {
  std::string_view parts[6];
  for (std::string_view& part : parts) {
    const size_t colon = uri.find(':');
    part = uri.substr(0, colon);
    uri = colon == std::string_view::npos ? std::string_view() : uri.substr(colon + 1);
  }
  const std::string_view call = parts[5];
  if (parts[0] != "arn" || parts[2] != "apigateway" || parts[4].empty()) return std::nullopt;
  ServiceUri out;
  out.region = parts[3];
  out.service = parts[4].substr(parts[4].rfind('.') + 1);
  if (call.starts_with("action/"))
    out.action = call.substr(7);
  else if (call.starts_with("path/"))
    out.path = call.substr(5);
  else
    return std::nullopt;
  return out;
}

std::string with_stage_variables(std::string_view text, const StringMap& variables) {
  constexpr std::string_view kOpen = "${stageVariables.";
  std::string out;
  for (;;) {
    const size_t open = text.find(kOpen);
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    const auto found = variables.find(std::string(text.substr(open + kOpen.size(), close - open - kOpen.size())));
    if (found != variables.end()) out += found->second;
    text.remove_prefix(close + 1);
  }
  return out += text;
}

}  // namespace stator::gateway
