// The authentication material of a request: there, whole, and read for its scope. Signatures are required as
// the service requires them and are not verified; the check comes after "known operation" and before the body
// is looked at.
//
// Two forms, never both: the Authorization header (AWS4-HMAC-SHA256 Credential=.., SignedHeaders=..,
// Signature=.. with an X-Amz-Date or Date header), and the presigned query string (X-Amz-Algorithm,
// -Credential, -Signature, -SignedHeaders, -Date). Texts: recorded answers (validation_errors, operation
// "*"), except for a credential that is not five parts and a region that cannot be one, which follow AWS's
// general Signature Version 4 answers.
#pragma once

#include <string>

#include "protocol/wire_message.h"

namespace stator {

struct RequestScope {
  std::string account;  // the access key where it is 12 digits, otherwise 000000000000
  std::string region;   // [a-z0-9-]{1,63}, "local" too
  std::string access_key;
};

// Throws AwsError: MissingAuthenticationToken-, IncompleteSignature- or InvalidSignatureException.
RequestScope check_signature(const WireRequest& request);

}  // namespace stator
