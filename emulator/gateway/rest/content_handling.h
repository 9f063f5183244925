// contentHandling and binaryMediaTypes: what becomes of a payload on its way through a custom integration ("Content
// type conversions in API Gateway"). Pure.
#pragma once

#include <string>
#include <string_view>

namespace stator::gateway {

struct Converted {
  std::string bytes;
  bool binary = false;  // no template is for it
};

// `binary`: the request's Content-Type is one of the API's binary types.
Converted convert_request(std::string_view body, bool binary, std::string_view handling);

// Of a web server's answer whose type is one of the API's binary types; `wanted`: the first type the client accepts is
// one too.
Converted convert_binary_response(std::string_view body, bool wanted, std::string_view handling);
// Of a text, after its template.
std::string convert_text_response(std::string body, bool wanted, std::string_view handling);

}  // namespace stator::gateway
