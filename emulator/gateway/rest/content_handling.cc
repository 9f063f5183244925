#include "emulator/gateway/rest/content_handling.h"

#include "emulator/gateway/vtl/api_objects.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(bytes, out);
  return out;
}

}  // namespace

Converted convert_request(std::string_view body, bool binary, std::string_view handling) {
  if (binary) {
    if (handling == "CONVERT_TO_TEXT") return {encoded(body), false};
    return {std::string(body), true};
  }
  if (handling == "CONVERT_TO_BINARY") return {vtl::decode_base64_loosely(body), true};
  return {std::string(body), false};
}

Converted convert_binary_response(std::string_view body, bool wanted, std::string_view handling) {
  if (handling == "CONVERT_TO_TEXT") return {encoded(body), false};
  if (handling == "CONVERT_TO_BINARY" || wanted) return {std::string(body), true};
  return {encoded(body), false};
}

std::string convert_text_response(std::string body, bool wanted, std::string_view handling) {
  if (handling == "CONVERT_TO_TEXT") return body;
  if (handling == "CONVERT_TO_BINARY" || wanted) return vtl::decode_base64_loosely(body);
  return body;
}

}  // namespace stator::gateway
