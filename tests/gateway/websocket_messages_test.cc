// WebSocket APIs, black box: which route a message takes, events byte for byte, what comes back.
#include <gtest/gtest.h>

#include "chat.h"

namespace stator::gateway {
namespace {

TEST(Messages, GoToTheirRoute) {
  Chat api;
  const auto client = api.connect();
  const std::string connection = api.id();
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","text":"h\u00e9"})"), "");
  ASSERT_EQ(api.events.size(), 2u);
  EXPECT_EQ(
      api.events[1],
      R"(g {"stageVariables":{"colour":"red"},"requestContext":{"routeKey":"send","messageId":"EXTENDED","eventType":"MESSAGE","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000","messageDirection":"IN","stage":"prod","connectedAt":1587481701067,"requestTimeEpoch":1587481701067,)"
      R"("identity":{"sourceIp":"127.0.0.1"},"requestId":"EXTENDED","domainName":"localhost:8000","connectionId":"EXTENDED","apiId":")" +
          templates::api_id_for("Api") +
          R"("},"body":"{\"action\":\"send\",\"text\":\"h\\u00e9\"}","isBase64Encoded":false})");
  EXPECT_EQ(api.id(), connection);
  const std::string forbidden = R"({"message": "Forbidden", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  for (const char* message : {R"({"action":"other"})", R"({"x":1})", "hello", "", R"({"action":"$connect"})",
                              R"({"action":"$disconnect"})", "[1]"})
    EXPECT_EQ(api.say(*client->raw, message), forbidden) << message;
  EXPECT_EQ(api.events.size(), 2u);
  EXPECT_EQ(settled(api.access_log.back()), "MESSAGE - 403 EXTENDED -");
  EXPECT_EQ(api.traces.back().problem, "no route has the key \"\", and there is no $default");
}

TEST(Messages, FallBackToTheDefaultRoute) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: ask"), 13, "RouteKey: $default");
  Chat api(text);
  const auto client = api.connect();
  api.answer("g", R"({"statusCode":200,"body":"default"})");
  for (const char* message :
       {R"({"action":"other"})", "hello", R"({"action":"$connect"})", R"({"action":"$default"})"}) {
    EXPECT_EQ(api.say(*client->raw, message), "default") << message;
    EXPECT_NE(api.events.back().find("\"routeKey\":\"$default\""), std::string::npos);
  }
  EXPECT_EQ(api.traces[1].passed_over, std::vector<std::string>{"no route has the key \"other\""});
}

TEST(Messages, AreCheckedAgainstTheModelThatTheRouteSelects) {
  std::string text = kApi;
  text.replace(text.find("RouteKey: send,"), 15,
               "RouteKey: send, ModelSelectionExpression: $request.body.kind, RequestModels: {text: Text, $default: "
               "Any},");
  text +=
      R"(  Text: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Text, ContentType: application/json, Schema: {type: object, required: [text], properties: {text: {type: string}}}}}
  Any: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Any, ContentType: application/json, Schema: {type: object, required: [kind]}}}
)";
  Chat api(text);
  const auto client = api.connect();
  const std::string bad = R"({"message": "Bad request body", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text","text":"x"})"), "");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"other"})"), "");
  EXPECT_EQ(api.events.size(), 3u);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text","text":1})"), bad);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send","kind":"text"})"), bad);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"send"})"), bad);
  EXPECT_EQ(api.events.size(), 3u) << "the function does not see them";
  EXPECT_EQ(settled(api.access_log.back()), "MESSAGE send 400 EXTENDED -");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ask"})"), "") << "another route has no models";
}

