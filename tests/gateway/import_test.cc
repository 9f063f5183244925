// What SAM, CloudFormation, OpenAPI and functions files become.
#include <gtest/gtest.h>

#include "emulator/gateway/import/import.h"
#include "tests_folder.h"

namespace stator::gateway {
namespace {

// One line for each route: "api/stage METHOD path TYPE target".
std::string outline(const Imported& imported) {
  std::string out;
  for (const Api& api : imported.apis) {
    std::string stages;
    for (const Stage& stage : api.stages) stages += (stages.empty() ? "" : ",") + stage.name;
    out += api.protocol + " " + api.name + " [" + stages + "]\n";
    for (const Resource& resource : api.definition.resources)
      for (const auto& [verb, method] : resource.methods)
        out += "  " + verb + " " + resource.path + " " + method.integration->type + "\n";
    for (const Route& route : api.definition.routes)
      for (const Integration& integration : api.definition.integrations)
        if (route.target == "integrations/" + integration.id)
          out += "  " + route.route_key + " " + integration.type + " " + integration.payload_format_version + "\n";
  }
  for (const FunctionConfig& f : imported.functions)
    out += "function " + f.name + " kind " + std::to_string(static_cast<int>(f.kind)) + " " + f.handler + " " +
           std::to_string(f.timeout.count()) + "ms\n";
  for (const FunctionUse& use : imported.uses)
    out += "uses " + use.function.substr(use.function.rfind(':') + 1) + " for " + use.route + "\n";
  return out;
}

std::string imported(const std::string& text, const std::string& name = "t.yaml") {
  const Folder folder;
  try {
    return outline(import_file(folder.write(name, text), {}));
  } catch (const templates::TemplateError& e) {
    std::string message = e.what();
    while (message.find(folder.path() + "/") != std::string::npos)
      message.erase(message.find(folder.path() + "/"), folder.path().size() + 1);
    return message;
  }
}

TEST(Sam, EventsBecomeRoutesOfTheImplicitApis) {
  EXPECT_EQ(imported(R"(
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs20.x, Timeout: 7, Environment: {Variables: {A: 1}}}
Resources:
  Items:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: src/
      Environment: {Variables: {TABLE: !Ref Table}}
      Events:
        List: {Type: HttpApi, Properties: {Path: /items, Method: get}}
        One: {Type: HttpApi, Properties: {Path: "/items/{id}", Method: any, PayloadFormatVersion: "1.0"}}
        Rest: {Type: Api, Properties: {Path: "/r/{proxy+}", Method: "*"}}
        All: {Type: HttpApi}
        Later: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
  Table: {Type: AWS::Serverless::SimpleTable}
)"),
            R"(HTTP stator [$default]
  GET /items AWS_PROXY 2.0
  ANY /items/{id} AWS_PROXY 1.0
  $default AWS_PROXY 2.0
REST stator [Prod]
  ANY /r/{proxy+} AWS_PROXY
function Items kind 1 app.handler 7000ms
uses Items for GET /items
uses Items for ANY /items/{id}
uses Items for ANY /r/{proxy+}
uses Items for $default
)");
}

TEST(Sam, EnvironmentsMergeWithGlobalsAndCodeIsFoundBesideTheTemplate) {
  const Folder folder;
  const Imported result = import_file(folder.write("sub/t.yaml", R"(
Globals: {Function: {Runtime: python3.12, MemorySize: 512, Environment: {Variables: {A: 1, B: global}}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {Stator: {Concurrency: 3}}
    Properties: {FunctionName: fn, Handler: a.h, CodeUri: ../code, Environment: {Variables: {B: own, C: !Ref "AWS::Region"}}}
)"),
                                      {});
  ASSERT_EQ(result.functions.size(), 1u);
  const FunctionConfig& f = result.functions[0];
  EXPECT_EQ(f.name, "fn");
  EXPECT_EQ(f.arn, "arn:aws:lambda:us-east-1:000000000000:function:fn");
  EXPECT_EQ(f.kind, FunctionKind::kPython);
  EXPECT_EQ(f.memory_mb, 512);
  EXPECT_EQ(f.concurrency, 3);
  EXPECT_EQ(f.code_uri, folder.path() + "/code");
  EXPECT_EQ(f.environment, (std::map<std::string, std::string>{{"A", "1"}, {"B", "own"}, {"C", "us-east-1"}}));
  EXPECT_EQ(f.source_line, 5);
}

TEST(Import, FunctionsThatNothingHereCanStartAreToldAndLeftOut) {
  const Folder folder;
  const Imported result = import_file(folder.write("t.yaml", R"(
Resources:
  Java: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: java21, CodeUri: .}}
  Inline: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: nodejs20.x, InlineCode: x}}
  Zip: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: nodejs20.x, Code: {ZipFile: x}}}
  Bucket: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: nodejs20.x, Code: {S3Bucket: b, S3Key: k/c.zip}}}
  Image: {Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: x}}, Metadata: {Stator: {CodeUri: .}}}
  Runs: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: java21, CodeUri: .}, Metadata: {Stator: {Command: [java]}}}
)"),
                                      {});
  ASSERT_EQ(result.functions.size(), 1u);
  EXPECT_EQ(result.functions[0].name, "Runs");
  const std::string at = folder.path() + "/t.yaml:";
  const std::map<std::string, std::string> expected = {
      {"Java", at + "3: function Java: runtime java21 is started by a command of yours: give Command, under Metadata: "
                    "Stator in a template"},
      {"Inline", at + "4: function Inline: inline code cannot be run: put it in a file and name its folder in CodeUri"},
      {"Zip", at + "5: function Zip: inline code cannot be run: put it in a file and name its folder in Code"},
      {"Bucket", at + "6: function Bucket: its code is not a local folder: give CodeUri under Metadata: Stator"},
      {"Image", at + "7: function Image: expected a Kind, a Command, a Url or a Runtime"}};
  EXPECT_EQ(result.unrunnable, expected);
}

