// ExpressionAttributeNames and ExpressionAttributeValues of one request: what `#n` and `:v` stand for, and which of
// them the request's expressions have used so far. Views; everything they point at outlives the request. One thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "protocol/value/arena.h"
#include "protocol/value/attribute_value.h"

namespace stator::expressions {

struct NamePlaceholder {
  std::string_view placeholder;  // "#n"
  std::string_view attribute;
};

// In bytes, with the mark; and of all names, values and what stands for them together (Quotas, "Expression
// parameters"). That longer ones are refused, and before their syntax is looked at, is measured (ExtendDB's 181); the
// texts are ours.
inline constexpr size_t kMaxPlaceholder = 255;
inline constexpr size_t kMaxPlaceholders = 2 << 20;

// "ExpressionAttributeNames must not be empty", "... contains invalid key: Syntax error; key: "n"": of keys as sent.
// Throws ExpressionError (before_table). The service makes this check ahead of any value in the map.
void check_name_keys(std::span<const std::string_view> keys);
void check_value_keys(std::span<const std::string_view> keys);

// "... contains invalid value: Empty attribute name for key #n". Not recorded: by analogy with the values' wrapper.
void check_names(std::span<const NamePlaceholder> names);

// "ExpressionAttributeValues exceeds max size": of both maps together.
void check_sizes(std::span<const NamePlaceholder> names, const Item& values);

class Placeholders {
 public:
  // In any order; `arena` gets a sorted copy of the names. No names (or values) sent is an empty span.
  Placeholders(std::span<const NamePlaceholder> names, const Item& values, Arena& arena);

  // Null when not defined. Marks it as used.
  const std::string_view* name(std::string_view placeholder);
  const AttributeValue* value(std::string_view placeholder);

  // "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}", then the same for values.
  void check_unused() const;

 private:
  std::span<NamePlaceholder> names_;   // sorted
  std::span<const Attribute> values_;  // sorted
  std::span<bool> names_used_;
  std::span<bool> values_used_;
};

}  // namespace stator::expressions
