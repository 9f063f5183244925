// The member constraints that a request breaks, as the walk (constraint_check.cc) finds them and the report
// (fault_report.cc) words them. Inside protocol/shapes only. Faults point into the request; they live as long as it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/json_value.h"
#include "protocol/shapes/dialect.h"
#include "protocol/shapes/model.h"

namespace stator::shapes {

enum class Rule : uint8_t { kNull, kEnum, kPattern, kMin, kMax, kMapKeys, kMapValues, kElements };

// A way down from the request, as a list on the walk's stack: written out only when there is a fault.
struct PathNode {
  const PathNode* parent = nullptr;
  std::string_view name;  // a member's name or a map's key
  size_t index = 0;       // 1, 2, .. for list elements
  bool is_entry = false;  // of a map or list: ".<key>.member", ".<index>.member"
};

struct Fault {
  Rule rule;
  std::string_view top;    // the member of the request at or below which it is
  bool nested = false;     // below it
  std::string path;        // RequestItems.a.member.Keys
  std::string camel_path;  // requestItems.a.member.keys
  std::string constraint;  // "Member must not be null"
  std::string bad_entry;   // kMapValues, kMapKeys: the first key at fault
  bool over = false;       // kMapValues: too long rather than too short
  const Shape* shape = nullptr;
  const JsonValue* value = nullptr;
};

using Faults = std::vector<Fault>;

// In the service's order; the report cuts them at ten.
Faults find_faults(OperationId operation, const JsonValue& body);

// Throws what the service answers to these faults (there is at least one).
[[noreturn]] void report_faults(OperationId operation, const Faults& faults, const OperationDialect& dialect);

// Whether the new validator leaves this request to the old one.
bool falls_back(OperationId operation, const Faults& faults, size_t value_depth);

}  // namespace stator::shapes
