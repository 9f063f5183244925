// A document path with its placeholders replaced: `#a.b[2]` as the steps a, b, [2]. A plain view; the steps live in the
// request's arena.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/value/attribute_value.h"

namespace stator::expressions {

struct PathStep {
  std::string_view name;  // empty for an index
  uint32_t index = 0;
  bool is_index = false;

  bool operator==(const PathStep&) const = default;
};

struct DocumentPath {
  std::span<const PathStep> steps;  // the first is a name

  std::string_view attribute() const { return steps.front().name; }
  bool is_attribute() const { return steps.size() == 1; }
  bool operator==(const DocumentPath& other) const;
};

// An order in which paths with a common beginning stand together, names bytewise and indexes by number.
bool stands_before(const DocumentPath& a, const DocumentPath& b);

// As error texts print it: "[a, [1], b]".
std::string to_string(const DocumentPath& path);

// What `path` leads to inside the value of its attribute (null allowed, and then null), or null.
const AttributeValue* find_below(const AttributeValue* attribute, const DocumentPath& path);
// The same from the whole item.
const AttributeValue* find(const Item& item, const DocumentPath& path);

// The text for two paths that cannot stand in one update or projection, or "". Overlap (one leads to or into the other)
// is looked for in all pairs before conflict (one goes on by name where the other goes on by index):
// validation_errors.json, GetItem 29-33 and UpdateItem 66-69.
std::string clash(std::span<const DocumentPath> paths);

}  // namespace stator::expressions
