// JSON Schema draft 04, compiled once and asked many times: what request validation of REST APIs needs. The library
// that holds the documents stays in this room. References inside the schema (#/definitions/x) work; others allow
// everything, as "format" does. Immutable once compiled; check() may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace stator {

class JsonSchema {
 public:
  // Whether a regular expression is found in the text. Called from any thread.
  using Pattern = std::function<bool(std::string_view text)>;
  // Empty for what is no regular expression: such a pattern fits everything.
  using PatternCompiler = std::function<Pattern(std::string_view expression)>;

  // Null when `schema` is not JSON; `problem` then says why. `patterns` is asked here and no more.
  static std::shared_ptr<const JsonSchema> compile(std::string_view schema, const PatternCompiler& patterns,
                                                   std::string& problem);

  struct Verdict {
    bool valid = false;
    bool is_json = true;  // false: the document could not be parsed at all
    std::string message;  // all that is wrong: "object has missing required properties ([\"name\"]), ..."
  };
  virtual ~JsonSchema() = default;
  virtual Verdict check(std::string_view document) const = 0;

 protected:
  JsonSchema() = default;
};

}  // namespace stator
