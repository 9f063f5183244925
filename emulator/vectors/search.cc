#include "emulator/vectors/search.h"

#include <algorithm>

#include "emulator/expressions/expression_error.h"
#include "emulator/vectors/vector_value.h"
#include "persistence/key_encoding.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/item_codec.h"

namespace stator::vectors {
namespace {

using expressions::ConditionNode;
using expressions::Operand;
using expressions::Operator;

// As measured of the service: orders are comparators, all else that is no equality an operator.
[[noreturn]] void refuse(std::string_view what) {
  throw expressions::ExpressionError(
      "Invalid SearchConditionExpression: Invalid " + std::string(what) + " used in SearchConditionExpression", true);
}

void collect(const ConditionNode& node, std::vector<Equality>& out) {
  switch (node.op) {
    case Operator::kAnd:
      for (const ConditionNode* part : node.parts) collect(*part, out);
      return;
    case Operator::kEqual:
      break;
    case Operator::kNotEqual:
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      refuse("comparator");
    default:
      refuse("operator");
  }
  const Operand& left = node.operands[0];
  const Operand& right = node.operands[1];
  bool turned = left.kind == Operand::Kind::kValue;
  const Operand& path = turned ? right : left;
  const Operand& value = turned ? left : right;
  if (path.kind != Operand::Kind::kPath || value.kind != Operand::Kind::kValue) refuse("operator");
  out.push_back({&path.path, value.value});
}

const Equality* find(std::span<const Equality> equalities, std::string_view attribute) {
  for (const Equality& equality : equalities)
    if (equality.path->attribute() == attribute) return &equality;
  return nullptr;
}

}  // namespace

std::vector<Equality> equalities(const expressions::Condition& condition) {
  std::vector<Equality> out;
  collect(condition.root(), out);
  return out;
}

void check_equalities(std::span<const Equality> equalities, const Index& index) {
  for (const Equality& equality : equalities) {
    std::string_view attribute = equality.path->attribute();
    const KeyAttribute* key = equality.path->is_attribute() ? index.keys.find(attribute) : nullptr;
    if (key == nullptr)
      throw errors::validation(
          "SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: " +
          std::string(attribute));
    if (!equality.value.is(key->type))
      throw errors::invalid_parameter("Condition parameter type does not match schema type");
  }
  for (const KeyAttribute& hash : index.keys.hash)
    if (find(equalities, hash.name) == nullptr)
      throw errors::validation("SearchConditionExpression must be provided when SearchSchema has a HASH key");
}

Found search(const Index& index, std::span<const float> wanted, size_t top, std::span<const Equality> equalities,
             persistence::ReadTransaction& transaction) {
  std::string lower, upper;
  for (const KeyAttribute& hash : index.keys.hash) {
    const AttributeValue& value = find(equalities, hash.name)->value;
    persistence::append_bucket(value, lower);
    persistence::append_key_part(value, lower);
  }
  bool has_upper = !lower.empty() && persistence::next_after_prefix(lower, upper);
  auto cursor = transaction.scan(index.space, {.lower = lower, .upper = upper, .has_upper = has_upper});

  std::vector<std::string_view> names{index.vector->attribute};
  for (const Equality& equality : equalities) names.push_back(equality.path->attribute());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());

  Found found;
  Arena arena;
  std::vector<float> floats;
  persistence::RowView row;
  while (cursor->next(row)) {
    arena.reset();
    Item item = decode_attributes(row.body, names, arena);
    found.bytes += row.size;
    bool suits = std::all_of(equalities.begin(), equalities.end(), [&](const Equality& equality) {
      const AttributeValue* value = item.find(equality.path->attribute());
      return value != nullptr && equal(*value, equality.value);
    });
    const AttributeValue* vector = item.find(index.vector->attribute);
    if (!suits || vector == nullptr || !to_floats(*vector, wanted.size(), floats)) continue;
    float near = score(index.vector->distance, wanted, floats);
    auto place = std::upper_bound(found.hits.begin(), found.hits.end(), near,
                                  [&](float a, const Hit& b) { return nearer(index.vector->distance, a, b.score); });
    if (place == found.hits.end() && found.hits.size() == top) continue;
    found.hits.insert(place, {near, std::string(row.body)});
    if (found.hits.size() > top) found.hits.pop_back();
  }
  return found;
}

}  // namespace stator::vectors
