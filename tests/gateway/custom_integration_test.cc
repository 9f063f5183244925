// Integrations of REST APIs that are no proxies, black box: templates, mappings, overrides, selection patterns, content
// handling, DynamoDB.
#include <gtest/gtest.h>

#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

constexpr const char* kCustomApi = R"yaml(
openapi: 3.0.1
info: {title: custom}
x-amazon-apigateway-binary-media-types: [image/png]
paths:
  /fn/{id}:
    post:
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations
        passthroughBehavior: when_no_templates
        requestTemplates:
          application/json: |
            #set($in = $input.path('$'))
            {"id": "$input.params('id')", "q": "$input.params().querystring.q", "name": "$in.name", "stage": "$context.stage", "verb": "$context.httpMethod", "ip": "$context.identity.sourceIp", "h": "$input.params('x-who')"}
          text/plain: '{"text": "$util.escapeJavaScript($input.body).replaceAll("\\''", "''")"}'
        responses:
          default:
            statusCode: "201"
            responseParameters:
              method.response.header.X-Id: integration.response.body.made.id
              method.response.header.X-Static: "'s'"
              method.response.header.X-Stage: context.stage
              method.response.header.X-None: integration.response.body.none
              method.response.header.X-Tags: integration.response.body.tags
            responseTemplates:
              application/json: '{"got": $input.json("$.made"), "req": "$input.params(''id'')"}'
          "bad.*": {statusCode: "400", responseTemplates: {application/json: '{"why": "$input.path(''$.errorMessage'')"}'}}
          '.*\[404\].*':
            statusCode: "404"
            responseTemplates:
              application/json: |
                #set($e = $util.parseJson($input.path('$.errorMessage')))
                #set($context.responseOverride.header.X-Kind = $e.kind)
                {"kind":"$e.kind"}
          ".*override.*": {statusCode: "400", responseTemplates: {application/json: '#set($context.responseOverride.status = 418)tea'}}
          ".*broken.*": {statusCode: "400", responseTemplates: {application/json: "\n$input.path('$.errorMessage').substring(99)"}}
    get:
      x-amazon-apigateway-integration:
        type: aws
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations
        requestParameters: {integration.request.header.X-Amz-Invocation-Type: "'Event'"}
        responses: {default: {statusCode: "202"}}
    put:
      x-amazon-apigateway-integration:
        type: aws
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations
        responses: {"x.*": {statusCode: "500"}}
  /http/{name}:
    post:
      x-amazon-apigateway-integration:
        type: http
        httpMethod: PUT
        uri: http://127.0.0.1:9/{who}/{part}?fixed=1
        requestParameters:
          integration.request.path.who: method.request.path.name
          integration.request.querystring.page: method.request.querystring.p
          integration.request.querystring.all: method.request.multivaluequerystring.m
          integration.request.header.X-Body: method.request.body.a.b
          integration.request.header.X-Var: stageVariables.none
          integration.request.header.X-Many: method.request.multivalueheader.X-M
        requestTemplates:
          application/json: '#set($context.requestOverride.path.part = "over ride")#set($context.requestOverride.header.X-Over = "y")#set($context.requestOverride.querystring.z = "1 2"){"wrapped": $input.json("$")}'
        responses:
          default: {statusCode: "200", responseParameters: {method.response.header.X-Up: integration.response.header.x-u, method.response.multivalueheader.X-All: integration.response.multivalueheader.X-A}}
          '4\d{2}': {statusCode: "422", responseTemplates: {application/json: '{"up": $input.json("$.error")}'}}
  /mock:
    options:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": #if($input.params("mode") == "bad")400#{else}200#end}'}
        responses:
          "200":
            statusCode: "204"
            responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'", method.response.header.Access-Control-Allow-Methods: "'GET,OPTIONS'"}
            responseTemplates:
              application/json: |
                #set($origin = $input.params().header.get("Origin"))
                #if($origin == "https://a.example")
                #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
                #end
          "400": {statusCode: "400", responseTemplates: {application/json: 'bad'}}
    post:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '#set($context.requestOverride.path.body = $input.body){"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: 'echo $context.requestOverride.path.body $stageVariables.x', application/xml: '<x/>'}}}
    put:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '#set($context.requestOverride.header.a = 1)#set($context.requestOverride.header.a = 2){"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
  /table:
    post:
      x-amazon-apigateway-integration:
        type: aws
        uri: arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem
        requestTemplates: {application/json: '{"TableName": "T", "Item": {"id": {"S": "$input.path(''$.id'')"}}}'}
        responses:
          default: {statusCode: "200", responseTemplates: {application/json: '{"ok": true}'}}
          "400": {statusCode: "409", responseTemplates: {application/json: '{"type": "$input.path(''$.__type'')"}'}}
  /queue:
    post: {x-amazon-apigateway-integration: {type: aws, uri: "arn:aws:apigateway:us-east-1:sqs:path/123456789012/q", responses: {default: {statusCode: "200"}}}}
  /image:
    post:
      x-amazon-apigateway-integration:
        type: aws
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations
        contentHandling: CONVERT_TO_TEXT
        requestTemplates: {image/png: '{"image": "$input.body"}'}
        responses: {default: {statusCode: "200", contentHandling: CONVERT_TO_BINARY}}
    put:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {image/png: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
)yaml";

