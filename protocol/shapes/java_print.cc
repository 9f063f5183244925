// Values as the service prints them inside messages: Java's toString. The form of structures has varied between the
// service's machines (Type(field=value) or a class with a hash): this is the readable one (validation_2026, section 2).
#include "protocol/shapes/checker.h"

namespace stator::shapes {
namespace {

constexpr std::string_view kValueMembers[] = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"};

void append_camel(std::string_view name, std::string& out) {
  const size_t start = out.size();
  out += name;
  if (start < out.size() && out[start] >= 'A' && out[start] <= 'Z')
    out[start] = static_cast<char>(out[start] - 'A' + 'a');
}

void print_attribute_value(const Shape& self, const JsonValue& value, std::string& out) {
  if (!value.is_object()) {
    out += "null";
    return;
  }
  out += "AttributeValue(";
  bool first = true;
  for (std::string_view name : kValueMembers) {
    const JsonValue* found = value.find(name);
    if (found == nullptr) continue;
    if (!first) out += ", ";
    first = false;
    for (char c : name) out += static_cast<char>(c - 'A' + 'a');
    out += '=';
    if (name == "L") {
      out += '[';
      bool first_element = true;
      for (const JsonValue& element : found->elements()) {
        if (!first_element) out += ", ";
        first_element = false;
        print_attribute_value(self, element, out);
      }
      out += ']';
    } else if (name == "M") {
      out += '{';
      bool first_entry = true;
      for (const JsonMember& entry : found->members()) {
        if (!first_entry) out += ", ";
        first_entry = false;
        out += entry.name;
        out += '=';
        print_attribute_value(self, entry.value, out);
      }
      out += '}';
    } else if (found->is_array()) {
      out += '[';
      bool first_element = true;
      for (const JsonValue& element : found->elements()) {
        if (!first_element) out += ", ";
        first_element = false;
        out += element.text();
      }
      out += ']';
    } else if (found->is_bool()) {
      out += found->boolean() ? "true" : "false";
    } else {
      out += found->text();
    }
  }
  out += ')';
}

}  // namespace

void print_java(const Shape& expected, const JsonValue& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  bool first = true;
  auto separate = [&first, &out] {
    if (!first) out += ", ";
    first = false;
  };
  switch (expected.kind) {
    case ShapeKind::kAttributeValue:
      print_attribute_value(expected, value, out);
      break;
    case ShapeKind::kStructure:
      out += expected.name;
      out += '(';
      for (uint16_t i = 0; i < expected.member_count; ++i) {
        const ShapeMember& row = member(static_cast<uint16_t>(expected.first_member + i));
        separate();
        append_camel(row.name, out);
        out += '=';
        const JsonValue* found = value.find(row.name);
        print_java(shape(row.shape), found != nullptr ? *found : JsonValue(), out);
      }
      out += ')';
      break;
    case ShapeKind::kList:
      out += '[';
      for (const JsonValue& element : value.elements()) {
        separate();
        print_java(shape(expected.element), element, out);
      }
      out += ']';
      break;
    case ShapeKind::kMap:
      out += '{';
      for (const JsonMember& entry : value.members()) {
        separate();
        out += entry.name;
        out += '=';
        print_java(shape(expected.element), entry.value, out);
      }
      out += '}';
      break;
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      out += std::to_string(integer_value(value));
      break;
    case ShapeKind::kBoolean:
      out += value.boolean() ? "true" : "false";
      break;
    default:
      out += value.text();
  }
}

}  // namespace stator::shapes
