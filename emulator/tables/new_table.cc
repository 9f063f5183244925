#include "emulator/tables/new_table.h"

#include <random>

#include "emulator/tables/pending_change.h"
#include "emulator/tables/resource_policy.h"
#include "emulator/tables/table_rules.h"
#include "emulator/tables/tag_rules.h"

namespace stator {

std::string table_arn(const TableOwner& owner, std::string_view table_name) {
  std::string arn = "arn:aws:dynamodb:";
  arn += owner.region;
  arn += ':';
  arn += owner.account;
  arn += ":table/";
  arn += table_name;
  return arn;
}

Table new_table(const JsonValue& input, std::string_view name, const TableOwner& owner, int64_t now_ms) {
  Table table = read_create_table(input);
  table.name = name;
  table.arn = table_arn(owner, name);
  table.id = new_uuid();
  table.created_ms = now_ms;
  if (table.on_demand) table.on_demand_since_ms = table.created_ms;
  keep_warm(table);
  if (const JsonValue* sse = input.find("SSESpecification"))
    table.sse_description = sse_description(*sse, owner.region, owner.account);
  if (const JsonValue* tags = input.find("Tags")) add_tags(*tags, table.tags);
  if (const JsonValue* policy = input.find("ResourcePolicy")) set_policy(policy->text(), now_ms, table.policy);
  return table;
}

std::string new_uuid() {
  thread_local std::mt19937_64 random{std::random_device()()};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& c : id) {
    if (c == 'x') c = kHex[random() & 15];
    if (c == 'y') c = kHex[8 + (random() & 3)];
  }
  return id;
}

}  // namespace stator
