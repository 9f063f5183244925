// Signature Version 4 of a request, to an API with AWS_IAM authorization or to DynamoDB: in the Authorization header or
// in the query (presigned). Pure but for the digests: the secret and the time are the caller's.
//
// read_signature() says whether the request is signed at all and well; verify_signature() whether a secret made the
// signature. Paths are signed as sent and encoded once more, as every service but S3 has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/wire_message.h"

namespace stator::access {

struct RequestSignature {
  enum class Form : uint8_t { kNone, kHeader, kQuery };

  Form form = Form::kNone;
  std::string problem;  // why it is incomplete, in the service's words
  std::string access_key;
  std::string date;  // of the scope, "20200421"
  std::string region;
  std::string service;
  std::string time;  // "20200421T150821Z"
  int64_t expires_seconds = 0;
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string session_token;
};

RequestSignature read_signature(const WireRequest& request);

// Empty when `secret` made the signature for `service` ("execute-api", "dynamodb") and its time is within five minutes
// of `now_ms` (presigned: before its end), or why not, in the service's words.
std::string verify_signature(const WireRequest& request, const RequestSignature& signature, std::string_view service,
                             std::string_view secret, int64_t now_ms);

// "20200421T150821Z"
std::string basic_time(int64_t ms);

}  // namespace stator::access
