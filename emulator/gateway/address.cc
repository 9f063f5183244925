#include "emulator/gateway/address.h"

namespace stator::gateway {

StageSplit split_stage(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const size_t slash = path.find('/');
  return {path.substr(0, slash), slash == std::string_view::npos ? std::string_view("/") : path.substr(slash)};
}

ApiAddress parse_address(std::string_view target, std::optional<std::string_view> host) {
  ApiAddress address;
  if (const size_t fragment = target.find('#'); fragment != std::string_view::npos) target = target.substr(0, fragment);
  const size_t mark = target.find('?');
  address.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  address.path = target.substr(0, mark);
  if (address.path.empty()) address.path = "/";

  constexpr std::string_view kRest = "/restapis/", kExecute = "/_aws/execute-api/", kUser = "/_user_request_";
  if (address.path.starts_with(kRest)) {
    const StageSplit id = split_stage(address.path.substr(kRest.size() - 1));
    const StageSplit stage = split_stage(id.path);
    if (stage.path.starts_with(kUser) && (stage.path.size() == kUser.size() || stage.path[kUser.size()] == '/')) {
      address.form = ApiAddress::Form::kRestApis;
      address.api_id = id.stage;
      address.stage = stage.stage;
      address.path = stage.path.substr(kUser.size());
      if (address.path.empty()) address.path = "/";
    }
    return address;
  }
  if (address.path.starts_with(kExecute)) {
    const StageSplit id = split_stage(address.path.substr(kExecute.size() - 1));
    const StageSplit stage = split_stage(id.path);
    address.form = ApiAddress::Form::kExecuteApi;
    address.api_id = id.stage;
    address.stage = stage.stage;
    address.path = stage.path;
    return address;
  }
  if (host) {
    const size_t dot = host->find('.');
    if (dot != std::string_view::npos && dot > 0 && host->substr(dot).starts_with(".execute-api.")) {
      address.form = ApiAddress::Form::kHost;
      address.api_id = host->substr(0, dot);
    }
  }
  return address;
}

std::optional<ConnectionAddress> connection_address(const ApiAddress& address) {
  constexpr std::string_view kConnections = "/@connections/";
  const size_t at = address.path.find(kConnections);
  if (at == std::string_view::npos || address.form == ApiAddress::Form::kRestApis) return std::nullopt;
  ConnectionAddress out{address.api_id, address.stage, address.path.substr(at + kConnections.size())};
  if (out.connection_id.empty() || out.connection_id.find('/') != std::string_view::npos) return std::nullopt;
  std::string_view before = address.path.substr(0, at);
  if (before.empty()) return out;
  if (before.rfind('/') != 0 || !out.stage.empty()) return std::nullopt;
  out.stage = before.substr(1);
  return out;
}

}  // namespace stator::gateway
