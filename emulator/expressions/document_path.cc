#include "emulator/expressions/document_path.h"

#include <algorithm>
#include <vector>

namespace stator::expressions {
namespace {

enum class Relation : uint8_t { kApart, kOverlap, kConflict };

Relation relation(const DocumentPath& a, const DocumentPath& b) {
  size_t shared = std::min(a.steps.size(), b.steps.size());
  for (size_t i = 0; i < shared; ++i) {
    if (a.steps[i].is_index != b.steps[i].is_index) return Relation::kConflict;
    if (a.steps[i] != b.steps[i]) return Relation::kApart;
  }
  return Relation::kOverlap;
}

std::string describe(std::string_view what, const DocumentPath& one, const DocumentPath& two) {
  return "Two document paths " + std::string(what) +
         " with each other; must remove or rewrite one of these paths; path one: " + to_string(one) +
         ", path two: " + to_string(two);
}

}  // namespace

bool DocumentPath::operator==(const DocumentPath& other) const {
  return std::equal(steps.begin(), steps.end(), other.steps.begin(), other.steps.end());
}

bool stands_before(const DocumentPath& a, const DocumentPath& b) {
  return std::lexicographical_compare(a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
                                      [](const PathStep& x, const PathStep& y) {
                                        if (x.is_index != y.is_index) return x.is_index;
                                        return x.is_index ? x.index < y.index : x.name < y.name;
                                      });
}

std::string to_string(const DocumentPath& path) {
  std::string out = "[";
  for (const PathStep& step : path.steps) {
    if (out.size() > 1) out += ", ";
    if (step.is_index) {
      out += '[' + std::to_string(step.index) + ']';
    } else {
      out += step.name;
    }
  }
  return out + ']';
}

const AttributeValue* find_below(const AttributeValue* attribute, const DocumentPath& path) {
  const AttributeValue* value = attribute;
  for (const PathStep& step : path.steps.subspan(1)) {
    if (!value) return nullptr;
    if (step.is_index) {
      if (!value->is(AttributeValue::Type::L) || step.index >= value->count()) return nullptr;
      value = &value->elements()[step.index];
    } else {
      if (!value->is(AttributeValue::Type::M)) return nullptr;
      value = value->find(step.name);
    }
  }
  return value;
}

const AttributeValue* find(const Item& item, const DocumentPath& path) {
  return find_below(item.find(path.attribute()), path);
}

std::string clash(std::span<const DocumentPath> paths) {
  // Paths of different attributes never clash; with one path an attribute, as nearly always, sorting finds that out.
  if (paths.size() > 8) {
    std::vector<std::string_view> names;
    names.reserve(paths.size());
    for (const DocumentPath& path : paths) names.push_back(path.attribute());
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) == names.end()) return {};
  }
  for (Relation wanted : {Relation::kOverlap, Relation::kConflict}) {
    for (size_t two = 1; two < paths.size(); ++two) {
      for (size_t one = 0; one < two; ++one) {
        if (relation(paths[one], paths[two]) != wanted) continue;
        return describe(wanted == Relation::kOverlap ? "overlap" : "conflict", paths[one], paths[two]);
      }
    }
  }
  return {};
}

}  // namespace stator::expressions