// Templates that tools write name code by its place in a bucket; the code itself lies beside them.
TEST(Import, CodeOfTheCdkAndTheServerlessFrameworkIsWhereTheyLeftIt) {
  const Folder folder;
  const std::string text = R"(
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: nodejs20.x, Code: {S3Bucket: b, S3Key: x/y/abc.zip}}}
)";
  const std::string cdk = folder.write("cdk.out/S.template.json", text);
  folder.write("cdk.out/asset.abc/a.js", "");
  const std::string serverless = folder.write(".serverless/cloudformation-template-update-stack.json", text);
  EXPECT_EQ(import_file(serverless, {}).functions.size(), 0u) << "nothing was packed";
  folder.write(".serverless/abc.zip", "");
  ASSERT_EQ(import_file(cdk, {}).functions.size(), 1u);
  EXPECT_EQ(import_file(cdk, {}).functions[0].code_uri, folder.path() + "/cdk.out/asset.abc");
  ASSERT_EQ(import_file(serverless, {}).functions.size(), 1u);
  EXPECT_EQ(import_file(serverless, {}).functions[0].code_uri, folder.path());
}

TEST(Sam, RefusesWithTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: app, Runtime: nodejs20.x}\n",
       "t.yaml:3: function F: Handler: expected module.function, found \"app\""},
      {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: a.b, Runtime: nodejs20.x, "
       "Timeout: soon}\n",
       "t.yaml:4: Timeout: expected a whole number, found \"soon\""},
      {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: "
       "nodejs20.x\n      Events:\n        E:\n          Type: Api\n"
       "          Properties: {Path: x, Method: get}\n",
       "t.yaml:10: \"x\": expected a path that starts with /"},
      {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: "
       "nodejs20.x\n      Events:\n        E:\n          Type: HttpApi\n"
       "          Properties: {Path: /x, Method: fetch}\n",
       "t.yaml:10: Method: expected an HTTP method or ANY, found \"fetch\""},
      {"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: "
       "nodejs20.x\n      Events:\n        E: {Type: HttpApi, Properties: {ApiId: !Ref Nope, Path: /, Method: get}}\n",
       "t.yaml:8: Ref \"Nope\": no parameter or resource of that name in the template"},
      {"a: 1\n",
       "t.yaml:1: expected a CloudFormation or SAM template (Resources:) or an OpenAPI document (openapi: or "
       "swagger:)"},
      {"Resources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties: {Name: x}\n",
       "t.yaml:3: A: expected StageName"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(imported(text), expected);
}

