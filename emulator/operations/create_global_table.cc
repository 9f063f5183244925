#include <set>

#include "emulator/operations.h"
#include "emulator/replication/global_table.h"

namespace stator::operations {

void create_global_table(OperationContext& context) {
  GlobalTable global;
  global.name = context.string("GlobalTableName");
  global.created_ms = context.now_ms();
  std::set<std::string> regions;
  for (const JsonValue& replica : context.find("ReplicationGroup")->elements()) {
    std::string region(OperationContext::string_in(replica, "RegionName"));
    if (!regions.insert(region).second)
      throw errors::invalid_parameter("Duplicate region in ReplicationGroup: " + region);
  }
  if (regions.empty()) throw errors::invalid_parameter("ReplicationGroup must not be empty");
  if (!regions.contains(context.caller.region))
    throw errors::invalid_parameter("ReplicationGroup does not contain the region of the request");
  TablePtr local = known_table(context, global.name);
  if (local != nullptr && local->replication.global_since_ms != 0)
    throw errors::global_table_already_exists("Global table with name: '" + global.name + "' already exists.");
  global.regions.assign(regions.begin(), regions.end());
  for (const std::string& region : global.regions) check_replica_table(context, global.name, region);
  tie_regions(context, global, {});
  JsonWriter w(context.out);
  w.begin_object().key("GlobalTableDescription");
  write_global_table(w, context, global, "CREATING");
  w.end_object();
}

}  // namespace stator::operations
