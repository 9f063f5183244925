#include "emulator/operations.h"
#include "emulator/tables/table_document.h"

namespace stator::operations {
namespace {

struct Summary {
  std::string table;
  std::string index;  // empty: the table's own
  ContributorInsights insights;
};

void add_summaries(const Table& table, std::vector<Summary>& summaries) {
  if (table.insights.enabled) summaries.push_back({table.name, {}, table.insights});
  for (const Index& index : table.global_indexes)
    if (index.insights.enabled) summaries.push_back({table.name, index.name, index.insights});
}

std::string token_of(const Summary& summary) {
  return summary.table + "/" + summary.index;
}

}  // namespace

// Every table (or the one named) and global index that has insights, in the order of the tables' names (ACK's API
// notes, DDB-TABLE-343). The token is the last summary's table and index.
void list_contributor_insights(OperationContext& context) {
  constexpr size_t kMaxSummaries = 100;
  size_t limit = kMaxSummaries;
  if (const JsonValue* given = context.find("MaxResults"); given != nullptr && integer_value(*given) > 0)
    limit = static_cast<size_t>(integer_value(*given));
  std::vector<Summary> summaries;
  if (std::string_view asked = context.string("TableName"); !asked.empty()) {
    std::string_view name = table_name_of(context, asked);
    TablePtr table = known_table(context, name);
    if (table == nullptr) throw errors::table_not_found(name);
    add_summaries(*table, summaries);
  } else if (context.scope != nullptr) {
    for (const auto& [name, document] : context.scope->store->read()->documents(kTableDocument))
      add_summaries(read_table_document(document), summaries);
  }
  size_t first = 0;
  if (std::string_view token = context.string("NextToken"); !token.empty()) {
    while (first < summaries.size() && token_of(summaries[first]) != token) ++first;
    if (first == summaries.size()) throw errors::validation("Invalid NextToken: " + std::string(token));
    ++first;
  }
  const size_t end = std::min(summaries.size(), first + limit);
  JsonWriter w(context.out);
  w.begin_object().key("ContributorInsightsSummaries").begin_array();
  for (size_t i = first; i < end; ++i) {
    const Summary& summary = summaries[i];
    w.begin_object().key("TableName").string(summary.table);
    if (!summary.index.empty()) w.key("IndexName").string(summary.index);
    w.key("ContributorInsightsStatus").string("ENABLED").key("ContributorInsightsMode").string(summary.insights.mode);
    w.end_object();
  }
  w.end_array();
  if (end < summaries.size()) w.key("NextToken").string(token_of(summaries[end - 1]));
  w.end_object();
}

}  // namespace stator::operations
