// REST APIs, black box: events byte for byte, replies, validation, gateway responses, limits.
#include <gtest/gtest.h>

#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

constexpr const char* kRestApi = R"(
openapi: 3.0.1
info: {title: shop}
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
x-amazon-apigateway-gateway-responses:
  THROTTLED: {statusCode: 430, responseParameters: {gatewayresponse.header.Retry: "'soon'"}, responseTemplates: {application/json: '{"why":$context.error.messageString,"id":"$context.requestId","n":"$stageVariables.no"}'}}
  DEFAULT_5XX: {responseParameters: {gatewayresponse.header.X-Broken: "'yes'"}}
paths:
  /:
    get: {x-stator-handler: f}
  /items/{id}:
    get: {operationId: GetItem, x-stator-handler: f}
    post:
      x-stator-handler: f
      x-amazon-apigateway-request-validator: all
      parameters: [{name: page, in: query, required: true}, {name: X-Who, in: header, required: true}, {name: opt, in: query}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
  /files/{proxy+}:
    get:
      parameters: [{name: proxy, in: path, required: true}]
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: "http://127.0.0.1:9/base/{proxy}"
        requestParameters: {integration.request.path.proxy: method.request.path.proxy, integration.request.header.X-Id: context.requestId, integration.request.header.X-Static: "'s'"}
  /mock:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 418}'}
        responses:
          default: {statusCode: "200", responseTemplates: {application/json: 'no'}}
          "418": {statusCode: "418", responseParameters: {method.response.header.X-A: "'b'"}, responseTemplates: {application/json: '{"tea":1}'}}
    put: {x-amazon-apigateway-integration: {type: mock, passthroughBehavior: never, responses: {default: {statusCode: "200"}}}}
  /vtl:
    get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '#set($a 1)'}, responses: {default: {statusCode: "200"}}}}
  /gone:
    get: {x-stator-handler: {name: gone, kind: mock, result: {}}}
components:
  schemas:
    Item: {type: object, required: [name], properties: {name: {type: string}, code: {type: string, pattern: '^\d{3}$'}, kind: {$ref: "#/components/schemas/Kind"}}}
    Kind: {type: string, enum: [a, b]}
)";

struct RestApi : Served {
  RestApi()
      : Served(kRestApi, "shop.yaml", [this](GatewayOptions& o) {
          o.function_files = {folder.write("f.yaml", "f: {kind: mock, result: {}}\n")};
        }) {}
};

TEST(RestEvent, IsWhatTheServiceSends) {
  RestApi api;
  const auto exchange = api.call("GET", "/items/a%20b?x=1&x=2&y=%C3%A9+z",
                                 {{"Host", "localhost:8000"},
                                  {"User-Agent", "curl/8"},
                                  {"accept", "*/*"},
                                  {"X-Two", "1"},
                                  {"x-two", "2"},
                                  {"Connection", "keep-alive"},
                                  {"X-Forwarded-For", "9.9.9.9"}});
  ASSERT_EQ(exchange->answer.status, 200);
  EXPECT_EQ(
      settled(exchange->answer.body),
      R"({"resource":"/items/{id}","path":"/items/a%20b","httpMethod":"GET",)"
      R"("headers":{"accept":"*/*","Host":"localhost:8000","User-Agent":"curl/8","X-Amzn-Trace-Id":"TRACE","X-Forwarded-For":"9.9.9.9, 127.0.0.1","X-Forwarded-Port":"8000","X-Forwarded-Proto":"http","X-Two":"2"},)"
      R"("multiValueHeaders":{"accept":["*/*"],"Host":["localhost:8000"],"User-Agent":["curl/8"],"X-Amzn-Trace-Id":["TRACE"],"X-Forwarded-For":["9.9.9.9, 127.0.0.1"],"X-Forwarded-Port":["8000"],"X-Forwarded-Proto":["http"],"X-Two":["1","2"]},)"
      "\"queryStringParameters\":{\"x\":\"2\",\"y\":\"\xC3\xA9 "
      "z\"},\"multiValueQueryStringParameters\":{\"x\":[\"1\",\"2\"],\"y\":[\"\xC3\xA9 z\"]},"
      R"("pathParameters":{"id":"a%20b"},"stageVariables":null,)"
      R"("requestContext":{"resourceId":")" +
          api.traces.back().api_id.substr(0, 0) +
          [&] {
            const size_t at = exchange->answer.body.find("resourceId\":\"") + 13;
            return exchange->answer.body.substr(at, 6);
          }() +
          R"(","resourcePath":"/items/{id}","operationName":"GetItem","httpMethod":"GET","extendedRequestId":"EXTENDED","requestTime":"21/Apr/2020:15:08:21 +0000",)"
          R"("path":"/items/a%20b","accountId":"123456789012","protocol":"HTTP/1.1","stage":"dev","domainPrefix":")" +
          api.traces.back().api_id +
          R"(","requestTimeEpoch":1587481701067,"requestId":"UUID",)"
          R"("identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"127.0.0.1","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8","user":null},)"
          R"("domainName":"localhost:8000","deploymentId":")" +
          [&] {
            const size_t at = exchange->answer.body.find("deploymentId\":\"") + 15;
            return exchange->answer.body.substr(at, 6);
          }() +
          R"(","apiId":")" + api.traces.back().api_id + R"("},"body":null,"isBase64Encoded":false})");
}

