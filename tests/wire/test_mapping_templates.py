"""Mapping templates and integrations that are no proxies, against the real binary with real handlers and its own tables: a
CloudFormation template of methods, models, validators and gateway responses, and an OpenAPI document."""
import http.client
import json
import pathlib
import tempfile
import unittest

from server import Server, wait_until

TEMPLATE = r"""
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Notes
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}}
  Greeter:
    Type: AWS::Lambda::Function
    Metadata: {"aws:asset:path": .}
    Properties: {FunctionName: greeter, Handler: app.handler, Runtime: python3.11, Role: !GetAtt Role.Arn, Code: .}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: notes}}
  Base:
    Type: AWS::ApiGateway::Model
    Properties: {RestApiId: !Ref Api, Name: Base, ContentType: application/json, Schema: {type: string, minLength: 2}}
  Note:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      Name: Note
      ContentType: application/json
      Schema: {type: object, required: [id], properties: {id: {$ref: !Sub "https://apigateway.amazonaws.com/restapis/${Api}/models/Base"}}}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, ValidateRequestBody: true, ValidateRequestParameters: true}
  BadBody:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: BAD_REQUEST_BODY
      StatusCode: "422"
      ResponseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}
      ResponseTemplates: {application/json: '{"error":$context.error.messageString,"detail":"$context.error.validationErrorString"}'}
  Notes: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: notes}}
  One: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Notes, PathPart: "{id}"}}
  Greet: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: greet}}
  Put:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Notes
      HttpMethod: POST
      AuthorizationType: NONE
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Note}
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Credentials: !GetAtt Role.Arn
        Uri: !Sub "arn:aws:apigateway:${AWS::Region}:dynamodb:action/PutItem"
        PassthroughBehavior: NEVER
        RequestTemplates:
          application/json: !Sub |
            #set($note = $input.path('$'))
            {
              "TableName": "${Table}",
              "ConditionExpression": "attribute_not_exists(id)",
              "Item": {
                "id": {"S": "$note.id"},
                "tags": {"L": [#foreach($tag in $note.tags){"S": "$util.escapeJavaScript($tag).replaceAll("\\'", "'")"}#if($foreach.hasNext), #end#end]},
                "by": {"S": "$context.identity.sourceIp"}
              }
            }
        IntegrationResponses:
          - StatusCode: "201"
            ResponseParameters: {method.response.header.Location: "'/notes'"}
            ResponseTemplates: {application/json: '{"made": true}'}
          - StatusCode: "409"
            SelectionPattern: "4\\d{2}"
            ResponseTemplates:
              application/json: |
                #set($type = $input.path('$.__type').split("#")[1])
                {"error": "$type"}
      MethodResponses: [{StatusCode: "201", ResponseParameters: {method.response.header.Location: true}}, {StatusCode: "409", ResponseModels: {application/json: Error}}]
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref One
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Uri: !Sub "arn:aws:apigateway:${AWS::Region}:dynamodb:action/GetItem"
        RequestTemplates: {application/json: '{"TableName": "Notes", "Key": {"id": {"S": "$input.params(''id'')"}}}'}
        IntegrationResponses:
          - StatusCode: "200"
            ResponseTemplates:
              application/json: |
                #set($item = $input.path('$.Item'))
                #if($item)
                {"id": "$item.id.S", "tags": [#foreach($t in $item.tags.L)"$t.S"#if($foreach.hasNext),#end#end]}
                #else
                #set($context.responseOverride.status = 404)
                {"error": "no $input.params('id')"}
                #end
  Ask:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Greet
      HttpMethod: POST
      AuthorizationType: NONE
      RequestParameters: {method.request.querystring.lang: false}
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Greeter.Arn}/invocations"
        RequestTemplates: {application/json: '{"name": $input.json("$.name"), "lang": "$input.params("lang")"}'}
        IntegrationResponses:
          - {StatusCode: "200", ResponseTemplates: {application/json: '{"said": $input.json("$.text")}'}}
          - {StatusCode: "404", SelectionPattern: '.*\[unknown\].*', ResponseTemplates: {application/json: '{"error": "$util.escapeJavaScript($input.path("$.errorMessage"))", "type": "$input.path("$.errorType")"}'}}
          - {StatusCode: "502", SelectionPattern: '(\n|.)+', ResponseTemplates: {application/json: '{"failed": true}'}}
  Preflight:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Notes
      HttpMethod: OPTIONS
      AuthorizationType: NONE
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{ statusCode: 200 }'}
        IntegrationResponses:
          - StatusCode: "204"
            ResponseParameters:
              method.response.header.Access-Control-Allow-Headers: "'Content-Type,X-Amz-Date,Authorization'"
              method.response.header.Access-Control-Allow-Methods: "'OPTIONS,POST'"
              method.response.header.Access-Control-Allow-Origin: "'*'"
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: v1}}
"""

