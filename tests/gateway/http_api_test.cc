// HTTP APIs, black box: payload 2.0 and 1.0 byte for byte, inferred replies, CORS, parameter mapping, errors.
#include <gtest/gtest.h>

#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

constexpr const char* kHttpApi = R"(
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {FunctionName: f, Runtime: nodejs20.x, Handler: a.b, Events: {
    Two: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/items/{id}", Method: any}},
    One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /one, Method: post, PayloadFormatVersion: "1.0"}}}}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: live
      StageVariables: {colour: red}
      AccessLogSettings: {DestinationArn: x, Format: '$context.requestId $context.routeKey $context.status "$context.path" $context.nothing $context.error.message'}
      RouteSettings: {"POST /one": {ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0.001}}
)";

TEST(HttpEvent, FormatTwoIsWhatTheServiceSends) {
  Served api(kHttpApi);
  const std::string id = templates::api_id_for("Api");
  const auto exchange = api.call("PUT", "/_aws/execute-api/" + id + "/live/items/a%20b?x=1&x=2&e=",
                                 {{"Host", "localhost:8000"},
                                  {"X-Two", "1"},
                                  {"x-two", "2"},
                                  {"Cookie", "a=1; b=2"},
                                  {"Content-Type", "application/json"},
                                  {"Content-Length", "2"}},
                                 "{}");
  ASSERT_EQ(exchange->answer.status, 200);
  EXPECT_EQ(
      settled(exchange->answer.body),
      R"({"version":"2.0","routeKey":"ANY /items/{id}","rawPath":"/live/items/a b","rawQueryString":"x=1&x=2&e=","cookies":["a=1","b=2"],)"
      R"("headers":{"content-length":"2","content-type":"application/json","host":"localhost:8000","x-amzn-trace-id":"TRACE","x-forwarded-for":"127.0.0.1","x-forwarded-port":"8000","x-forwarded-proto":"http","x-two":"1,2"},)"
      R"("queryStringParameters":{"x":"1,2","e":""},)"
      R"("requestContext":{"accountId":"123456789012","apiId":")" +
          id + R"(","domainName":"localhost:8000","domainPrefix":")" + id +
          R"(",)"
          R"("http":{"method":"PUT","path":"/live/items/a b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":""},)"
          R"("requestId":"EXTENDED","routeKey":"ANY /items/{id}","stage":"live","time":"21/Apr/2020:15:08:21 +0000","timeEpoch":1587481701067},)"
          R"("pathParameters":{"id":"a b"},"stageVariables":{"colour":"red"},"body":"{}","isBase64Encoded":false})");
  EXPECT_EQ(settled(exchange->header("apigw-requestid")), "EXTENDED");
  EXPECT_EQ(exchange->header("content-type"), "text/plain;charset=UTF-8");
  ASSERT_EQ(api.access_log.size(), 1u);
  EXPECT_EQ(settled(api.access_log[0]), "EXTENDED ANY /items/{id} 200 \"/live/items/a b\" - -");
}

TEST(HttpEvent, FormatOneIsWhatTheServiceSends) {
  Served api(kHttpApi);
  const auto exchange =
      api.call("POST", "/one?x=1&x=2", {{"Host", "h"}, {"Content-Type", "application/x-www-form-urlencoded"}}, "a=b");
  ASSERT_EQ(exchange->answer.status, 200);
  const std::string id = templates::api_id_for("Api");
  EXPECT_EQ(
      settled(exchange->answer.body),
      R"({"version":"1.0","resource":"/one","path":"/one","httpMethod":"POST",)"
      R"("headers":{"content-length":"3","content-type":"application/x-www-form-urlencoded","host":"h","x-amzn-trace-id":"TRACE","x-forwarded-for":"127.0.0.1","x-forwarded-port":"80","x-forwarded-proto":"http"},)"
      R"("multiValueHeaders":{"content-length":["3"],"content-type":["application/x-www-form-urlencoded"],"host":["h"],"x-amzn-trace-id":["TRACE"],"x-forwarded-for":["127.0.0.1"],"x-forwarded-port":["80"],"x-forwarded-proto":["http"]},)"
      R"("queryStringParameters":{"x":"2"},"multiValueQueryStringParameters":{"x":["1","2"]},)"
      R"("requestContext":{"accountId":"123456789012","apiId":")" +
          id + R"(","domainName":"h","domainPrefix":")" + id +
          R"(","extendedRequestId":"EXTENDED","httpMethod":"POST",)"
          R"("identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":"","userArn":null},)"
          R"("path":"/one","protocol":"HTTP/1.1","requestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","requestTimeEpoch":1587481701067,"resourceId":"POST /one","resourcePath":"/one","stage":"live"},)"
          R"("pathParameters":null,"stageVariables":{"colour":"red"},"body":"YT1i","isBase64Encoded":true})");
}

