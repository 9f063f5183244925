#include "emulator/operations.h"
#include "emulator/tables/describe_table.h"

namespace stator::operations {
namespace {

// The rules that the service makes in CloudWatch: what is accessed (C) and throttled (T) most, by partition key and, of
// a table or index that has one, by sort key.
void write_rules(JsonWriter& w, std::string_view resource, const KeySchema& keys, const ContributorInsights& insights) {
  w.key("ContributorInsightsRuleList").begin_array();
  for (std::string_view what : {"C", "T"}) {
    if (what == "C" && insights.mode == "THROTTLED_KEYS") continue;
    for (std::string_view key : {"PK", "SK"}) {
      if (key == "SK" && keys.range.empty()) continue;
      w.string("DynamoDBContributorInsights-" + std::string(key) + std::string(what) + "-" + std::string(resource) +
               "-" + std::to_string(insights.changed_ms));
    }
  }
  w.end_array();
}

}  // namespace

void describe_contributor_insights(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  std::string_view index_name = context.string("IndexName");
  TablePtr table = known_table(context, name);
  if (table == nullptr) throw errors::table_not_found(name);
  const ContributorInsights* insights = &table->insights;
  const KeySchema* keys = &table->keys;
  if (!index_name.empty()) {
    const Index* index = table->find_index(index_name);
    if (index == nullptr || !index->global)
      throw errors::resource_not_found("Requested resource not found: Index: " + std::string(index_name) +
                                       " not found for table: " + std::string(name));
    insights = &index->insights;
    keys = &index->keys;
  }
  JsonWriter w(context.out);
  w.begin_object().key("TableName").string(name);
  if (!index_name.empty()) w.key("IndexName").string(index_name);
  if (insights->enabled)
    write_rules(w, index_name.empty() ? std::string(name) : std::string(name) + "-" + std::string(index_name), *keys,
                *insights);
  w.key("ContributorInsightsStatus").string(insights->enabled ? "ENABLED" : "DISABLED");
  if (insights->changed_ms != 0) {
    w.key("LastUpdateDateTime");
    write_timestamp(w, insights->changed_ms);
  }
  if (insights->changed_ms != 0) w.key("ContributorInsightsMode").string(insights->mode);
  w.end_object();
}

}  // namespace stator::operations
