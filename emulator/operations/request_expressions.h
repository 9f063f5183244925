// The expressions of one request object (a whole request, or one action of a transaction): which parameters it has, its
// placeholders, and what they compile to. The order of the calls is the order of the service's checks.
// Faults of the request are thrown as ExpressionError; the dispatcher gives them the operation's own form.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/context.h"
#include "emulator/expressions/compiler.h"

namespace stator {

// A map of attribute values (Item, Key, ...) as the request has it. Throws the service's error for a bad value.
Item read_values(const OperationContext& context, const JsonValue& map);
AttributeValue read_one_value(const OperationContext& context, const JsonValue& value);

class RequestExpressions {
 public:
  RequestExpressions(const OperationContext& context, const JsonValue& object) : context_(context), object_(object) {}

  // Mixing the two languages, placeholders without an expression. Each list in the service's order.
  void check_use(std::initializer_list<std::string_view> legacy, std::initializer_list<std::string_view> expressions,
                 std::initializer_list<std::string_view> value_expressions);
  // ExpressionAttributeNames and -Values: keys, then values.
  void read_placeholders();

  // Null when the request does not have that expression. The result lives in the request's arena.
  const expressions::Condition* condition(expressions::ExpressionKind kind);
  const expressions::Projection* projection();  // ProjectionExpression or AttributesToGet
  const expressions::Update* update();
  void check_unused();

 private:
  const OperationContext& context_;
  const JsonValue& object_;
  std::optional<expressions::Compiler> compiler_;
};

}  // namespace stator
