// JSONPath in the dialect of Jayway's library, which the service uses: in $input.path and $input.json and in parameter
// mappings.
//
//   path   = "$" { "." name | "." "*" | ".." (name | "*" | bracket) | bracket } [ "." function "()" ]
//   bracket = "[" ( "*" | 'name' {, 'name'} | index {, index} | [from] ":" [to] | "?(" filter ")" ) "]"
//   filter = or { "||" }, "&&", "!", "(" ")", operand [ operator operand ]
//   operator = == != < <= > >= =~ in nin subsetof anyof noneof size empty contains
//   function = length size min max avg sum stddev keys first last
//
// A path without "$" before it begins at the root too. Immutable once parsed; may be used from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

struct PathSteps;

class JsonPath {
 public:
  static JsonPath parse(std::string_view text);  // throws TemplateError
  ~JsonPath();
  JsonPath(JsonPath&&) noexcept;

  // A path that names one thing gives it, or nothing when it is not there; one that may name several ("..", "*",
  // filters, slices, lists) always gives a list.
  std::optional<Value> read(const Value& root, Heap& heap) const;

 private:
  explicit JsonPath(std::unique_ptr<PathSteps> steps);
  std::unique_ptr<PathSteps> steps_;
};

}  // namespace stator::vtl
