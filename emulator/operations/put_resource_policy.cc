#include "emulator/operations.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/policy_target.h"
#include "emulator/tables/resource_policy.h"

namespace stator::operations {

void put_resource_policy(OperationContext& context) {
  const PolicyTarget target = policy_target(context);
  ResourcePolicy asked;
  set_policy(context.string("Policy"), context.now_ms(), asked);
  auto [scope, transaction, table] = change_table(context, target.table);
  check_settled(*table);
  Table changed = *table;
  ResourcePolicy& policy = policy_of(changed, target);
  check_expected_revision(context, policy);
  set_policy(asked.document, context.now_ms(), policy);
  JsonWriter(context.out).begin_object().key("RevisionId").string(policy.revision).end_object();
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
