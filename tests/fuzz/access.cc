// What decides who may call, from bytes: policies, tokens, key sets, authorizers' answers, signed requests. Whatever
// they hold, each is read or refused with a reason, and a policy decides.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "claim.h"
#include "emulator/access/signature_v4.h"
#include "emulator/gateway/authorizers/jwt.h"
#include "emulator/gateway/authorizers/key_set.h"
#include "emulator/gateway/authorizers/lambda_answer.h"
#include "emulator/policy/policy.h"

using namespace stator;
using namespace stator::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  policy::Request asked;
  asked.action = "execute-api:Invoke";
  asked.resources = {"arn:aws:execute-api:us-east-1:1:a/s/GET/x", "execute-api:/s/GET/x"};
  asked.context = {{"aws:sourceip", {"127.0.0.1"}}, {"aws:currenttime", {"2020-04-21T15:08:21Z"}}, {"a", {"1", "2"}}};
  for (const auto kind : {policy::PolicyKind::kIdentity, policy::PolicyKind::kResource}) {
    std::string problem;
    const auto read = policy::Policy::parse(text, kind, problem);
    fuzz::claim(read || !problem.empty(), "what is no policy is told why");
    if (read) read->evaluate(asked);
  }
  std::string problem;
  if (const std::optional<Jwt> token = decode_jwt(text, problem)) {
    Arena arena;
    const JsonValue claims = parse_json(token->claims, arena).root;
    fuzz::claim(claims.is_object(), "claims are an object");
    judge_claims(claims, {"i", {"a"}, 1});
    claims_for_http(claims);
    claims_for_rest(claims);
    granted_scopes(claims, {"a"});
  } else {
    fuzz::claim(!problem.empty(), "what is no token is told why");
  }
  KeySet::parse(text, problem);
  read_simple_answer(text);
  read_policy_answer(text, true);
  WireRequest request;
  request.method = "GET";
  const size_t line = text.find('\n');
  const std::string target = "/x?" + text.substr(0, line);
  request.target = target;
  if (line != std::string::npos) request.headers.push_back({"Authorization", std::string_view(text).substr(line + 1)});
  request.headers.push_back({"X-Amz-Date", "20200421T150821Z"});
  const access::RequestSignature signature = access::read_signature(request);
  if (signature.form != access::RequestSignature::Form::kNone && signature.problem.empty())
    fuzz::claim(!access::verify_signature(request, signature, "execute-api", "secret", 1'587'481'701'000).empty(),
                "nobody guesses a signature");
  return 0;
}
