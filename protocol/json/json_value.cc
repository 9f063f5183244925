#include "protocol/json/json_value.h"

#include <charconv>

#include "protocol/json/json_writer.h"

namespace stator {

static_assert(sizeof(JsonValue) == 16);
static_assert(sizeof(JsonMember) == 32);

const JsonValue* JsonValue::find(std::string_view name) const {
  std::span<const JsonMember> all = members();
  for (size_t i = all.size(); i-- > 0;) {
    if (all[i].name == name) return all[i].value.is_null() ? nullptr : &all[i].value;
  }
  return nullptr;
}

std::optional<int64_t> JsonValue::integer() const {
  if (!is_number()) return std::nullopt;
  int64_t value = 0;
  const char* end = text().data() + text().size();
  auto [stopped, error] = std::from_chars(text().data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

void append_json(const JsonValue& value, std::string& out) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      out += "null";
      return;
    case JsonValue::Kind::kFalse:
      out += "false";
      return;
    case JsonValue::Kind::kTrue:
      out += "true";
      return;
    case JsonValue::Kind::kNumber:
      out += value.text();
      return;
    case JsonValue::Kind::kString:
      append_json_string(value.text(), out);
      return;
    case JsonValue::Kind::kArray: {
      char before = '[';
      for (const JsonValue& element : value.elements()) {
        out += before;
        append_json(element, out);
        before = ',';
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    case JsonValue::Kind::kObject: {
      char before = '{';
      for (const JsonMember& member : value.members()) {
        out += before;
        append_json_string(member.name, out);
        out += ':';
        append_json(member.value, out);
        before = ',';
      }
      out += before == '{' ? "{}" : "}";
      return;
    }
  }
}

std::string text_in(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr && member->is_string() ? std::string(member->text()) : std::string();
}

}  // namespace stator