TEST(Sam, CorsOfARestApiBecomesMockMethods) {
  EXPECT_EQ(imported(R"(
Resources:
  A:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Cors: {AllowOrigin: "'*'", AllowHeaders: "'x'"}
      DefinitionBody:
        swagger: "2.0"
        info: {title: Mine}
        paths:
          /a: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://127.0.0.1:9/"}}}
)"),
            "REST A [v1]\n  GET /a HTTP_PROXY\n  OPTIONS /a MOCK\n");
}

TEST(CloudFormation, ACanaryNamesADeploymentOfItsApi) {
  EXPECT_EQ(imported(R"(
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop}}
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: MOCK}}}
  Now: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: s, DeploymentId: !Ref Now, CanarySetting: {DeploymentId: Then, PercentTraffic: 5}}}
)"),
            "t.yaml:6: Stage: CanarySetting: DeploymentId: expected a deployment of this API, found \"Then\"");
}

TEST(CloudFormation, RestResourcesAreFoundByTheirParents) {
  EXPECT_EQ(imported(R"(
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: a.b, Code: ./src}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop}}
  Pets: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}}
  Pet: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Pets, PathPart: "{id}"}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pet
      HttpMethod: GET
      AuthorizationType: NONE
      Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
  Root:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: ANY, Integration: {Type: MOCK}}
  Live: {Type: AWS::ApiGateway::Deployment, DependsOn: [Get], Properties: {RestApiId: !Ref Api}}
  Prod: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Live, StageName: prod, Variables: {a: b}}}
)"),
            "REST shop [prod]\n  ANY / MOCK\n  GET /pets/{id} AWS_PROXY\nfunction F kind 2 a.b 3000ms\nuses F for GET "
            "/pets/{id}\n");
}

TEST(CloudFormation, HttpApisHaveRoutesAndIntegrations) {
  EXPECT_EQ(
      imported(R"(
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: a.b, Code: ./src}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn, PayloadFormatVersion: "2.0"}}
  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "GET /pets", Target: !Sub "integrations/${I}"}}
  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
)"),
      "HTTP shop [$default]\n  GET /pets AWS_PROXY 2.0\nfunction F kind 2 a.b 3000ms\nuses F for integration I\n");
}

TEST(CloudFormation, WhatTheCdkWritesIsServed) {
  EXPECT_EQ(imported(R"({"Resources": {
 "Items5C": {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": [], "AttributeDefinitions": []}},
 "Fn92": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.abc", "aws:asset:property": "Code"},
  "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}"}, "S3Key": "abc.zip"}, "Handler": "index.handler",
   "Runtime": "nodejs20.x", "Role": {"Fn::GetAtt": ["FnRole", "Arn"]}}},
 "FnRole": {"Type": "AWS::IAM::Role", "Properties": {}},
 "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "cdk"}},
 "Live": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
 "Prod": {"Type": "AWS::ApiGateway::Stage", "Properties": {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Live"}, "StageName": "prod"}},
 "Proxy": {"Type": "AWS::ApiGateway::Resource", "Properties": {"ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
  "PathPart": "{proxy+}", "RestApiId": {"Ref": "Api"}}},
 "Any": {"Type": "AWS::ApiGateway::Method", "Properties": {"AuthorizationType": "NONE", "HttpMethod": "ANY",
  "ResourceId": {"Ref": "Proxy"}, "RestApiId": {"Ref": "Api"}, "Integration": {"IntegrationHttpMethod": "POST", "Type": "AWS_PROXY",
   "Uri": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"},
    ":lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["Fn92", "Arn"]}, "/invocations"]]}}}},
 "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}, "Condition": "Available"}},
 "Conditions": {"Available": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "y"]}]}},
 "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/version"}}}
)",
                     "t.template.json"),
            "REST cdk [prod]\n  ANY /{proxy+} AWS_PROXY\nfunction Fn92 kind 1 index.handler 3000ms\nuses Fn92 for ANY "
            "/{proxy+}\n");
}