struct CustomApi : Served {
  CustomApi()
      : Served(kCustomApi, "custom.yaml", [this](GatewayOptions& o) {
          o.function_files = {folder.write("f.yaml", "f: {kind: mock, result: {}}\n")};
          o.dynamodb = [this](WireRequest& request, WireReply& reply) {
            dynamodb_request = std::string(request.header("X-Amz-Target").value_or("")) + " " +
                               std::string(request.header("Authorization").value_or("")).substr(0, 65) + " " +
                               std::string(request.body.data(), request.body.size());
            reply = dynamodb_reply;
          };
        }) {
    functions.behaviours["f"] = [this](Invocation invocation) {
      event = invocation.payload;
      asynchronous = invocation.asynchronous;
      InvocationResult out;
      out.payload = result;
      out.fault = fault;
      invocation.done(std::move(out));
    };
  }
  std::string post(const std::string& path, const std::string& body, const std::string& type = "application/json") {
    return text("POST", path, {{"Content-Type", type}, {"X-Who", "me"}}, body);
  }

  std::string event, result = R"({"made":{"id":7},"tags":["a"]})", dynamodb_request;
  FunctionFault fault = FunctionFault::kNone;
  bool asynchronous = false;
  WireReply dynamodb_reply;
};

TEST(CustomLambda, TemplatesMakeThePayloadAndTheAnswer) {
  CustomApi api;
  const auto exchange =
      api.call("POST", "/fn/a%20b?q=1&q=2", {{"Content-Type", "application/json; charset=utf-8"}, {"X-Who", "me"}},
               R"({"name":"n"})");
  EXPECT_EQ(api.event,
            R"({"id": "a b", "q": "2", "name": "n", "stage": "dev", "verb": "POST", "ip": "127.0.0.1", "h": "me"})"
            "\n");
  EXPECT_EQ(exchange->answer.status, 201);
  EXPECT_EQ(exchange->answer.body, R"({"got": {"id":7}, "req": "a b"})");
  EXPECT_EQ(exchange->header("X-Id"), "7");
  EXPECT_EQ(exchange->header("X-Static"), "s");
  EXPECT_EQ(exchange->header("X-Stage"), "dev");
  EXPECT_EQ(exchange->header("X-Tags"), "[\"a\"]");
  EXPECT_EQ(exchange->header("X-None"), "(absent)");
  EXPECT_EQ(exchange->header("Content-Type"), "application/json");
  EXPECT_EQ(api.post("/fn/1", "it's \"x\"", "text/plain").substr(0, 4), "201 ");
  EXPECT_EQ(api.event, R"({"text": "it's \"x\""})");
}

TEST(CustomLambda, PassthroughAndWhatIsNoJson) {
  CustomApi api;
  EXPECT_EQ(api.post("/fn/1", "<x/>", "application/xml"), "415 {\"message\": \"Unsupported Media Type\"}");
  EXPECT_EQ(api.text("PUT", "/fn/1", {}, "not json"),
            R"(400 {"Type":"User","message":"Could not parse request body into json: not JSON at byte 1"})");
  EXPECT_EQ(api.post("/fn/1", "{\"name\": tru"), "500 {\"message\": \"Internal server error\"}");
  ASSERT_FALSE(api.log.empty());
  EXPECT_EQ(
      api.log.back(),
      "custom, stage dev, POST /fn/{id}: the request template for application/json, line 1: the body is not JSON at "
      "byte 12");
  // No integration response fits an answer that is no error, and there is no default.
  EXPECT_EQ(api.text("PUT", "/fn/1", {}, "{}"), "500 {\"message\": \"Internal server error\"}");
}

TEST(CustomLambda, ErrorsAreMatchedByTheirMessage) {
  CustomApi api;
  api.fault = FunctionFault::kFunctionError;
  auto with = [&](const std::string& message) {
    api.result = R"({"errorMessage":")" + message + R"(","errorType":"Error"})";
    return api.post("/fn/1", "{}");
  };
  EXPECT_EQ(with("bad thing"), R"(400 {"why": "bad thing"})");
  EXPECT_EQ(with("not bad"), R"(201 {"got": "", "req": "1"})");  // the whole message must match
  EXPECT_EQ(with(R"({\"kind\":\"k\",\"code\":\"[404]\"})"), "404 {\"kind\":\"k\"}\n");
  EXPECT_EQ(with("override"), "418 tea");
  EXPECT_EQ(with("broken"), "500 {\"message\": \"Internal server error\"}");
  EXPECT_EQ(api.log.back(),
            "custom, stage dev, POST /fn/{id}: the response template for application/json, line 2: begin 99, end 6, "
            "length 6");
  const auto exchange = api.call("POST", "/fn/1", {}, "{}");
  EXPECT_EQ(exchange->answer.status, 500);
  api.result = R"({"errorMessage":"{\"kind\":\"k\",\"code\":\"[404]\"}"})";
  EXPECT_EQ(api.call("POST", "/fn/1", {}, "{}")->header("X-Kind"), "k");
}