TEST(HttpReply, IsReadOrInferred) {
  Served api(kHttpApi);
  auto reply = [&](const std::string& payload, FunctionFault fault = FunctionFault::kNone) {
    api.functions.behaviours["f"] = FakeFunctions::says(payload, fault);
    const auto e = api.call("GET", "/items/1");
    return std::to_string(e->answer.status) + " " + e->header("content-type") + " " + e->answer.body;
  };
  EXPECT_EQ(reply(R"("Hello from Lambda!")"), "200 application/json Hello from Lambda!");
  EXPECT_EQ(reply(R"({ "message": "hi" })"), R"(200 application/json { "message": "hi" })");
  EXPECT_EQ(reply("null"), "200 application/json null");
  EXPECT_EQ(reply(R"({"statusCode":201,"headers":{"Content-Type":"a/b"},"body":"aGk=","isBase64Encoded":true})"),
            "201 a/b hi");
  EXPECT_EQ(reply(R"({"statusCode":200,"body":"x"})"), "200 text/plain;charset=UTF-8 x");
  const std::string bad = R"(500 application/json {"message":"Internal Server Error"})";
  EXPECT_EQ(reply("garbage"), bad);
  EXPECT_EQ(reply(R"({"statusCode":"no"})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":100})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":200,"body":"%","isBase64Encoded":true})"), bad);
  EXPECT_EQ(reply(R"({"errorMessage":"x"})", FunctionFault::kFunctionError), bad);
  EXPECT_EQ(reply("", FunctionFault::kThrottled), R"(503 application/json {"message":"Service Unavailable"})");
  api.functions.behaviours["f"] = FakeFunctions::says(R"({"statusCode":200,"cookies":["a=1; Secure","b=2"]})");
  std::string cookies;
  const auto answered = api.call("GET", "/items/1");
  for (const auto& [name, value] : answered->answer.headers)
    if (name == "set-cookie") cookies += value + "|";
  EXPECT_EQ(cookies, "a=1; Secure|b=2|");
}

TEST(HttpErrors, SayWhatTheServiceSays) {
  Served api(kHttpApi);
  EXPECT_EQ(api.text("GET", "/nothing"), R"(404 {"message":"Not Found"})");
  EXPECT_EQ(api.text("GET", "/items/1/"), R"(404 {"message":"Not Found"})");
  EXPECT_EQ(api.text("GET", "/one"), R"(404 {"message":"Not Found"})");
  EXPECT_EQ(api.text("GET", "/_aws/execute-api/" + templates::api_id_for("Api") + "/nostage/items/1"),
            R"(404 {"message":"Not Found"})");
  EXPECT_EQ(api.text("POST", "/one").substr(0, 4), "200 ");
  EXPECT_EQ(api.text("POST", "/one"), R"(429 {"message":"Too Many Requests"})");
  EXPECT_EQ(api.text("GET", "/"), "not ours");
  EXPECT_EQ(api.text("GET", "/_stator/health"), "not ours");
  EXPECT_EQ(
      api.text("GET", "/items/1", {{"Host", templates::api_id_for("Api") + ".execute-api.eu-west-1.amazonaws.com"}}),
      R"(404 {"message":"Not Found"})");
  EXPECT_EQ(api.text("GET", "/live/items/1",
                     {{"Host", templates::api_id_for("Api") + ".execute-api.eu-west-1.amazonaws.com"}})
                .substr(0, 4),
            "200 ");
}

TEST(HttpDefaultStage, NeedsNoNameInTheUrl) {
  Served api(
      "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs20.x, Handler: a.b, Events: {E: "
      "{Type: HttpApi}}}}\n");
  const std::string id = templates::api_id_for("ServerlessHttpApi");
  auto raw_path = [&](const std::string& target, const std::string& host = "h") {
    const std::string body = api.call("GET", target, {{"Host", host}})->answer.body;
    const size_t at = body.find("rawPath\":\"") + 10;
    return body.substr(at, body.find('"', at) - at);
  };
  EXPECT_EQ(raw_path("/a/b"), "/a/b");
  EXPECT_EQ(raw_path("/"), "/");
  EXPECT_EQ(raw_path("/_aws/execute-api/" + id + "/a/b"), "/a/b");
  EXPECT_EQ(raw_path("/_aws/execute-api/" + id + "/$default/a/b"), "/a/b");
  EXPECT_EQ(raw_path("/_aws/execute-api/" + id), "/");
  EXPECT_EQ(raw_path("/_aws/execute-api/" + id + "/a"), "/a");
  EXPECT_EQ(raw_path("/a", id + ".execute-api.us-east-1.localhost"), "/a");
}

