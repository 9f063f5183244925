"""TestInvokeMethod and TestInvokeAuthorizer: a REST API's draft at work without a deployment, and the log of what happened."""
import json
import re
import unittest

from test_rest_control import LAMBDA, Making, WithFunctions

FUNCTIONS = """
hello: {Kind: mock, Result: {statusCode: 201, body: hello, headers: {x-a: b}}}
bad: {Kind: mock, Result: {nothing: 1}}
auth: {Kind: mock, Result: {principalId: user, policyDocument: {Version: "2012-10-17", Statement: [
  {Action: "execute-api:Invoke", Effect: Deny, Resource: "*"}]}}}
"""
LINE = re.compile(r"^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : (.*)$")


class TestInvokes(WithFunctions, Making, unittest.TestCase):
    functions = FUNCTIONS

    def lines(self, answer):
        first, *others = answer["log"].splitlines()
        request = first.removeprefix("Execution log for request ")
        return [LINE.match(line).group(2).replace(request, "ID") for line in others]

    def test_a_functions_method_is_run_and_told_step_by_step(self):
        api, _, resource = self.with_method("{id}")
        answer = self.client.test_invoke_method(restApiId=api, resourceId=resource, httpMethod="GET", headers={"x-h": "1"},
                                                pathWithQueryString="/7?a=1&b=2", stageVariables={"s": "v"})
        self.assertEqual((answer["status"], answer["body"], answer["headers"]["x-a"], answer["multiValueHeaders"]["x-a"]),
                         (201, "hello", "b", ["b"]))
        self.assertNotIn("x-amzn-RequestId", answer["headers"])
        lines = self.lines(answer)
        self.assertEqual(lines[:6], [
            "Starting execution for request: ID", "HTTP Method: GET, Resource Path: /7", "Method request path: {id=7}",
            "Method request query string: {a=1, b=2}", "Method request headers: {x-h=1}", "Method request body before transformations: "])
        uri = ("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
               "arn:aws:lambda:us-east-1:123456789012:function:hello/invocations")
        self.assertEqual((lines[6], lines[9]), ("Endpoint request URI: " + uri, "Sending request to " + uri))
        self.assertTrue(lines[8].endswith(" [TRUNCATED]"))
        self.assertEqual(len(lines[8]), 1024 + len(" [TRUNCATED]") - 36 + 2)  # the request's id stands as "ID" here
        event = lines[8].removeprefix("Endpoint request body after transformations: ")
        for piece in ('"headers":{"x-h":"1"}', '"stageVariables":{"s":"v"}', '"stage":"test-invoke-stage"', '"path":"/7"',
                      '"apiKey":"test-invoke-api-key"', '"sourceIp":"test-invoke-source-ip"'):
            self.assertIn(piece, event)
        self.assertRegex(lines[10], r"^Received response. Status: 200, Integration latency: \d+ ms$")
        self.assertEqual(lines[12], 'Endpoint response body before transformations: '
                                    '{"statusCode":201,"body":"hello","headers":{"x-a":"b"}}')
        self.assertEqual(lines[13], "Method response body after transformations: hello")
        self.assertEqual(lines[15:], ["Successfully completed execution", "Method completed with status: 201"])

    def test_what_fails_says_why(self):
        for function, status, why in (("bad", 502, "Malformed Lambda proxy response"),
                                      ("nobody", 500, "Invalid permissions on Lambda function")):
            api, _, resource = self.with_method(uri=LAMBDA % function)
            answer = self.client.test_invoke_method(restApiId=api, resourceId=resource, httpMethod="GET")
            self.assertEqual((answer["status"], answer["body"]), (status, '{"message": "Internal server error"}'))
            self.assertEqual(answer["headers"]["x-amzn-ErrorType"], "InternalServerErrorException")
            self.assertEqual(self.lines(answer)[-2:], ["Execution failed due to configuration error: " + why,
                                                       f"Method completed with status: {status}"])

    def test_neither_authorizers_nor_keys_stand_before_it_and_any_serves_a_verb(self):
        api, root = self.api()
        at = dict(restApiId=api, resourceId=root, httpMethod="ANY")
        self.client.put_method(**at, authorizationType="AWS_IAM", apiKeyRequired=True)
        with self.assertRaises(self.client.exceptions.BadRequestException):
            self.client.test_invoke_method(**at)
        self.client.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        self.client.put_method_response(**at, statusCode="200")
        self.client.put_integration_response(**at, statusCode="200", responseTemplates={
            "application/json": "$context.httpMethod $context.stage"})
        answer = self.client.test_invoke_method(restApiId=api, resourceId=root, httpMethod="POST", body="{}")
        self.assertEqual((answer["status"], answer["body"]), (200, "POST test-invoke-stage"))
        self.assertEqual(self.lines(answer)[5:], [
            "Method request body before transformations: {}", "Method response body after transformations: POST test-invoke-stage",
            "Method response headers: {Content-Type=application/json}", "Successfully completed execution",
            "Method completed with status: 200"])
        with self.assertRaises(self.client.exceptions.NotFoundException):
            self.client.test_invoke_method(restApiId=api, resourceId="nobody", httpMethod="GET")

    def test_an_authorizers_policy_is_told_whatever_it_says(self):
        api, _ = self.api()
        authorizer = self.client.create_authorizer(restApiId=api, name="a", type="TOKEN", authorizerUri=LAMBDA % "auth",
                                                   identitySource="method.request.header.Auth")["id"]
        answer = self.client.test_invoke_authorizer(restApiId=api, authorizerId=authorizer, headers={"Auth": "hello"})
        self.assertEqual((answer["clientStatus"], answer["principalId"]), (200, "user"))
        self.assertEqual(json.loads(answer["policy"])["Statement"][0]["Effect"], "Deny")
        lines = self.lines(answer)
        self.assertEqual(lines[:2], [f"Starting authorizer: {authorizer} for request: ID", "Incoming identity: *****"])
        self.assertIn(f'"methodArn":"arn:aws:execute-api:us-east-1:123456789012:{api}/ESTestInvoke-stage/GET/"', lines[4])
        self.assertEqual(lines[-2:], ["Using valid authorizer policy for principal: **er", "Successfully completed authorizer execution"])
        nothing = self.client.test_invoke_authorizer(restApiId=api, authorizerId=authorizer)
        self.assertEqual((nothing["clientStatus"], self.lines(nothing)[-1]), (401, "Unauthorized request: ID"))
        with self.assertRaises(self.client.exceptions.NotFoundException):
            self.client.test_invoke_authorizer(restApiId=api, authorizerId="nobody")


if __name__ == "__main__":
    unittest.main()
