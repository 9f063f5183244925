// A parsed JSON document as small nodes in an arena: no library's type leaves this room. Strings are views into the
// body (which was unescaped in place) and numbers keep their text, so nothing is rounded and errors can quote what was
// sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/value/arena.h"

namespace stator {

struct JsonMember;

class JsonValue {
 public:
  enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  JsonValue() = default;
  static JsonValue boolean(bool value) { return {value ? Kind::kTrue : Kind::kFalse, nullptr, 0}; }
  static JsonValue number(std::string_view text) { return {Kind::kNumber, text.data(), text.size()}; }
  static JsonValue string(std::string_view text) { return {Kind::kString, text.data(), text.size()}; }
  static JsonValue array(std::span<const JsonValue> elements) {
    return {Kind::kArray, elements.data(), elements.size()};
  }
  static JsonValue object(std::span<const JsonMember> members) {
    return {Kind::kObject, members.data(), members.size()};
  }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_bool() const { return kind_ == Kind::kTrue || kind_ == Kind::kFalse; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  std::string_view text() const { return {static_cast<const char*>(data_), count_}; }  // strings and numbers
  bool boolean() const { return kind_ == Kind::kTrue; }
  std::span<const JsonValue> elements() const {  // arrays
    return {static_cast<const JsonValue*>(data_), count_};
  }
  std::span<const JsonMember> members() const;  // objects, in document order, repeated names repeated
  // The member of that name, the LAST where it is repeated; null when absent, when JSON null, or when this is no
  // object: the service takes a null member as one that was not sent.
  const JsonValue* find(std::string_view name) const;
  // The number as an integer, if it is one (a fraction or exponent is not).
  std::optional<int64_t> integer() const;
  uint32_t count() const { return count_; }

 private:
  JsonValue(Kind kind, const void* data, size_t count)
      : data_(data), count_(static_cast<uint32_t>(count)), kind_(kind) {}

  const void* data_ = nullptr;
  uint32_t count_ = 0;
  Kind kind_ = Kind::kNull;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

inline std::span<const JsonMember> JsonValue::members() const {
  return {static_cast<const JsonMember*>(data_), kind_ == Kind::kObject ? count_ : 0};
}

enum class JsonFault : uint8_t { kNone, kEmpty, kSyntax, kTooDeep, kBadUtf8 };

struct JsonParse {
  JsonFault fault = JsonFault::kNone;
  size_t offset = 0;  // of the fault
  JsonValue root;
};

inline constexpr size_t kMaxJsonDepth = 512;  // nested arrays and objects; far above any limit of the service

// Parses `body` in place (it is overwritten). body.data()[body.size()] must be a readable, writable '\0'.
JsonParse parse_json_in_place(std::span<char> body, Arena& arena);
// Parses a copy of `text` made in `arena`.
JsonParse parse_json(std::string_view text, Arena& arena);

// The text of the string member `name`; empty when there is none.
std::string text_in(const JsonValue& object, std::string_view name);

// The document as compact JSON text again.
void append_json(const JsonValue& value, std::string& out);

}  // namespace stator
