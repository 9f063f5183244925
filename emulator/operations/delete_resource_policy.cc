#include "emulator/operations.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/policy_target.h"

namespace stator::operations {

// Where there is no policy there is nothing to do, and no revision to tell.
void delete_resource_policy(OperationContext& context) {
  const PolicyTarget target = policy_target(context);
  auto [scope, transaction, table] = change_table(context, target.table);
  check_settled(*table);
  Table changed = *table;
  ResourcePolicy& policy = policy_of(changed, target);
  check_expected_revision(context, policy);
  JsonWriter w(context.out);
  w.begin_object();
  if (!policy.document.empty()) w.key("RevisionId").string(policy.revision);
  w.end_object();
  if (policy.document.empty()) return;
  policy = {};
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
