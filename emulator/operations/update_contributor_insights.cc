#include "emulator/operations.h"
#include "emulator/tables/lifecycle.h"

namespace stator::operations {

void update_contributor_insights(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  std::string_view index_name = context.string("IndexName");
  if (context.scope == nullptr) throw errors::table_not_found(name);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  TablePtr table = scope.catalog.find(name, *transaction);
  if (table == nullptr) throw errors::table_not_found(name);
  check_settled(*table);
  Table changed = *table;
  ContributorInsights* insights = &changed.insights;
  if (!index_name.empty()) {
    Index* index = changed.find_index(index_name);
    if (index == nullptr || !index->global)
      throw errors::resource_not_found("Requested resource not found: Index: " + std::string(index_name) +
                                       " not found");
    insights = &index->insights;
  }
  const bool enable = context.string("ContributorInsightsAction") == "ENABLE";
  if (std::string_view mode = context.string("ContributorInsightsMode"); !mode.empty())
    insights->mode = mode;
  else if (enable && (insights->mode.empty() || !insights->enabled))
    insights->mode = "ACCESSED_AND_THROTTLED_KEYS";
  insights->enabled = enable;
  insights->changed_ms = context.now_ms();

  JsonWriter w(context.out);
  w.begin_object().key("TableName").string(name);
  if (!index_name.empty()) w.key("IndexName").string(index_name);
  w.key("ContributorInsightsStatus").string(enable ? "ENABLING" : "DISABLING");
  if (enable) w.key("ContributorInsightsMode").string(insights->mode);
  w.end_object();
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
