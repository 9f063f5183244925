// Step 1 of the checker: the JSON type of every member that the model names.
#include <algorithm>
#include <charconv>

#include "protocol/error/error_catalog.h"
#include "protocol/shapes/checker.h"

namespace stator {
namespace shapes {
namespace {

using Kind = JsonValue::Kind;

constexpr std::string_view kStartOfStructure = "Start of structure or map found where not expected";
constexpr std::string_view kUnexpectedField = "Unexpected field type";
constexpr std::string_view kCast =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
    "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
    "loader "
    "'bootstrap')";
constexpr std::string_view kPackage = "com.amazonaws.dynamodb.v20120810.";

// Whether a value is a member of a structure or an element of a list or map: Java's generics make the difference
// audible.
enum class Place : uint8_t { kField, kElement };

[[noreturn]] void refuse(std::string_view text) {
  throw errors::serialization(std::string(text));
}
[[noreturn]] void refuse(std::string_view first, std::string_view second) {
  throw errors::serialization(std::string(first) + std::string(second));
}

bool is_decimal(std::string_view number) {
  return number.find_first_of(".eE") != std::string_view::npos;
}

std::string_view token_name(const JsonValue& value) {
  switch (value.kind()) {
    case Kind::kTrue:
      return "TRUE_VALUE";
    case Kind::kFalse:
      return "FALSE_VALUE";
    case Kind::kNumber:
      return is_decimal(value.text()) ? "DECIMAL_VALUE" : "NUMBER_VALUE";
    default:
      return "STRING_VALUE";
  }
}

std::string_view java_class(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kString:
      return "java.lang.String";
    case ShapeKind::kBoolean:
      return "java.lang.Boolean";
    case ShapeKind::kInteger:
      return "java.lang.Integer";
    case ShapeKind::kLong:
      return "java.lang.Long";
    case ShapeKind::kDouble:
      return "java.lang.Double";
    case ShapeKind::kTimestamp:
      return "java.util.Date";
    default:
      return "java.nio.ByteBuffer";
  }
}

// The type argument in "java.util.Map<java.lang.String, T>".
std::string generic_name(const Shape& of) {
  switch (of.kind) {
    case ShapeKind::kStructure:
    case ShapeKind::kAttributeValue:
      return std::string(kPackage) + std::string(of.name);
    case ShapeKind::kList:
      return "java.util.List<" + generic_name(shape(of.element)) + ">";
    case ShapeKind::kMap:
      return "java.util.Map<java.lang.String, " + generic_name(shape(of.element)) + ">";
    default:
      return std::string(java_class(of.kind));
  }
}

[[noreturn]] void refuse_scalar(ShapeKind expected, const JsonValue& value) {
  if (value.is_array()) refuse("Unrecognized collection type class ", java_class(expected));
  if (value.is_object()) refuse(kStartOfStructure);
  if (expected == ShapeKind::kBlob) refuse("only base-64-encoded strings are convertible to bytes");
  if (expected == ShapeKind::kBoolean && value.is_string()) refuse("Unexpected token received from parser");
  const std::string_view name = java_class(expected);
  refuse(std::string(token_name(value)) + " cannot be converted to ", name.substr(name.rfind('.') + 1));
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

void check_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    refuse("Base64 encoded length is expected a multiple of 4 bytes but found: ", std::to_string(text.size()));
  }
  size_t length = text.size();
  while (length > 0 && text.size() - length < 2 && text[length - 1] == '=') --length;
  for (size_t i = 0; i < length; ++i) {
    if (base64_digit(text[i]) >= 0) continue;
    size_t end = i + 1;  // the whole character: half of one would be no UTF-8
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    refuse("Invalid Base64 character: '" + std::string(text.substr(i, end - i)), "'");
  }
  // The bits of the last character that belong to no byte must be zero.
  const size_t padding = text.size() - length;
  if (padding == 0) return;
  const int unused = padding == 1 ? 0x3 : 0xf;
  if ((base64_digit(text[length - 1]) & unused) != 0) refuse("Invalid last non-pad Base64 character dectected");
}

// Whether the number, cut to an integer, lies in [low, high].
bool fits(std::string_view number, int64_t low, int64_t high) {
  int64_t whole = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), whole);
  if (fault == std::errc() && end == number.data() + number.size()) return whole >= low && whole <= high;
  double real = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), real);
  return parsed.ec == std::errc() && real > static_cast<double>(low) - 1 && real < static_cast<double>(high);
}

// {"NULL":"no"} is refused as a value, not as a type (validation_errors, order 13 and the like): some words are
// booleans.
bool is_boolean_word(std::string_view text) {
  return text == "true" || text == "false" || text == "yes" || text == "no" || text == "1" || text == "0";
}

void check_scalar(ShapeKind expected, const JsonValue& value) {
  switch (expected) {
    case ShapeKind::kString:
      if (value.is_string()) return;
      break;
    case ShapeKind::kBlob:
      if (value.is_string()) return check_base64(value.text());
      break;
    case ShapeKind::kBoolean:
      if (value.is_bool() || (value.is_string() && is_boolean_word(value.text()))) return;
      break;
    case ShapeKind::kInteger:
      if (value.is_number() && fits(value.text(), INT32_MIN, INT32_MAX)) return;
      break;
    case ShapeKind::kLong:
      if (value.is_number() && fits(value.text(), INT64_MIN, INT64_MAX)) return;
      break;
    default:
      if (value.is_number()) return;
  }
  refuse_scalar(expected, value);
}