TEST(CustomLambda, EventInvocationsAreNotWaitedFor) {
  CustomApi api;
  EXPECT_EQ(api.text("GET", "/fn/1"), "202 ");
  EXPECT_TRUE(api.asynchronous);
  EXPECT_EQ(api.event, "{}");
}

TEST(CustomHttp, SendsWhatIsMappedAndChoosesByStatus) {
  CustomApi api;
  api.upstream.result.status = 200;
  api.upstream.result.headers = {{"X-U", "1"}, {"X-A", "1"}, {"X-A", "2"}, {"Content-Type", "text/csv"}};
  api.upstream.result.body = "a,b";
  auto exchange = api.call("POST", "/http/a%2Fb?p=3&m=1&m=2&other=x",
                           {{"Content-Type", "application/json"}, {"X-M", "1"}, {"X-M", "2"}, {"Cookie", "no"}},
                           R"({"a":{"b":"c"}})");
  EXPECT_EQ(api.upstream.last.method, "PUT");
  EXPECT_EQ(api.upstream.last.url, "http://127.0.0.1:9/a%2Fb/over%20ride?fixed=1&all=1&all=2&page=3&z=1%202");
  EXPECT_EQ(api.upstream.last.body, R"({"wrapped": {"a":{"b":"c"}}})");
  std::string sent;
  for (const auto& [name, value] : api.upstream.last.headers) sent += name + "=" + settled(value) + ";";
  const std::string id = api.traces.back().api_id;
  EXPECT_EQ(sent, "x-amzn-apigateway-api-id=" + id + ";Accept=application/json;User-Agent=AmazonAPIGateway_" + id +
                      ";X-Amzn-Trace-Id=TRACE;Content-Type=application/json;X-Body=c;X-Many=1,2;X-Over=y;");
  EXPECT_EQ(exchange->answer.body, "a,b");
  EXPECT_EQ(exchange->header("Content-Type"), "text/csv");
  EXPECT_EQ(exchange->header("X-Up"), "1");
  EXPECT_EQ(std::count_if(exchange->answer.headers.begin(), exchange->answer.headers.end(),
                          [](const auto& h) { return h.first == "X-All"; }),
            2);
  api.upstream.result = {};
  api.upstream.result.status = 404;
  api.upstream.result.body = R"({"error":"gone"})";
  EXPECT_EQ(api.post("/http/x", "{}"), R"(422 {"up": "gone"})");
  api.upstream.result.fault = UpstreamFault::kUnreachable;
  EXPECT_EQ(api.post("/http/x", "{}"), "504 {\"message\": \"Network error communicating with endpoint\"}");
}

