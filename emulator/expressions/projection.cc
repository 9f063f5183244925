#include "emulator/expressions/projection.h"

#include <algorithm>
#include <vector>

namespace stator::expressions {
namespace {

using Type = AttributeValue::Type;

// The parts of `value` that `paths` lead to; they are sorted and share their first `depth` steps. False when there are
// none.
bool part_of(const AttributeValue& value, std::span<const DocumentPath> paths, size_t depth, Arena& arena,
             AttributeValue& part) {
  if (paths.front().steps.size() == depth) {
    part = value;
    return true;
  }
  bool by_index = paths.front().steps[depth].is_index;
  if (!value.is(by_index ? Type::L : Type::M)) return false;

  std::span<AttributeValue> elements;
  std::span<Attribute> attributes;
  if (by_index) {
    elements = arena.make<AttributeValue>(paths.size());
  } else {
    attributes = arena.make<Attribute>(paths.size());
  }
  size_t count = 0;
  for (size_t first = 0; first < paths.size();) {
    const PathStep& step = paths[first].steps[depth];
    size_t end = first + 1;
    while (end < paths.size() && paths[end].steps[depth] == step) ++end;
    std::span<const DocumentPath> group = paths.subspan(first, end - first);
    first = end;
    const AttributeValue* child = nullptr;
    if (!by_index) {
      child = value.find(step.name);
    } else if (step.index < value.count()) {
      child = &value.elements()[step.index];
    }
    AttributeValue found;
    if (!child || !part_of(*child, group, depth + 1, arena, found)) continue;
    if (by_index) {
      elements[count++] = found;
    } else {
      attributes[count++] = {step.name, found};
    }
  }
  if (count == 0) return false;
  part = by_index ? AttributeValue::collection(Type::L, elements.first(count))
                  : AttributeValue::map(attributes.first(count));
  return true;
}

Item project_sorted(const Item& item, std::span<const DocumentPath> sorted, Arena& arena) {
  Item result = AttributeValue::map({});
  if (!sorted.empty()) part_of(item, sorted, 0, arena, result);
  return result;
}

}  // namespace

Item Projection::apply(const Item& item, Arena& arena) const {
  if (!names_.empty()) {
    std::span<Attribute> found = arena.make<Attribute>(paths_.size());
    size_t count = 0;
    for (size_t i = 0; i < paths_.size(); ++i)
      if (const AttributeValue* value = find(item, paths_[i])) found[count++] = {names_[i], *value};
    return map_of(found.first(count), arena);
  }
  return project_sorted(item, sorted_, arena);
}

Item project(const Item& item, std::span<const DocumentPath> paths, Arena& arena) {
  std::vector<DocumentPath> sorted(paths.begin(), paths.end());
  std::sort(sorted.begin(), sorted.end(), stands_before);
  return project_sorted(item, sorted, arena);
}

}  // namespace stator::expressions
