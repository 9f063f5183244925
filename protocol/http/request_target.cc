#include "protocol/http/request_target.h"

namespace stator::http {

std::string_view origin_form(std::string_view target) {
  size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target.find_first_of("/?") < scheme) return target;
  size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace stator::http
