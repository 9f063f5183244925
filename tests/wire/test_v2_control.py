"""HTTP and WebSocket APIs made over the wire (boto3, the V2 control plane): quick create, routes, integrations, stages that deploy
by themselves, imports; and imports of REST APIs, custom domain names and tags, which both planes share."""
import json
import pathlib
import subprocess
import unittest

from sdk import Refusals
from test_rest_control import ACCOUNT, LAMBDA, WithFunctions, client_of, fetch

ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hello"
OPENAPI = {
    "openapi": "3.0.1", "info": {"title": "imported", "version": "2"},
    "paths": {"/a/{id}": {"get": {"x-amazon-apigateway-integration": {
        "type": "aws_proxy", "httpMethod": "POST", "uri": LAMBDA % "hello", "payloadFormatVersion": "2.0"}}},
        "/bare": {"get": {"responses": {"200": {"description": "ok"}}}}}}


class V2(WithFunctions, Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rest, cls.client = cls.client, client_of(cls.server, "apigatewayv2")

    def url(self, api, path, stage=""):
        return f"{self.server.endpoint}/_aws/execute-api/{api}{stage}{path}"

    def test_quick_create(self):
        api = self.client.create_api(Name="quick", ProtocolType="HTTP", Target=ARN,
                                     CorsConfiguration={"AllowOrigins": ["https://x"], "AllowMethods": ["GET"]})
        self.assertEqual(api["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(api["ApiEndpoint"], f"https://{api['ApiId']}.execute-api.us-east-1.amazonaws.com")
        self.assertEqual(fetch(self.url(api["ApiId"], "/any/path")), (200, "hello"))
        self.assertEqual([route["RouteKey"] for route in self.client.get_routes(ApiId=api["ApiId"])["Items"]], ["$default"])
        stage = self.client.get_stage(ApiId=api["ApiId"], StageName="$default")
        self.assertTrue(stage["AutoDeploy"] and stage["ApiGatewayManaged"])
        self.client.delete_cors_configuration(ApiId=api["ApiId"])
        self.assertNotIn("CorsConfiguration", self.client.get_api(ApiId=api["ApiId"]))
        self.assertEqual(self.client.delete_api(ApiId=api["ApiId"])["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.refused("NotFoundException", f"Invalid API identifier specified {ACCOUNT}:{api['ApiId']}", self.client.get_api,
                     ApiId=api["ApiId"])

    def test_routes_integrations_and_stages(self):
        api = self.client.create_api(Name="http", ProtocolType="HTTP", Tags={"a": "b"})["ApiId"]
        integration = self.client.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=ARN,
                                                     PayloadFormatVersion="2.0")
        self.assertEqual((integration["ConnectionType"], integration["IntegrationMethod"], integration["TimeoutInMillis"]),
                         ("INTERNET", "POST", 30000))
        target = "integrations/" + integration["IntegrationId"]
        route = self.client.create_route(ApiId=api, RouteKey="GET /pets/{id}", Target=target)
        self.assertEqual((route["AuthorizationType"], route["ApiKeyRequired"]), ("NONE", False))
        self.refused("ConflictException", "Route with key GET /pets/{id} already exists for this API", self.client.create_route,
                     ApiId=api, RouteKey="GET /pets/{id}")
        with self.assertRaises(self.client.exceptions.ConflictException):
            self.client.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
        self.assertEqual(fetch(self.url(api, "/pets/1"))[0], 404)
        stage = self.client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, StageVariables={"x": "1"})
        self.assertIn("DeploymentId", stage)
        self.assertEqual(fetch(self.url(api, "/pets/1")), (200, "hello"))
        self.assertEqual(fetch(self.url(api, "/new"))[0], 404)
        added = self.client.create_route(ApiId=api, RouteKey="GET /new", Target=target)
        self.assertEqual(fetch(self.url(api, "/new")), (200, "hello"))
        self.client.update_route(ApiId=api, RouteId=added["RouteId"], RouteKey="GET /newer")
        self.assertEqual((fetch(self.url(api, "/new"))[0], fetch(self.url(api, "/newer"))), (404, (200, "hello")))
        changed = self.client.update_stage(ApiId=api, StageName="$default", StageVariables={"x": "", "y": "2"},
                                           RouteSettings={"GET /newer": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}})
        self.assertEqual(changed["StageVariables"], {"y": "2"})
        self.client.delete_route_settings(ApiId=api, StageName="$default", RouteKey="GET /newer")
        self.refused("NotFoundException", "Unable to find Route by key GET /no within the provided RouteSettings",
                     self.client.update_stage, ApiId=api, StageName="$default", RouteSettings={"GET /no": {}})
        # A stage that does not deploy by itself serves what was deployed.
        self.client.create_stage(ApiId=api, StageName="manual")
        deployment = self.client.create_deployment(ApiId=api, StageName="manual", Description="d")
        self.assertEqual(deployment["DeploymentStatus"], "DEPLOYED")
        self.client.delete_route(ApiId=api, RouteId=added["RouteId"])
        self.assertEqual(fetch(self.url(api, "/newer", "/manual")), (200, "hello"))
        self.assertEqual(fetch(self.url(api, "/newer"))[0], 404)

    def test_websocket_apis_have_their_parts(self):
        api = self.client.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
        integration = self.client.create_integration(ApiId=api, IntegrationType="MOCK")["IntegrationId"]
        response = self.client.create_integration_response(ApiId=api, IntegrationId=integration, IntegrationResponseKey="$default")
        self.assertEqual(self.client.get_integration_responses(ApiId=api, IntegrationId=integration)["Items"][0]
                         ["IntegrationResponseId"], response["IntegrationResponseId"])
        route = self.client.create_route(ApiId=api, RouteKey="$connect", Target="integrations/" + integration)["RouteId"]
        self.client.create_route_response(ApiId=api, RouteId=route, RouteResponseKey="$default")
        self.assertEqual(len(self.client.get_route_responses(ApiId=api, RouteId=route)["Items"]), 1)
        self.assertTrue(self.client.get_api(ApiId=api)["ApiEndpoint"].startswith("wss://"))

    def test_imports(self):
        body = json.dumps(OPENAPI)
        api = self.client.import_api(Body=body)
        self.assertEqual((api["Name"], api["Version"], api["ProtocolType"]), ("imported", "2", "HTTP"))
        self.client.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
        self.assertEqual(fetch(self.url(api["ApiId"], "/a/1")), (200, "hello"))
        self.client.reimport_api(ApiId=api["ApiId"], Body=body.replace("/a/{id}", "/b/{id}"))
        self.assertEqual((fetch(self.url(api["ApiId"], "/a/1"))[0], fetch(self.url(api["ApiId"], "/b/1"))), (404, (200, "hello")))

        rest = self.rest.import_rest_api(body=body)
        self.assertEqual(rest["name"], "imported")
        resources = {each["path"]: each["id"] for each in self.rest.get_resources(restApiId=rest["id"])["items"]}
        self.assertEqual(set(resources), {"/", "/a", "/a/{id}", "/bare"})
        # Merged, the old stays; written over, it goes. What keeps its path keeps its id.
        self.rest.put_rest_api(restApiId=rest["id"], mode="merge", body=body.replace("/bare", "/more"))
        merged = {each["path"]: each["id"] for each in self.rest.get_resources(restApiId=rest["id"])["items"]}
        self.assertEqual((set(merged), merged["/a/{id}"]), ({"/", "/a", "/a/{id}", "/bare", "/more"}, resources["/a/{id}"]))
        del OPENAPI["paths"]["/bare"]
        self.rest.put_rest_api(restApiId=rest["id"], mode="overwrite", body=json.dumps(OPENAPI))
        self.rest.create_deployment(restApiId=rest["id"], stageName="dev")
        self.assertEqual(fetch(f"{self.server.endpoint}/restapis/{rest['id']}/dev/_user_request_/a/1"), (200, "hello"))

    def test_exports_go_in_again(self):
        rest = self.rest.import_rest_api(body=json.dumps({**OPENAPI, "paths": {"/a/{id}": OPENAPI["paths"]["/a/{id}"]}}))["id"]
        self.rest.create_deployment(restApiId=rest, stageName="dev")
        for kind, first in (("oas30", "openapi"), ("swagger", "swagger")):
            answer = self.rest.get_export(restApiId=rest, stageName="dev", exportType=kind, parameters={"extensions": "apigateway"})
            self.assertEqual(answer["contentType"], "application/json")
            exported = answer["body"].read()
            self.assertIn(first, json.loads(exported))
            again = self.rest.import_rest_api(body=exported)["id"]
            self.rest.create_deployment(restApiId=again, stageName="x")
            self.assertEqual(fetch(f"{self.server.endpoint}/restapis/{again}/x/_user_request_/a/1"), (200, "hello"))
        api = self.client.create_api(Name="out", ProtocolType="HTTP", Target=ARN, RouteKey="GET /out/{x}")["ApiId"]
        exported = self.client.export_api(ApiId=api, Specification="OAS30", OutputType="YAML")["body"].read().decode()
        again = self.client.import_api(Body=exported)["ApiId"]
        self.client.create_stage(ApiId=again, StageName="$default", AutoDeploy=True)
        self.assertEqual(fetch(self.url(again, "/out/1")), (200, "hello"))

    def test_keys_and_plans_are_asked_for(self):
        rest = self.rest.create_rest_api(name="guarded")["id"]
        root = self.rest.get_resources(restApiId=rest)["items"][0]["id"]
        at = dict(restApiId=rest, resourceId=root, httpMethod="GET")
        self.rest.put_method(**at, authorizationType="NONE", apiKeyRequired=True)
        self.rest.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA % "hello")
        self.rest.create_deployment(restApiId=rest, stageName="s")
        url = f"{self.server.endpoint}/restapis/{rest}/s/_user_request_/"
        key = self.rest.create_api_key(name="k", enabled=True)
        self.assertEqual(fetch(url, headers={"x-api-key": key["value"]})[0], 403)
        plan = self.rest.create_usage_plan(name="p", apiStages=[{"apiId": rest, "stage": "s"}])["id"]
        self.rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        self.assertEqual((fetch(url)[0], fetch(url, headers={"x-api-key": key["value"]})), (403, (200, "hello")))
        self.rest.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
        self.assertEqual(fetch(url, headers={"x-api-key": key["value"]})[0], 403)

    def test_the_aws_cli(self):
        if not pathlib.Path("/usr/bin/aws").exists():
            self.skipTest("awscli is not installed")

        def aws(*arguments):
            done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.endpoint, "--output", "json", *arguments],
                                  capture_output=True, text=True, timeout=60, env={
                                      "PATH": "/usr/bin:/bin", "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "x",
                                      "AWS_DEFAULT_REGION": "us-east-1", "HOME": self.folder.name})
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout or "{}")

        made = aws("apigatewayv2", "create-api", "--name", "cli", "--protocol-type", "HTTP", "--target", ARN)
        self.assertEqual(fetch(self.url(made["ApiId"], "/")), (200, "hello"))
        rest = aws("apigateway", "create-rest-api", "--name", "cli")
        changed = aws("apigateway", "update-rest-api", "--rest-api-id", rest["id"], "--patch-operations",
                      "op=replace,path=/name,value=changed")
        self.assertEqual(changed["name"], "changed")

    def test_no_caller_describes_a_program(self):
        evil = json.loads(json.dumps(OPENAPI))
        evil["paths"]["/a/{id}"]["get"] = {"x-stator-handler": {"name": "evil", "kind": "command", "command": ["/bin/true"]}}
        for call, body in ((self.client.import_api, "Body"), (self.rest.import_rest_api, "body")):
            self.refused("BadRequestException", "Errors found during import: x-stator-handler is for files of this server's owner",
                         call, **{body: json.dumps(evil)})

    def test_a_domains_routing_rules_lead_to_apis(self):
        made = [self.client.create_api(Name=name, ProtocolType="HTTP", Target=ARN)["ApiId"] for name in "ab"]
        domain = "/v2/domainnames/rules.example.com"
        self.assertEqual(self.signed("POST", "/v2/domainnames", {
            "domainName": "rules.example.com", "routingMode": "ROUTING_RULE_THEN_API_MAPPING", "domainNameConfigurations": [
                {"certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"}]})[1]["routingMode"],
            "ROUTING_RULE_THEN_API_MAPPING")
        self.assertEqual(self.signed("GET", "/domainnames/rules.example.com")[1]["routingMode"], "ROUTING_RULE_THEN_BASE_PATH_MAPPING")
        rule = {"priority": 5, "conditions": [{"matchBasePaths": {"anyOf": ["one"]}}],
                "actions": [{"invokeApi": {"apiId": made[0], "stage": "$default", "stripBasePath": True}}]}
        status, first = self.signed("POST", domain + "/routingrules", rule)
        self.assertEqual((status, first["priority"], first["conditions"]), (201, 5, rule["conditions"]))
        self.assertEqual(first["routingRuleArn"],
                         "arn:aws:apigateway:us-east-1:123456789012:/domainnames/rules.example.com/routingrules/" + first["routingRuleId"])
        self.assertEqual(self.signed("POST", domain + "/routingrules", rule)[0], 409)
        for wrong in ({"priority": 0}, {"actions": []}, {"conditions": [{}]},
                      {"actions": [{"invokeApi": {"apiId": "nobody", "stage": "s"}}]}):
            self.assertEqual(self.signed("POST", domain + "/routingrules", {**rule, "priority": 6, **wrong})[0], 400, wrong)
        call = lambda path: fetch(self.server.endpoint + path, headers={"Host": "rules.example.com"})  # noqa: E731
        self.assertEqual(call("/one/x"), (200, "hello"))
        self.assertEqual(call("/two")[0], 403)
        at = domain + "/routingrules/" + first["routingRuleId"]
        self.assertEqual(self.signed("PUT", at, {**rule, "conditions": [{"matchBasePaths": {"anyOf": ["two"]}}]})[0], 200)
        self.assertEqual((call("/one/x")[0], call("/two")), (403, (200, "hello")))
        self.assertEqual([each["routingRuleId"] for each in self.signed("GET", domain + "/routingrules")[1]["routingRules"]],
                         [first["routingRuleId"]])
        self.assertEqual(self.signed("GET", at)[1]["conditions"], [{"matchBasePaths": {"anyOf": ["two"]}}])
        self.assertEqual(self.signed("DELETE", at)[0], 204)
        self.assertEqual((self.signed("GET", at)[0], call("/two")[0]), (404, 403))

    def test_an_imports_base_path_is_ignored_prepended_or_split(self):
        operation = {"get": {"responses": {"200": {"description": "ok"}}}}
        swagger = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "basePath": "/a/b/c/", "paths": {"/e": operation}}
        variable = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/e": operation},
                    "servers": [{"url": "https://x.example/{basePath}", "variables": {"basePath": {"default": "a/b/c"}}}]}
        plain = {**variable, "servers": [{"url": "https://x.example/a/b/c"}]}
        paths = {"ignore": "/e", "prepend": "/a/b/c/e", "split": "/b/c/e"}
        for document in (swagger, variable, plain):
            for mode, path in paths.items():
                made = self.rest.import_rest_api(body=json.dumps(document), parameters={"basepath": mode})["id"]
                self.assertIn(path, [each["path"] for each in self.rest.get_resources(restApiId=made)["items"]], document)
                self.rest.put_rest_api(restApiId=made, mode="overwrite", body=json.dumps(document))
                self.assertEqual(sorted(each["path"] for each in self.rest.get_resources(restApiId=made)["items"]), ["/", "/e"])
                self.rest.delete_rest_api(restApiId=made)
        plain["paths"]["/$default"] = {"x-amazon-apigateway-any-method": {"responses": {}}}
        for mode, path in paths.items():
            made = self.client.import_api(Body=json.dumps(plain), Basepath=mode)["ApiId"]
            self.assertEqual(sorted(each["RouteKey"] for each in self.client.get_routes(ApiId=made)["Items"]), ["$default", "GET " + path])
        self.refused("BadRequestException", "Invalid basepath specified. Valid options are ignore, prepend, split", self.client.reimport_api,
                     ApiId=made, Body=json.dumps(plain), Basepath="drop")

    def test_an_imports_tags_and_endpoint_are_the_apis(self):
        off = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
        document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {},
                    "servers": [{"url": "https://x.example/", **off}],
                    "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "a"}, {"name": "words"}]}
        made = self.client.import_api(Body=json.dumps(document))
        self.assertEqual((made["Tags"], made["DisableExecuteApiEndpoint"]), ({"team": "a"}, True))
        rest = self.rest.import_rest_api(body=json.dumps(document))
        self.assertEqual((rest.get("tags"), rest["disableExecuteApiEndpoint"]), (None, True))
        secured = {**document, "components": {"securitySchemes": {"a": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": LAMBDA % "hello", "authorizerCredentials": "arn:aws:iam::1:role/r"}}}}}
        api = self.rest.import_rest_api(body=json.dumps(secured))["id"]
        self.assertEqual(self.rest.get_authorizers(restApiId=api)["items"][0]["authorizerCredentials"], "arn:aws:iam::1:role/r")

    def test_what_a_route_and_its_responses_may_be_called(self):
        http = self.client.create_api(Name="http", ProtocolType="HTTP")["ApiId"]
        badly = ('The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> '
                 '/<RESOURCE PATH>" or "$default"')
        for key in ("GET /{all+}/more", "GET /{a}/{a}", "GET /{a/b", "GET /{}", "GET"):
            self.refused("BadRequestException", badly, self.client.create_route, ApiId=http, RouteKey=key)
        self.client.create_route(ApiId=http, RouteKey="GET /{a}/{b}/{rest+}")
        self.refused("BadRequestException", "Invalid HTTP endpoint specified for URI", self.client.create_integration, ApiId=http,
                     IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri="ftp://x.example/")
        socket = self.client.create_api(Name="socket", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
        at = dict(ApiId=socket, RouteId=self.client.create_route(ApiId=socket, RouteKey="$default")["RouteId"])
        self.refused("BadRequestException", "Invalid route response key specified. It must be $default",
                     self.client.create_route_response, **at, RouteResponseKey="x")
        made = self.client.create_route_response(**at, RouteResponseKey="$default")["RouteResponseId"]
        self.refused("ConflictException", "Route response with key $default already exists",
                     self.client.create_route_response, **at, RouteResponseKey="$default")
        self.client.update_route_response(**at, RouteResponseId=made, RouteResponseKey="$default")
        owner = dict(ApiId=socket, IntegrationId=self.client.create_integration(ApiId=socket, IntegrationType="MOCK")["IntegrationId"])
        self.client.create_integration_response(**owner, IntegrationResponseKey="$default")
        other = self.client.create_integration_response(**owner, IntegrationResponseKey="/2../")["IntegrationResponseId"]
        for call, more in ((self.client.create_integration_response, {}), (self.client.update_integration_response, {"IntegrationResponseId": other})):
            self.refused("ConflictException", "Integration response with key $default already exists", call, **owner, **more,
                         IntegrationResponseKey="$default")

    def test_domains_and_tags(self):
        api = self.client.create_api(Name="named", ProtocolType="HTTP", Target=ARN)["ApiId"]
        domain = self.client.create_domain_name(DomainName="api.example.com", DomainNameConfigurations=[{
            "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c", "EndpointType": "REGIONAL"}])
        self.assertEqual(domain["DomainNameConfigurations"][0]["DomainNameStatus"], "AVAILABLE")
        self.assertEqual(self.rest.get_domain_name(domainName="api.example.com")["endpointConfiguration"]["types"], ["REGIONAL"])
        self.refused("BadRequestException", "The domain name you provided already exists.", self.rest.create_domain_name,
                     domainName="api.example.com")
        mapping = self.client.create_api_mapping(DomainName="api.example.com", ApiId=api, Stage="$default", ApiMappingKey="v1")
        self.assertEqual(self.rest.get_base_path_mapping(domainName="api.example.com", basePath="v1")["stage"], "$default")
        self.assertEqual(fetch(self.server.endpoint + "/v1/x", headers={"Host": "api.example.com"}), (200, "hello"))
        self.assertEqual(fetch(self.server.endpoint + "/v2/x", headers={"Host": "api.example.com"})[0], 403)
        self.refused("BadRequestException", "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),",
                     self.client.create_api_mapping, DomainName="api.example.com", ApiId=api, Stage="$default", ApiMappingKey="a b")
        self.client.delete_api_mapping(DomainName="api.example.com", ApiMappingId=mapping["ApiMappingId"])
        self.assertEqual(self.rest.get_base_path_mappings(domainName="api.example.com")["items"], [])
        arn = f"arn:aws:apigateway:us-east-1::/apis/{api}"
        self.client.tag_resource(ResourceArn=arn, Tags={"team": "a", "env": "x"})
        self.client.untag_resource(ResourceArn=arn, TagKeys=["env"])
        self.assertEqual(self.client.get_tags(ResourceArn=arn)["Tags"], {"team": "a"})
        self.assertEqual(self.client.get_api(ApiId=api)["Tags"], {"team": "a"})


if __name__ == "__main__":
    unittest.main()
