#include "emulator/query/where_plan.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "emulator/expressions/key_condition.h"
#include "emulator/expressions/parser.h"
#include "emulator/query/key_range.h"
#include "protocol/error/error_catalog.h"

namespace stator {
namespace {

using expressions::ConditionNode;
using expressions::KeyClause;
using expressions::Operand;
using expressions::Operator;

constexpr size_t kMaxHashValues = 50;  // in an IN (developer guide, "Operators")

// The parts of a node of that operator, or the node itself.
std::vector<const ConditionNode*> parts_of(const ConditionNode& node, Operator op) {
  if (node.op != op) return {&node};
  std::vector<const ConditionNode*> parts;
  for (const ConditionNode* part : node.parts)
    for (const ConditionNode* inner : parts_of(*part, op)) parts.push_back(inner);
  return parts;
}

bool is_attribute(const Operand& operand, std::string_view name) {
  return operand.kind == Operand::Kind::kPath && operand.path.is_attribute() && operand.path.attribute() == name;
}

// The values that the node says the attribute equals one of. Empty: it says no such thing.
std::vector<AttributeValue> equals(const ConditionNode& node, std::string_view attribute) {
  std::vector<AttributeValue> values;
  if (node.op != Operator::kEqual && node.op != Operator::kIn) return values;
  size_t at = node.op == Operator::kEqual && is_attribute(node.operands[1], attribute) ? 1 : 0;
  if (!is_attribute(node.operands[at], attribute)) return values;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    if (i == at) continue;
    if (node.operands[i].kind != Operand::Kind::kValue) return {};
    values.push_back(node.operands[i].value);
  }
  return values;
}

// Whether the node is a range that a key condition can have on the attribute.
bool range_of(const ConditionNode& node, std::string_view attribute, KeyClause& clause) {
  bool compares = node.op >= Operator::kLess && node.op <= Operator::kGreaterEqual;
  if (!compares && node.op != Operator::kBetween && node.op != Operator::kBeginsWith) return false;
  size_t at = compares && is_attribute(node.operands[1], attribute) ? 1 : 0;
  if (!is_attribute(node.operands[at], attribute)) return false;
  for (size_t i = 0; i < node.operands.size(); ++i)
    if (i != at && node.operands[i].kind != Operand::Kind::kValue) return false;
  clause = {attribute, at == 0 ? node.op : turned_round(node.op), node.operands[1 - at].value, {}};
  if (node.op == Operator::kBetween) clause.upper = node.operands[2].value;
  return true;
}

// One run of rows in one partition.
struct Run {
  AttributeValue hash;
  PageRange range;
  bool whole_partition = true;
  bool one_item = false;
  size_t branch = 0;
  size_t partition = 0;  // counted in the order in which they are named
};

bool same(const PageRange& a, const PageRange& b) {
  return a.lower == b.lower && a.upper == b.upper && a.has_upper == b.has_upper;
}
bool overlap(const PageRange& a, const PageRange& b) {
  return (!b.has_upper || a.lower < b.upper) && (!a.has_upper || b.lower < a.upper);
}

class Planner {
 public:
  Planner(const KeySchema& keys, const Index* index, Arena& arena) : keys_(keys), index_(index), arena_(arena) {}

  // False when the branch does not pin the partition key.
  bool add_branch(const ConditionNode& branch, size_t number) {
    const std::string& hash = keys_.hash[0].name;
    std::vector<AttributeValue> hashes, ranges;
    KeyClause range;
    bool has_range = false;
    for (const ConditionNode* term : parts_of(branch, Operator::kAnd)) {
      if (hashes.empty()) hashes = equals(*term, hash);
      if (keys_.range.empty() || has_range || !ranges.empty()) continue;
      ranges = equals(*term, keys_.range[0].name);
      has_range = ranges.empty() && range_of(*term, keys_.range[0].name, range);
    }
    if (hashes.empty()) return false;
    if (hashes.size() > kMaxHashValues)  // the text is ours: that of an IN on other attributes
      throw errors::validation(expressions::too_many_in_operands(hashes.size()));
    for (const AttributeValue& value : hashes) {
      KeyClause on_hash{hash, Operator::kEqual, value, {}};
      if (ranges.empty() && !has_range) add_run({&on_hash, 1}, value, number);
      if (has_range) {
        const KeyClause clauses[] = {on_hash, range};
        add_run(clauses, value, number);
      }
      for (const AttributeValue& equal : ranges) {
        const KeyClause clauses[] = {on_hash, {keys_.range[0].name, Operator::kEqual, equal, {}}};
        add_run(clauses, value, number);
      }
    }
    return true;
  }

  std::vector<Run>& runs() { return runs_; }

 private:
  void add_run(std::span<const KeyClause> clauses, const AttributeValue& hash, size_t branch) {
    expressions::KeyCondition condition{arena_.copy(clauses), false};
    expressions::KeyBounds bounds = key_bounds_of(condition, keys_, index_, arena_);
    bool at_one = !bounds.equal.empty();
    Run run{hash,
            key_range(bounds, false),
            clauses.size() == 1,
            index_ == nullptr && (at_one || keys_.range.empty()),
            branch,
            0};
    auto named = std::find_if(hashes_.begin(), hashes_.end(), [&](const auto& value) { return equal(value, hash); });
    run.partition = static_cast<size_t>(named - hashes_.begin());
    if (named == hashes_.end()) hashes_.push_back(hash);
    runs_.push_back(std::move(run));
  }

