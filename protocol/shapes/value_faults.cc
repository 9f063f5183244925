#include "protocol/shapes/value_faults.h"

#include <algorithm>
#include <vector>

#include "protocol/error/error_catalog.h"
#include "protocol/value/arena.h"
#include "protocol/value/base64.h"

namespace stator {
namespace {

using Type = AttributeValue::Type;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

struct SetMember {
  std::string_view sent;
  std::string_view bytes;  // what it is compared by
};

// As sent: [b, a, b].
std::string old_collection(const JsonValue& set) {
  std::string out = "[";
  for (size_t i = 0; i < set.elements().size(); ++i) {
    if (i > 0) out += ", ";
    out += set.elements()[i].text();
  }
  return out + "]";
}

// Quoted; sorted up to the first repeat, then the repeat, then the rest as sent: ["a", "b", "b"].
std::string new_collection(const JsonValue& set, Type type) {
  Arena arena;
  std::vector<SetMember> members;
  for (const JsonValue& element : set.elements()) {
    const std::string_view sent = element.text();
    members.push_back({sent, type == Type::BS ? decode_base64(sent, arena).value_or(sent) : sent});
  }
  const auto by_bytes = [](const SetMember& a, const SetMember& b) { return a.bytes < b.bytes; };
  std::vector<SetMember> seen;
  size_t next = 0;
  for (; next < members.size(); ++next) {
    const auto place = std::lower_bound(seen.begin(), seen.end(), members[next], by_bytes);
    if (place != seen.end() && place->bytes == members[next].bytes) break;
    seen.insert(place, members[next]);
  }
  seen.insert(seen.end(), members.begin() + static_cast<std::ptrdiff_t>(next), members.end());
  std::string out = "[";
  for (size_t i = 0; i < seen.size(); ++i) {
    if (i > 0) out += type == Type::BS ? "," : ", ";
    out += '"';
    out += seen[i].sent;
    out += '"';
  }
  return out + "]";
}

std::string duplicate_text(const ValueProblem& problem, NumberLayer layer) {
  if (problem.type == Type::NS) {
    return layer == NumberLayer::kOld ? "Input collection contains duplicates"
                                      : std::string(kInvalid) + "Input collection contains duplicates.";
  }
  std::string out(kInvalid);
  out += "Input collection ";
  if (problem.set != nullptr) {
    out += layer == NumberLayer::kOld ? old_collection(*problem.set) : new_collection(*problem.set, problem.type);
  }
  out += problem.type == Type::BS ? "of type BS contains duplicates." : " contains duplicates.";
  return out;
}

std::string not_a_number(std::string_view sent, NumberLayer layer) {
  std::string out = "The parameter cannot be converted to a numeric value";
  if (layer == NumberLayer::kOld && sent.empty()) return out;
  out += ": ";
  out += sent;
  return out;
}

}  // namespace

std::string value_problem_text(const ValueProblem& problem, NumberLayer layer) {
  switch (problem.fault) {
    case ValueFault::kNone:
    case ValueFault::kMalformed:
    case ValueFault::kNoType:
      return "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
    case ValueFault::kSeveralTypes:
      return "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
             "datatypes";
    case ValueFault::kNullNotTrue:
      return std::string(kInvalid) + "Null attribute value types must have the value of true";
    case ValueFault::kNumberFormat:
      return not_a_number(problem.detail, layer);
    case ValueFault::kNumberDigits:
      return "Attempting to store more than 38 significant digits in a Number";
    case ValueFault::kNumberOverflow:
      return "Number overflow. Attempting to store a number with magnitude larger than supported range";
    case ValueFault::kNumberUnderflow:
      return "Number underflow. Attempting to store a number with magnitude smaller than supported range";
    case ValueFault::kEmptySet:
      if (problem.type == Type::BS) return std::string(kInvalid) + "Binary sets should not be empty";
      return std::string(kInvalid) + (problem.type == Type::NS ? "An number set " : "An string set ") +
             " may not be empty";
    case ValueFault::kDuplicateInSet:
      return duplicate_text(problem, layer);
    case ValueFault::kTooDeep:
      return std::string(errors::text::kTooDeep);
    case ValueFault::kEmptyName:
      return "Empty attribute name";
    case ValueFault::kNameTooLong:
      return std::string(errors::text::kNameTooLong);
  }
  return {};
}

AwsError value_fault(const ValueProblem& problem, const OperationDialect& dialect) {
  std::string text = value_problem_text(problem, dialect.value_layer);
  // A value of no type or of several stays bare where all else is enveloped (captured July 2026).
  const bool bare = problem.fault == ValueFault::kNoType || problem.fault == ValueFault::kSeveralTypes;
  return errors::validation(dialect.envelope && !bare ? errors::enveloped(text) : std::move(text));
}

AwsError expression_value_fault(const ValueProblem& problem, const OperationDialect& dialect, std::string_view key) {
  if (!dialect.wraps_values) return value_fault(problem, dialect);
  return errors::validation("ExpressionAttributeValues contains invalid value: " +
                            value_problem_text(problem, dialect.value_layer) + " for key " + std::string(key));
}

}  // namespace stator
