#include <algorithm>

#include "emulator/operations.h"
#include "emulator/replication/global_table.h"

namespace stator::operations {

// A region that leaves keeps its table and its items.
void update_global_table(OperationContext& context) {
  GlobalTable global = require_global_table(context, context.string("GlobalTableName"));
  std::vector<std::string> leaving;
  for (const JsonValue& update : context.find("ReplicaUpdates")->elements()) {
    const JsonValue* create = update.find("Create");
    const JsonValue* remove = update.find("Delete");
    if ((create == nullptr) == (remove == nullptr))
      throw errors::invalid_parameter("Exactly one of Create and Delete must be specified for a replica");
    const std::string region(OperationContext::string_in(create != nullptr ? *create : *remove, "RegionName"));
    const auto known = std::find(global.regions.begin(), global.regions.end(), region);
    if (create != nullptr) {
      if (known != global.regions.end())
        throw errors::replica_already_exists("Replica already exists in region: " + region);
      check_replica_table(context, global.name, region);
      global.regions.push_back(region);
    } else {
      if (known == global.regions.end()) throw errors::replica_not_found("Replica not found in region: " + region);
      global.regions.erase(known);
      leaving.push_back(region);
    }
  }
  std::sort(global.regions.begin(), global.regions.end());
  tie_regions(context, global, leaving);
  JsonWriter w(context.out);
  w.begin_object().key("GlobalTableDescription");
  write_global_table(w, context, global, "UPDATING");
  w.end_object();
}

}  // namespace stator::operations
