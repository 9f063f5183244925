// What a function's answer means to a proxy integration. Reads the formats 1.0 and 2.0 and says what is wrong with
// them; what is then answered (502, 500) is the caller's business.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::gateway {

struct LambdaReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // names as written; multi-value ones repeated
  std::vector<std::string> cookies;                          // 2.0
  std::string body;                                          // as text; decoded when `base64` and the caller decodes it
  bool base64 = false;
  bool inferred = false;  // 2.0: the whole answer is the body
  std::string problem;    // not empty: malformed, and why
};

// 1.0: an object with statusCode, headers, multiValueHeaders, body, isBase64Encoded. `strict` (REST): anything else in
// it is an error as well.
LambdaReply read_reply_1(std::string_view payload, bool strict);
// 2.0: the same without multiValueHeaders and with cookies; JSON without a statusCode is itself the body.
LambdaReply read_reply_2(std::string_view payload);

// False when the body is not base64.
bool decode_body(LambdaReply& reply);

// The JSON prelude of a streamed answer: statusCode, headers, multiValueHeaders, cookies.
LambdaReply read_prelude(std::string_view json);

}  // namespace stator::gateway