HANDLER = """
def handler(event, context):
    if event["name"] == "nobody":
        raise KeyError("[unknown] it's nobody")
    if event["name"] == "crash":
        raise ValueError("two\\nlines")
    return {"text": f"{event['lang']} {event['name']}"}
"""


class MappingTemplates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="stator-vtl-")
        folder = pathlib.Path(cls.folder.name)
        (folder / "app.py").write_text(HANDLER)
        (folder / "template.yaml").write_text(TEMPLATE)
        cls.server = Server("--api", folder / "template.yaml")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.folder.cleanup()

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.addCleanup(connection.close)
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def test_dynamodb_is_written_and_read_by_templates(self):
        status, headers, body = self.ask("POST", "/notes", {"id": "n1", "tags": ["it's", "b"]})
        self.assertEqual((status, body, headers["Location"]), (201, '{"made": true}', "/notes"))
        self.assertEqual(self.server.call("GetItem", {"TableName": "Notes", "Key": {"id": {"S": "n1"}}})[1]["Item"]["by"], {"S": "127.0.0.1"})
        status, _, body = self.ask("GET", "/notes/n1")
        self.assertEqual((status, json.loads(body)), (200, {"id": "n1", "tags": ["it's", "b"]}))
        status, _, body = self.ask("GET", "/notes/n2")
        self.assertEqual((status, json.loads(body)), (404, {"error": "no n2"}))
        status, _, body = self.ask("POST", "/notes", {"id": "n1", "tags": []})
        self.assertEqual((status, json.loads(body)), (409, {"error": "ConditionalCheckFailedException"}))
        self.assertEqual(self.ask("POST", "/notes", "<x/>", {"Content-Type": "text/xml"})[::2], (415, '{"message": "Unsupported Media Type"}'))

    def test_models_of_models_and_a_shaped_refusal(self):
        status, headers, body = self.ask("POST", "/notes", {"id": "n"})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (422, "*"))
        self.assertEqual(json.loads(body)["error"], "Invalid request body")
        status, _, body = self.ask("POST", "/notes", {})
        self.assertEqual((status, json.loads(body)["detail"]), (422, '[object has missing required properties (["id"])]'))

    def test_a_function_is_asked_and_its_errors_sorted_by_message(self):
        self.assertEqual(self.ask("POST", "/greet?lang=en", {"name": "Ann"})[::2], (200, '{"said": "en Ann"}'))
        status, _, body = self.ask("POST", "/greet", {"name": "nobody"})
        self.assertEqual((status, json.loads(body.replace("\\'", "'"))), (404, {"error": "\"[unknown] it's nobody\"", "type": "KeyError"}))
        self.assertEqual(self.ask("POST", "/greet", {"name": "crash"})[::2], (502, '{"failed": true}'))

    def test_preflight(self):
        status, headers, body = self.ask("OPTIONS", "/notes", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual((status, body), (204, ""))
        self.assertEqual(headers["Access-Control-Allow-Methods"], "OPTIONS,POST")
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")

    def test_a_failing_template_answers_500_and_is_told_with_its_line(self):
        self.assertEqual(self.ask("POST", "/greet", "{\"name\": tru")[::2], (500, '{"message": "Internal server error"}'))
        self.assertTrue(wait_until(lambda: "POST /greet: the request template for application/json, line 1: the body is not JSON" in self.server.output))


if __name__ == "__main__":
    unittest.main()
