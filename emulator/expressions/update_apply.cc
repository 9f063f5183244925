#include <algorithm>
#include <vector>

#include "emulator/expressions/expression_error.h"
#include "emulator/expressions/update.h"
#include "protocol/value/number.h"

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

constexpr const char* kInvalidPath = "The document path provided in the update expression is invalid for update";
constexpr const char* kNoAttribute = "The provided expression refers to an attribute that does not exist in the item";
constexpr const char* kWrongType = "An operand in the update expression has an incorrect data type";
constexpr const char* kLegacyWrongType = "Type mismatch for attribute to update";

[[noreturn]] void refuse(const char* text) {
  throw ExpressionError(text, false);
}

AttributeValue number_result(NumberFault fault, const Number& number, Arena& arena) {
  switch (fault) {
    case NumberFault::kNone:
      return AttributeValue::number(canonical_text(number, arena));
    case NumberFault::kOverflow:
      refuse("Number overflow. Attempting to store a number with magnitude larger than supported range");
    case NumberFault::kUnderflow:
      refuse("Number underflow. Attempting to store a number with magnitude smaller than supported range");
    case NumberFault::kTooManyDigits:
      refuse("Attempting to store more than 38 significant digits in a Number");
    case NumberFault::kNotANumber:
      break;
  }
  refuse("The parameter cannot be converted to a numeric value");
}

AttributeValue sum(const AttributeValue& a, const AttributeValue& b, bool minus, Arena& arena) {
  Number result;
  Number left = from_canonical(a.bytes());
  Number right = from_canonical(b.bytes());
  NumberFault fault = minus ? subtract(left, right, result) : add(left, right, result);
  return number_result(fault, result, arena);
}

AttributeValue joined(const AttributeValue& a, const AttributeValue& b, Arena& arena) {
  std::span<AttributeValue> elements = arena.make<AttributeValue>(a.count() + b.count());
  std::copy(a.elements().begin(), a.elements().end(), elements.begin());
  std::copy(b.elements().begin(), b.elements().end(), elements.begin() + a.count());
  return AttributeValue::collection(Type::L, elements);
}

// Members of sets compare by their bytes (numbers are canonical), so sorted views find them.
class Members {
 public:
  explicit Members(const AttributeValue& set) {
    views_.reserve(set.count());
    for (const AttributeValue& member : set.elements()) views_.push_back(member.bytes());
    std::sort(views_.begin(), views_.end());
  }
  bool has(const AttributeValue& member) const {
    return std::binary_search(views_.begin(), views_.end(), member.bytes());
  }

 private:
  std::vector<std::string_view> views_;
};

AttributeValue united(const AttributeValue& set, const AttributeValue& more, Arena& arena) {
  Members old_members(set);
  std::span<AttributeValue> members = arena.make<AttributeValue>(set.count() + more.count());
  std::copy(set.elements().begin(), set.elements().end(), members.begin());
  size_t count = set.count();
  for (const AttributeValue& member : more.elements()) {
    if (!old_members.has(member)) members[count++] = member;
  }
  return count == set.count() ? set : AttributeValue::collection(set.type(), members.first(count));
}

AttributeValue without(const AttributeValue& set, const AttributeValue& fewer, Arena& arena) {
  Members gone(fewer);
  std::span<AttributeValue> members = arena.make<AttributeValue>(set.count());
  size_t count = 0;
  for (const AttributeValue& member : set.elements()) {
    if (!gone.has(member)) members[count++] = member;
  }
  return AttributeValue::collection(set.type(), members.first(count));
}

// One change to the old item, worked out before anything is changed.
struct Edit {
  DocumentPath path;
  enum class Kind : uint8_t { kNothing, kSet, kRemove } kind = Kind::kNothing;
  AttributeValue value;
};

class Application {
 public:
  Application(const Item& old_item, Arena& arena, bool legacy) : old_(old_item), arena_(arena), legacy_(legacy) {}