TEST(CustomMock, PreflightAndOverrides) {
  CustomApi api;
  auto exchange = api.call("OPTIONS", "/mock", {{"Origin", "https://a.example"}});
  EXPECT_EQ(exchange->answer.status, 204);
  EXPECT_EQ(exchange->header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(exchange->header("Access-Control-Allow-Methods"), "GET,OPTIONS");
  EXPECT_EQ(api.call("OPTIONS", "/mock", {{"origin", "https://a.example"}})->header("Access-Control-Allow-Origin"),
            "https://a.example");
  EXPECT_EQ(api.call("OPTIONS", "/mock", {{"Origin", "https://b.example"}})->header("Access-Control-Allow-Origin"),
            "*");
  EXPECT_EQ(api.text("OPTIONS", "/mock?mode=bad"), "400 bad");
  EXPECT_EQ(api.post("/mock", "hello"), "200 echo hello ");
  const auto xml = api.call("POST", "/mock", {{"Accept", "application/xml"}}, "hello");
  EXPECT_EQ(xml->answer.body, "<x/>");
  EXPECT_EQ(xml->header("Content-Type"), "application/xml");
  EXPECT_EQ(api.text("PUT", "/mock"), "500 {\"message\": \"Internal server error\"}");
  EXPECT_NE(api.log.back().find("\"a\" is overridden twice"), std::string::npos);
}

TEST(CustomAws, ReachesDynamoDbAndNothingElse) {
  CustomApi api;
  api.dynamodb_reply.body = "{}";
  api.dynamodb_reply.headers = {{"Content-Type", "application/x-amz-json-1.0"}};
  EXPECT_EQ(api.post("/table", R"({"id":"a"})"), R"(200 {"ok": true})");
  EXPECT_EQ(api.dynamodb_request,
            "DynamoDB_20120810.PutItem AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/dynam "
            R"({"TableName": "T", "Item": {"id": {"S": "a"}}})");
  api.dynamodb_reply.status = 400;
  api.dynamodb_reply.body = R"({"__type":"X#Y","message":"m"})";
  EXPECT_EQ(api.post("/table", R"({"id":"a"})"), R"(409 {"type": "X#Y"})");
  EXPECT_EQ(api.post("/queue", "{}"), "500 {\"message\": \"Internal server error\"}");
  EXPECT_NE(api.log.back().find("sqs is not offered"), std::string::npos);
  const std::vector<std::string> notes = api.gateway->notes();
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("POST /queue: AWS integrations reach Lambda functions and DynamoDB's actions, not sqs") !=
           std::string::npos;
  }));
}

TEST(CustomContent, OfAnApiWhereAllIsBinaryIsStillTemplated) {
  Served api(R"yaml(
openapi: 3.0.1
x-amazon-apigateway-binary-media-types: ["*/*"]
paths:
  /m:
    options:
      x-amazon-apigateway-integration:
        type: mock
        contentHandling: CONVERT_TO_TEXT
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"origin": "$input.params("Origin")"}'}}}
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
  /h:
    get:
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://127.0.0.1:9/
        responses: {default: {statusCode: "200"}, "404": {statusCode: "404", responseTemplates: {application/json: x}}}
)yaml");
  EXPECT_EQ(api.text("OPTIONS", "/m", {{"Origin", "o"}, {"Accept", "*/*"}}), R"(200 {"origin": "o"})");
  EXPECT_EQ(api.text("GET", "/m"), "500 {\"message\": \"Internal server error\"}");
  api.upstream.result.status = 200;
  api.upstream.result.headers = {{"Content-Type", "image/png"}};
  api.upstream.result.body = "\xFF\x01";
  EXPECT_EQ(api.text("GET", "/h", {{"Accept", "image/png"}}), "200 \xFF\x01");
  api.upstream.result.status = 404;
  EXPECT_EQ(api.text("GET", "/h", {{"Accept", "image/png"}}), "500 {\"message\": \"Internal server error\"}");
  EXPECT_NE(api.log.back().find("the answer is binary"), std::string::npos);
}

TEST(CustomContent, IsConvertedBothWays) {
  CustomApi api;
  api.result = "\"aGk=\"";
  EXPECT_EQ(api.post("/image", "\xFF\x01", "image/png"), "200 hi");
  EXPECT_EQ(api.event, R"({"image": "/wE="})");
  // As with the service: a template cannot read what is binary.
  EXPECT_EQ(api.text("PUT", "/image", {{"Content-Type", "image/png"}}, "\xFF"),
            "500 {\"message\": \"Internal server error\"}");
}

}  // namespace
}  // namespace stator::gateway
