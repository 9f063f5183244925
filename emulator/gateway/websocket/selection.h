// Selection expressions of WebSocket APIs: "$request.body.action", "${request.body.service}/${request.body.action}",
// "\$default", "fixed". They name the route of a message and the template of an integration. A value that is not there
// becomes nothing; a list or an object becomes text ("[a, b]"). What stands below request.body is JSONPath. Pure;
// immutable once parsed, so any thread may ask.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/vtl/json_path.h"

namespace stator::gateway {

class Selection {
 public:
  Selection() = default;
  explicit Selection(std::string_view expression);

  // The key that the expression names for a message. One that is no JSON is "$default" wherever the message is asked.
  std::string evaluate(std::string_view message) const;
  // False when a variable is none of those known here: it is then always empty.
  bool valid() const { return valid_; }

 private:
  struct Part {
    std::string text;  // fixed text
    std::shared_ptr<const vtl::JsonPath> path;
  };
  std::vector<Part> parts_;
  bool valid_ = true;
};

}  // namespace stator::gateway
