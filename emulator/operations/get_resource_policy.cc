#include "emulator/operations.h"
#include "emulator/tables/policy_target.h"

namespace stator::operations {

void get_resource_policy(OperationContext& context) {
  const PolicyTarget target = policy_target(context);
  TablePtr table = known_table(context, target.table);
  if (table == nullptr) throw errors::table_not_found(target.table);
  Table copy = *table;
  const ResourcePolicy& policy = policy_of(copy, target);
  if (policy.document.empty())
    throw errors::policy_not_found("Resource-based policy not found for the provided ResourceArn.");
  JsonWriter(context.out)
      .begin_object()
      .key("Policy")
      .string(policy.document)
      .key("RevisionId")
      .string(policy.revision)
      .end_object();
}

}  // namespace stator::operations
