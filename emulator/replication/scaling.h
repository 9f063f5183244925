// Auto scaling of a global table's replicas: what was asked is kept and told, and nothing scales. Each region keeps its
// own, as a document of kind "scaling" named by the table: the settings of the table and of its global indexes, read
// and write units apart. Throws AwsError.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/context.h"

namespace stator {

inline constexpr std::string_view kScalingDocument = "scaling";

class ScalingSettings {
 public:
  static ScalingSettings of(std::string_view table, persistence::ReadTransaction& transaction);
  void keep(std::string_view table, persistence::WriteTransaction& transaction) const;

  // An AutoScalingSettingsUpdate or AutoScalingPolicyUpdate. `what` is "Read" or "Write"; `index` empty: the table.
  void update(const OperationContext& context, std::string_view what, std::string_view table, std::string_view index,
              const JsonValue& update);
  // AutoScalingSettingsDescription, as the writer's next value.
  void write(JsonWriter& w, std::string_view what, std::string_view index) const;

 private:
  std::map<std::string, std::string> settings_;  // "Write" or "Write/INDEX": the description, JSON
};

// The same for the table in that region.
ScalingSettings scaling_in(const OperationContext& context, std::string_view region, std::string_view table);
void change_scaling(const OperationContext& context, std::string_view region, std::string_view table,
                    const std::function<void(ScalingSettings&)>& change);

// TableAutoScalingDescription, as the writer's next value.
void write_table_scaling(JsonWriter& w, const OperationContext& context, const Table& table);
// The regions of a global table of the newer version, by name. Throws ResourceNotFoundException.
TablePtr require_scaled_table(const OperationContext& context, std::string_view name);
std::vector<std::string> regions_of(const Table& table);

}  // namespace stator