TEST(RestEvent, BodiesAreTextOrBase64ByTheApisBinaryTypes) {
  RestApi api;
  auto body_of = [&](const std::string& type, const std::string& body) {
    const auto e = api.call("POST", "/items/1?page=1", {{"Content-Type", type}, {"X-Who", "me"}}, body);
    const size_t at = e->answer.body.find("\"body\":");
    return at == std::string::npos ? std::to_string(e->answer.status) : e->answer.body.substr(at);
  };
  EXPECT_EQ(body_of("image/png", "\xFF\x01"), R"("body":"/wE=","isBase64Encoded":true})");
  EXPECT_EQ(body_of("text/plain", "a\"b"), R"("body":"a\"b","isBase64Encoded":false})");
  EXPECT_EQ(body_of("text/plain", "a\xFFz"), "\"body\":\"a\xEF\xBF\xBDz\",\"isBase64Encoded\":false}");
}

TEST(RestReply, HeadersBodiesAndWhatIsMalformed) {
  RestApi api;
  auto reply = [&](const std::string& payload, FunctionFault fault = FunctionFault::kNone) {
    api.functions.behaviours["f"] = FakeFunctions::says(payload, fault);
    return api.text("GET", "/");
  };
  const std::string bad = "502 {\"message\": \"Internal server error\"}";
  EXPECT_EQ(reply(R"({"statusCode":201,"body":"made"})"), "201 made");
  EXPECT_EQ(reply(R"({"statusCode":"204"})"), "204 ");
  EXPECT_EQ(reply(R"({"statusCode":200,"body":"aGk=","isBase64Encoded":true})"), "200 aGk=");  // nobody accepts binary
  EXPECT_EQ(reply(R"({"body":"x"})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":200,"extra":1})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":999})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":101})"), bad);
  // What Go's struct for a reply prints.
  EXPECT_EQ(reply(R"({"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"x"})"), "200 x");
  EXPECT_EQ(reply(R"({"statusCode":200,"body":{"a":1}})"), bad);
  EXPECT_EQ(reply(R"({"statusCode":200,"headers":{"a":"b\r\nc: d"}})"), bad);
  EXPECT_EQ(reply(R"("text")"), bad);
  EXPECT_EQ(reply("garbage"), bad);
  EXPECT_EQ(reply(R"({"errorMessage":"boom"})", FunctionFault::kFunctionError), bad);
  EXPECT_EQ(reply("", FunctionFault::kTimeout), bad);
  EXPECT_EQ(reply("", FunctionFault::kExited), bad);
  EXPECT_EQ(reply("", FunctionFault::kThrottled), "500 {\"message\": \"Internal server error\"}");

  api.functions.behaviours["f"] = FakeFunctions::says(
      R"({"statusCode":200,"headers":{"Set-Cookie":"no","X-N":5,"Server":"me","WWW-Authenticate":"Basic","Transfer-Encoding":"chunked"},"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]}})");
  std::string names;
  const auto answered = api.call("GET", "/");
  for (const auto& [name, value] : answered->answer.headers) names += name + "=" + settled(value) + ";";
  EXPECT_EQ(names,
            "x-amzn-RequestId=UUID;x-amz-apigw-id=EXTENDED;Set-Cookie=a=1;Set-Cookie=b=2;X-N=5;x-amzn-Remapped-Server="
            "me;x-amzn-Remapped-WWW-Authenticate=Basic;"
            "Content-Type=application/json;X-Amzn-Trace-Id=TRACE;");

  api.functions.behaviours["f"] = FakeFunctions::says(
      R"({"statusCode":200,"headers":{"content-type":"image/png"},"body":"aGk=","isBase64Encoded":true})");
  EXPECT_EQ(api.text("GET", "/", {{"Accept", "image/png, */*"}}), "200 hi");
  EXPECT_EQ(api.text("GET", "/", {{"Accept", "text/html, image/png"}}), "200 aGk=");
}

