// The authentication material of a request: there, whole, and read for its scope. Signatures are required as
// the service requires them and are not verified here: that is access control's, where it is asked for. The check
// comes after "known operation" and before the body is looked at.
//
// Two forms, never both: the Authorization header (AWS4-HMAC-SHA256 Credential=.., SignedHeaders=..,
// Signature=.. with an X-Amz-Date or Date header), and the presigned query string (X-Amz-Algorithm,
// -Credential, -Signature, -SignedHeaders, -Date). Texts: recorded answers (validation_errors, operation
// "*"), except for a credential that is not five parts and a region that cannot be one, which follow AWS's
// general Signature Version 4 answers.
#pragma once

#include <string>
#include <string_view>

#include "protocol/wire_message.h"

namespace stator {

struct RequestScope {
  std::string account;  // the access key where it is 12 digits, otherwise 000000000000
  std::string region;   // what is_region() takes; us-east-1 where the credential leaves it empty
  std::string access_key;
};

// Whether a region may be named so. Wider than the service's own names: clients of local servers sign for "local",
// "fakeRegion" (AWS's own instructions for DynamoDB Local) and "mock_region".
bool is_region(std::string_view name);

// Throws AwsError: MissingAuthenticationToken-, IncompleteSignature- or InvalidSignatureException.
RequestScope check_signature(const WireRequest& request);

}  // namespace stator