TEST(OpenApi, ExtensionsBecomeIntegrations) {
  EXPECT_EQ(imported(R"(
openapi: 3.0.1
info: {title: Shop, version: "1"}
paths:
  /pets:
    get:
      x-amazon-apigateway-integration: {$ref: "#/components/x-amazon-apigateway-integrations/list"}
    x-amazon-apigateway-any-method: {x-stator-handler: other}
components:
  x-amazon-apigateway-integrations:
    list: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:list:live/invocations"}
)"),
            "REST Shop [dev]\n  ANY /pets AWS_PROXY\n  GET /pets AWS_PROXY\nuses live for GET /pets\nuses other for "
            "ANY /pets\n");
  EXPECT_EQ(imported("openapi: 3.0.1\npaths:\n  /$default:\n    x-amazon-apigateway-any-method: {x-stator-handler: "
                     "{name: f, kind: mock, result: 1}}\n"),
            "HTTP  [$default]\n  $default AWS_PROXY 2.0\nfunction f kind 6  3000ms\nuses f for ANY /$default\n");
  EXPECT_EQ(imported("swagger: \"2.0\"\npaths:\n  /a:\n    get:\n      responses: {}\n"),
            "t.yaml:5: GET /a: expected x-amazon-apigateway-integration or x-stator-handler");
  EXPECT_EQ(
      imported(
          "swagger: \"2.0\"\npaths:\n  /a:\n    get:\n      x-amazon-apigateway-integration:\n        type: lambda\n"),
      "t.yaml:6: type: expected aws, aws_proxy, http, http_proxy or mock; found \"lambda\"");
  EXPECT_EQ(
      imported(
          "swagger: \"2.0\"\npaths:\n  /a:\n    get:\n      x-amazon-apigateway-integration: {$ref: \"#/nope\"}\n"),
      "t.yaml:5: $ref \"#/nope\": there is no such thing in the document");
}

TEST(FunctionsFile, NamesEveryMember) {
  const Folder folder;
  auto read = [&](const std::string& text) -> std::string {
    try {
      std::string out;
      for (const FunctionConfig& f : import_functions(folder.write("f.yaml", text), {}))
        out += f.name + " " + f.arn + " " + std::to_string(static_cast<int>(f.kind)) +
               (f.command.empty() ? "" : " " + f.command[0]) + "\n";
      return out;
    } catch (const templates::TemplateError& e) {
      return std::string(e.what()).substr(folder.path().size() + 1);
    }
  };
  EXPECT_EQ(
      read("a: {command: [/bin/x, y], timeout: 5}\narn:aws:lambda:eu-west-1:9:function:b:live: {kind: invoke-url, url: "
           "\"http://127.0.0.1:1/\"}\n"),
      "a arn:aws:lambda:us-east-1:000000000000:function:a 0 /bin/x\nb arn:aws:lambda:eu-west-1:9:function:b:live 3\n");
  EXPECT_EQ(read("a: {Command: ls -l}\n"),
            "f.yaml:1: Command: expected a list: the program and its arguments, never a shell line");
  EXPECT_EQ(
      read("a:\n  Kind: docker\n"),
      "f.yaml:2: Kind: expected runtime, node, python, invoke-url, http, command, mock or attach; found \"docker\"");
  EXPECT_EQ(read("a: {Kind: node, Handlr: x}\n").substr(0, 46), "f.yaml:1: \"Handlr\" is no member of a function:");
  EXPECT_EQ(read("a: {}\n"), "f.yaml:1: function a: expected a Kind, a Command, a Url or a Runtime");
}

}  // namespace
}  // namespace stator::gateway
