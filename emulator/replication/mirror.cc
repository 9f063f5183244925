#include "emulator/replication/mirror.h"

namespace stator {

void mirror_change(const OperationContext& context, const Table& table,
                   const std::function<void(OperationContext& there, const Replica& replica)>& change) {
  if (table.replication.global_since_ms != 0) return;  // the older version keeps nothing alike by itself
  for (const Replica& replica : table.replication.replicas) {
    if (replica.state != State::kActive) continue;
    RequestScope caller = context.caller;
    caller.region = replica.region;
    persistence::ScopeName name = context.scope_name;
    name.region = replica.region;
    std::shared_ptr<Scope> scope = context.engine.find_scope(name);
    if (scope == nullptr) continue;
    std::string answer;
    OperationContext there{context.engine, caller, std::move(name), context.operation, context.dialect, context.arena,
                           context.input,  answer, scope,           scope->space};
    persistence::settle();
    try {
      change(there, replica);
    } catch (const AwsError&) {
      // As the header says.
    }
    persistence::settle();
  }
}

}  // namespace stator
