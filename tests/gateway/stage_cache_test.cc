// The cache of a REST API's stage: what is kept, under which key, for how long, and who may pass it by.
#include <gtest/gtest.h>

#include "emulator/gateway/rest/response_cache.h"
#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A SAM template's API whose function answers with the number of its calls.
struct Cached : Served {
  explicit Cached(const std::string& settings = "[{ResourcePath: '/*', HttpMethod: '*', CachingEnabled: true}]",
                  const std::string& cluster = "true")
      : Served(
            R"(
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, CacheClusterSize: "0.5", CacheClusterEnabled: )" +
                cluster + ", MethodSettings: " + settings + R"(}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: a.b
      CodeUri: .
      Events:
        Plain: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /plain, Method: get}}
        Post: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /plain, Method: post}}
        Any: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /any, Method: any}}
        Signed: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /signed, Method: get, Auth: {Authorizer: AWS_IAM}}}
        Item:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /items/{id}
            Method: get
            RequestParameters:
              - method.request.path.id: {Caching: true}
              - method.request.querystring.page: {Required: false, Caching: true}
              - method.request.header.X-Who: {Required: true, Caching: true}
              - method.request.querystring.other
)",
            "template.yaml", [this](GatewayOptions& o) { o.now_ms = [this] { return now; }; }) {
    functions.behaviours["F"] = [this](Invocation invocation) {
      InvocationResult result;
      result.payload = R"({"statusCode":)" + std::to_string(status) + R"(,"headers":{"X-Own":"yes"},"body":")" +
                       std::to_string(++calls) + std::string(padding, '.') + "\"}";
      result.fault = fault;
      invocation.done(std::move(result));
    };
  }

  int64_t now = kNow;
  int calls = 0, status = 200;
  size_t padding = 0;
  FunctionFault fault = FunctionFault::kNone;
};

TEST(StageCache, AnswersGetForFiveMinutesWithItsOwnIds) {
  Cached api;
  const auto first = api.call("GET", "/plain?a=1");
  const auto second = api.call("GET", "/plain?b=2", {{"X", "y"}});
  EXPECT_EQ(first->answer.body, "1");
  EXPECT_EQ(second->answer.body, "1") << "neither the query nor a header is part of the key";
  EXPECT_EQ(second->header("X-Own"), "yes");
  for (const char* id : {"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"}) {
    EXPECT_NE(second->header(id), "(absent)");
    EXPECT_NE(second->header(id), first->header(id)) << id;
  }
  EXPECT_EQ(second->answer.headers.size(), first->answer.headers.size());
  EXPECT_EQ(api.traces.back().integration.substr(api.traces.back().integration.find(',')),
            ", answered from the stage's cache");
  EXPECT_EQ(api.text("POST", "/plain"), "200 2");
  EXPECT_EQ(api.text("POST", "/plain"), "200 3");
  api.now += 299'999;
  EXPECT_EQ(api.text("GET", "/plain"), "200 1");
  api.now += 1;
  EXPECT_EQ(api.text("GET", "/plain"), "200 4");
  EXPECT_EQ(api.text("GET", "/plain"), "200 4");
}

TEST(StageCache, KeepsByTheParametersThatAreToldAndNoOthers) {
  Cached api;
  const Headers ann = {{"X-Who", "ann"}}, bob = {{"X-Who", "bob"}};
  EXPECT_EQ(api.text("GET", "/items/1?page=2&other=a", ann), "200 1");
  EXPECT_EQ(api.text("GET", "/items/1?other=b&page=2", ann), "200 1");
  EXPECT_EQ(api.text("GET", "/items/2?page=2", ann), "200 2");
  EXPECT_EQ(api.text("GET", "/items/1?page=3", ann), "200 3");
  EXPECT_EQ(api.text("GET", "/items/1?page=2", bob), "200 4");
  EXPECT_EQ(api.text("GET", "/items/1", ann), "200 5");
  EXPECT_EQ(api.text("GET", "/items/1?page=", ann), "200 6") << "empty is not absent";
  EXPECT_EQ(api.text("GET", "/items/1?page=2", ann), "200 1");
  EXPECT_EQ(api.text("GET", "/items/1").substr(0, 3), "400") << "requests are checked before the cache is asked";
}

TEST(StageCache, KeepsAnyStatusButNotWhatTheGatewayAnswers) {
  Cached api;
  api.status = 404;
  EXPECT_EQ(api.text("GET", "/plain"), "404 1");
  EXPECT_EQ(api.text("GET", "/plain"), "404 1");
  api.fault = FunctionFault::kFunctionError;
  EXPECT_EQ(api.call("GET", "/any")->answer.status, 502);
  api.fault = FunctionFault::kNone;
  EXPECT_EQ(api.text("GET", "/any"), "404 3");
}