TEST(RestErrors, SayWhatTheServiceSays) {
  RestApi api;
  auto exchange = api.call("GET", "/nothing/here");
  EXPECT_EQ(exchange->answer.status, 403);
  EXPECT_EQ(exchange->answer.body, "{\"message\":\"Missing Authentication Token\"}");
  EXPECT_EQ(exchange->header("x-amzn-ErrorType"), "MissingAuthenticationTokenException");
  EXPECT_EQ(settled(exchange->header("x-amzn-RequestId")), "UUID");
  EXPECT_EQ(api.text("DELETE", "/items/1"), "403 {\"message\":\"Missing Authentication Token\"}");
  EXPECT_EQ(api.text("GET", "/restapis/nobody/dev/_user_request_/x"), "403 {\"message\":\"Forbidden\"}");
  EXPECT_EQ(api.text("GET", "/restapis/" + api.traces[0].api_id + "/prod/_user_request_/x"),
            "403 {\"message\":\"Forbidden\"}");
  EXPECT_EQ(api.text("GET", "/restapis/" + api.traces[0].api_id + "/dev/_user_request_/mock"), "418 {\"tea\":1}");
  EXPECT_EQ(api.text("GET", "/dev/mock", {{"Host", api.traces[0].api_id + ".execute-api.us-east-1.localhost:8000"}}),
            "418 {\"tea\":1}");
  EXPECT_EQ(api.text("POST", "/items/1", {}, std::string((10u << 20) + 1, ' ')),
            "413 {\"message\":\"HTTP content length exceeded 10485760 bytes.\"}");
}

TEST(RestValidation, ParametersThenBody) {
  RestApi api;
  const std::vector<std::pair<std::string, std::string>> who = {{"X-Who", "me"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(api.text("POST", "/items/1", {}, "{}"),
            "400 {\"message\": \"Missing required request parameters: [X-Who, page]\"}");
  EXPECT_EQ(api.text("POST", "/items/1?page=", who, "{}"),
            "400 {\"message\": \"Missing required request parameters: [page]\"}");
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, "{}"), "400 {\"message\": \"Invalid request body\"}");
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, "{"), "400 {\"message\": \"Invalid request body\"}");
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, R"({"name":"a b","code":"12"})"),
            "400 {\"message\": \"Invalid request body\"}")
      << "patterns are checked: the code has three digits";
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, R"({"name":"n","kind":"c"})"),
            "400 {\"message\": \"Invalid request body\"}");
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, R"({"name":"n","kind":"b","code":"123"})").substr(0, 4), "200 ");
  EXPECT_EQ(api.text("POST", "/items/1?page=2", who, std::string(200000, '[')).substr(0, 4), "400 ");
}