void require_object(const Shape& expected, const JsonValue& value, Place place) {
  if (value.is_object()) return;
  const bool is_map = expected.kind == ShapeKind::kMap;
  if (value.is_array()) {
    if (is_map) refuse("Unrecognized collection type ", generic_name(expected));
    refuse("Unrecognized collection type class ", generic_name(expected));
  }
  if (place == Place::kField) refuse(kUnexpectedField);
  refuse(is_map ? kCast : "Unexpected value type in payload");
}

void require_array(const JsonValue& value, Place place) {
  if (value.is_array()) return;
  if (value.is_object()) refuse(kStartOfStructure);
  refuse(place == Place::kField ? kUnexpectedField : kCast);
}

// {"S":..}: the one recursive shape. `depth` counts the L and M around it. Returns the deepest depth below.
size_t check_attribute_value(const Shape& self, const JsonValue& value, Place place, size_t depth) {
  if (value.is_null()) return depth;
  require_object(self, value, place);
  size_t deepest = depth;
  for (const JsonMember& member : value.members()) {
    if (member.value.is_null()) continue;
    const std::string_view name = member.name;
    if (name.size() == 1) {
      switch (name[0]) {
        case 'S':
        case 'N':
          check_scalar(ShapeKind::kString, member.value);
          break;
        case 'B':
          check_scalar(ShapeKind::kBlob, member.value);
          break;
        case 'L':
          require_array(member.value, Place::kField);
          deepest = std::max(deepest, depth + 1);
          for (const JsonValue& element : member.value.elements()) {
            deepest = std::max(deepest, check_attribute_value(self, element, Place::kElement, depth + 1));
          }
          break;
        case 'M':
          if (!member.value.is_object()) {
            if (member.value.is_array()) {
              refuse("Unrecognized collection type java.util.Map<java.lang.String, ", generic_name(self) + ">");
            }
            refuse(kUnexpectedField);
          }
          deepest = std::max(deepest, depth + 1);
          for (const JsonMember& entry : member.value.members()) {
            deepest = std::max(deepest, check_attribute_value(self, entry.value, Place::kElement, depth + 1));
          }
          break;
        default:
          break;
      }
    } else if (name == "SS" || name == "NS" || name == "BS") {
      require_array(member.value, Place::kField);
      const ShapeKind kind = name[0] == 'B' ? ShapeKind::kBlob : ShapeKind::kString;
      for (const JsonValue& element : member.value.elements()) {
        if (!element.is_null()) check_scalar(kind, element);
      }
    } else if (name == "BOOL" || name == "NULL") {
      check_scalar(ShapeKind::kBoolean, member.value);
    }
  }
  return deepest;
}

const Shape* member_shape(const Shape& structure, std::string_view name) {
  for (uint16_t i = 0; i < structure.member_count; ++i) {
    const ShapeMember& candidate = member(static_cast<uint16_t>(structure.first_member + i));
    if (candidate.name == name) return &shape(candidate.shape);
  }
  return nullptr;
}

size_t check_value(const Shape& expected, const JsonValue& value, Place place) {
  if (value.is_null()) return 0;
  size_t deepest = 0;
  switch (expected.kind) {
    case ShapeKind::kAttributeValue:
      return check_attribute_value(expected, value, place, 0);
    case ShapeKind::kStructure:
      require_object(expected, value, place);
      for (const JsonMember& entry : value.members()) {
        if (const Shape* found = member_shape(expected, entry.name)) {
          deepest = std::max(deepest, check_value(*found, entry.value, Place::kField));
        }
      }
      return deepest;
    case ShapeKind::kMap:
      require_object(expected, value, place);
      for (const JsonMember& entry : value.members()) {
        deepest = std::max(deepest, check_value(shape(expected.element), entry.value, Place::kElement));
      }
      return deepest;
    case ShapeKind::kList:
      require_array(value, place);
      for (const JsonValue& element : value.elements()) {
        deepest = std::max(deepest, check_value(shape(expected.element), element, Place::kElement));
      }
      return deepest;
    default:
      check_scalar(expected.kind, value);
      return 0;
  }
}

}  // namespace

size_t check_types(const Shape& input, const JsonValue& body) {
  if (!body.is_object()) throw errors::malformed_body();
  return check_value(input, body, Place::kField);
}

}  // namespace shapes

int64_t integer_value(const JsonValue& value) {
  if (!value.is_number()) return 0;
  const std::string_view text = value.text();
  int64_t whole = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (fault == std::errc() && end == text.data() + text.size()) return whole;
  double real = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), real);
  constexpr double kEdge = 9223372036854775808.0;
  if (parsed.ec != std::errc() || real >= kEdge || real < -kEdge) return 0;
  return static_cast<int64_t>(real);
}

}  // namespace stator