TEST(HttpCors, IsTheGateways) {
  Served api(R"(
openapi: 3.0.1
x-amazon-apigateway-cors: {allowOrigins: ["https://a.example", "http://*"], allowMethods: [GET, POST], allowHeaders: [x-a, x-b], exposeHeaders: [date], maxAge: 60, allowCredentials: true}
paths:
  /x: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}
)");
  const auto headers = [](const FakeExchange& e) {
    std::string out = std::to_string(e.answer.status);
    for (const auto& [name, value] : e.answer.headers)
      if (name.starts_with("access-control") || name.starts_with("Access-Control"))
        out += " " + name.substr(15) + "=" + value;
    return out;
  };
  EXPECT_EQ(headers(*api.call("OPTIONS", "/anything",
                              {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}})),
            "204 allow-origin=https://a.example allow-methods=GET,POST allow-headers=x-a,x-b expose-headers=date "
            "max-age=60 allow-credentials=true");
  EXPECT_EQ(
      headers(*api.call("OPTIONS", "/x", {{"Origin", "https://b.example"}, {"Access-Control-Request-Method", "GET"}})),
      "204");
  api.functions.behaviours["f"] =
      FakeFunctions::says(R"({"statusCode":200,"headers":{"Access-Control-Allow-Origin":"evil"}})");
  EXPECT_EQ(headers(*api.call("GET", "/x", {{"Origin", "http://z"}})),
            "200 allow-origin=http://z expose-headers=date allow-credentials=true");
  EXPECT_EQ(headers(*api.call("GET", "/x")), "200");
  EXPECT_EQ(headers(*api.call("GET", "/y", {{"Origin", "http://z"}})),
            "404 allow-origin=http://z expose-headers=date allow-credentials=true");
}

TEST(HttpPath, IsDecodedOnceBeforeARouteIsLookedFor) {
  Served api(kHttpApi);
  const std::string live = "/_aws/execute-api/" + templates::api_id_for("Api") + "/live";
  auto member = [&](const std::string& path, const std::string& name) {
    const std::string body = api.call("GET", live + path)->answer.body;
    const size_t at = body.find("\"" + name + "\":") + name.size() + 3;
    return body.substr(at, body.find_first_of(",}", at) - at);
  };
  EXPECT_EQ(member("/it%65ms/7", "rawPath"), "\"/live/items/7\"");
  EXPECT_EQ(member("/items/a%252Fb", "rawPath"), "\"/live/items/a%2Fb\"");
  EXPECT_EQ(member("/items/a%252Fb", "id"), "\"a%2Fb\"");
  EXPECT_EQ(member("/items/a+b%2Bc", "id"), "\"a+b+c\"");
  // A slash that comes to light is one: the path has a part too many.
  EXPECT_EQ(api.text("GET", live + "/items/a%2Fb"), R"(404 {"message":"Not Found"})");
  // And a question mark ends the path, as captures of the service's events show.
  EXPECT_EQ(member("/items/a%3Fb=1?c=2", "rawPath"), "\"/live/items/a\"");
  EXPECT_EQ(member("/items/a%3Fb=1?c=2", "rawQueryString"), "\"c=2\"");
}