TEST(StageCache, KeepsBodiesUpToAMebibyte) {
  Cached api;
  api.padding = 1'048'575;
  EXPECT_EQ(api.text("GET", "/plain").substr(0, 6), "200 1.");
  EXPECT_EQ(api.text("GET", "/plain").substr(0, 6), "200 1.");
  api.padding = 1'048'576;
  EXPECT_EQ(api.text("GET", "/any").substr(0, 6), "200 2.");
  EXPECT_EQ(api.text("GET", "/any").substr(0, 6), "200 3.");
}

TEST(StageCache, ObeysTheSettingsOfTheMethod) {
  Cached api(R"([{ResourcePath: "/*", HttpMethod: "*", CachingEnabled: true, CacheTtlInSeconds: 10},
    {ResourcePath: /plain, HttpMethod: GET, CachingEnabled: false},
    {ResourcePath: /~1plain, HttpMethod: POST, CachingEnabled: true, CacheTtlInSeconds: 20},
    {ResourcePath: "/items/{id}", HttpMethod: GET, CachingEnabled: true, CacheTtlInSeconds: 0}])");
  EXPECT_EQ(api.text("GET", "/plain"), "200 1");
  EXPECT_EQ(api.text("GET", "/plain"), "200 2");
  EXPECT_EQ(api.text("POST", "/plain", {}, "a"), "200 3");
  EXPECT_EQ(api.text("POST", "/plain", {}, "b"), "200 3") << "the body is no part of the key";
  EXPECT_EQ(api.text("GET", "/any"), "200 4");
  EXPECT_EQ(api.text("GET", "/any"), "200 4");
  EXPECT_EQ(api.text("PUT", "/any"), "200 5") << "ANY: the answers to GET alone";
  EXPECT_EQ(api.text("PUT", "/any"), "200 6");
  api.now += 10'000;
  EXPECT_EQ(api.text("POST", "/plain"), "200 3");
  EXPECT_EQ(api.text("GET", "/any"), "200 7");
  EXPECT_EQ(api.text("GET", "/items/1", {{"X-Who", "a"}}), "200 8");
  EXPECT_EQ(api.text("GET", "/items/1", {{"X-Who", "a"}}), "200 9");
}

TEST(StageCache, IsOffWithoutTheMethodsSettingAndWithoutTheCluster) {
  Cached api("[{ResourcePath: '/*', HttpMethod: '*', MetricsEnabled: true}]");
  EXPECT_EQ(api.text("GET", "/plain"), "200 1");
  EXPECT_EQ(api.text("GET", "/plain"), "200 2");
  Cached without("[{ResourcePath: '/*', HttpMethod: '*', CachingEnabled: true}]", "false");
  EXPECT_EQ(without.text("GET", "/plain"), "200 1");
  EXPECT_EQ(without.text("GET", "/plain"), "200 2");
}

TEST(StageCache, IsPassedByForThoseWhoMay) {
  Cached api;
  const Headers anew = {{"Cache-Control", "no-transform, Max-Age=0"}};
  EXPECT_EQ(api.text("GET", "/plain"), "200 1");
  const auto refused = api.call("GET", "/plain", anew);
  EXPECT_EQ(refused->answer.body, "1");
  EXPECT_EQ(refused->header("Warning"), "199 Cache-control headers were ignored because the caller was unauthorized.");
  EXPECT_EQ(api.call("GET", "/plain")->header("Warning"), "(absent)") << "it is not kept";
  EXPECT_EQ(api.call("GET", "/plain", {{"Cache-Control", "max-age=60, no-cache"}})->header("Warning"), "(absent)");
  const auto first = api.call("GET", "/any", anew);
  EXPECT_EQ(first->answer.body, "2");
  EXPECT_NE(first->header("Warning"), "(absent)");
  EXPECT_EQ(api.call("GET", "/any")->header("Warning"), "(absent)");
  Headers signed_request = {{"Host", "localhost"},
                            {"X-Amz-Date", "20200421T150821Z"},
                            {"Authorization",
                             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200421/us-east-1/execute-api/aws4_request, "
                             "SignedHeaders=host;x-amz-date, Signature=" +
                                 std::string(64, 'a')}};
  EXPECT_EQ(api.text("GET", "/signed", signed_request), "200 3");
  EXPECT_EQ(api.text("GET", "/signed", signed_request), "200 3");
  Headers signed_anew = signed_request;
  signed_anew.push_back(anew.front());
  const auto fresh = api.call("GET", "/signed", signed_anew);
  EXPECT_EQ(fresh->answer.body, "4");
  EXPECT_EQ(fresh->header("Warning"), "(absent)");
  EXPECT_EQ(api.text("GET", "/signed", signed_request), "200 4") << "it takes the place of what was kept";
}

// What a stage's methodSettings say of Cache-Control, templates cannot.
TEST(StageCache, TakesTheThreeStrategies) {
  const auto answers = [](const std::string& strategy, bool needs_authorization) {
    Api api;
    api.id = "a";
    api.protocol = "REST";
    Resource root;
    root.path = "/";
    Method get;
    get.http_method = "GET";
    get.integration.emplace();
    get.integration->type = "MOCK";
    root.methods["GET"] = get;
    api.definition.resources = {root};
    api.deploy("d", kNow);
    Stage stage;
    stage.name = "s";
    stage.deployment_id = "d";
    stage.cache_enabled = true;
    stage.defaults.caching = true;
    stage.defaults.cache_control_needs_authorization = needs_authorization;
    stage.defaults.unauthorized_cache_control = strategy;
    api.stages = {stage};
    auto shared = std::make_shared<const Api>(api);
    std::vector<std::string> notes;
    const auto served = compile_stage(shared, shared->stages.front(), notes);
    return std::make_pair(served->plans.front().cache->refused, served->plans.front().cache->needs_authorization);
  };
  using Refused = CachePlan::Refused;
  EXPECT_EQ(answers("FAIL_WITH_403", true), std::make_pair(Refused::kFail, true));
  EXPECT_EQ(answers("SUCCEED_WITH_RESPONSE_HEADER", true), std::make_pair(Refused::kWarn, true));
  EXPECT_EQ(answers("SUCCEED_WITHOUT_RESPONSE_HEADER", false), std::make_pair(Refused::kIgnore, false));
}

TEST(StageCache, ReadsOpenApisKeysAndNamespaces) {
  int calls = 0;
  Served api(
      R"(
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      CacheClusterEnabled: true
      MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", CachingEnabled: true}]
      BinaryMediaTypes: [image~1png]
      DefinitionBody:
        openapi: 3.0.1
        paths:
          /a: {get: {x-stator-handler: f, x-amazon-apigateway-integration: {type: aws_proxy, cacheNamespace: shared}}}
          /b: {get: {x-stator-handler: f, x-amazon-apigateway-integration: {type: aws_proxy, cacheNamespace: shared}}}
          /c: {post: {x-stator-handler: f}, get: {x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://127.0.0.1:9/", requestParameters: {integration.request.header.Q: method.request.querystring.q}, cacheKeyParameters: [integration.request.header.Q], responses: {default: {statusCode: "200"}}}}}
)",
      "template.yaml",
      [&](GatewayOptions& o) { o.function_files = {api.folder.write("f.yaml", "f: {kind: mock, result: {}}\n")}; });
  api.functions.behaviours["f"] = [&](Invocation invocation) {
    InvocationResult result;
    result.payload = R"({"statusCode":200,"isBase64Encoded":true,"headers":{"Content-Type":"image/png"},"body":"SGk)" +
                     std::string(++calls == 1 ? "=" : "h") + "\"}";
    invocation.done(std::move(result));
  };
  EXPECT_EQ(api.text("GET", "/a"), "200 SGk=");
  EXPECT_EQ(api.text("GET", "/b"), "200 SGk=") << "one namespace, one answer";
  EXPECT_EQ(api.text("GET", "/b", {{"Accept", "image/png"}}), "200 Hi!") << "bytes are not for those who take text";
  EXPECT_EQ(api.text("GET", "/a", {{"Accept", "image/png"}}), "200 Hi!");
  EXPECT_EQ(calls, 2);
  api.upstream.result.status = 200;
  api.upstream.result.body = "one";
  EXPECT_EQ(api.text("GET", "/c?q=1"), "200 one");
  api.upstream.result.body = "two";
  EXPECT_EQ(api.text("GET", "/c?q=2"), "200 two");
  EXPECT_EQ(api.text("GET", "/c?q=1"), "200 one");
}

WireReply of_size(size_t bytes) {
  WireReply reply;
  reply.body = std::string(bytes, 'x');
  return reply;
}

TEST(ResponseCache, LetsTheLeastRecentlyUsedGo) {
  ResponseCache cache(10'000, 9'000);
  for (const char* key : {"a", "b", "c"}) cache.keep(key, of_size(3000), 100);
  EXPECT_NE(cache.find("a", 0), nullptr);
  cache.keep("d", of_size(3000), 100);
  EXPECT_EQ(cache.find("b", 0), nullptr);
  EXPECT_NE(cache.find("a", 0), nullptr);
  EXPECT_LE(cache.bytes(), 10'000u);
  cache.keep("a", of_size(9001), 100);
  EXPECT_EQ(cache.find("a", 0), nullptr) << "what is too large takes the older answer away all the same";
  EXPECT_EQ(cache.find("d", 100), nullptr) << "its time is over";
  EXPECT_NE(cache.find("c", 99), nullptr);
  const auto held = cache.find("c", 0);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_EQ(held->body.size(), 3000u);
}

}  // namespace
}  // namespace stator::gateway
