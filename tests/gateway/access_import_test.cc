// Access control as templates write it: SAM's Auth sections, CloudFormation's authorizers, keys and plans.
#include <gtest/gtest.h>

#include <algorithm>

#include "gateway_fakes.h"

namespace stator::gateway {
namespace {

const std::string kForbidden = "403 {\"message\":\"Forbidden\"}";

Imported import_text(const std::string& text) {
  const Folder folder;
  ImportOptions options;
  options.templates.account = "123456789012";
  return import_file(folder.write("t.yaml", text), options);
}

// "GET /x: CUSTOM Auth [a b] key" a line.
std::string guards(const Api& api) {
  std::vector<std::string> lines;
  auto add = [&](const std::string& key, const auto& o) {
    std::string line = key + ": " + o.authorization_type + (o.authorizer_id.empty() ? "" : " " + o.authorizer_id);
    for (const std::string& scope : o.authorization_scopes) line += " [" + scope + "]";
    lines.push_back(line + (o.api_key_required ? " key" : ""));
  };
  for (const Resource& r : api.definition.resources)
    for (const auto& [verb, method] : r.methods) add(verb + " " + r.path, method);
  for (const Route& route : api.definition.routes) add(route.route_key, route);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

const std::string kSam = R"(
Transform: AWS::Serverless-2016-10-31
Resources:
  Auth: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs20.x, Handler: auth.handler, CodeUri: .}}
  Pool: {Type: AWS::Cognito::UserPool}
  Api:
    Type: AWS::Serverless::Api
    Metadata: {Stator: {KeyFile: keys/pool.json}}
    Properties:
      StageName: prod
      Cors: "'*'"
      Auth:
        DefaultAuthorizer: Token
        AddDefaultAuthorizerToCorsPreflight: false
        InvokeRole: !GetAtt Nobody.Arn
        Authorizers:
          Token: {FunctionArn: !GetAtt Auth.Arn, FunctionInvokeRole: !Ref Nobody, Identity: {Header: X-Token, ValidationExpression: "a.*", ReauthorizeEvery: 0}}
          Request: {FunctionArn: !GetAtt Auth.Arn, FunctionPayloadType: REQUEST, Identity: {Headers: [A, B], QueryStrings: [q], StageVariables: [v], Context: [path]}}
          Pool: {UserPoolArn: !GetAtt Pool.Arn, AuthorizationScopes: [mail]}
        UsagePlan: {CreateUsagePlan: PER_API, Throttle: {RateLimit: 0.5, BurstLimit: 3}, Quota: {Limit: 5, Period: DAY}}
        ResourcePolicy: {IpRangeWhitelist: [10.0.0.0/8]}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: a.b
      CodeUri: .
      Events:
        A: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: get}}
        B: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /b, Method: get, Auth: {Authorizer: NONE, ApiKeyRequired: true}}}
        C: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /c, Method: get, Auth: {Authorizer: AWS_IAM, InvokeRole: !GetAtt No.Arn}}}
        D: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /d, Method: get, Auth: {Authorizer: Pool}}}
        E: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /e, Method: get, Auth: {Authorizer: Pool, AuthorizationScopes: [x, y]}}}
        G: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /g, Method: any, Auth: {ApiKeyRequired: true}}}
)";

TEST(SamAuth, RestApis) {
  const Imported imported = import_text(kSam);
  ASSERT_EQ(imported.apis.size(), 1u);
  const Api& api = imported.apis[0];
  EXPECT_EQ(guards(api),
            "ANY /g: CUSTOM Token key\nGET /a: CUSTOM Token\nGET /b: NONE key\nGET /c: AWS_IAM\nGET /d: "
            "COGNITO_USER_POOLS Pool "
            "[mail]\nGET /e: COGNITO_USER_POOLS Pool [x] [y]\nOPTIONS /a: NONE\nOPTIONS /b: NONE\nOPTIONS /c: NONE\n"
            "OPTIONS /d: NONE\nOPTIONS /e: NONE\nOPTIONS /g: NONE\n");
  ASSERT_EQ(api.definition.authorizers.size(), 3u);
  const Authorizer& token = api.definition.authorizers[0];
  EXPECT_EQ(token.type, "TOKEN");
  EXPECT_EQ(token.identity_source, "method.request.header.X-Token");
  EXPECT_EQ(token.identity_validation_expression, "a.*");
  EXPECT_EQ(token.result_ttl_seconds, 0);
  EXPECT_EQ(
      api.definition.authorizers[1].identity_source,
      "method.request.header.A,method.request.header.B,method.request.querystring.q,stageVariables.v,context.path");
  EXPECT_EQ(api.definition.authorizers[1].type, "REQUEST");
  EXPECT_EQ(api.definition.authorizers[2].provider_arns,
            std::vector<std::string>{"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool"});
  EXPECT_TRUE(api.definition.authorizers[2].key_file.ends_with("/keys/pool.json"));
  EXPECT_EQ(api.definition.authorizers[0].key_file, "");
  EXPECT_EQ(
      api.policy,
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},)"
      R"({"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}]})");
  ASSERT_EQ(imported.api_keys.size(), 1u);
  EXPECT_EQ(imported.api_keys[0].value.size(), 40u);
  EXPECT_TRUE(imported.api_keys[0].enabled);
  EXPECT_NE(imported.notes.back().find("API key ApiApiKey has no Value: send x-api-key: " + imported.api_keys[0].value),
            std::string::npos);
  ASSERT_EQ(imported.usage_plans.size(), 1u);
  EXPECT_EQ(imported.usage_plans[0].stages.at(0).stage, "prod");
  EXPECT_EQ(imported.usage_plans[0].throttle->rate, 0.5);
  EXPECT_EQ(imported.usage_plans[0].quota->limit, 5);
  EXPECT_EQ(imported.usage_plans[0].key_ids, std::vector<std::string>{"ApiApiKey"});
}

