#include "emulator/permissions/access_gate.h"

#include "emulator/access/request_keys.h"
#include "emulator/access/signature_v4.h"
#include "emulator/permissions/needed_actions.h"

namespace stator {
namespace {

constexpr size_t kMaxParsed = 1000;

// The operations that reach other accounts' tables and streams (developer guide, "DynamoDB API operations supported by
// resource-based policies").
bool crosses_accounts(OperationId operation) {
  using Id = OperationId;
  switch (operation) {
    case Id::kGetItem:
    case Id::kPutItem:
    case Id::kUpdateItem:
    case Id::kDeleteItem:
    case Id::kQuery:
    case Id::kScan:
    case Id::kBatchGetItem:
    case Id::kBatchWriteItem:
    case Id::kTransactGetItems:
    case Id::kTransactWriteItems:
    case Id::kDescribeTable:
    case Id::kUpdateTable:
    case Id::kDeleteTable:
    case Id::kTagResource:
    case Id::kUntagResource:
    case Id::kListTagsOfResource:
    case Id::kDescribeStream:
    case Id::kGetShardIterator:
    case Id::kGetRecords:
      return true;
    default:
      return false;
  }
}

// Who may see to a policy that cannot be read, which denies everything else.
bool sees_to_policies(std::string_view action) {
  return action.ends_with("ResourcePolicy");
}

}  // namespace

const access::Identity& AccessGate::authenticate(const WireRequest& request) const {
  const access::RequestSignature signature = access::read_signature(request);
  if (!signature.problem.empty()) throw errors::incomplete_signature(signature.problem);
  const access::AccessKey* key = identities_->find(signature.access_key, signature.session_token);
  if (key == nullptr) throw errors::unrecognized_client();
  std::string problem = access::verify_signature(request, signature, "dynamodb", key->secret, clock_.now_ms());
  if (!problem.empty()) throw errors::invalid_signature(std::move(problem));
  return *key->identity;
}

std::string AccessGate::owner_account(OperationId operation, const JsonValue& input,
                                      const access::Identity& identity) const {
  if (!crosses_accounts(operation)) return identity.account;
  std::string_view owner;
  for (std::string_view name : named_resources(input)) {
    std::string_view account = account_in(name);
    if (account.empty()) account = identity.account;
    if (!owner.empty() && owner != account)
      throw errors::validation("One request cannot name tables of several accounts");  // ours
    owner = account;
  }
  return std::string(owner.empty() ? std::string_view(identity.account) : owner);
}

void AccessGate::authorize(OperationContext& context, const WireRequest& request, const access::Identity& identity) {
  policy::ConditionContext of_request;
  access::add_request_keys(request, context.now_ms(), of_request);
  access::add_identity_keys(identity, of_request);
  of_request["aws:requestedregion"] = {context.caller.region};
  const bool each_for_itself = context.operation == OperationId::kBatchExecuteStatement;
  for (const NeededAction& needed : needed_actions(context)) {
    std::string text = needed.action.empty() ? std::string() : refusal(needed, identity, of_request);
    if (each_for_itself)
      context.refused_statements.push_back(std::move(text));
    else if (!text.empty())
      throw errors::access_denied(std::move(text));
  }
}

std::string AccessGate::refusal(const NeededAction& needed, const access::Identity& identity,
                                const policy::ConditionContext& of_request) {
  policy::Request asked;
  asked.action = needed.action;
  asked.resources = {needed.resource};
  asked.account = identity.account;
  asked.principals = {identity.arn, identity.id};
  asked.role_arn = identity.role_arn;
  asked.context = of_request;
  asked.context.insert(needed.conditions.begin(), needed.conditions.end());
  asked.context["aws:resourceaccount"] = {needed.account};
  std::shared_ptr<const policy::Policy> resource_policy;
  bool broken = false;
  if (const Table* table = needed.table.get()) {
    for (const auto& [key, value] : table->tags) asked.context[policy::lower_key("aws:ResourceTag/" + key)] = {value};
    const StreamSettings& stream = table->stream;
    static const std::string kNone;
    const std::string& document = needed.stream_label.empty()           ? table->policy.document
                                  : needed.stream_label == stream.label ? stream.policy.document
                                                                        : kNone;
    if (!document.empty()) {
      resource_policy = parsed(document);
      broken = resource_policy == nullptr;
    }
  }
  policy::Verdict verdict;
  if (broken && !sees_to_policies(needed.action))
    verdict.why = "with an explicit deny in a resource-based policy";
  else
    verdict =
        policy::authorize(std::move(asked), identity.grants, resource_policy.get(), needed.account == identity.account);
  if (verdict.allowed) return {};
  return "User: " + identity.arn + " is not authorized to perform: " + needed.action +
         " on resource: " + needed.resource + " " + verdict.why;
}

std::shared_ptr<const policy::Policy> AccessGate::parsed(const std::string& document) {
  const std::lock_guard lock(mutex_);
  if (const auto known = parsed_.find(document); known != parsed_.end()) return known->second;
  if (parsed_.size() >= kMaxParsed) parsed_.clear();
  std::string problem;
  return parsed_[document] = policy::Policy::parse(document, policy::PolicyKind::kResource, problem);
}

AwsError refused_for(const access::Identity& identity, const AwsError& refusal) {
  constexpr std::string_view kPerform = " is not authorized to perform: ";
  const size_t at = refusal.message().find(kPerform);
  const std::string what = refusal.message().substr(at);
  const std::string action = what.substr(kPerform.size(), what.find(' ', kPerform.size()) - kPerform.size());
  return errors::access_denied("User: " + identity.arn + what + " because no identity-based policy allows the " +
                               action + " action");
}

}  // namespace stator
