// Reading what this server wrote down for itself: documents of JSON objects, tables and streams and the like. What a
// later version added is absent in an older one's, and reads as zero, empty or false.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "protocol/json/json_value.h"

namespace stator::stored {

// The document's object, as long as `arena` and `bytes` live. `what` names it for the error that tells of damage.
inline JsonValue parse(std::string_view bytes, Arena& arena, std::string_view what) {
  const JsonParse parsed = parse_json(bytes, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object())
    throw std::runtime_error("a stored " + std::string(what) + " cannot be read");
  return parsed.root;
}

inline int64_t integer(const JsonValue& object, std::string_view name, int64_t otherwise = 0) {
  const JsonValue* member = object.find(name);
  return member != nullptr ? member->integer().value_or(otherwise) : otherwise;
}

inline std::string text(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr && member->is_string() ? std::string(member->text()) : std::string();
}

inline bool flag(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr && member->boolean();
}

}  // namespace stator::stored