TEST(SamAuth, DefaultsGuardPreflightsToo) {
  std::string text = kSam;
  text.erase(text.find("        AddDefaultAuthorizerToCorsPreflight: false\n"), 51);
  text.replace(text.find("        InvokeRole"), 8, "        ApiKeyRequired: true\n        ");
  EXPECT_NE(guards(import_text(text).apis.at(0)).find("OPTIONS /a: CUSTOM Token key\n"), std::string::npos);
}

TEST(SamAuth, HttpApisAndGlobals) {
  const Imported imported = import_text(R"(
Transform: AWS::Serverless-2016-10-31
Globals:
  HttpApi:
    Auth:
      DefaultAuthorizer: Jwt
      Authorizers:
        Jwt: {AuthorizationScopes: [all], IdentitySource: "$request.querystring.token", JwtConfiguration: {issuer: "http://localhost:1", audience: [a, b]}}
        Simple: {FunctionArn: !GetAtt F.Arn, AuthorizerPayloadFormatVersion: 2.0, EnableSimpleResponses: true, Identity: {Headers: [A], ReauthorizeEvery: 5}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: a.b
      CodeUri: .
      Events:
        A: {Type: HttpApi, Properties: {Path: /a, Method: get}}
        B: {Type: HttpApi, Properties: {Path: /b, Method: get, Auth: {Authorizer: NONE}}}
        C: {Type: HttpApi, Properties: {Path: /c, Method: get, Auth: {Authorizer: Simple}}}
        D: {Type: HttpApi, Properties: {Path: /d, Method: get, Auth: {AuthorizationScopes: [one]}}}
        E: {Type: HttpApi, Properties: {Path: /e, Method: get, Auth: {Authorizer: AWS_IAM}}}
)");
  const Api& api = imported.apis.at(0);
  EXPECT_EQ(guards(api),
            "GET /a: JWT Jwt [all]\nGET /b: NONE\nGET /c: CUSTOM Simple\nGET /d: JWT Jwt [one]\nGET /e: AWS_IAM\n");
  const Authorizer& jwt = api.definition.authorizers.at(0);
  EXPECT_EQ(jwt.jwt_issuer, "http://localhost:1");
  EXPECT_EQ(jwt.jwt_audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(jwt.identity_source, "$request.querystring.token");
  const Authorizer& simple = api.definition.authorizers.at(1);
  EXPECT_TRUE(simple.simple_responses);
  EXPECT_EQ(simple.payload_format_version, "2.0");
  EXPECT_EQ(simple.identity_source, "$request.header.A");
  EXPECT_EQ(simple.result_ttl_seconds, 5);
  try {
    import_text(
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: nodejs20.x\n      "
        "Handler: a.b\n"
        "      CodeUri: .\n      Events: {A: {Type: Api, Properties: {Path: /a, Method: get, Auth: {Authorizer: "
        "None}}}}\n");
    FAIL() << "an authorizer that nobody has made was taken";
  } catch (const templates::TemplateError& e) {
    EXPECT_NE(std::string(e.what()).find("t.yaml:8: authorizer \"None\" is not among the API's Authorizers"),
              std::string::npos)
        << e.what();
  }
}

const std::string kKeys = R"(
Resources:
  R: {Type: AWS::ApiGateway::RestApi, Properties: {Name: r}}
  X: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref R, ParentId: !GetAtt R.RootResourceId, PathPart: x}}
  Root: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref R, ResourceId: !GetAtt R.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, ApiKeyRequired: true, Integration: {Type: MOCK, RequestTemplates: {application/json: '{"statusCode":200}'}, IntegrationResponses: [{StatusCode: 200}]}}}
  GetX: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref R, ResourceId: !Ref X, HttpMethod: GET, AuthorizationType: NONE, ApiKeyRequired: true, Integration: {Type: MOCK, RequestTemplates: {application/json: '{"statusCode":200}'}, IntegrationResponses: [{StatusCode: 200}]}}}
  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref R}}
  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref R, DeploymentId: !Ref D, StageName: v1}}
  Good: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: good-key-good-key-good-key}}
  Off: {Type: AWS::ApiGateway::ApiKey, Properties: {Value: off-key-off-key-off-key-off}}
  Loose: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: loose-key-loose-key-loose}}
  Staged: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: staged-key-staged-key-stag, StageKeys: [{RestApiId: !Ref R, StageName: v1}]}}
  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref R, Stage: !Ref S, Throttle: {/x/GET: {RateLimit: 0, BurstLimit: 2}}}], Quota: {Limit: 5, Offset: 1, Period: MONTH}, Throttle: {RateLimit: 1000, BurstLimit: 1000}}}
  GoodPlan: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Good, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
  OffPlan: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Off, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
)";

