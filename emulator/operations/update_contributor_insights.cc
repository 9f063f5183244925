#include "emulator/operations.h"
#include "emulator/tables/lifecycle.h"

namespace stator::operations {

void update_contributor_insights(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  std::string_view index_name = context.string("IndexName");
  auto [scope, transaction, table] = change_table(context, name);
  check_settled(*table);
  Table changed = *table;
  ContributorInsights* insights = &changed.insights;
  if (!index_name.empty()) {
    Index* index = changed.find_index(index_name);
    if (index == nullptr || !index->global)
      throw errors::resource_not_found("Requested resource not found: Index: " + std::string(index_name) +
                                       " not found for table: " + std::string(name));
    insights = &index->insights;
  }
  const bool enable = context.string("ContributorInsightsAction") == "ENABLE";
  // What is so already is answered as it is; a mode that is not named is the first (ACK's API notes, DDB-TABLE-091,
  // 092). The rules keep their names when the mode changes.
  const std::string_view asked = context.string("ContributorInsightsMode");
  const std::string mode(asked.empty() ? "ACCESSED_AND_THROTTLED_KEYS" : asked);
  const bool same = insights->enabled == enable && (!enable || insights->mode == mode);
  if (insights->enabled != enable) insights->changed_ms = context.now_ms();
  if (enable) insights->mode = mode;
  insights->enabled = enable;

  JsonWriter w(context.out);
  w.begin_object().key("TableName").string(name);
  if (!index_name.empty()) w.key("IndexName").string(index_name);
  w.key("ContributorInsightsStatus")
      .string(same     ? (enable ? "ENABLED" : "DISABLED")
              : enable ? "ENABLING"
                       : "DISABLING");
  if (enable) w.key("ContributorInsightsMode").string(insights->mode);
  w.end_object();
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