  Item run(std::span<const UpdateAction> actions) {
    std::vector<Edit> edits;
    edits.reserve(actions.size());
    for (const UpdateAction& action : actions) {
      check_parent(action.path);
      Edit edit = work_out(action);
      if (edit.kind != Edit::Kind::kNothing) edits.push_back(edit);
    }
    if (edits.empty()) return old_;
    std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return stands_before(a.path, b.path); });
    return changed(old_, edits, 0);
  }

 private:
  // All steps but the last must be there, in the right kind of container.
  void check_parent(const DocumentPath& path) const {
    const AttributeValue* value = &old_;
    for (size_t i = 0; i < path.steps.size(); ++i) {
      const PathStep& step = path.steps[i];
      if (!value->is(step.is_index ? Type::L : Type::M)) refuse(kInvalidPath);
      if (i + 1 == path.steps.size()) return;
      if (!step.is_index) {
        value = value->find(step.name);
      } else {
        value = step.index < value->count() ? &value->elements()[step.index] : nullptr;
      }
      if (!value) refuse(kInvalidPath);
    }
  }

  Edit work_out(const UpdateAction& action) {
    Edit edit{action.path, Edit::Kind::kRemove, {}};
    if (action.section == Section::kRemove) return edit;
    edit.kind = Edit::Kind::kSet;
    if (action.section == Section::kSet) {
      edit.value = evaluate(action.value);
      return edit;
    }
    const AttributeValue* old_value = find(old_, action.path);
    const AttributeValue& operand = action.value.value;
    if (action.section == Section::kAdd) {
      edit.value = old_value ? added(*old_value, operand) : operand;
      return edit;
    }
    if (!old_value) {
      edit.kind = Edit::Kind::kNothing;
      return edit;
    }
    if (old_value->type() != operand.type()) refuse(legacy_ ? kLegacyWrongType : kWrongType);
    edit.value = without(*old_value, operand, arena_);
    if (edit.value.count() == 0) edit.kind = Edit::Kind::kRemove;
    return edit;
  }

  AttributeValue added(const AttributeValue& old_value, const AttributeValue& operand) {
    if (old_value.type() != operand.type()) refuse(legacy_ ? kLegacyWrongType : kWrongType);
    if (operand.is(Type::N)) return sum(old_value, operand, false, arena_);
    if (operand.is(Type::L)) return joined(old_value, operand, arena_);
    return united(old_value, operand, arena_);
  }

  AttributeValue evaluate(const UpdateValue& value) {
    switch (value.op) {
      case Operator::kPath: {
        const AttributeValue* found = find(old_, value.path);
        if (!found) refuse(kNoAttribute);
        return *found;
      }
      case Operator::kIfNotExists: {
        const AttributeValue* found = find(old_, value.operands[0].path);
        return found ? *found : evaluate(value.operands[1]);
      }
      case Operator::kListAppend: {
        AttributeValue first = evaluate(value.operands[0]);
        AttributeValue second = evaluate(value.operands[1]);
        if (!first.is(Type::L) || !second.is(Type::L)) refuse(kWrongType);
        return joined(first, second, arena_);
      }
      case Operator::kPlus:
      case Operator::kMinus: {
        AttributeValue first = evaluate(value.operands[0]);
        AttributeValue second = evaluate(value.operands[1]);
        if (!first.is(Type::N) || !second.is(Type::N)) refuse(kWrongType);
        return sum(first, second, value.op == Operator::kMinus, arena_);
      }
      default:
        return value.value;
    }
  }

  // `container` with the edits made, which are sorted and share their first `depth` steps.
  AttributeValue changed(const AttributeValue& container, std::span<const Edit> edits, size_t depth) {
    return container.is(Type::M) ? changed_map(container, edits, depth) : changed_list(container, edits, depth);
  }

  // Takes the edits of the first child off `edits`.
  static std::span<const Edit> next_child(std::span<const Edit>& edits, size_t depth) {
    const PathStep& step = edits.front().path.steps[depth];
    size_t end = 1;
    while (end < edits.size() && edits[end].path.steps[depth] == step) ++end;
    std::span<const Edit> child = edits.first(end);
    edits = edits.subspan(end);
    return child;
  }

  AttributeValue changed_map(const AttributeValue& map, std::span<const Edit> edits, size_t depth) {
    std::span<const Attribute> old_attributes = map.attributes();
    std::span<Attribute> attributes = arena_.make<Attribute>(old_attributes.size() + edits.size());
    size_t count = 0;
    auto old_attribute = old_attributes.begin();
    while (!edits.empty()) {
      std::span<const Edit> child = next_child(edits, depth);
      std::string_view name = child.front().path.steps[depth].name;
      while (old_attribute != old_attributes.end() && old_attribute->name < name)
        attributes[count++] = *old_attribute++;
      const AttributeValue* old_value = nullptr;
      if (old_attribute != old_attributes.end() && old_attribute->name == name) {
        old_value = &old_attribute->value;
        ++old_attribute;
      }
      const Edit& edit = child.front();
      if (edit.path.steps.size() > depth + 1) {
        attributes[count++] = {name, changed(*old_value, child, depth + 1)};
      } else if (edit.kind == Edit::Kind::kSet) {
        attributes[count++] = {name, edit.value};
      }
    }
    while (old_attribute != old_attributes.end()) attributes[count++] = *old_attribute++;
    return AttributeValue::map(attributes.first(count));
  }

  AttributeValue changed_list(const AttributeValue& list, std::span<const Edit> edits, size_t depth) {
    std::span<const AttributeValue> old_elements = list.elements();
    std::span<AttributeValue> elements = arena_.make<AttributeValue>(old_elements.size() + edits.size());
    size_t count = 0;
    size_t old_index = 0;
    while (!edits.empty()) {
      std::span<const Edit> child = next_child(edits, depth);
      const Edit& edit = child.front();
      uint32_t index = edit.path.steps[depth].index;
      while (old_index < old_elements.size() && old_index < index) elements[count++] = old_elements[old_index++];
      bool appends = index >= old_elements.size();
      if (edit.path.steps.size() > depth + 1) {
        elements[count++] = changed(old_elements[old_index], child, depth + 1);
      } else if (edit.kind == Edit::Kind::kSet) {
        elements[count++] = edit.value;
      }
      if (!appends) ++old_index;
    }
    while (old_index < old_elements.size()) elements[count++] = old_elements[old_index++];
    return AttributeValue::collection(Type::L, elements.first(count));
  }

  const Item& old_;
  Arena& arena_;
  bool legacy_;
};