TEST(RestMock, AnswersByStatusAndTellsOfBrokenTemplates) {
  RestApi api;
  const auto exchange = api.call("GET", "/mock");
  EXPECT_EQ(exchange->answer.status, 418);
  EXPECT_EQ(exchange->header("X-A"), "b");
  EXPECT_EQ(api.text("PUT", "/mock", {}, "{}"), "415 {\"message\": \"Unsupported Media Type\"}");
  const auto broken = api.call("GET", "/vtl");
  EXPECT_EQ(broken->answer.status, 500);
  EXPECT_EQ(broken->header("X-Broken"), "yes");
  const std::vector<std::string> notes = api.gateway->notes();
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& n) {
    return n.find(
               "GET /vtl: its request template for application/json, line 1: #set: expected =, found \"1)\": it "
               "answers 500") != std::string::npos;
  }));
}

TEST(RestHttpProxy, SendsTheTargetAsItCameAndTheHeadersItShould) {
  RestApi api;
  api.upstream.result.status = 203;
  api.upstream.result.headers = {{"Server", "nginx"}, {"X-U", "1"}, {"X-U", "2"}, {"Content-Length", "2"}};
  api.upstream.result.body = "ok";
  const auto exchange = api.call("GET", "/files/a%2Fb/c%20d?q=%41&r", {{"Host", "h"}, {"X-Mine", "a%20b"}});
  EXPECT_EQ(api.upstream.last.url, "http://127.0.0.1:9/base/a%2Fb/c%20d?q=%41&r");
  EXPECT_EQ(api.upstream.last.method, "GET");
  std::string sent;
  for (const auto& [name, value] : api.upstream.last.headers) sent += name + "=" + settled(value) + ";";
  EXPECT_EQ(sent,
            "X-Amzn-Trace-Id=TRACE;X-Forwarded-For=127.0.0.1;X-Forwarded-Port=80;X-Forwarded-Proto=http;X-Mine=a%20b;X-"
            "Id=UUID;X-Static=s;x-amzn-apigateway-api-id=" +
                api.traces.back().api_id + ";");
  EXPECT_EQ(exchange->answer.status, 203);
  EXPECT_EQ(exchange->answer.body, "ok");
  EXPECT_EQ(exchange->header("x-amzn-Remapped-Server"), "nginx");
  EXPECT_EQ(exchange->header("Content-Length"), "(absent)");
  EXPECT_EQ(exchange->header("x-amzn-Remapped-Content-Length"), "2");
  api.upstream.result.fault = UpstreamFault::kUnreachable;
  EXPECT_EQ(api.text("GET", "/files/x"), "504 {\"message\": \"Network error communicating with endpoint\"}");
  api.upstream.result.fault = UpstreamFault::kTimeout;
  EXPECT_EQ(api.text("GET", "/files/x"), "504 {\"message\": \"Endpoint request timed out\"}");
}

