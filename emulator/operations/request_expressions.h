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
#include "emulator/expressions/legacy.h"

namespace stator {

// A map of attribute values (Item, Key, ...) as the request has it. Throws the service's error for a bad value.
Item read_values(const OperationContext& context, const JsonValue& map);
AttributeValue read_one_value(const OperationContext& context, const JsonValue& value);

using LegacyConditions = std::vector<expressions::LegacyCondition>;

// "Key attributes must be scalars ...": no path may go below a key attribute of the table or of one of its indexes.
void check_scalar_keys(const Table& table, std::span<const expressions::DocumentPath> paths);
// What an update may not do to any item of the table, in the service's order: write to a key attribute, give an index's
// key a value that it cannot have, write below a key. Throws ExpressionError (not before_table) or AwsError.
void check_update(const Table& table, const expressions::Update& update, Arena& arena);

class RequestExpressions {
 public:
  RequestExpressions(const OperationContext& context, const JsonValue& object) : context_(context), object_(object) {}

  // Mixing the two languages, placeholders without an expression. Each list in the service's order.
  void check_use(std::initializer_list<std::string_view> legacy, std::initializer_list<std::string_view> expressions,
                 std::initializer_list<std::string_view> value_expressions);
  // Whether the object has any of these.
  bool has_any(std::initializer_list<std::string_view> expressions) const;
  // The parameters from before expressions. Reading a map of conditions (Expected, QueryFilter, ScanFilter,
  // KeyConditions) checks its values and how many arguments each comparison has; types are checked when it is lowered.
  LegacyConditions read_conditions(std::string_view member);
  void check_conditional_operator(const LegacyConditions& conditions);
  void check_conditional_operator(std::string_view member);  // the same, with the values of the conditions unread
  const expressions::Condition* lower(const LegacyConditions& conditions);  // null for none
  std::vector<expressions::LegacyUpdate> read_updates();
  const expressions::Update* lower(const std::vector<expressions::LegacyUpdate>& updates);
  void check_attributes_to_get();

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
