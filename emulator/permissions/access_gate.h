// Access control, where the owner of the server asks for it (--iam): who signed a request, whether the signature is
// theirs, and whether their policies and those of the tables and streams allow what it asks.
//
// Where it stands among the service's checks: authenticate() behind "known operation" and the form of the Authorization
// header, before the body is parsed; authorize() behind the constraints of the members and before everything else: what
// is not allowed is refused before expressions are read and before it shows whether the table is there (that it stands
// before the form of a ResourceArn is recorded: validation_errors.json, ListTagsOfResource 2-5).
//
// Threads: any. Immutable but for a cache of parsed policies under a lock. Errors: AwsError.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "emulator/access/identities.h"
#include "emulator/context.h"
#include "protocol/wire_message.h"

namespace stator {

struct NeededAction;

class AccessGate {
 public:
  // `clock` is the machine's: clients sign by it, whatever time a test makes it for the service.
  AccessGate(std::shared_ptr<const access::Identities> identities, const Clock& clock)
      : identities_(std::move(identities)), clock_(clock) {}

  // Throws UnrecognizedClient-, IncompleteSignature- or InvalidSignatureException. The body is still as it was sent.
  const access::Identity& authenticate(const WireRequest& request) const;

  // The account whose tables the request is for: the identity's, or the one that its ARNs name where the operation may
  // reach another account's. Throws ValidationException where it names several.
  std::string owner_account(OperationId operation, const JsonValue& input, const access::Identity& identity) const;

  // Throws AccessDeniedException. Of BatchExecuteStatement each statement is refused for itself: by
  // `context.refused_statements`.
  void authorize(OperationContext& context, const WireRequest& request, const access::Identity& identity);

 private:
  std::string refusal(const NeededAction& needed, const access::Identity& identity,
                      const policy::ConditionContext& of_request);
  std::shared_ptr<const policy::Policy> parsed(const std::string& document);

  const std::shared_ptr<const access::Identities> identities_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const policy::Policy>, std::less<>> parsed_;  // guarded by mutex_; by document
};

// That refusal as it is for the identity: it was made without knowing who asks.
AwsError refused_for(const access::Identity& identity, const AwsError& refusal);

}  // namespace stator
