// JSON Schema draft 04, compiled once and asked many times: what request validation of REST APIs needs. The library
// behind it stays in this room. References inside the schema (#/definitions/x) work; others do not and match nothing.
// Immutable once compiled; check() may be called from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stator {

class JsonSchema {
 public:
  // Null when `schema` is not JSON; `problem` then says why.
  static std::shared_ptr<const JsonSchema> compile(std::string_view schema, std::string& problem);

  struct Verdict {
    bool valid = false;
    bool is_json = true;  // false: the document could not be parsed at all
    std::string message;  // "object has missing required properties ([\"name\"])"
  };
  virtual ~JsonSchema() = default;
  virtual Verdict check(std::string_view document) const = 0;

 protected:
  JsonSchema() = default;
};

}  // namespace stator
