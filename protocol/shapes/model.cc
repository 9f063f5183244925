#include "protocol/shapes/model.h"

#include <algorithm>

namespace stator {

const OperationInfo* find_operation(std::string_view name) {
  const auto* end = std::end(kOperations);
  const auto* found =
      std::lower_bound(std::begin(kOperations), end, name,
                       [](const OperationInfo& row, std::string_view sought) { return row.name < sought; });
  return found != end && found->name == name ? found : nullptr;
}

const OperationInfo* find_target(std::string_view target) {
  constexpr std::string_view kPrefixes[] = {"DynamoDB_20120810.", "DynamoDBStreams_20120810."};
  for (Service service : {Service::kDynamoDB, Service::kDynamoDBStreams}) {
    const std::string_view prefix = kPrefixes[static_cast<size_t>(service)];
    if (!target.starts_with(prefix)) continue;
    const OperationInfo* found = find_operation(target.substr(prefix.size()));
    return found != nullptr && found->service == service ? found : nullptr;
  }
  return nullptr;
}

}  // namespace stator
