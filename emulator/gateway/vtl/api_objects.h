// What API Gateway puts before a template: $input over a payload and the request's parameters, and $util. $context and
// $stageVariables are plain maps that the caller makes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // one value a name

struct Payload {
  std::string body;  // UTF-8
  Parameters path;
  Parameters query;
  Parameters header;
};

Value make_input(Heap& heap, Payload payload);
Value make_util(Heap& heap);

// The body as JSON, or as a text when it is none.
Value parse_body(std::string_view body, Heap& heap);

// Takes the URL-safe alphabet too, and passes over what is neither: as the service's decoder does.
std::string decode_base64_loosely(std::string_view text);

// StringEscapeUtils.escapeJavaScript.
std::string escape_javascript(std::string_view text);

}  // namespace stator::vtl
