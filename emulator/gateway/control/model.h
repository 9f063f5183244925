// The API models of API Gateway's control planes as tables: every operation with its method, path, status and the
// shapes that it takes and gives, names as they are on the wire. Derived by scripts/model from AWS's own models, V1
// (REST APIs) and V2 (HTTP and WebSocket APIs); committed, so that no build reads them. Constant data: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace stator::gateway::model {

enum class Service : uint8_t { kRest, kV2 };
enum class Kind : uint8_t { kStructure, kList, kMap, kString, kInteger, kLong, kDouble, kBoolean, kBlob, kTimestamp };
enum class Place : uint8_t { kBody, kPath, kQuery, kHeader };

struct Shape {
  std::string_view name;
  Kind kind;
  uint16_t first_member;
  uint16_t member_count;
  uint16_t element;            // lists, maps
  std::string_view enum_text;  // "HEADER, AUTHORIZER"; empty: any
  Service service;
};

struct Member {
  std::string_view name;  // on the wire
  uint16_t shape;
  Place place;
  bool required;
};

struct Operation {
  Service service;
  std::string_view name;
  std::string_view method;
  std::string_view uri;  // "/restapis/{restapi_id}", with "?mode=import" where a query chooses the operation
  int status;
  uint16_t input;
  uint16_t output;
};

const Shape& shape(Service service, uint16_t index);
const Member& member(Service service, uint16_t index);
std::span<const Operation> operations(Service service);

inline const Shape& target(const Shape& owner, const Member& m) {
  return shape(owner.service, m.shape);
}
inline const Shape& element(const Shape& owner) {
  return shape(owner.service, owner.element);
}
// Whether an enumeration has the word; every word where it is none.
inline bool has_word(const Shape& enumeration, std::string_view word) {
  std::string_view rest = enumeration.enum_text;
  if (rest.empty()) return true;
  while (!rest.empty()) {
    const size_t end = rest.find(", ");
    if (rest.substr(0, end) == word) return true;
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
  }
  return false;
}
// The structure's member of that name, or null.
inline const Member* find(const Shape& owner, std::string_view name) {
  for (uint16_t i = 0; i < owner.member_count; ++i) {
    const Member& m = member(owner.service, static_cast<uint16_t>(owner.first_member + i));
    if (m.name == name) return &m;
  }
  return nullptr;
}

}  // namespace stator::gateway::model