TEST(Messages, OnlyARouteResponseSendsTheResultBack) {
  Chat api;
  const auto client = api.connect();
  const std::string ask = R"({"action":"ask"})", send = R"({"action":"send"})";
  auto result = [&](const std::string& message, std::string payload, FunctionFault fault = FunctionFault::kNone) {
    api.answer("g", std::move(payload), fault);
    return api.say(*client->raw, message);
  };
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":"yes"})"), "yes");
  EXPECT_EQ(result(send, R"({"statusCode":200,"body":"yes"})"), "");
  EXPECT_EQ(result(ask, R"({"statusCode":500,"body":"its own error"})"), "its own error");
  EXPECT_EQ(result(send, R"({"statusCode":500})"), "") << "a status alone tells a client nothing";
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":"eWVz","isBase64Encoded":true})"), "yes");
  EXPECT_EQ(result(ask, R"({"statusCode":200})"), "");
  const std::string internal =
      R"({"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(result(send, "{}", FunctionFault::kFunctionError), internal);
  EXPECT_EQ(result(send, "null"), internal);
  EXPECT_EQ(result(ask, R"({"statusCode":200,"body":")" + std::string(131073, 'x') + "\"}"), internal);
  api.functions.behaviours["g"] = [](Invocation) {};
  client->raw->sent.clear();
}

TEST(Messages, AnIntegrationHasItsTime) {
  std::string text = kApi;
  text.replace(text.find("IntegrationType: AWS_PROXY", text.find("  J:")), 26,
               "TimeoutInMillis: 50, IntegrationType: AWS_PROXY");
  Chat api(text);
  std::vector<std::function<void(InvocationResult)>> hanging;
  api.functions.behaviours["g"] = [&](Invocation i) { hanging.push_back(std::move(i.done)); };
  const auto client = api.connect();
  client->raw->on_bytes(client_frame(1, R"({"action":"send"})"));
  EXPECT_EQ(settled(server_frames(client->raw->wait_for_bytes()).at(0).second),
            R"({"message": "Endpoint request timed out", "connectionId":"EXTENDED", "requestId":"EXTENDED"})");
  hanging.clear();
}

TEST(Integrations, MockAndWebServers) {
  std::string text = kApi;
  const auto put = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), from.size(), to);
  };
  put("  Stage:",
      R"(  M: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: MOCK, TemplateSelectionExpression: "\\$default", RequestTemplates: {$default: '{"statusCode": 200}'}}}
  MR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref M, IntegrationResponseKey: '/2\d\d/', TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "pong to $context.routeKey"}}}
  Ping: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: ping, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${M}"}}
  W: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: PUT, IntegrationUri: "http://127.0.0.1:9/in", RequestParameters: {integration.request.header.ConnectionId: context.connectionId, integration.request.querystring.to: route.request.body.to, integration.request.header.Fixed: "'x'"}}}
  Web: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: web, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${W}"}}
  Stage:)");
  Chat api(text);
  const auto client = api.connect();
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ping"})"), "pong to ping");
  api.upstream.result.status = 404;
  api.upstream.result.body = "from the web";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"web","to":"a b"})"), "from the web");
  const UpstreamRequest& sent = api.upstream.last;
  EXPECT_EQ(sent.method + " " + sent.url, "PUT http://127.0.0.1:9/in?to=a%20b");
  EXPECT_EQ(sent.body, R"({"action":"web","to":"a b"})");
  std::string headers;
  for (const auto& [name, value] : sent.headers) headers += name + "=" + value + ";";
  EXPECT_NE(headers.find("ConnectionId=" + api.id() + ";"), std::string::npos) << headers;
  EXPECT_NE(headers.find("Fixed=x;"), std::string::npos) << headers;
  api.upstream.result.fault = UpstreamFault::kUnreachable;
  EXPECT_EQ(api.say(*client->raw, R"({"action":"web"})").substr(0, 35), R"({"message": "Internal server error")");
}

