// Selection expressions of WebSocket APIs: "$request.body.action", "${request.body.service}/${request.body.action}",
// "\$default", "fixed". They name the route of a message and the template of an integration. A value that is not there
// becomes nothing; a list or an object becomes text ("[a, b]"). Below request.body the names and [0] of JSONPath are
// known, its wildcards and filters are not (valid() tells). Pure; immutable once parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
    bool variable = false;
    std::string text;               // fixed text
    std::vector<std::string> path;  // below request.body; "[3]" is an index
  };
  std::vector<Part> parts_;
  bool valid_ = true;
};

}  // namespace stator::gateway
