"""REST APIs made over the wire (boto3, the V1 control plane) and called at once: resources, methods, integrations, deployments,
stages, what belongs to an account, the service's refusals, and that all of it survives a restart."""
import json
import pathlib
import tempfile
import unittest
import urllib.error
import urllib.request

import sdk
from server import Server, wait_until

FUNCTIONS = """
hello: {Kind: mock, Result: {statusCode: 200, body: hello}}
"""
LAMBDA = ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
          "arn:aws:lambda:us-east-1:123456789012:function:%s/invocations")
ACCOUNT = "123456789012"


def client_of(server, service="apigateway", key=ACCOUNT, region="us-east-1"):
    return sdk.client_of(server, service, region, key)


def fetch(url, method="GET", headers=None, body=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers or {}, data=body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class WithFunctions:
    """A class's own server with `functions`, and a client of its V1 control plane."""

    functions = FUNCTIONS

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        path = pathlib.Path(cls.folder.name, "functions.yaml")
        path.write_text(cls.functions)
        cls.server = Server("--functions", path)
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.client = client_of(cls.server)

    def signed(self, method, path, body=None):
        """For operations that the SDK at hand does not know yet."""
        status, text = fetch(self.server.endpoint + path, method, {
            "X-Amz-Date": "20260101T000000Z", "Content-Type": "application/json",
            "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/apigateway/aws4_request, "
                             "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}, json.dumps(body).encode() if body else None)
        return status, json.loads(text) if text else None


class Making:
    def api(self, name="pets", **more):
        api = self.client.create_rest_api(name=name, **more)["id"]
        return api, self.client.get_resources(restApiId=api)["items"][0]["id"]

    def url(self, api, stage, path, server=None):
        return f"{(server or self.server).endpoint}/restapis/{api}/{stage}/_user_request_{path}"

    def with_method(self, part="hello", uri=LAMBDA % "hello", **integration):
        api, root = self.api()
        resource = self.client.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
        at = dict(restApiId=api, resourceId=resource, httpMethod="GET")
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(**at, **{"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri, **integration})
        return api, root, resource


class Control(WithFunctions, Making, sdk.Refusals, unittest.TestCase):
    def test_an_api_is_made_deployed_and_called(self):
        api, root, _ = self.with_method()
        self.assertRegex(api, "^[a-z0-9]{10}$")
        self.assertEqual(fetch(self.url(api, "dev", "/hello"))[0], 403)
        made = self.client.create_deployment(restApiId=api, stageName="dev")
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(fetch(self.url(api, "dev", "/hello")), (200, "hello"))
        host = urllib.request.Request(self.server.endpoint + "/dev/hello",
                                      headers={"Host": f"{api}.execute-api.us-east-1.amazonaws.com"})
        self.assertEqual(urllib.request.urlopen(host).read(), b"hello")
        # The draft changes, the deployment does not, until there is another.
        other = self.client.create_resource(restApiId=api, parentId=root, pathPart="{name}")["id"]
        self.client.put_method(restApiId=api, resourceId=other, httpMethod="ANY", authorizationType="NONE")
        self.client.put_integration(restApiId=api, resourceId=other, httpMethod="ANY", type="AWS_PROXY",
                                    integrationHttpMethod="POST", uri=LAMBDA % "hello")
        self.assertEqual(fetch(self.url(api, "dev", "/x"))[0], 403)
        second = self.client.create_deployment(restApiId=api)["id"]
        self.client.update_stage(restApiId=api, stageName="dev",
                                 patchOperations=[{"op": "replace", "path": "/deploymentId", "value": second}])
        self.assertEqual(fetch(self.url(api, "dev", "/x")), (200, "hello"))
        self.refused("BadRequestException", "Active stages pointing to this deployment must be moved or deleted",
                     self.client.delete_deployment, restApiId=api, deploymentId=second)
        self.client.delete_stage(restApiId=api, stageName="dev")
        self.assertEqual(fetch(self.url(api, "dev", "/x"))[0], 403)
        self.client.delete_rest_api(restApiId=api)
        self.refused("NotFoundException", f"Invalid API identifier specified {ACCOUNT}:{api}", self.client.get_rest_api, restApiId=api)

    def test_a_function_that_nobody_declared(self):
        api, _, _ = self.with_method(uri=LAMBDA % "nobody")
        self.client.create_deployment(restApiId=api, stageName="dev")
        self.assertEqual(fetch(self.url(api, "dev", "/hello")), (500, '{"message": "Internal server error"}'))
        self.assertTrue(wait_until(lambda: "nobody" in self.server.output and "--functions" in self.server.output))

    def test_what_an_api_shows(self):
        made = self.client.create_rest_api(name="shown", description="d", binaryMediaTypes=["image/png"], tags={"team": "a"},
                                           endpointConfiguration={"types": ["REGIONAL"]}, minimumCompressionSize=10)
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        api = self.client.get_rest_api(restApiId=made["id"])
        for member, value in {"name": "shown", "description": "d", "binaryMediaTypes": ["image/png"], "tags": {"team": "a"},
                              "apiKeySource": "HEADER", "minimumCompressionSize": 10, "disableExecuteApiEndpoint": False,
                              "createdDate": made["createdDate"]}.items():
            self.assertEqual(api[member], value, member)
        self.assertEqual(api["endpointConfiguration"]["types"], ["REGIONAL"])
        changed = self.client.update_rest_api(restApiId=made["id"], patchOperations=[
            {"op": "replace", "path": "/name", "value": "other"}, {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
            {"op": "add", "path": "/binaryMediaTypes/*~1*"}, {"op": "replace", "path": "/minimumCompressionSize"},
            {"op": "replace", "path": "/endpointConfiguration/types/REGIONAL", "value": "EDGE"}])
        self.assertEqual((changed["name"], changed["binaryMediaTypes"], changed["endpointConfiguration"]["types"]),
                         ("other", ["*/*"], ["EDGE"]))
        self.assertNotIn("minimumCompressionSize", changed)
        with self.assertRaises(self.client.exceptions.BadRequestException):
            self.client.update_rest_api(restApiId=made["id"], patchOperations=[{"op": "replace", "path": "/id", "value": "x"}])
        models = {model["name"] for model in self.client.get_models(restApiId=made["id"])["items"]}
        self.assertEqual(models, {"Empty", "Error"})

    def test_pages(self):
        client = client_of(self.server, key="777777777777")
        made = {client.create_rest_api(name=f"n{i}")["id"] for i in range(7)}
        pages = list(client.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 3}))
        self.assertEqual([len(page["items"]) for page in pages], [3, 3, 1])
        self.assertEqual({api["id"] for page in pages for api in page["items"]}, made)
        self.assertEqual(client_of(self.server, key="777777777777", region="eu-west-1").get_rest_apis()["items"], [])

    def test_resources(self):
        api, root = self.api()
        make = lambda parent, part: self.client.create_resource(restApiId=api, parentId=parent, pathPart=part)
        pets = make(root, "pets")
        pet = make(pets["id"], "{id}")
        self.assertEqual((pet["path"], pet["parentId"], pet["pathPart"]), ("/pets/{id}", pets["id"], "{id}"))
        self.refused("ConflictException", "Another resource with the same parent already has this name: pets",
                     self.client.create_resource, restApiId=api, parentId=root, pathPart="pets")
        self.refused("BadRequestException", "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and "
                     "curly braces at the beginning and the end.", self.client.create_resource, restApiId=api, parentId=root,
                     pathPart="a/b")
        self.refused("NotFoundException", "Invalid Resource identifier specified", self.client.create_resource, restApiId=api,
                     parentId="nobody", pathPart="x")
        greedy = make(root, "{proxy+}")
        with self.assertRaises(self.client.exceptions.BadRequestException):
            make(greedy["id"], "below")
        moved = self.client.update_resource(restApiId=api, resourceId=pets["id"],
                                            patchOperations=[{"op": "replace", "path": "/pathPart", "value": "animals"}])
        self.assertEqual(moved["path"], "/animals")
        self.client.put_method(restApiId=api, resourceId=pet["id"], httpMethod="GET", authorizationType="NONE")
        paths = {each["path"]: each.get("resourceMethods") for each in self.client.get_resources(restApiId=api)["items"]}
        self.assertEqual(paths, {"/": None, "/animals": None, "/animals/{id}": {"GET": {}}, "/{proxy+}": None})
        embedded = self.client.get_resource(restApiId=api, resourceId=pet["id"], embed=["methods"])
        self.assertEqual(embedded["resourceMethods"]["GET"]["authorizationType"], "NONE")
        self.client.delete_resource(restApiId=api, resourceId=pets["id"])
        self.assertEqual({each["path"] for each in self.client.get_resources(restApiId=api)["items"]}, {"/", "/{proxy+}"})

    def test_methods_and_integrations(self):
        api, root = self.api()
        at = dict(restApiId=api, resourceId=root, httpMethod="POST")
        self.refused("NotFoundException", "Invalid Method identifier specified", self.client.get_method, **at)
        method = self.client.put_method(**at, authorizationType="NONE", requestParameters={"method.request.querystring.q": True})
        self.assertEqual(method["apiKeyRequired"], False)
        self.refused("ConflictException", "Method already exists for this resource", self.client.put_method, **at,
                     authorizationType="NONE")
        self.refused("BadRequestException", "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
                     "COGNITO_USER_POOLS requires a valid authorizer.", self.client.put_method, restApiId=api, resourceId=root,
                     httpMethod="GET", authorizationType="CUSTOM")
        self.refused("NotFoundException", "Invalid Integration identifier specified", self.client.get_integration, **at)
        self.refused("BadRequestException", "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
                     "[Invalid mapping expression parameter specified: method.request.path.id]", self.client.put_integration, **at,
                     type="HTTP", integrationHttpMethod="GET", uri="http://127.0.0.1:1/",
                     requestParameters={"integration.request.path.id": "method.request.path.id"})
        self.refused("ValidationException", "1 validation error detected: Value 'NONE' at 'putIntegrationInput.type' failed to "
                     "satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]",
                     self.client.put_integration, **at, type="NONE")
        integration = self.client.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        self.assertEqual((integration["passthroughBehavior"], integration["timeoutInMillis"], integration["cacheNamespace"],
                          integration["cacheKeyParameters"]), ("WHEN_NO_MATCH", 29000, root, []))
        self.refused("NotFoundException", "Invalid Response status code specified", self.client.put_integration_response, **at,
                     statusCode="200")
        self.client.put_method_response(**at, statusCode="200", responseParameters={"method.response.header.X-A": False},
                                        responseModels={"application/json": "Empty"})
        self.refused("ConflictException", "Response already exists for this resource", self.client.put_method_response, **at,
                     statusCode="200")
        self.client.put_integration_response(**at, statusCode="200", responseTemplates={"application/json": '{"ok":1}'},
                                             responseParameters={"method.response.header.X-A": "'a'"})
        whole = self.client.get_method(**at)
        self.assertEqual(whole["methodIntegration"]["integrationResponses"]["200"]["responseParameters"],
                         {"method.response.header.X-A": "'a'"})
        self.assertEqual(whole["methodResponses"]["200"]["responseModels"], {"application/json": "Empty"})
        self.client.create_deployment(restApiId=api, stageName="s")
        self.assertEqual(fetch(self.url(api, "s", "/?q=1"), "POST", body=b"{}", headers={"Content-Type": "application/json"}),
                         (200, '{"ok":1}'))
        changed = self.client.update_integration(**at, patchOperations=[
            {"op": "replace", "path": "/timeoutInMillis", "value": "1000"},
            {"op": "add", "path": "/requestTemplates/text~1plain", "value": "x"}])
        self.assertEqual((changed["timeoutInMillis"], changed["requestTemplates"]["text/plain"]), (1000, "x"))
        updated = self.client.update_method(**at, patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}])
        self.assertEqual(updated["apiKeyRequired"], True)
        response = self.client.update_method_response(**at, statusCode="200", patchOperations=[
            {"op": "add", "path": "/responseParameters/method.response.header.X-B", "value": "true"}])
        self.assertEqual(response["responseParameters"]["method.response.header.X-B"], True)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 201)
        for delete, more in ((self.client.delete_integration_response, {"statusCode": "200"}), (self.client.delete_integration, {}),
                             (self.client.delete_method_response, {"statusCode": "200"}), (self.client.delete_method, {})):
            self.assertEqual(delete(**at, **more)["ResponseMetadata"]["HTTPStatusCode"], 204)

    def test_deployments_and_stages(self):
        api, root = self.api()
        self.refused("BadRequestException", "The REST API doesn't contain any methods", self.client.create_deployment, restApiId=api)
        self.client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
        self.refused("BadRequestException", "No integration defined for method", self.client.create_deployment, restApiId=api)
        self.client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
        first = self.client.create_deployment(restApiId=api, description="one")["id"]
        summary = self.client.get_deployment(restApiId=api, deploymentId=first, embed=["apisummary"])["apiSummary"]
        self.assertEqual(summary, {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}})
        stage = self.client.create_stage(restApiId=api, stageName="v1", deploymentId=first, variables={"a": "b"}, tags={"k": "v"})
        self.assertEqual((stage["cacheClusterStatus"], stage["methodSettings"], stage["tracingEnabled"]), ("NOT_AVAILABLE", {}, False))
        self.refused("ConflictException", "Stage already exists", self.client.create_stage, restApiId=api, stageName="v1",
                     deploymentId=first)
        stage = self.client.update_stage(restApiId=api, stageName="v1", patchOperations=[
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "2"},
            {"op": "replace", "path": "/~1pets/GET/logging/loglevel", "value": "INFO"},
            {"op": "replace", "path": "/variables/a", "value": "c"}, {"op": "remove", "path": "/description"},
            {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"}])
        self.assertEqual(stage["methodSettings"]["*/*"]["throttlingRateLimit"], 2.0)
        self.assertEqual(stage["methodSettings"]["~1pets/GET"]["loggingLevel"], "INFO")
        self.assertEqual((stage["variables"], stage["accessLogSettings"]), ({"a": "c"}, {"format": "$context.requestId"}))
        self.assertEqual([each["stageName"] for each in self.client.get_stages(restApiId=api, deploymentId=first)["item"]], ["v1"])
        self.refused("NotFoundException", "Invalid stage identifier specified", self.client.get_stage, restApiId=api, stageName="no")
        self.assertEqual(self.client.delete_stage(restApiId=api, stageName="v1")["ResponseMetadata"]["HTTPStatusCode"], 202)

    def test_models_validators_authorizers_and_gateway_responses(self):
        api, root = self.api()
        self.client.create_model(restApiId=api, name="Pet", contentType="application/json",
                                 schema='{"type":"object","required":["name"]}')
        self.refused("NotFoundException", "Invalid model name specified: Cat", self.client.get_model, restApiId=api, modelName="Cat")
        validator = self.client.create_request_validator(restApiId=api, name="body", validateRequestBody=True)["id"]
        at = dict(restApiId=api, resourceId=root, httpMethod="POST")
        self.client.put_method(**at, authorizationType="NONE", requestValidatorId=validator,
                               requestModels={"application/json": "Pet"})
        self.client.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA % "hello")
        put = self.client.put_gateway_response(restApiId=api, responseType="BAD_REQUEST_BODY", statusCode="422",
                                               responseTemplates={"application/json": '{"no":$context.error.messageString}'})
        self.assertEqual(put["defaultResponse"], False)
        self.client.create_deployment(restApiId=api, stageName="s")
        json_body = {"Content-Type": "application/json"}
        self.assertEqual(fetch(self.url(api, "s", "/"), "POST", json_body, b'{"name":"x"}'), (200, "hello"))
        self.assertEqual(fetch(self.url(api, "s", "/"), "POST", json_body, b"{}"), (422, '{"no":"Invalid request body"}'))
        self.assertEqual(len(self.client.get_gateway_responses(restApiId=api)["items"]), 21)
        throttled = self.client.get_gateway_response(restApiId=api, responseType="THROTTLED")
        self.assertEqual((throttled["statusCode"], throttled["defaultResponse"]), ("429", True))
        with self.assertRaises(self.client.exceptions.ConflictException):
            self.client.delete_model(restApiId=api, modelName="Pet")
        authorizer = self.client.create_authorizer(restApiId=api, name="a", type="TOKEN", authorizerUri=LAMBDA % "auth",
                                                   identitySource="method.request.header.Auth")
        self.assertEqual((authorizer["authType"], authorizer["authorizerResultTtlInSeconds"]), ("custom", 300))
        changed = self.client.update_authorizer(restApiId=api, authorizerId=authorizer["id"], patchOperations=[
            {"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"}])
        self.assertEqual(changed["authorizerResultTtlInSeconds"], 0)
        part = self.client.create_documentation_part(restApiId=api, location={"type": "API"}, properties='{"description":"x"}')["id"]
        self.client.create_documentation_version(restApiId=api, documentationVersion="1")
        self.assertEqual([each["id"] for each in self.client.get_documentation_parts(restApiId=api, type="API")["items"]], [part])
        self.assertEqual([each["version"] for each in self.client.get_documentation_versions(restApiId=api)["items"]], ["1"])

    def test_keys_plans_links_certificates_and_the_account(self):
        client = client_of(self.server, key="555555555555")
        key = client.create_api_key(name="mobile", enabled=True, value="0123456789012345678901")
        self.assertEqual(key["value"], "0123456789012345678901")
        self.assertNotIn("value", client.get_api_key(apiKey=key["id"]))
        self.assertEqual(client.get_api_key(apiKey=key["id"], includeValue=True)["value"], key["value"])
        self.refused("ConflictException", "API Key already exists", client.create_api_key, value=key["value"])
        self.refused("NotFoundException", "Invalid API Key identifier specified", client.get_api_key, apiKey="nobody")
        plan = client.create_usage_plan(name="gold", throttle={"rateLimit": 5.5, "burstLimit": 10}, quota={"limit": 3, "period": "DAY"})
        self.assertEqual(client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")["name"], "mobile")
        self.assertEqual([each["id"] for each in client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]], [key["id"]])
        self.assertEqual([each["id"] for each in client.get_usage_plans(keyId=key["id"])["items"]], [plan["id"]])
        changed = client.update_usage_plan(usagePlanId=plan["id"], patchOperations=[
            {"op": "replace", "path": "/throttle/rateLimit", "value": "7"}, {"op": "remove", "path": "/quota"}])
        self.assertEqual(changed["throttle"], {"rateLimit": 7.0, "burstLimit": 10})
        self.assertNotIn("quota", changed)
        disabled = client.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
        self.assertEqual(disabled["enabled"], False)
        self.assertEqual(client.get_account()["throttleSettings"], {"burstLimit": 5000, "rateLimit": 10000.0})
        link = client.create_vpc_link(name="l", targetArns=["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/n/1"])
        self.assertEqual((link["status"], client.get_vpc_link(vpcLinkId=link["id"])["status"]), ("PENDING", "AVAILABLE"))
        certificate = client.generate_client_certificate(description="c")
        self.assertTrue(certificate["pemEncodedCertificate"].startswith("-----BEGIN CERTIFICATE-----"))

    def patched(self, call, *operations, **at):
        return call(**at, patchOperations=[dict(zip(("op", "path", "value"), each)) for each in operations])

    def test_what_a_patch_may_say_is_checked(self):
        api, root, resource = self.with_method()
        method = dict(restApiId=api, resourceId=resource, httpMethod="GET")
        self.refused("BadRequestException", "API name cannot be empty", self.patched_call(self.client.update_rest_api, restApiId=api),
                     patchOperations=[{"op": "replace", "path": "/name", "value": ""}])
        self.refused("BadRequestException", "Invalid patch path  '/nope' specified for op 'replace'. Must be one of: [/statusCode, "
                     "/responseParameters, /responseTemplates]",
                     self.patched_call(self.client.update_gateway_response, restApiId=api, responseType="THROTTLED"),
                     patchOperations=[{"op": "replace", "path": "/nope", "value": ""}])
        self.refused("BadRequestException", "Invalid patch value  'BOTH' specified for path '/contentHandling'",
                     self.patched_call(self.client.update_integration, **method),
                     patchOperations=[{"op": "replace", "path": "/contentHandling", "value": "BOTH"}])
        for path in ("/contentHandling", "/credentials"):
            value = "CONVERT_TO_TEXT" if path == "/contentHandling" else "arn:aws:iam::123456789012:role/r"
            self.assertEqual(self.patched(self.client.update_integration, ("replace", path, value), **method)[path[1:]], value)
            self.assertNotIn(path[1:], self.patched(self.client.update_integration, ("replace", path, ""), **method))
        self.client.put_method_response(**method, statusCode="200")
        self.refused("BadRequestException", "Invalid model identifier specified: Nope",
                     self.patched_call(self.client.update_method_response, **method, statusCode="200"),
                     patchOperations=[{"op": "add", "path": "/responseModels/application~1json", "value": "Nope"}])
        self.client.create_deployment(restApiId=api, stageName="s")
        stage = self.patched_call(self.client.update_stage, restApiId=api, stageName="s")
        for path, value in (("/variables/bad-name", "x"), ("/variables/name", "<x>"), ("/*/*/logging/loglevel", "LOUD"),
                            ("/cacheClusterSize", "9")):
            with self.assertRaises(self.client.exceptions.BadRequestException):
                stage(patchOperations=[{"op": "replace", "path": path, "value": value}])
        self.assertEqual(stage(patchOperations=[{"op": "replace", "path": "/variables/url_1", "value": "https://a.b/c?d=e&f=g,h"}])
                         ["variables"], {"url_1": "https://a.b/c?d=e&f=g,h"})

    def patched_call(self, call, **at):
        return lambda patchOperations: call(**at, patchOperations=patchOperations)

    def test_a_plans_limits_of_a_method_are_named_by_its_path_plain_or_escaped(self):
        api, _, _ = self.with_method()
        self.client.create_deployment(restApiId=api, stageName="s")
        plan = self.client.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "s"}])["id"]
        made = self.patched(self.client.update_usage_plan, ("replace", f"/apiStages/{api}:s/throttle//hello/GET/rateLimit", "2.5"),
                            ("replace", f"/apiStages/{api}:s/throttle/~1hello~1GET/burstLimit", "3"), usagePlanId=plan)
        self.assertEqual(made["apiStages"][0]["throttle"], {"/hello/GET": {"rateLimit": 2.5, "burstLimit": 3}})

    def test_a_models_template_writes_what_its_schema_describes(self):
        api, _ = self.api()
        self.assertEqual(self.client.get_model_template(restApiId=api, modelName="Empty")["value"],
                         "#set($inputRoot = $input.path('$'))\n{ }")
        self.client.create_model(restApiId=api, name="Pets", contentType="application/json", schema=json.dumps({
            "type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}, "type": {"type": "string"}}}}))
        self.assertEqual(self.client.get_model_template(restApiId=api, modelName="Pets")["value"], """#set($inputRoot = $input.path('$'))
[
#foreach($elem in $inputRoot)
  {
    "id" : $elem.id,
    "type" : "$elem.type"
  }#if($foreach.hasNext),#end
#end
]""")
        self.refused("NotFoundException", "Invalid model name specified: Nope", self.client.get_model_template, restApiId=api, modelName="Nope")

    def test_what_is_not_offered_says_so(self):
        api, _, _ = self.with_method()
        self.client.create_deployment(restApiId=api, stageName="dev")
        self.refused("NotImplementedException", None, self.client.get_sdk, restApiId=api, stageName="dev", sdkType="javascript")

    def test_raw_wire(self):
        request = urllib.request.Request(self.server.endpoint + "/restapis/nobody", headers={
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/apigateway/aws4_request, "
                             "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        error = caught.exception
        self.assertEqual((error.code, error.headers["x-amzn-ErrorType"], json.loads(error.read())),
                         (404, "NotFoundException", {"message": "Invalid API identifier specified 123456789012:nobody"}))
        unsigned = fetch(self.server.endpoint + "/restapis")
        self.assertEqual(unsigned, (403, '{"message":"Missing Authentication Token"}'))


class Persistence(Making, unittest.TestCase):
    """With the data on disk: what was made is there after kill -9, and gone after a reset."""

    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.data.cleanup)
        cls.functions = pathlib.Path(cls.data.name, "functions.yaml")
        cls.functions.write_text(FUNCTIONS)

    def start(self):
        server = Server("--functions", self.functions, data=pathlib.Path(self.data.name, "data"))
        self.addCleanup(server.__exit__)
        return server

    def test_restart_fork_and_reset(self):
        self.server = self.start()
        self.client = client_of(self.server)
        api, _, _ = self.with_method()
        self.client.create_deployment(restApiId=api, stageName="dev")
        self.server.kill()
        server = self.start()
        self.assertEqual(fetch(self.url(api, "dev", "/hello", server)), (200, "hello"))
        self.assertEqual(client_of(server).get_rest_api(restApiId=api)["name"], "pets")
        admin = {"Content-Type": "application/json"}
        fetch(server.endpoint + "/_stator/v1/forks", "POST", admin, json.dumps({"key": "worker1", "account": ACCOUNT}).encode())
        fork = client_of(server, key="worker1")
        self.assertEqual(fork.get_rest_api(restApiId=api)["id"], api)
        fork.delete_rest_api(restApiId=api)
        self.assertEqual(fetch(self.url(api, "dev", "/hello", server)), (200, "hello"))
        fetch(server.endpoint + "/_stator/v1/snapshots", "POST", admin, b'{"name":"one"}')
        fetch(server.endpoint + "/_stator/v1/reset", "POST", admin, b"{}")
        self.assertEqual(fetch(self.url(api, "dev", "/hello", server))[0], 403)
        self.assertEqual(client_of(server).get_rest_apis()["items"], [])
        fetch(server.endpoint + "/_stator/v1/snapshots/one/restore", "POST", admin, b"{}")
        self.assertEqual(fetch(self.url(api, "dev", "/hello", server)), (200, "hello"))


if __name__ == "__main__":
    unittest.main()
