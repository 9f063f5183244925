// What a client or a function sends the gateway: targets, queries, paths against a router, and replies in all formats.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "claim.h"
#include "emulator/gateway/address.h"
#include "emulator/gateway/lambda_reply.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/router.h"
#include "protocol/url/url.h"

using namespace stator::gateway;

namespace {

Router make_router(bool rest) {
  Router router(rest ? RouterKind::kRest : RouterKind::kHttp);
  const char* paths[] = {"/", "/a", "/a/{x}", "/a/{x}/b", "/a/{rest+}", "/{y}/c/d", "/{all+}"};
  for (size_t i = 0; i < std::size(paths); ++i) router.add(paths[i], i % 2 ? "GET" : "ANY", i);
  return router;
}

void check_reply(LambdaReply reply) {
  if (!reply.problem.empty()) return;
  stator::fuzz::claim(reply.status >= 100 && reply.status <= 599, "a status is one of HTTP's");
  for (const auto& [name, value] : reply.headers) {
    stator::fuzz::claim(!name.empty() && name.find_first_of("\r\n: ") == std::string::npos, "a header has a name");
    stator::fuzz::claim(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
  }
  if (reply.base64) decode_body(reply);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Router kRest = make_router(true), kHttp = make_router(false);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ApiAddress address = parse_address(text, text.substr(0, text.find('\n')));
  split_stage(address.path);
  stator::parse_query(address.query, size % 2 == 0);
  for (const Router* router : {&kRest, &kHttp}) {
    const RouteMatch match = router->match(address.path, "GET", true);
    stator::fuzz::claim(match.route == RouteMatch::kNone || match.route < 7, "a match is a route");
  }
  stator::fuzz::claim(stator::percent_decode(stator::percent_encode(text)) == text, "decoding undoes encoding");
  stator::fuzz::claim(valid_utf8(valid_utf8(text)) == valid_utf8(text), "what was made UTF-8 is UTF-8");
  check_reply(read_reply_1(text, true));
  check_reply(read_reply_1(text, false));
  check_reply(read_reply_2(text));
  check_reply(read_prelude(text));
  return 0;
}