  const KeySchema& keys_;
  const Index* index_;
  Arena& arena_;
  std::vector<Run> runs_;
  std::vector<AttributeValue> hashes_;
};

// Leaves one of runs that are the same, and refuses those that meet otherwise. The order stays.
void separate(std::vector<Run>& runs) {
  std::vector<size_t> places(runs.size());
  std::iota(places.begin(), places.end(), 0);
  std::sort(places.begin(), places.end(), [&](size_t a, size_t b) {
    return runs[a].range.lower != runs[b].range.lower ? runs[a].range.lower < runs[b].range.lower : a < b;
  });
  std::vector<bool> again(runs.size());
  const Run* last = nullptr;  // the one that reaches furthest: runs that meet at all meet it
  for (size_t place : places) {
    const Run& run = runs[place];
    if (last != nullptr && overlap(run.range, last->range)) {
      again[place] = same(run.range, last->range) && (run.branch == last->branch || run.whole_partition);
      if (!again[place])
        throw errors::validation("Overlapping conditions with range keys are not supported in where clause");
      continue;
    }
    last = &run;
  }
  size_t place = 0;
  std::erase_if(runs, [&](const Run&) { return again[place++]; });
}

void sort_runs(std::vector<Run>& runs, const ReadOrder& order) {
  if (!order.by_hash && !order.by_range) return;
  std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
    if (a.partition == b.partition)
      return order.range_descending ? b.range.lower < a.range.lower : a.range.lower < b.range.lower;
    if (!order.by_hash) return a.partition < b.partition;
    return order.hash_descending ? compare(b.hash, a.hash) < 0 : compare(a.hash, b.hash) < 0;
  });
}

}  // namespace

WherePlan plan_where(const expressions::Condition* where, const KeySchema& keys, const Index* index,
                     const ReadOrder& order, Arena& arena) {
  WherePlan plan;
  Planner planner(keys, index, arena);
  bool pinned = where != nullptr;
  if (pinned) {
    size_t number = 0;
    for (const ConditionNode* branch : parts_of(where->root(), Operator::kOr))
      pinned = planner.add_branch(*branch, number++) && pinned;
  }
  if (!pinned) {
    plan.scans = true;
    plan.ranges.emplace_back();
    return plan;
  }
  std::vector<Run>& runs = planner.runs();
  separate(runs);
  sort_runs(runs, order);
  plan.one_item = runs.size() == 1 && runs[0].one_item;
  for (Run& run : runs) {
    run.range.reverse = order.range_descending;
    plan.ranges.push_back(std::move(run.range));
  }
  return plan;
}

bool key_of_where(const expressions::Condition* where, const KeySchema& keys, Arena& arena, Item& key) {
  std::span<Attribute> attributes = arena.make<Attribute>(keys.size());
  size_t count = 0;
  if (where == nullptr) return false;
  for (const auto* part : {&keys.hash, &keys.range})
    for (const KeyAttribute& attribute : *part)
      for (const ConditionNode* term : parts_of(where->root(), Operator::kAnd)) {
        if (term->op != Operator::kEqual) continue;
        std::vector<AttributeValue> values = equals(*term, attribute.name);
        if (values.empty()) continue;
        attributes[count++] = {attribute.name, values[0]};
        break;
      }
  if (count != keys.size()) return false;
  key = map_of(attributes, arena);
  return true;
}

Item equalities_of(const expressions::Condition* where, Arena& arena) {
  std::vector<Attribute> found;
  if (where != nullptr)
    for (const ConditionNode* term : parts_of(where->root(), Operator::kAnd)) {
      if (term->op != Operator::kEqual) continue;
      for (const Operand& operand : term->operands) {
        if (operand.kind != Operand::Kind::kPath || !operand.path.is_attribute()) continue;
        std::vector<AttributeValue> values = equals(*term, operand.path.attribute());
        if (!values.empty()) found.push_back({operand.path.attribute(), values[0]});
      }
    }
  return map_of(found, arena);
}

bool says_more_than_key(const expressions::Condition& where, const KeySchema& keys) {
  size_t terms = parts_of(where.root(), Operator::kAnd).size();
  return terms > keys.size();
}

std::vector<AttributeValue> partition_keys_of(const expressions::Condition* where, const KeySchema& keys) {
  std::vector<AttributeValue> all;
  if (where == nullptr) return all;
  for (const ConditionNode* branch : parts_of(where->root(), Operator::kOr)) {
    std::vector<AttributeValue> pinned;
    for (const ConditionNode* term : parts_of(*branch, Operator::kAnd))
      if (pinned.empty()) pinned = equals(*term, keys.hash[0].name);
    if (pinned.empty()) return {};
    all.insert(all.end(), pinned.begin(), pinned.end());
  }
  return all;
}

}  // namespace stator
