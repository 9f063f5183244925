"""What a function is told of the path when its API is called by a custom domain name: REST APIs tell it with the mapping, HTTP APIs in
format 2.0 without it, in format 1.0 with it."""
import json
import sys
import unittest

from test_rest_control import ACCOUNT, LAMBDA, Making, WithFunctions, client_of, fetch

ECHO = "import json, sys; print(json.dumps({'statusCode': 200, 'body': sys.stdin.read()}))"


class DomainPaths(WithFunctions, Making, unittest.TestCase):
    functions = "echo: {Kind: command, Command: [%s, -c, %s]}\n" % (sys.executable, json.dumps(ECHO))
    NAME = "paths.example.com"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.v2 = client_of(cls.server, "apigatewayv2")
        cls.client.create_domain_name(domainName=cls.NAME)

    def event(self, path):
        status, body = fetch(self.server.endpoint + path, headers={"Host": self.NAME})
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def rest_paths(self, path):
        event = self.event(path)
        self.assertEqual(event["requestContext"]["domainName"], self.NAME)
        return event["resource"], event["path"], event["requestContext"]["path"], event["pathParameters"]

    def test_a_rest_apis_event_has_the_mapping(self):
        api, root, _ = self.with_method("{proxy+}", LAMBDA % "echo")
        self.client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
        self.client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA % "echo")
        self.client.create_deployment(restApiId=api, stageName="s")
        self.client.create_base_path_mapping(domainName=self.NAME, basePath="v1", restApiId=api, stage="s")
        self.client.create_base_path_mapping(domainName=self.NAME, basePath="open", restApiId=api)
        self.assertEqual(self.rest_paths("/v1/pets/a%20b"), ("/{proxy+}", "/v1/pets/a%20b", "/v1/pets/a%20b", {"proxy": "pets/a%20b"}))
        self.assertEqual(self.rest_paths("/v1"), ("/", "/v1", "/v1", None))
        self.assertEqual(self.rest_paths("/open/s/pets"), ("/{proxy+}", "/open/s/pets", "/open/s/pets", {"proxy": "pets"}))
        event = json.loads(fetch(self.url(api, "s", "/pets"))[1])
        self.assertEqual((event["path"], event["requestContext"]["path"]), ("/pets", "/s/pets"))

    def test_an_http_apis_event_has_it_in_format_one_alone(self):
        api = self.v2.create_api(Name="h", ProtocolType="HTTP")["ApiId"]
        for stage in ("$default", "dev"):
            self.v2.create_stage(ApiId=api, StageName=stage, AutoDeploy=True)
        for version in ("1.0", "2.0"):
            made = self.v2.create_integration(ApiId=api, IntegrationType="AWS_PROXY", PayloadFormatVersion=version,
                                              IntegrationUri=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo")["IntegrationId"]
            self.v2.create_route(ApiId=api, RouteKey="GET /%s/{id}" % version[0], Target="integrations/" + made)
        for key, stage in (("h/deep", "$default"), ("d", "dev")):
            self.v2.create_api_mapping(DomainName=self.NAME, ApiId=api, Stage=stage, ApiMappingKey=key)
        first = self.event("/h/deep/1/x")
        self.assertEqual((first["path"], first["requestContext"]["path"], first["pathParameters"]), ("/h/deep/1/x", "/h/deep/1/x", {"id": "x"}))
        for path, told in (("/h/deep/2/x", "/2/x"), ("/d/2/x", "/dev/2/x")):
            second = self.event(path)
            self.assertEqual((second["rawPath"], second["requestContext"]["http"]["path"], second["routeKey"]), (told, told, "GET /2/{id}"))


if __name__ == "__main__":
    unittest.main()
