#include "emulator/query/key_range.h"

#include "emulator/tables/item_key.h"
#include "persistence/key_encoding.h"

namespace stator {
namespace {

std::string partition(const expressions::KeyBounds& bounds) {
  std::string bytes;
  persistence::append_bucket(bounds.hash.data(), bounds.hash.size(), bytes);
  for (const AttributeValue& value : bounds.hash) persistence::append_key_part(value, bytes);
  return bytes;
}

void end_behind(const std::string& prefix, PageRange& range) {
  range.has_upper = persistence::next_after_prefix(prefix, range.upper);
}

std::vector<expressions::KeyAttribute> views_of(const std::vector<KeyAttribute>& keys) {
  std::vector<expressions::KeyAttribute> views;
  for (const KeyAttribute& key : keys) views.push_back({key.name, key.type});
  return views;
}

// Values that no key can have (ThreatExchange's issue 1324 for the size on Query).
void check_values(const expressions::KeyBounds& bounds, const KeySchema& keys, const Index* index) {
  auto check = [&](const KeyAttribute& key, const AttributeValue& value, bool hash) {
    check_key_not_empty(key, value, index);
    check_key_size(value, hash);
  };
  for (size_t i = 0; i < bounds.hash.size(); ++i) check(keys.hash[i], bounds.hash[i], true);
  for (size_t i = 0; i < bounds.equal.size(); ++i) check(keys.range[i], bounds.equal[i], false);
  if (bounds.range == nullptr) return;
  const KeyAttribute& last = keys.range[bounds.equal.size()];
  check(last, bounds.range->value, false);
  if (bounds.range->op == expressions::Operator::kBetween) check(last, bounds.range->upper, false);
}

}  // namespace

expressions::KeyBounds key_bounds_of(const expressions::KeyCondition& condition, const KeySchema& keys,
                                     const Index* index, Arena& arena) {
  expressions::KeyBounds bounds = expressions::key_bounds(condition, views_of(keys.hash), views_of(keys.range), arena);
  check_values(bounds, keys, index);
  return bounds;
}

PageRange key_range(const expressions::KeyBounds& bounds, bool reverse) {
  using expressions::Operator;
  PageRange range;
  range.reverse = reverse;
  std::string prefix = partition(bounds);
  for (const AttributeValue& value : bounds.equal) persistence::append_key_part(value, prefix);
  range.lower = prefix;
  end_behind(prefix, range);
  if (bounds.range == nullptr) return range;

  const expressions::KeyClause& clause = *bounds.range;
  std::string at = prefix;
  if (clause.op == Operator::kBeginsWith)
    persistence::append_key_prefix(clause.value, at);
  else
    persistence::append_key_part(clause.value, at);
  switch (clause.op) {
    case Operator::kLess:
      range.upper = at;
      range.has_upper = true;
      break;
    case Operator::kLessEqual:
      end_behind(at, range);
      break;
    case Operator::kGreater:
      persistence::next_after_prefix(at, range.lower);
      break;
    case Operator::kGreaterEqual:
      range.lower = at;
      break;
    case Operator::kBetween: {
      range.lower = at;
      std::string upper = prefix;
      persistence::append_key_part(clause.upper, upper);
      end_behind(upper, range);
      break;
    }
    default:  // equality and begins_with: one prefix
      range.lower = at;
      end_behind(at, range);
  }
  return range;
}

bool in_partition(const expressions::KeyBounds& bounds, std::string_view row) {
  return row.starts_with(partition(bounds));
}

bool in_range(const PageRange& range, std::string_view row) {
  return row >= range.lower && (!range.has_upper || row < range.upper);
}

}  // namespace stator
