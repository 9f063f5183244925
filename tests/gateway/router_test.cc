// Which route wins: the priorities of REST and HTTP APIs.
#include <gtest/gtest.h>

#include "emulator/gateway/address.h"
#include "emulator/gateway/router.h"
#include "protocol/url/url.h"

namespace stator::gateway {
namespace {

std::string chosen(const Router& router, const std::vector<std::string>& keys, std::string_view method,
                   std::string_view path) {
  const RouteMatch match = router.match(path, method, true);
  std::string out =
      match.route == RouteMatch::kNone ? (match.path_known ? "none, path known" : "none") : keys[match.route];
  for (const auto& [name, value] : match.path_parameters) out += " " + name + "=" + value;
  return out;
}

TEST(Router, TextBeatsVariableBeatsGreedyAndUnservedMethodsFallThrough) {
  const std::vector<std::string> keys = {
      "GET /",       "GET /pets",    "GET /pets/{id}", "ANY /pets/{proxy+}",  "GET /pets/dog",
      "ANY /{all+}", "GET /a/{x}/c", "GET /a/b/d",     "POST /pets/{id}/toys"};
  for (const bool rest : {true, false}) {
    Router router(rest ? RouterKind::kRest : RouterKind::kHttp);
    for (size_t i = 0; i < keys.size(); ++i) {
      const size_t space = keys[i].find(' ');
      router.add(keys[i].substr(space + 1), keys[i].substr(0, space), i);
    }
    EXPECT_EQ(chosen(router, keys, "GET", "/"), "GET /");
    EXPECT_EQ(chosen(router, keys, "POST", "/"), "none, path known");
    EXPECT_EQ(chosen(router, keys, "GET", "/pets"), "GET /pets");
    EXPECT_EQ(chosen(router, keys, "GET", "/pets/dog"), "GET /pets/dog");
    EXPECT_EQ(chosen(router, keys, "GET", "/pets/7"), "GET /pets/{id} id=7");
    EXPECT_EQ(chosen(router, keys, "POST", "/pets/7"), "ANY /pets/{proxy+} proxy=7");
    EXPECT_EQ(chosen(router, keys, "POST", "/pets"), "ANY /{all+} all=pets");
    EXPECT_EQ(chosen(router, keys, "GET", "/pets/7/toys/%2F"), "ANY /pets/{proxy+} proxy=7/toys/%2F");
    EXPECT_EQ(chosen(router, keys, "POST", "/pets/7/toys"), "POST /pets/{id}/toys id=7");
    EXPECT_EQ(chosen(router, keys, "GET", "/a/b/c"), "GET /a/{x}/c x=b");
    EXPECT_EQ(chosen(router, keys, "GET", "/a/b/d"), "GET /a/b/d");
    // What an HTTP API's router is given has been decoded.
    EXPECT_EQ(chosen(router, keys, "GET", "/p%65ts"), rest ? "GET /pets" : "ANY /{all+} all=p%65ts");
    EXPECT_EQ(chosen(router, keys, "GET", "/pets/"), rest ? "GET /pets" : "ANY /{all+} all=pets/");
  }
}

TEST(Router, DefaultTakesTheRest) {
  Router router(RouterKind::kHttp);
  router.add("/x", "GET", 0);
  router.add_default(1);
  EXPECT_EQ(chosen(router, {"x", "default"}, "GET", "/x"), "x");
  EXPECT_EQ(chosen(router, {"x", "default"}, "POST", "/x"), "default");
  EXPECT_EQ(chosen(router, {"x", "default"}, "GET", "/"), "default");
}

TEST(Address, KnowsEveryForm) {
  auto text = [](std::string_view target, std::optional<std::string_view> host = std::nullopt) {
    const ApiAddress a = parse_address(target, host);
    return std::to_string(static_cast<int>(a.form)) + " " + std::string(a.api_id) + " " + std::string(a.stage) + " " +
           std::string(a.path) + " ?" + std::string(a.query);
  };
  EXPECT_EQ(text("/restapis/abc/dev/_user_request_/a/b?x=1"), "0 abc dev /a/b ?x=1");
  EXPECT_EQ(text("/restapis/abc/dev/_user_request_"), "0 abc dev / ?");
  EXPECT_EQ(text("/restapis/abc"), "3   /restapis/abc ?");
  EXPECT_EQ(text("/_aws/execute-api/abc/dev/a/"), "1 abc dev /a/ ?");
  EXPECT_EQ(text("/dev/a?y", "abc.execute-api.us-east-1.localhost:8000"), "2 abc  /dev/a ?y");
  EXPECT_EQ(text("/a", "localhost:8000"), "3   /a ?");
  EXPECT_EQ(text("*"), "3   * ?");
}

TEST(Query, IsDecodedInOrder) {
  const QueryList rest = parse_query("a=1&a=%20+x&b&&c=%zz;d=4", true);
  EXPECT_EQ(rest, (QueryList{{"a", "1"}, {"a", "  x"}, {"b", ""}, {"c", "%zz"}, {"d", "4"}}));
  EXPECT_EQ(parse_query("c=1;d=4", false), (QueryList{{"c", "1;d=4"}}));
}

}  // namespace
}  // namespace stator::gateway
