#include "emulator/tables/table.h"

#include <algorithm>
#include <utility>

namespace stator {

const KeyAttribute* KeySchema::find(std::string_view name) const {
  for (const auto* part : {&hash, &range})
    for (const KeyAttribute& key : *part)
      if (key.name == name) return &key;
  return nullptr;
}

std::vector<std::string_view> KeySchema::names() const {
  std::vector<std::string_view> names;
  names.reserve(size());
  for (const auto* part : {&hash, &range})
    for (const KeyAttribute& key : *part) names.push_back(key.name);
  return names;
}

WarmThroughput effective_warm(const std::optional<WarmThroughput>& warmed, const Throughput& provisioned,
                              bool on_demand) {
  constexpr WarmThroughput kOnDemand{12000, 4000};
  WarmThroughput least = on_demand ? kOnDemand : WarmThroughput{provisioned.read, provisioned.write};
  WarmThroughput most = warmed.value_or(least);
  return {std::max(least.read, most.read), std::max(least.write, most.write)};
}

std::string_view state_name(State state) {
  switch (state) {
    case State::kCreating:
      return "CREATING";
    case State::kActive:
      return "ACTIVE";
    case State::kUpdating:
      return "UPDATING";
    case State::kDeleting:
      return "DELETING";
  }
  return "ACTIVE";
}

bool Index::projects(std::string_view attribute) const {
  return projection == Projection::kAll || std::binary_search(projected.begin(), projected.end(), attribute);
}

const Index* Table::find_index(std::string_view index_name) const {
  for (const auto* list : {&global_indexes, &local_indexes})
    for (const Index& index : *list)
      if (index.name == index_name) return &index;
  return nullptr;
}

Index* Table::find_index(std::string_view index_name) {
  return const_cast<Index*>(std::as_const(*this).find_index(index_name));
}

size_t Table::count_vector_indexes() const {
  return static_cast<size_t>(std::count_if(global_indexes.begin(), global_indexes.end(),
                                           [](const Index& index) { return index.vector.has_value(); }));
}

void Table::settle_projections() {
  for (auto* list : {&global_indexes, &local_indexes}) {
    for (Index& index : *list) {
      index.projected.clear();
      for (const KeySchema* schema : {&keys, &index.keys})
        for (std::string_view key : schema->names()) index.projected.emplace_back(key);
      if (index.projection == Projection::kInclude)
        index.projected.insert(index.projected.end(), index.non_key_attributes.begin(), index.non_key_attributes.end());
      if (index.vector) index.projected.push_back(index.vector->attribute);
      std::sort(index.projected.begin(), index.projected.end());
      index.projected.erase(std::unique(index.projected.begin(), index.projected.end()), index.projected.end());
    }
  }
}

}  // namespace stator
