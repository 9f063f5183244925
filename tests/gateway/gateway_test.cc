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

TEST(Load, RefusesAFunctionThatCannotBeStartedOnlyWhereARouteCallsIt) {
  const std::string function =
      "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: "
      "java21\n"
      "      CodeUri: .\n";
  Served unused(function);
  ASSERT_EQ(unused.gateway->notes().size(), 1u);
  EXPECT_NE(unused.gateway->notes()[0].find("template.yaml:3: function F: runtime java21 is started by a command"),
            std::string::npos);
  try {
    Served api(function + "      Events: {E: {Type: HttpApi, Properties: {Path: /a, Method: get}}}\n");
    FAIL() << "it was accepted";
  } catch (const GatewayLoadError& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find("template.yaml:8: GET /a calls the function "), std::string::npos) << text;
    EXPECT_NE(text.find("template.yaml:3: function F: runtime java21 is started by a command"), std::string::npos)
        << text;
  }
}

// As the CDK writes an application of two stacks.
TEST(Load, TemplatesImportWhatOthersExport) {
  const Folder folder;
  auto data = [&](const std::string& table) {
    return folder.write("data.yaml", R"(
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: )" + table + R"(
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
Outputs:
  Name: {Value: !Ref Table, Export: {Name: "data:Table"}}
  Unknown: {Value: !GetAtt Nothing.Arn, Export: {Name: "data:Unknown"}}
  Private: {Value: x}
)");
  };
  const std::string middle = folder.write("middle.yaml", R"(
Resources: {}
Outputs: {Again: {Value: !Sub ["${T}/items", {T: !ImportValue "data:Table"}], Export: {Name: !Sub "${AWS::StackName}-path"}}}
)");
  const std::string function = R"(
Resources:
  Nest: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nest.json}}
  F:
    Type: AWS::Lambda::Function
    Properties: {Handler: a.b, Runtime: nodejs20.x, Environment: {Variables: {TABLE: !ImportValue "data:Table", PATH2: !ImportValue "stator-path"}}}
    Metadata: {Stator: {CodeUri: .}}
)";
  const std::string exporter = data("orders");
  Served api(function, "api.yaml", [&](GatewayOptions& options) {
    options.api_files.insert(options.api_files.begin(), middle);
    options.api_files.push_back(exporter);
  });
  auto environment = [&] { return api.gateway->functions().at(0).environment; };
  EXPECT_EQ(environment()["TABLE"] + " " + environment()["PATH2"], "orders orders/items");
  ASSERT_EQ(api.gateway->notes().size(), 1u);
  EXPECT_NE(api.gateway->notes()[0].find("api.yaml:3: nested stack Nest is not read"), std::string::npos);
  data("bills");
  EXPECT_TRUE(api.gateway->reload());
  EXPECT_EQ(environment()["TABLE"], "bills");
  try {
    Served unknown(
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {FunctionName: !ImportValue "
        "\"data:Unknown\"}\n",
        "api.yaml", [&](GatewayOptions& options) { options.api_files.push_back(exporter); });
    FAIL() << "it was accepted";
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find(
                  "Fn::ImportValue \"data:Unknown\": no template that was given beside this one exports that"),
              std::string::npos)
        << e.what();
  }
}

// Nothing is open, and nothing closed to everybody, in silence: each way to ask for authorization, in one line at
// start.
TEST(Load, SaysWhatIsNotCheckedAndWhatNobodyCanPass) {
  auto note = [](const std::string& text, const std::string& name) {
    Served api(text, name);
    std::string all;
    for (const std::string& each : api.gateway->notes())
      all += each.substr(each.find(name) == std::string::npos ? 0 : each.find(name)) + "|";
    return all;
  };
  EXPECT_EQ(note(R"(
openapi: 3.0.1
info: {title: t}
security: [{pool: []}]
paths:
  /a: {get: {x-stator-handler: {name: f, kind: mock, result: 1}}}
  /b: {get: {security: [{key: []}], x-stator-handler: f}}
  /c: {get: {security: [{sig: []}, {key: []}], x-stator-handler: f}}
  /d: {get: {security: [], x-stator-handler: f}}
  /e: {get: {x-amazon-apigateway-auth: {type: aws_iam}, security: [], x-stator-handler: f}}
components:
  securitySchemes:
    pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: cognito_user_pools}}
    key: {type: apiKey, name: x-api-key, in: header}
    sig: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
x-amazon-apigateway-policy: {Version: "2012-10-17", Statement: []}
)",
                 "o.yaml"),
            "API t, stage dev: every request is refused: GET /a (authorizer pool: its providerARNs are no user pools' "
            "(arn:aws:cognito-idp:...))|"
            "API t, stage dev: signatures are asked for and not verified, for want of --iam-credentials or --iam: GET "
            "/c; GET /e|"
            "API t, stage dev: every request is refused: no API key is for this stage; give --api-key VALUE: GET /b; "
            "GET /c|");
  EXPECT_EQ(note(R"(
Resources:
  R: {Type: AWS::ApiGateway::RestApi, Properties: {Name: r, Policy: {Statement: [{Effect: Allow}]}}}
  M: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref R, ResourceId: !GetAtt R.RootResourceId, HttpMethod: GET, AuthorizationType: CUSTOM, ApiKeyRequired: true, Integration: {Type: MOCK}}}
  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref R, StageName: v1}}
)",
                 "c.yaml"),
            "c.yaml: r: its resource policy: expected Action or NotAction|"
            "API r, stage v1: every request is refused: GET / (CUSTOM: there is no authorizer \"\")|"
            "API r, stage v1: every request is refused: its resource policy cannot be read|"
            "API r, stage v1: every request is refused: no API key is for this stage; give --api-key VALUE: GET /|");
  EXPECT_EQ(note(R"(
Resources:
  H: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref H, IntegrationType: HTTP_PROXY, IntegrationUri: "http://127.0.0.1:9/"}}
  A: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /a, AuthorizationType: JWT, Target: !Sub "integrations/${I}"}}
  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref H, StageName: $default, AutoDeploy: true}}
)",
                 "h.yaml"),
            "API h, stage $default: every request is refused: GET /a (JWT: there is no authorizer \"\")|");
  EXPECT_EQ(note(R"(
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs20.x, Handler: a.b, Events: {E: {Type: HttpApi, Properties: {Auth: {Authorizer: NONE}}}}}}
)",
                 "s.yaml"),
            "");
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

TEST(Reload, TellsWhatNobodyCanPassAnyMore) {
  Served api(kOne, "one.yaml");
  api.folder.write(
      "one.yaml",
      "openapi: 3.0.1\npaths:\n  /b: {get: {security: [{k: []}], x-stator-handler: {name: f, kind: mock, result: 1}}}\n"
      "components: {securitySchemes: {k: {type: apiKey, in: header, name: x-api-key}}}\n");
  EXPECT_TRUE(api.gateway->reload());
  EXPECT_NE(api.log.back().find("every request is refused: no API key is for this stage; give --api-key VALUE: GET /b"),
            std::string::npos)
      << api.log.back();
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
