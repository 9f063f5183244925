#include <array>
#include <charconv>
#include <vector>

#include "emulator/expressions/condition.h"

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

size_t utf16_units(std::string_view utf8) {
  size_t units = 0;
  for (char c : utf8) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

class Evaluation {
 public:
  Evaluation(AttributeSource& source, std::span<const std::string_view> attributes)
      : source_(source), attributes_(attributes) {
    if (attributes.size() > few_.size()) many_.resize(attributes.size());
    found_ = many_.empty() ? std::span<Slot>(few_) : std::span<Slot>(many_);
  }

  bool holds(const ConditionNode& node) {
    switch (node.op) {
      case Operator::kAnd:
        for (const ConditionNode* part : node.parts) {
          if (!holds(*part)) return false;
        }
        return true;
      case Operator::kOr:
        for (const ConditionNode* part : node.parts) {
          if (holds(*part)) return true;
        }
        return false;
      case Operator::kNot:
        return !holds(*node.parts.front());
      case Operator::kBetween:
        return between(node);
      case Operator::kIn:
        return in(node);
      case Operator::kAttributeExists:
        return found(node.operands[0]) != nullptr;
      case Operator::kAttributeNotExists:
        return found(node.operands[0]) == nullptr;
      case Operator::kAttributeType: {
        Number held;
        const AttributeValue* value = evaluate(node.operands[0], held);
        return value && value->is(node.type);
      }
      default:
        return compared(node);
    }
  }

 private:
  struct Slot {
    const AttributeValue* value = nullptr;
    bool asked = false;
  };
  // Room for a size(): evaluating allocates nothing.
  struct Number {
    AttributeValue value;
    std::array<char, 20> digits;
  };

  const AttributeValue* found(const Operand& operand) {
    Slot& slot = found_[operand.slot];
    if (!slot.asked) {
      slot.value = source_.find(attributes_[operand.slot]);
      slot.asked = true;
    }
    return find_below(slot.value, operand.path);
  }

  const AttributeValue* evaluate(const Operand& operand, Number& held) {
    switch (operand.kind) {
      case Operand::Kind::kValue:
        return &operand.value;
      case Operand::Kind::kPath:
        return found(operand);
      case Operand::Kind::kSizeOfPath:
        break;
    }
    const AttributeValue* value = found(operand);
    size_t size = 0;
    if (!value || !size_of_value(*value, size)) return nullptr;
    auto end = std::to_chars(held.digits.data(), held.digits.data() + held.digits.size(), size).ptr;
    held.value = AttributeValue::number({held.digits.data(), static_cast<size_t>(end - held.digits.data())});
    return &held.value;
  }

  bool compared(const ConditionNode& node) {
    Number left_held;
    Number right_held;
    const AttributeValue* left = evaluate(node.operands[0], left_held);
    const AttributeValue* right = evaluate(node.operands[1], right_held);
    if (node.op == Operator::kNotEqual) return !left || !right || !equal(*left, *right);
    if (!left || !right) return false;
    switch (node.op) {
      case Operator::kEqual:
        return equal(*left, *right);
      case Operator::kBeginsWith:
        return begins_with(*left, *right);
      case Operator::kContains:
        return contains(*left, *right);
      case Operator::kLess:
        return ordered(*left, *right) && compare(*left, *right) < 0;
      case Operator::kLessEqual:
        return ordered(*left, *right) && compare(*left, *right) <= 0;
      case Operator::kGreater:
        return ordered(*left, *right) && compare(*left, *right) > 0;
      case Operator::kGreaterEqual:
        return ordered(*left, *right) && compare(*left, *right) >= 0;
      default:
        return false;
    }
  }

  bool between(const ConditionNode& node) {
    Number held[3];
    const AttributeValue* value = evaluate(node.operands[0], held[0]);
    if (!value) return false;
    const AttributeValue* lower = evaluate(node.operands[1], held[1]);
    if (!lower || !ordered(*value, *lower) || compare(*value, *lower) < 0) return false;
    const AttributeValue* upper = evaluate(node.operands[2], held[2]);
    return upper && ordered(*value, *upper) && compare(*value, *upper) <= 0;
  }

  bool in(const ConditionNode& node) {
    Number held;
    const AttributeValue* value = evaluate(node.operands[0], held);
    if (!value) return false;
    for (const Operand& candidate : node.operands.subspan(1)) {
      Number other_held;
      const AttributeValue* other = evaluate(candidate, other_held);
      if (other && equal(*value, *other)) return true;
    }
    return false;
  }

  AttributeSource& source_;
  std::span<const std::string_view> attributes_;
  std::array<Slot, 8> few_;
  std::vector<Slot> many_;
  std::span<Slot> found_;
};

}  // namespace

bool Condition::holds(AttributeSource& item) const {
  return !root_ || Evaluation(item, attributes_).holds(*root_);
}

bool size_of_value(const AttributeValue& value, size_t& size) {
  switch (value.type()) {
    case Type::S:
      size = utf16_units(value.bytes());
      return true;
    case Type::B:
      size = value.bytes().size();
      return true;
    case Type::SS:
    case Type::NS:
    case Type::BS:
    case Type::L:
    case Type::M:
      size = value.count();
      return true;
    case Type::N:
    case Type::BOOL:
    case Type::NULL_:
      return false;
  }
  return false;
}

bool ordered(const AttributeValue& a, const AttributeValue& b) {
  return a.type() == b.type() && (a.is(Type::S) || a.is(Type::N) || a.is(Type::B));
}

bool begins_with(const AttributeValue& value, const AttributeValue& prefix) {
  if (value.type() != prefix.type() || !(value.is(Type::S) || value.is(Type::B))) return false;
  return value.bytes().starts_with(prefix.bytes());
}

bool contains(const AttributeValue& container, const AttributeValue& wanted) {
  switch (container.type()) {
    case Type::S:
    case Type::B:
      return container.type() == wanted.type() && container.bytes().find(wanted.bytes()) != std::string_view::npos;
    case Type::SS:
    case Type::NS:
    case Type::BS:
    case Type::L:
      for (const AttributeValue& element : container.elements()) {
        if (equal(element, wanted)) return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace stator::expressions
