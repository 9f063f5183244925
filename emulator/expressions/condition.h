// A condition with its placeholders replaced, ready to be asked of items: ConditionExpression and FilterExpression, and
// what the legacy parameters lower to. Lives in the request's arena, never changes, may be asked by one thread after
// another.
//
// Semantics (dynamodb_behaviours.md, "Values and ordering"): values of different types are never equal nor ordered; a
// path that leads nowhere makes every comparison false except <>, which is true; NOT turns the result round; size()
// counts UTF-16 code units of a string, bytes of a binary, members of a set, list or map, and leads nowhere for N, BOOL
// and NULL.
#pragma once

#include <span>
#include <string_view>

#include "emulator/expressions/attribute_source.h"
#include "emulator/expressions/document_path.h"
#include "emulator/expressions/syntax.h"
#include "protocol/value/arena.h"

namespace stator::expressions {

// Something with a value: a path, a literal, or the size of one of them (of a literal: computed, a literal number).
struct Operand {
  enum class Kind : uint8_t { kValue, kPath, kSizeOfPath };
  Kind kind = Kind::kValue;
  AttributeValue value;
  DocumentPath path;
  uint32_t slot = 0;  // which of the condition's attributes the path begins with
};

struct ConditionNode {
  Operator op = Operator::kAnd;
  AttributeValue::Type type = AttributeValue::Type::S;  // of attribute_type
  std::span<const ConditionNode* const> parts;          // AND, OR, NOT
  std::span<const Operand> operands;                    // everything else
};

class Condition {
 public:
  Condition() = default;
  Condition(const ConditionNode* root, std::span<const std::string_view> attributes,
            std::span<const DocumentPath> paths)
      : root_(root), attributes_(attributes), paths_(paths) {}

  bool holds(AttributeSource& item) const;
  bool holds(const Item& item) const {
    ItemSource source(item);
    return holds(source);
  }
  // The top-level attributes it reads: sorted, unique. What a lazily decoded row has to be able to give.
  std::span<const std::string_view> attributes() const { return attributes_; }
  // Every path in it, as written and in that order.
  std::span<const DocumentPath> paths() const { return paths_; }
  const ConditionNode& root() const { return *root_; }

 private:
  const ConditionNode* root_ = nullptr;
  std::span<const std::string_view> attributes_;
  std::span<const DocumentPath> paths_;
};

// The size() of a value, or nothing for N, BOOL and NULL.
bool size_of_value(const AttributeValue& value, size_t& size);
bool contains(const AttributeValue& container, const AttributeValue& wanted);
bool begins_with(const AttributeValue& value, const AttributeValue& prefix);
// Whether both are S, both N or both B: what can be ordered.
bool ordered(const AttributeValue& a, const AttributeValue& b);

}  // namespace stator::expressions
