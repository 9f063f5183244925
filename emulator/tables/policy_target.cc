#include "emulator/tables/policy_target.h"

#include "emulator/tables/tag_target.h"

namespace stator {

PolicyTarget policy_target(const OperationContext& context) {
  PolicyTarget target;
  target.arn = check_resource_arn(context, context.string("ResourceArn"));
  const TableArn arn = read_table_arn(context, target.arn);
  target.table = arn.name;
  if (arn.below.empty()) return target;
  constexpr std::string_view kStream = "/stream/";
  if (arn.below.starts_with(kStream)) target.stream_label = arn.below.substr(kStream.size());
  if (target.stream_label.empty() || target.stream_label.find('/') != std::string_view::npos)
    throw invalid_table_arn(target.arn);
  return target;
}

ResourcePolicy& policy_of(Table& table, const PolicyTarget& target) {
  if (target.stream_label.empty()) return table.policy;
  if (target.stream_label != table.stream.label) throw errors::stream_not_found(target.arn);
  return table.stream.policy;
}

void check_expected_revision(const OperationContext& context, const ResourcePolicy& policy) {
  std::string_view expected = context.string("ExpectedRevisionId");
  if (expected.empty()) return;
  const bool none = policy.document.empty();
  if (expected == "NO_POLICY" ? none : !none && expected == policy.revision) return;
  throw errors::policy_not_found(
      none ? "Resource-based policy not found for the provided ResourceArn."
           : "The policy's current revision ID does not match the ExpectedRevisionId that was provided.");
}

}  // namespace stator