TEST(ApiKeys, PlansAdmitThrottleAndCount) {
  int64_t now = kNow;
  Served api(kKeys, "t.yaml", [&](GatewayOptions& o) {
    o.now_ms = [&] { return now; };
    o.access.api_keys = {"from-the-flag"};
  });
  auto ask = [&](const std::string& path, const std::string& key) {
    return api.text("GET", path, {{"X-API-Key", key}}).substr(0, 40);
  };
  EXPECT_EQ(api.text("GET", "/"), kForbidden);
  EXPECT_EQ(api.call("GET", "/")->header("x-amzn-ErrorType"), "ForbiddenException");
  for (const char* key : {"", "nobody", "off-key-off-key-off-key-off", "loose-key-loose-key-loose"})
    EXPECT_EQ(ask("/", key), kForbidden) << key;
  for (const char* key : {"good-key-good-key-good-key", "staged-key-staged-key-stag", "from-the-flag"})
    EXPECT_EQ(ask("/", key).substr(0, 3), "200") << key;
  // The method's own limit: two, and no more ever; what is refused is not counted.
  EXPECT_EQ(ask("/x", "good-key-good-key-good-key").substr(0, 3), "200");
  EXPECT_EQ(ask("/x", "good-key-good-key-good-key").substr(0, 3), "200");
  EXPECT_EQ(ask("/x", "good-key-good-key-good-key"), "429 {\"message\":\"Too Many Requests\"}");
  EXPECT_EQ(ask("/", "good-key-good-key-good-key").substr(0, 3), "200");
  // Five a month, of which one was taken off the first.
  EXPECT_EQ(ask("/", "good-key-good-key-good-key"), "429 {\"message\":\"Limit Exceeded\"}");
  EXPECT_EQ(api.call("GET", "/", {{"x-api-key", "good-key-good-key-good-key"}})->header("x-amzn-ErrorType"),
            "LimitExceededException");
  // April the 21st, and the days beside it; the one taken off is no request.
  Usage& usage = api.gateway->access().usage();
  auto told = [&](int64_t first, int64_t last) {
    std::string out;
    for (const UsageDay& day : usage.days("Plan", "Good", first, last))
      out += std::to_string(day.used) + "/" + std::to_string(day.remaining) + " ";
    return out;
  };
  const int64_t today = now / 86400'000;
  EXPECT_EQ(told(today - 1, today + 1), "0/5 4/0 0/0 ");
  usage.grant("Plan", "Good", 1, now);
  EXPECT_EQ(told(today, today), "4/1 ");
  EXPECT_EQ(ask("/", "good-key-good-key-good-key").substr(0, 3), "200");
  EXPECT_EQ(ask("/", "good-key-good-key-good-key"), "429 {\"message\":\"Limit Exceeded\"}");
  now += 10LL * 86400'000;  // the first of May
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("/", "good-key-good-key-good-key").substr(0, 3), "200") << i;
  EXPECT_EQ(ask("/", "good-key-good-key-good-key"), "429 {\"message\":\"Limit Exceeded\"}");
  EXPECT_EQ(told(today, today), "5/0 ");
  EXPECT_EQ(told(now / 86400'000 - 1, now / 86400'000), "0/0 5/0 ");
}