TEST(HttpProxy, MapsParametersBothWays) {
  Served api(R"(
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: p, ProtocolType: HTTP}}
  I:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: HTTP_PROXY
      IntegrationMethod: ANY
      IntegrationUri: "http://127.0.0.1:9/up/{proxy}"
      RequestParameters: {"append:header.x-body": "$request.body.a[0].b", "append:header.x-new": "$request.header.x-old", "remove:header.x-old": "''", "overwrite:querystring.q": "v-${stageVariables.s}", "remove:querystring.r": "''"}
      ResponseParameters: {"200": {ResponseParameters: [{Destination: "overwrite:statuscode", Source: "202"}, {Destination: "append:header.x-id", Source: $context.apiId}, {Destination: "append:header.x-from", Source: "${response.body.k}-${response.body.none}"}]}}
  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "ANY /a/{proxy+}", Target: !Sub "integrations/${I}"}}
  D: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationUri: "http://127.0.0.1:9/"}}
  DR: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${D}"}}
  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true, StageVariables: {s: one}}}
)");
  api.upstream.result.status = 200;
  api.upstream.result.body = R"({"k":1})";
  const auto exchange =
      api.call("PATCH", "/a/b%2Fc%20%C3%A9:@?q=1&r=2&k=%20", {{"Host", "h"}, {"X-Old", "v"}}, R"({"a":[{"b":"c"}]})");
  EXPECT_EQ(api.upstream.last.url, "http://127.0.0.1:9/up/b/c%20%C3%A9:@?k=%20&q=v-one");
  EXPECT_EQ(api.upstream.last.method, "PATCH");
  std::string sent;
  for (const auto& [name, value] : api.upstream.last.headers) sent += name + "=" + settled(value) + ";";
  EXPECT_EQ(sent, "X-Amzn-Trace-Id=TRACE;Forwarded=for=127.0.0.1;host=h;proto=http;x-body=c;x-new=v;");
  EXPECT_EQ(exchange->answer.status, 202);
  EXPECT_EQ(exchange->header("x-id"), templates::api_id_for("Api"));
  EXPECT_EQ(exchange->header("x-from"), "1-");
  api.call("GET", "/other/%41?z");
  EXPECT_EQ(api.upstream.last.url, "http://127.0.0.1:9/other/A?z");
  api.upstream.result.fault = UpstreamFault::kUnreachable;
  EXPECT_EQ(api.text("GET", "/other"), R"(503 {"message":"Service Unavailable"})");
  api.upstream.result.fault = UpstreamFault::kTimeout;
  EXPECT_EQ(api.text("GET", "/other"), R"(503 {"message":"Service Unavailable"})");
}

TEST(HttpMapping, ChangesWhatAFunctionIsTold) {
  Served api(R"(
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Runtime: nodejs20.x, Handler: a.b, Code: .}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP}}
  Two:
    Type: AWS::ApiGatewayV2::Integration
    Properties: &two
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt F.Arn
      PayloadFormatVersion: "2.0"
      RequestParameters: {"overwrite:path": "/inner/${request.path.rest}", "append:header.X-Api": $context.apiId, "overwrite:header.host": "'other.example'", "remove:header.x-old": "''", "append:querystring.q": "a b", "remove:querystring.r": "''"}
  One:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt F.Arn
      PayloadFormatVersion: "1.0"
      RequestParameters: {"overwrite:path": "'/inner'", "append:header.X-Api": "'v'", "overwrite:querystring.q": "'1'"}
  R2: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "GET /two/{rest+}", Target: !Sub "integrations/${Two}"}}
  R1: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "GET /one", Target: !Sub "integrations/${One}"}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
)");
  const std::string id = templates::api_id_for("Api");
  const std::string two =
      api.text("GET", "/two/a%20b/c?q=1&r=2&s=%26", {{"Host", "h"}, {"X-Old", "1"}, {"Cookie", "k=v"}});
  const auto has = [](const std::string& event, const std::string& part) {
    return event.find(part) == std::string::npos ? "lacks " + part + ": " + event : "";
  };
  EXPECT_EQ(has(two, R"("rawPath":"/inner/a b/c","rawQueryString":"q=1&s=%26&q=a%20b","cookies":["k=v"],)"), "");
  EXPECT_EQ(has(two, R"("queryStringParameters":{"q":"1,a b","s":"&"},)"), "");
  EXPECT_EQ(has(two, R"("host":"other.example")"), "");
  EXPECT_EQ(has(two, R"("x-api":")" + id + "\""), "");
  EXPECT_EQ(two.find("x-old"), std::string::npos) << two;
  EXPECT_EQ(has(two, R"("pathParameters":{"rest":"a b/c"})"), "");
  EXPECT_EQ(has(two, R"("http":{"method":"GET","path":"/inner/a b/c",)"), "");
  const std::string one = api.text("GET", "/one?q=0&q=2", {{"Host", "h"}});
  EXPECT_EQ(has(one, R"("resource":"/one","path":"/one",)"), "") << "format 1.0 has the client's path";
  EXPECT_EQ(has(one, R"("x-api":"v")"), "");
  EXPECT_EQ(has(one, R"("multiValueQueryStringParameters":{"q":["1"]},)"), "");
}

}  // namespace
}  // namespace stator::gateway
