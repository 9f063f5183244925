#include "emulator/operations.h"

namespace stator::operations {

void describe_time_to_live(OperationContext& context) {
  std::string_view name = table_name_of(context, context.string("TableName"));
  TablePtr table = known_table(context, name);
  if (table == nullptr) throw errors::table_not_found(name);
  if (table->state == State::kCreating || table->state == State::kDeleting) {  // ACK's API notes, DDB-TABLE-100
    const std::string state(state_name(table->state));
    throw errors::validation("Cannot describe time to live while table is in " + state +
                             " state: Current table state is " + state);
  }
  JsonWriter w(context.out);
  w.begin_object().key("TimeToLiveDescription").begin_object();
  w.key("TimeToLiveStatus").string(table->ttl.enabled ? "ENABLED" : "DISABLED");
  if (table->ttl.enabled) w.key("AttributeName").string(table->ttl.attribute);
  w.end_object().end_object();
}

}  // namespace stator::operations
