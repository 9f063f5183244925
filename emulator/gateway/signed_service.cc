#include "emulator/gateway/signed_service.h"

namespace stator::gateway {

std::string_view signed_service(const WireRequest& request) {
  const auto authorization = request.header("Authorization");
  if (!authorization) return {};
  const size_t at = authorization->find("Credential=");
  if (at == std::string_view::npos) return {};
  std::string_view scope = authorization->substr(at + 11);  // key/date/region/service/aws4_request
  scope = scope.substr(0, scope.find(','));
  for (int i = 0; i < 3; ++i) {
    const size_t slash = scope.find('/');
    if (slash == std::string_view::npos) return {};
    scope.remove_prefix(slash + 1);
  }
  return scope.substr(0, scope.find('/'));
}

}  // namespace stator::gateway
