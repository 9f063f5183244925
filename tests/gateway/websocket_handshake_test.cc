// WebSocket APIs, black box: who may connect, where, and what the functions and the client are told of it.
#include <gtest/gtest.h>

#include "chat.h"

namespace stator::gateway {
namespace {

TEST(Handshake, IsAnsweredWhenTheConnectRouteAgrees) {
  Chat api;
  auto exchange = std::make_shared<UpgradingExchange>(
      "GET", "/prod?token=a%20b&token=c", handshake({{"User-Agent", "test"}, {"Origin", "http://localhost"}}));
  ASSERT_TRUE(api.gateway->handle(exchange));
  ASSERT_TRUE(exchange->raw);
  EXPECT_EQ(exchange->raw->sent,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  ASSERT_EQ(api.events.size(), 1u);
  EXPECT_EQ(
      api.events[0],
      settled(
          R"(f {"headers":{"Host":"localhost:8000","Origin":"http://localhost","Sec-WebSocket-Key":"dGhlIHNhbXBsZSBub25jZQ==","Sec-WebSocket-Version":"13","User-Agent":"test","X-Amzn-Trace-Id":"TRACE","X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"8000","X-Forwarded-Proto":"http"},)"
          R"("multiValueHeaders":{"Host":["localhost:8000"],"Origin":["http://localhost"],"Sec-WebSocket-Key":["dGhlIHNhbXBsZSBub25jZQ=="],"Sec-WebSocket-Version":["13"],"User-Agent":["test"],"X-Amzn-Trace-Id":["TRACE"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["8000"],"X-Forwarded-Proto":["http"]},)"
          R"("queryStringParameters":{"token":"c"},"multiValueQueryStringParameters":{"token":["a b","c"]},"stageVariables":{"colour":"red"},)"
          R"("requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","messageDirection":"IN","stage":"prod","connectedAt":1587481701067,"requestTimeEpoch":1587481701067,)"
          R"("identity":{"userAgent":"test","sourceIp":"127.0.0.1"},"requestId":"EXTENDED","domainName":"localhost:8000","connectionId":"EXTENDED","apiId":")" +
          templates::api_id_for("Api") + R"("},"isBase64Encoded":false})"));
  EXPECT_EQ(settled(api.access_log.at(0)), "CONNECT $connect 101 EXTENDED -");
  EXPECT_EQ(api.traces.at(0).route, "$connect");
  EXPECT_EQ(api.traces.at(0).method, "CONNECT");
}

TEST(Handshake, IsRefusedWithTheIntegrationsStatus) {
  Chat api;
  auto refused = [&](std::string payload, FunctionFault fault = FunctionFault::kNone) {
    api.answer("f", std::move(payload), fault);
    const auto e = api.connect();
    return e->raw ? "accepted" : std::to_string(e->answer.status) + " " + settled(e->answer.body);
  };
  EXPECT_EQ(refused(R"({"statusCode":401})"), "401 ");
  EXPECT_EQ(refused(R"({"statusCode":403,"body":"no"})"), "403 no");
  EXPECT_EQ(refused(R"({"statusCode":302})"), "302 ");
  EXPECT_EQ(refused(R"({"statusCode":204})"), "accepted");
  const std::string internal =
      R"(502 {"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(refused("{}", FunctionFault::kFunctionError), internal);
  EXPECT_EQ(refused("null"), internal);
  EXPECT_EQ(refused("{}", FunctionFault::kThrottled), "500" + internal.substr(3));
}

TEST(Handshake, NamesASubprotocolOnlyWhenTheFunctionDoes) {
  Chat api;
  auto head = [&] {
    auto e = std::make_shared<UpgradingExchange>("GET", "/", handshake({{"Sec-WebSocket-Protocol", "a, b"}}));
    api.gateway->handle(e);
    return e->raw->sent;
  };
  EXPECT_EQ(head().find("Protocol:"), std::string::npos);
  api.answer("f", R"({"statusCode":200,"headers":{"sec-websocket-protocol":"b","X-Other":"1"}})");
  EXPECT_NE(head().find("\r\nSec-WebSocket-Protocol: b\r\n\r\n"), std::string::npos);
  EXPECT_EQ(head().find("X-Other"), std::string::npos);
}

TEST(Handshake, OnlyAtTheApisUrls) {
  Chat api;
  const std::string id = templates::api_id_for("Api");
  for (const std::string& target :
       {std::string("/"), std::string("/prod"), std::string("/prod/"), "/_aws/execute-api/" + id + "/prod"})
    EXPECT_TRUE(api.connect(target)->raw) << target;
  auto hosted = handshake();
  hosted[0].second = id + ".execute-api.us-east-1.localhost:8000";
  auto by_host = std::make_shared<UpgradingExchange>("GET", "/prod", hosted);
  EXPECT_TRUE(api.gateway->handle(by_host) && by_host->raw);
  EXPECT_EQ(api.connect("/nothing")->answer.status, 403);
  EXPECT_EQ(api.connect("/prod/more")->answer.status, 403);
  EXPECT_EQ(api.connect("/_aws/execute-api/" + id + "/other")->answer.status, 403);
  EXPECT_EQ(api.connect("/_aws/execute-api/other/prod")->answer.status, 403);
  EXPECT_EQ(api.text("GET", "/"), "not ours") << "the root stays the server's for all other requests";
  EXPECT_EQ(api.text("GET", "/prod"), "not ours");
  const std::string url = "/_aws/execute-api/" + id + "/prod";
  EXPECT_EQ(api.text("GET", url), R"(426 {"message":"Upgrade Required"})");
  auto old = handshake();
  old[4].second = "8";
  EXPECT_EQ(api.text("GET", url, old), R"(426 {"message":"Upgrade Required"})");
  auto bad_key = handshake();
  bad_key[3].second = "short";
  EXPECT_EQ(api.text("GET", url, bad_key).substr(0, 3), "400");
}

TEST(Handshake, NeedsNoConnectRoute) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: $connect"), 18, "RouteKey: other");
  Chat api(text);
  EXPECT_TRUE(api.connect()->raw);
  EXPECT_TRUE(api.events.empty());
}

