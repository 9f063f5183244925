// How the expression language refuses: one exception, thrown by everything in this room and by nothing else. It is not
// an AwsError on purpose: the same text is bare on Query, wears "1 validation error detected: " on PutItem in the new
// dialect, and becomes a cancellation reason inside a transaction. The caller knows which; it catches this and builds
// the AwsError.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace stator::expressions {

struct ExpressionError : std::exception {
  ExpressionError(std::string text, bool from_request) : message(std::move(text)), before_table(from_request) {}
  const char* what() const noexcept override { return message.c_str(); }

  std::string message;
  // True: the request alone is wrong (validation_2026's layer 2, the one that takes the envelope). False: it is wrong
  // for this table or this item (layer 3, always bare).
  bool before_table;
};

}  // namespace stator::expressions
