// Loading, what is refused at start, several APIs at once, and changes while serving.
#include <gtest/gtest.h>

#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

constexpr const char* kOne =
    "openapi: 3.0.1\ninfo: {title: one}\npaths:\n  /a: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}\n";

TEST(Load, NamesTheFunctionThatNothingRuns) {
  try {
    Served api("openapi: 3.0.1\npaths:\n  /a:\n    get:\n      x-stator-handler: nobody\n");
    FAIL() << "it was accepted";
  } catch (const GatewayLoadError& e) {
    EXPECT_NE(std::string(e.what()).find("template.yaml:5: GET /a calls the function nobody, which nothing here runs"),
              std::string::npos)
        << e.what();
  }
}

TEST(Load, SeveralApisHaveNoPlainUrls) {
  Served api(kOne, "one.yaml", [](GatewayOptions& o) {
    const std::string one = o.api_files[0];
    const std::string two = one.substr(0, one.rfind('/')) + "/two.yaml";
    std::ofstream(two)
        << "openapi: 3.0.1\ninfo: {title: two}\nx-stator-protocol: HTTP\npaths:\n  /b: {get: {x-stator-handler: f}}\n";
    o.api_files.push_back(two);
  });
  EXPECT_EQ(api.text("GET", "/a"), "not ours");
  const std::vector<RouteLine> routes = api.gateway->routes("http://127.0.0.1:8000");
  ASSERT_EQ(routes.size(), 2u);
  for (const RouteLine& line : routes) {
    EXPECT_EQ(api.text("GET", line.url.substr(21)).substr(0, 3), "200") << line.url;
    EXPECT_EQ(line.target, "f");
  }
}

TEST(Reload, ServesAGoodEditAndKeepsTheOldOneOverABrokenOne) {
  Served api(kOne, "one.yaml");
  std::function<void(InvocationResult)> under_way;
  api.functions.behaviours["f"] = [&](Invocation invocation) { under_way = std::move(invocation.done); };
  const auto before = api.call("GET", "/a");
  api.functions.behaviours.erase("f");
  EXPECT_FALSE(api.gateway->reload());
  api.folder.write(
      "one.yaml",
      "openapi: 3.0.1\npaths:\n  /b: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}\n  /a: [\n");
  EXPECT_FALSE(api.gateway->reload());
  ASSERT_FALSE(api.log.empty());
  EXPECT_NE(api.log.back().find("one.yaml:5: not YAML or JSON"), std::string::npos) << api.log.back();
  EXPECT_EQ(api.text("GET", "/a").substr(0, 3), "200");
  api.folder.write("one.yaml",
                   "openapi: 3.0.1\npaths:\n  /b: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}\n");
  EXPECT_TRUE(api.gateway->reload());
  EXPECT_EQ(api.text("GET", "/a").substr(0, 3), "403");
  EXPECT_EQ(api.text("GET", "/b").substr(0, 3), "200");
  InvocationResult result;
  result.payload = R"({"statusCode":200,"body":"old"})";
  under_way(std::move(result));
  EXPECT_EQ(before->answer.body, "old");
}

TEST(Watch, SeesTheChangeByItself) {
  Served api(kOne, "one.yaml", [](GatewayOptions& o) { o.watch = true; });
  api.folder.write("one.yaml",
                   "openapi: 3.0.1\npaths:\n  /c: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}\n");
  std::string seen;
  for (int i = 0; i < 300 && seen != "200"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    seen = api.text("GET", "/c").substr(0, 3);
  }
  EXPECT_EQ(seen, "200");
  api.gateway.reset();
}

TEST(Trace, SaysWhichRouteAndWhyNotTheOthers) {
  Served api(
      "openapi: 3.0.1\npaths:\n  /a/{x}: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}\n  /{p+}: "
      "{x-amazon-apigateway-any-method: {x-stator-handler: f}}\n",
      "t.yaml", [](GatewayOptions& o) { o.debug = true; });
  api.call("POST", "/a/1", {}, "x");
  const RequestTrace& trace = api.traces.back();
  EXPECT_EQ(trace.route, "ANY /{p+}");
  EXPECT_EQ(trace.passed_over, (std::vector<std::string>{"/a/{x}: does not serve POST"}));
  EXPECT_EQ(trace.status, 200);
  EXPECT_EQ(trace.integration, "AWS_PROXY f");
  EXPECT_EQ(trace.event.substr(0, 13), "{\"resource\":\"");
  EXPECT_EQ(trace.result.substr(0, 13), "{\"statusCode\"");
  EXPECT_NE(api.log.back().find("passed over: /a/{x}: does not serve POST"), std::string::npos);
}

}  // namespace
}  // namespace stator::gateway
