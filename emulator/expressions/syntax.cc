#include "emulator/expressions/syntax.h"

namespace stator::expressions {

std::string_view name_of(Operator op) {
  switch (op) {
    case Operator::kPath:
    case Operator::kValue:
      return "";
    case Operator::kEqual:
      return "=";
    case Operator::kNotEqual:
      return "<>";
    case Operator::kLess:
      return "<";
    case Operator::kLessEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterEqual:
      return ">=";
    case Operator::kBetween:
      return "BETWEEN";
    case Operator::kIn:
      return "IN";
    case Operator::kAnd:
      return "AND";
    case Operator::kOr:
      return "OR";
    case Operator::kNot:
      return "NOT";
    case Operator::kAttributeExists:
      return "attribute_exists";
    case Operator::kAttributeNotExists:
      return "attribute_not_exists";
    case Operator::kAttributeType:
      return "attribute_type";
    case Operator::kBeginsWith:
      return "begins_with";
    case Operator::kContains:
      return "contains";
    case Operator::kSize:
      return "size";
    case Operator::kPlus:
      return "+";
    case Operator::kMinus:
      return "-";
    case Operator::kIfNotExists:
      return "if_not_exists";
    case Operator::kListAppend:
      return "list_append";
  }
  return "";
}

Operator turned_round(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessEqual:
      return Operator::kGreaterEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterEqual:
      return Operator::kLessEqual;
    default:
      return op;
  }
}

}  // namespace stator::expressions