TEST(Handshake, AsksTheAuthorizerAndRemembersWhatItSaid) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: $connect"), 18,
               "RouteKey: $connect, AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth");
  text += R"(  H: {Type: AWS::Serverless::Function, Properties: {FunctionName: h, Runtime: nodejs20.x, Handler: a.b}}
  Auth: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: auth, AuthorizerType: REQUEST, AuthorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${H.Arn}/invocations", IdentitySource: [route.request.querystring.token]}}
)";
  Chat api(text);
  auto says = [&](const std::string& effect) {
    api.answer(
        "h",
        R"({"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":")" +
            effect + R"(","Resource":"arn:aws:execute-api:*:*:*/prod/$connect"}]},"context":{"team":7}})");
  };
  auto refused = [&](const std::string& target) {
    const auto e = api.connect(target);
    return e->raw ? "accepted" : std::to_string(e->answer.status) + " " + settled(e->answer.body);
  };
  says("Allow");
  EXPECT_EQ(refused("/prod"), R"(401 {"message": "Unauthorized", "connectionId":"EXTENDED", "requestId":"EXTENDED"})");
  EXPECT_TRUE(api.events.empty());
  says("Deny");
  EXPECT_EQ(refused("/prod?token=t").substr(0, 64),
            R"(403 {"message": "User is not authorized to access this resource )");
  says("Allow");
  api.events.clear();
  const auto client = api.connect("/prod?token=t");
  ASSERT_TRUE(client->raw);
  ASSERT_EQ(api.events.size(), 2u);
  const std::string asked = api.events[0];
  EXPECT_EQ(asked.substr(0, asked.find(R"(,"headers")")),
            R"(h {"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:)" +
                templates::api_id_for("Api") + R"(/prod/$connect")");
  EXPECT_NE(asked.find(R"("headers":{"Connection":"upgrade","content-length":"0","Host":)"), std::string::npos)
      << asked;
  EXPECT_NE(asked.find(R"("queryStringParameters":{"token":"t"})"), std::string::npos);
  EXPECT_NE(asked.find(R"("requestContext":{"routeKey":"$connect","eventType":"CONNECT")"), std::string::npos);
  for (const char* message : {"", R"({"action":"send"})"}) {
    if (*message) api.say(*client->raw, message);
    EXPECT_NE(api.events.back().find(R"("authorizer":{)"), std::string::npos) << api.events.back();
    EXPECT_NE(api.events.back().find(R"("principalId":"ann")"), std::string::npos) << api.events.back();
  }
  api.events.clear();
  client->raw->hang_up();
  EXPECT_NE(api.events.at(0).find(R"("disconnectStatusCode":1006,"authorizer":{)"), std::string::npos);
  says("Allow");
  EXPECT_EQ(refused("/prod?token=t"), "accepted");
  EXPECT_EQ(api.events[api.events.size() - 2].substr(0, 1), "h") << "nothing is cached for handshakes";
}

}  // namespace
}  // namespace stator::gateway
