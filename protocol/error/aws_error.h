// The one exception that ends a request with an error of the service's own. Built only by error_catalog (and, in the
// gateway, by its own catalogue): nobody else writes a type or a text. Expected outcomes (a condition that is false, a
// row that is filtered out) are values, not exceptions.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace stator {

class AwsError : public std::exception {
 public:
  // `type` is the full "__type", prefix included. `extra` is raw JSON members to add to the body (",\"Item\":{...}") or
  // empty.
  AwsError(int status, std::string_view type, std::string message, std::string extra = {})
      : status_(status), type_(type), message_(std::move(message)), extra_(std::move(extra)) {}

  int status() const { return status_; }
  std::string_view type() const { return type_; }
  // The part behind '#': "ValidationException".
  std::string_view name() const { return std::string_view(type_).substr(type_.find('#') + 1); }
  const std::string& message() const { return message_; }
  const std::string& extra() const { return extra_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int status_;
  std::string type_;
  std::string message_;
  std::string extra_;
};

}  // namespace stator