size_t step_bytes(const PathStep& step) {
  return step.is_index ? std::to_string(step.index).size() : step.name.size();
}

size_t target_charge(const DocumentPath& path) {
  size_t bytes = path.attribute().size();
  for (const PathStep& step : path.steps.subspan(1)) bytes += 4 + step_bytes(step);
  return bytes;
}

size_t operand_charge(const UpdateValue& value) {
  size_t bytes = 0;
  switch (value.op) {
    case Operator::kPath:
      bytes = 1;
      for (const PathStep& step : value.path.steps) bytes += 14 + step_bytes(step);
      return bytes;
    case Operator::kPlus:
      bytes = 34;
      break;
    case Operator::kMinus:
      bytes = 37;
      break;
    case Operator::kListAppend:
      bytes = 37;
      break;
    case Operator::kIfNotExists:
      bytes = 39;
      break;
    default:
      return size_of(value.value);
  }
  for (const UpdateValue& operand : value.operands) bytes += operand_charge(operand);
  return bytes;
}

size_t added_charge(const AttributeValue* old_value, const AttributeValue& operand) {
  if (!old_value || !operand.is_set() || old_value->type() != operand.type()) return size_of(operand);
  Members old_members(*old_value);
  size_t bytes = 0;
  for (const AttributeValue& member : operand.elements()) {
    if (!old_members.has(member)) bytes += size_of(member);
  }
  return bytes;
}

}  // namespace

UpdateResult Update::apply(const Item& old_item, Arena& arena) const {
  return {Application(old_item, arena, legacy_).run(actions_), paths_};
}

void Update::check_keys(std::span<const std::string_view> key_attributes) const {
  for (const UpdateAction& action : actions_) {
    for (std::string_view key : key_attributes) {
      if (action.path.attribute() != key) continue;
      throw ExpressionError("One or more parameter values were invalid: Cannot update attribute " + std::string(key) +
                                ". This attribute is part of the key",
                            false);
    }
  }
}

size_t Update::statement_charge(const Item& old_item) const {
  if (legacy_) return 0;
  size_t bytes = 3;
  for (const UpdateAction& action : actions_) {
    size_t target = target_charge(action.path);
    switch (action.section) {
      case Section::kSet:
        bytes += 19 + target + operand_charge(action.value);
        break;
      case Section::kAdd:
        bytes += 19 + target + added_charge(find(old_item, action.path), action.value.value);
        break;
      case Section::kRemove:
      case Section::kDelete:
        bytes += 1 + target;
        break;
    }
  }
  return bytes;
}

bool Update::creates_item() const {
  if (!legacy_ || actions_.empty()) return true;
  return std::any_of(actions_.begin(), actions_.end(), [](const UpdateAction& action) {
    return action.section == Section::kSet || action.section == Section::kAdd;
  });
}

}  // namespace stator::expressions