TEST(RestTimeout, AnswersOnceAndTheLateResultIsDropped) {
  Served api(R"(
openapi: 3.0.1
paths:
  /: {get: {x-stator-handler: {name: f, kind: mock, result: 1}, x-amazon-apigateway-integration: {type: aws_proxy, timeoutInMillis: 50}}}
)");
  std::function<void(InvocationResult)> late;
  api.functions.behaviours["f"] = [&](Invocation invocation) { late = std::move(invocation.done); };
  const auto exchange = api.call("GET", "/");
  EXPECT_EQ(exchange->answers, 0);
  for (int i = 0; i < 200 && exchange->answers == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(exchange->answers, 1) << "taken " << api.taken << ", late " << static_cast<bool>(late);
  EXPECT_EQ(exchange->answer.status, 504);
  EXPECT_EQ(exchange->answer.body, "{\"message\": \"Endpoint request timed out\"}");
  late({});
  EXPECT_EQ(exchange->answers, 1);
}

TEST(RestThrottling, IsByMethodAndItsResponseCanBeShaped) {
  Served api(R"(
Resources:
  A:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Variables: {no: seven}
      MethodSettings: [{ResourcePath: /a, HttpMethod: GET, ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2}]
      GatewayResponses: {THROTTLED: {StatusCode: 430, ResponseParameters: {Headers: {Retry: "'soon'"}}, ResponseTemplates: {application/json: '{"why":$context.error.messageString,"n":"$stageVariables.no"}'}}}
      DefinitionBody:
        swagger: "2.0"
        paths:
          /a: {get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{statusCode: 200}'}, responses: {default: {statusCode: 200}}}}}
          /b: {get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{statusCode: 200}'}, responses: {default: {statusCode: 200}}}}}
)");
  EXPECT_EQ(api.text("GET", "/a"), "200 ");
  EXPECT_EQ(api.text("GET", "/a"), "200 ");
  const auto refused = api.call("GET", "/a");
  EXPECT_EQ(refused->answer.status, 430);
  EXPECT_EQ(refused->answer.body, R"({"why":"Too Many Requests","n":"seven"})");
  EXPECT_EQ(refused->header("Retry"), "soon");
  EXPECT_EQ(api.text("GET", "/b"), "200 ");
}

TEST(RestCanary, IsTakenFromTheTemplate) {
  const auto api_of = [](const char* percent) {
    return R"(
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Variables: {a: stage, b: both}
      CanarySetting: {StageVariableOverrides: {a: canary}, PercentTraffic: )" +
           std::string(percent) + R"(}
      DefinitionBody:
        swagger: "2.0"
        paths:
          /a: {get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{statusCode: 200}'}, responses: {default: {statusCode: 200, responseTemplates: {application/json: "$stageVariables.a $stageVariables.b $context.isCanaryRequest"}}}}}}
)";
  };
  Served all(api_of("100.0")), none(api_of("0"));
  EXPECT_EQ(all.text("GET", "/a"), "200 canary both true");
  EXPECT_EQ(none.text("GET", "/a"), "200 stage both false");
}

TEST(RestStreaming, PassesThePreludeAndThePieces) {
  Served api(R"(
openapi: 3.0.1
paths:
  /: {get: {x-stator-handler: {name: f, kind: mock, result: 1}, x-amazon-apigateway-integration: {type: aws_proxy, responseTransferMode: STREAM, uri: "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/f/response-streaming-invocations"}}}
)");
  api.functions.behaviours["f"] = [](Invocation invocation) {
    invocation.stream->begin("application/vnd.awslambda.http-integration-response");
    invocation.stream->write(R"({"statusCode":206,"headers":{"X-A":"1"},"cookies":["c=1"]})");
    invocation.stream->write(std::string("\0\0\0\0\0\0\0\0one", 11));
    invocation.stream->write("two");
    invocation.done({});
  };
  auto exchange = api.call("GET", "/");
  EXPECT_EQ(exchange->answer.status, 206);
  EXPECT_EQ(exchange->header("X-A"), "1");
  EXPECT_EQ(exchange->header("Set-Cookie"), "c=1");
  EXPECT_EQ(exchange->pieces, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(exchange->ended);
  EXPECT_EQ(exchange->answers, 1);
  api.functions.behaviours["f"] = [](Invocation invocation) {
    invocation.stream->begin("text/plain");
    invocation.stream->write("half");
    InvocationResult result;
    result.fault = FunctionFault::kExited;
    invocation.done(std::move(result));
  };
  exchange = api.call("GET", "/");
  EXPECT_EQ(exchange->header("Content-Type"), "text/plain");
  EXPECT_TRUE(exchange->aborted);
  api.functions.behaviours["f"] = FakeFunctions::says("x", FunctionFault::kInitFailed);
  EXPECT_EQ(api.text("GET", "/"), "502 {\"message\": \"Internal server error\"}");
}

}  // namespace
}  // namespace stator::gateway
