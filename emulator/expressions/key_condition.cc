#include "emulator/expressions/key_condition.h"

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/expressions/expression_error.h"

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

[[noreturn]] void refuse_request(const std::string& text) {
  throw ExpressionError(text, true);
}
[[noreturn]] void refuse_key(const std::string& text) {
  throw ExpressionError(text, false);
}

bool is_comparison(Operator op) {
  return op >= Operator::kEqual && op <= Operator::kGreaterEqual;
}

class Clauses {
 public:
  void collect(const ConditionNode& node) {
    if (node.op == Operator::kAnd) {
      for (const ConditionNode* part : node.parts) collect(*part);
      return;
    }
    bool allowed = (is_comparison(node.op) && node.op != Operator::kNotEqual) || node.op == Operator::kBetween ||
                   node.op == Operator::kBeginsWith;
    if (!allowed) refuse_request("Invalid operator used in KeyConditionExpression: " + std::string(name_of(node.op)));
    clauses_.push_back(clause(node));
  }

  std::vector<KeyClause>& result() {
    for (size_t i = 1; i < clauses_.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (clauses_[i].attribute != clauses_[j].attribute) continue;
        refuse_request(
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
      }
    }
    return clauses_;
  }

 private:
  static KeyClause clause(const ConditionNode& node) {
    if (!is_comparison(node.op) && node.operands[0].kind == Operand::Kind::kValue) {
      refuse_request("Invalid condition in KeyConditionExpression: " + std::string(name_of(node.op)) +
                     " operator must have the key attribute as its first operand");
    }
    const DocumentPath* attribute = nullptr;
    size_t attribute_at = 0;
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const Operand& operand = node.operands[i];
      if (operand.kind == Operand::Kind::kSizeOfPath) {
        refuse_request("Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations");
      }
      if (operand.kind == Operand::Kind::kValue) continue;
      if (attribute) {
        refuse_request("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
      }
      if (!operand.path.is_attribute()) {
        refuse_request(
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes");
      }
      attribute = &operand.path;
      attribute_at = i;
    }
    if (!attribute) {
      refuse_request("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    KeyClause out;
    out.attribute = attribute->attribute();
    out.op = attribute_at == 0 ? node.op : turned_round(node.op);
    out.value = node.operands[attribute_at == 0 ? 1 : 0].value;
    if (node.op == Operator::kBetween) out.upper = node.operands[2].value;
    return out;
  }

  std::vector<KeyClause> clauses_;
};

// Matches clauses with the attributes of a key.
class Matcher {
 public:
  Matcher(const KeyCondition& condition, std::span<const KeyAttribute> hash, std::span<const KeyAttribute> range)
      : clauses_(condition.clauses), legacy_(condition.legacy), hash_(hash), range_(range) {}

  KeyBounds run(Arena& arena) {
    size_t attributes = hash_.size() + range_.size();
    if (!legacy_ && clauses_.size() > attributes) {
      refuse_key("The number of query conditions (" + std::to_string(clauses_.size()) +
                 ") exceeds the number of key attributes defined in the schema (" + std::to_string(attributes) + ")");
    }
    check_present();
    for (const KeyClause& clause : clauses_) {
      // Only KeyConditions can come here with another one.
      if (!supported(clause.op)) refuse_key("Attempted conditional constraint is not an indexable operation");
    }
    for (const KeyClause& clause : clauses_) check_type(clause);

    std::span<AttributeValue> hash = arena.make<AttributeValue>(hash_.size());
    for (size_t i = 0; i < hash_.size(); ++i) {
      const KeyClause* clause = find(hash_[i]);
      if (clause->op != Operator::kEqual) refuse_key("Query key condition not supported");
      hash[i] = clause->value;
    }
    check_run();
    std::span<AttributeValue> equal = arena.make<AttributeValue>(range_.size());
    size_t count = 0;
    const KeyClause* last = nullptr;
    for (const KeyAttribute& attribute : range_) {
      const KeyClause* clause = find(attribute);
      if (!clause) break;
      if (clause->op == Operator::kEqual) {
        equal[count++] = clause->value;
      } else {
        last = clause;
      }
    }
    return {hash, equal.first(count), last};
  }

 private:
  const KeyClause* find(const KeyAttribute& attribute) const {
    for (const KeyClause& clause : clauses_) {
      if (clause.attribute == attribute.name) return &clause;
    }
    return nullptr;
  }
  const KeyAttribute* find(std::string_view name) const {
    for (std::span<const KeyAttribute> attributes : {hash_, range_}) {
      for (const KeyAttribute& attribute : attributes) {
        if (attribute.name == name) return &attribute;
      }
    }
    return nullptr;
  }

  void check_present() const {
    for (const KeyAttribute& attribute : hash_) {
      if (!find(attribute)) refuse_key("Query condition missed key schema element: " + std::string(attribute.name));
    }
    for (const KeyClause& clause : clauses_) {
      if (find(clause.attribute)) continue;
      // A condition on something else stands in the place of the first RANGE attribute without one.
      for (const KeyAttribute& attribute : range_) {
        if (!find(attribute)) refuse_key("Query condition missed key schema element: " + std::string(attribute.name));
      }
      refuse_key("Query key condition not supported");
    }
  }

  void check_type(const KeyClause& clause) const {
    Type wanted = find(clause.attribute)->type;
    bool has_value = supported(clause.op);
    if (has_value &&
        (clause.value.type() != wanted || (clause.op == Operator::kBetween && clause.upper.type() != wanted) ||
         (clause.op == Operator::kBeginsWith && wanted == Type::N))) {
      refuse_key("One or more parameter values were invalid: Condition parameter type does not match schema type");
    }
  }

  // Equality must run without a gap up to the last RANGE attribute that has a condition.
  void check_run() const {
    size_t last = range_.size();
    for (size_t i = 0; i < range_.size(); ++i) {
      if (find(range_[i])) last = i;
    }
    if (last == range_.size()) return;
    std::string missing;
    for (size_t i = 0; i < last; ++i) {
      const KeyClause* clause = find(range_[i]);
      if (clause && clause->op == Operator::kEqual) continue;
      if (!missing.empty()) missing += ", ";
      missing += range_[i].name;
    }
    if (missing.empty()) return;
    refuse_key(
        "RANGE key attributes " + missing +
        " must have equality conditions specified in the query because a condition is present on key attribute " +
        std::string(range_[last].name));
  }

  static bool supported(Operator op) {
    return (is_comparison(op) && op != Operator::kNotEqual) || op == Operator::kBetween || op == Operator::kBeginsWith;
  }

  std::span<const KeyClause> clauses_;
  bool legacy_;
  std::span<const KeyAttribute> hash_;
  std::span<const KeyAttribute> range_;
};

bool names(std::span<const std::string_view> keys, std::string_view attribute) {
  return std::find(keys.begin(), keys.end(), attribute) != keys.end();
}

}  // namespace

KeyCondition key_condition(const Condition& condition, Arena& arena) {
  Clauses clauses;
  clauses.collect(condition.root());
  return {arena.copy(std::span<const KeyClause>(clauses.result())), false};
}

KeyBounds key_bounds(const KeyCondition& condition, std::span<const KeyAttribute> hash,
                     std::span<const KeyAttribute> range, Arena& arena) {
  return Matcher(condition, hash, range).run(arena);
}

void check_filter_keys(std::span<const DocumentPath> filter, std::span<const std::string_view> keys, bool legacy) {
  for (const DocumentPath& path : filter) {
    if (!names(keys, path.attribute())) continue;
    refuse_key(std::string(legacy ? "QueryFilter" : "Filter Expression") +
               " can only contain non-primary key attributes: Primary key attribute: " + std::string(path.attribute()));
  }
}

void check_scalar_keys(std::span<const DocumentPath> paths, std::span<const std::string_view> table_keys,
                       std::span<const std::string_view> index_keys) {
  for (const DocumentPath& path : paths) {
    if (path.is_attribute()) continue;
    bool of_table = names(table_keys, path.attribute());
    if (!of_table && !names(index_keys, path.attribute())) continue;
    refuse_key(
        std::string("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ") +
        (of_table ? "Key: " : "IndexKey: ") + std::string(path.attribute()));
  }
}

}  // namespace stator::expressions