TEST(Integrations, TemplatesMakePayloadAndAnswer) {
  std::string text = kApi;
  text.replace(
      text.find("  Stage:"), 8,
      R"yaml(  L: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${G.Arn}/invocations", TemplateSelectionExpression: '\$default', RequestTemplates: {$default: '{"text": $input.json("$.text"), "me": "$context.connectionId"}'}}}
  LR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref L, IntegrationResponseKey: $default, TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "sum $input.path('$.sum')"}}}
  LE: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref L, IntegrationResponseKey: '/bo+m.*/', TemplateSelectionExpression: '\$default', ResponseTemplates: {$default: "failed, $input.path('$.errorMessage')"}}}
  Custom: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: custom, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${L}"}}
  D: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS, IntegrationUri: "arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem", TemplateSelectionExpression: '${request.body.kind}', RequestTemplates: {one: '{"TableName": "T", "Key": $input.json("$.key")}', broken: '#if('}}}
  DR: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref D, IntegrationResponseKey: '/2\d\d/'}}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: get, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${D}"}}
  Stage:)yaml");
  std::string asked;
  Chat api(text, [&](GatewayOptions& options) {
    options.dynamodb = [&](WireRequest& request, WireReply& reply) {
      asked = std::string(request.header("X-Amz-Target").value_or("")) + " " +
              std::string(request.body.data(), request.body.size());
      reply.status = asked.find("missing") == std::string::npos ? 200 : 400;
      reply.body = R"({"Item":{}})";
    };
  });
  const auto client = api.connect();
  api.answer("g", R"({"sum":7})");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"custom","text":"h\"i"})"), "sum 7");
  EXPECT_EQ(api.events.back(), R"(g {"text": "h\"i", "me": "EXTENDED"})");
  api.answer("g", R"({"errorMessage":"boom and bust"})", FunctionFault::kFunctionError);
  EXPECT_EQ(api.say(*client->raw, R"({"action":"custom"})"), "failed, boom and bust");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"one","key":{"id":{"S":"1"}}})"), R"({"Item":{}})");
  EXPECT_EQ(asked, R"(DynamoDB_20120810.GetItem {"TableName": "T", "Key": {"id":{"S":"1"}}})");
  const std::string internal =
      R"({"message": "Internal server error", "connectionId":"EXTENDED", "requestId":"EXTENDED"})";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"one","key":"missing"})"), internal)
      << "no integration response is for 400";
  EXPECT_EQ(api.say(*client->raw, R"({"action":"get","kind":"broken"})"), internal);
}

TEST(Sam, WritesAWebSocketApiAsOneResource) {
  Chat api(R"(
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {FunctionName: f, Runtime: nodejs20.x, Handler: a.b, Environment: {Variables: {URL: !GetAtt Talk.ApiEndpoint}}}}
  Talk:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: live
      Routes:
        $connect: {FunctionArn: !GetAtt F.Arn}
        ask: {FunctionArn: !GetAtt F.Arn, RouteResponseSelectionExpression: $default, IntegrationTimeout: 5000}
)");
  const auto client = api.connect("/live");
  ASSERT_TRUE(client->raw);
  api.answer("f", R"({"statusCode":200,"body":"here"})");
  EXPECT_EQ(api.say(*client->raw, R"({"action":"ask"})"), "here");
  EXPECT_EQ(api.gateway->functions().at(0).environment.at("URL"),
            "wss://" + templates::api_id_for("Talk") + ".execute-api.us-east-1.amazonaws.com");
}

TEST(Routes, AreToldWithTheirUrls) {
  Chat api;
  std::string lines;
  for (const RouteLine& line : api.gateway->routes("http://127.0.0.1:8000"))
    lines += line.key + " " + line.url + " " + line.target + "|";
  EXPECT_EQ(lines,
            "$connect ws://127.0.0.1:8000 f|$disconnect ws://127.0.0.1:8000 f|send ws://127.0.0.1:8000 g|ask "
            "ws://127.0.0.1:8000 g|");
  EXPECT_TRUE(api.gateway->notes().empty());
}

}  // namespace
}  // namespace stator::gateway