TEST(ApiKeys, PeriodsBeginAtMidnightOnSundayAndOnTheFirst) {
  constexpr int64_t kSaturday = 1587168000000, kDay = 86400000;  // 18 April 2020
  EXPECT_EQ(quota_period("DAY", kSaturday), quota_period("DAY", kSaturday + kDay - 1));
  EXPECT_NE(quota_period("DAY", kSaturday), quota_period("DAY", kSaturday - 1));
  EXPECT_NE(quota_period("WEEK", kSaturday), quota_period("WEEK", kSaturday + kDay));
  EXPECT_EQ(quota_period("WEEK", kSaturday + kDay), quota_period("WEEK", kSaturday + 7 * kDay));
  EXPECT_EQ(quota_period("MONTH", kSaturday), quota_period("MONTH", kSaturday + 12 * kDay));
  EXPECT_NE(quota_period("MONTH", kSaturday), quota_period("MONTH", kSaturday + 13 * kDay));
}

TEST(ApiKeys, MayComeFromTheAuthorizer) {
  Served api(R"(
openapi: 3.0.1
info: {title: k}
x-amazon-apigateway-api-key-source: AUTHORIZER
paths:
  /a: {get: {security: [{tok: [], key: []}], x-stator-handler: {name: f, kind: mock, result: {statusCode: 200}}}}
components:
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    tok: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}}
)",
             "k.yaml", [](GatewayOptions& o) { o.access.api_keys = {"mine"}; });
  auto with_key = [&](const std::string& key) {
    api.functions.behaviours["f"] = [key](Invocation invocation) {
      InvocationResult result;
      result.payload =
          invocation.payload.find("\"TOKEN\"") == std::string::npos
              ? R"({"statusCode":200})"
              : R"({"principalId":"a","usageIdentifierKey":")" + key +
                    R"(","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}})";
      invocation.done(std::move(result));
    };
    return api.text("GET", "/a", {{"Authorization", key}, {"x-api-key", "mine"}});
  };
  EXPECT_EQ(with_key("mine"), "200 ");
  EXPECT_EQ(with_key("other"), kForbidden);
}

TEST(CloudFormationAuthorizers, AreReadWhole) {
  const Imported imported = import_text(R"(
Resources:
  H: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref H, IntegrationType: HTTP_PROXY, IntegrationUri: "http://127.0.0.1:9/"}}
  J: {Type: AWS::ApiGatewayV2::Authorizer, Metadata: {Stator: {KeyFile: keys.json}}, Properties: {ApiId: !Ref H, Name: jay, AuthorizerType: JWT, IdentitySource: ["$request.header.Authorization"], JwtConfiguration: {Issuer: !Sub "https://cognito-idp.${AWS::Region}.amazonaws.com/${P}", Audience: [!Ref C]}}}
  L: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref H, Name: el, AuthorizerType: REQUEST, AuthorizerCredentialsArn: !GetAtt Nobody.Arn, AuthorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:gone/invocations", AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true, IdentitySource: ["$request.header.A", "$request.querystring.b"], AuthorizerResultTtlInSeconds: 7}}
  P: {Type: AWS::Cognito::UserPool}
  C: {Type: AWS::Cognito::UserPoolClient}
  A: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /a, AuthorizationType: JWT, AuthorizerId: !Ref J, AuthorizationScopes: [s], Target: !Sub "integrations/${I}"}}
  B: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /b, AuthorizationType: CUSTOM, AuthorizerId: !Ref L, Target: !Sub "integrations/${I}"}}
)");
  const Api& api = imported.apis.at(0);
  EXPECT_EQ(guards(api), "GET /a: JWT J [s]\nGET /b: CUSTOM L\n");
  const Authorizer& jwt = api.definition.authorizers.at(0);
  EXPECT_EQ(jwt.name, "jay");
  EXPECT_EQ(jwt.jwt_issuer, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_P");
  EXPECT_EQ(jwt.jwt_audience, std::vector<std::string>{"C"});
  EXPECT_TRUE(jwt.key_file.ends_with("/keys.json")) << jwt.key_file;
  EXPECT_EQ(api.definition.authorizers.at(1).identity_source, "$request.header.A,$request.querystring.b");
  EXPECT_EQ(api.definition.authorizers.at(1).result_ttl_seconds, 7);
  ASSERT_EQ(imported.uses.size(), 1u);  // so that a function that nothing runs is told at start
  EXPECT_EQ(imported.uses[0].route, "authorizer el");
}

}  // namespace
}  // namespace stator::gateway
