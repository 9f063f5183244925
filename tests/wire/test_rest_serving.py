"""What a deployed REST API does beside routing: canaries, content codings of bodies."""
import gzip
import http.client
import json
import unittest
import zlib

from test_rest_control import LAMBDA, Making, WithFunctions, fetch

FUNCTIONS = """
long: {Kind: mock, Result: {statusCode: 200, body: "%s"}}
coded: {Kind: mock, Result: {statusCode: 200, body: "%s", headers: {Content-Encoding: br}}}
length: {Kind: command, Command: [%s, -c, "import json,sys; e=json.load(sys.stdin); print(json.dumps({'statusCode': 200, 'body': json.dumps([e['body'], sorted(k for k in e['headers'] if k.lower().startswith('content'))])}))"]}
""" % ("x" * 500, "x" * 500, "/usr/bin/python3")


class Serving(WithFunctions, Making, unittest.TestCase):
    functions = FUNCTIONS

    def call(self, api, headers=None, method="GET", body=None, path="/hello"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.addCleanup(connection.close)
        connection.request(method, f"/restapis/{api}/s/_user_request_{path}", body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def stage(self, api, *operations):
        return self.client.update_stage(restApiId=api, stageName="s", patchOperations=[
            dict(zip(("op", "path", "value"), each)) if len(each) == 3 else {"op": "copy", "from": each[0], "path": each[1]}
            for each in operations])


class Canaries(Serving):
    def mock(self):
        api, root = self.api()
        at = dict(restApiId=api, resourceId=root, httpMethod="GET")
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        self.client.put_method_response(**at, statusCode="200")
        self.answers(at, "old")
        return api, at

    def answers(self, at, word):
        self.client.put_integration_response(**at, statusCode="200", responseTemplates={
            "application/json": word + " $stageVariables.colour $stageVariables.size $context.isCanaryRequest"})

    def test_a_part_of_the_requests_sees_another_deployment_and_other_variables(self):
        api, at = self.mock()
        first = self.client.create_deployment(restApiId=api, stageName="s", variables={"colour": "red", "size": "1"})["id"]
        self.answers(at, "new")
        second = self.client.create_deployment(restApiId=api, stageName="s", canarySettings={
            "percentTraffic": 0, "stageVariableOverrides": {"colour": "blue"}})["id"]
        stage = self.client.get_stage(restApiId=api, stageName="s")
        self.assertEqual((stage["deploymentId"], stage["canarySettings"]["deploymentId"]), (first, second))
        old, new = (200, "old red 1 false"), (200, "new blue 1 true")
        url = self.url(api, "s", "/")
        self.assertEqual({fetch(url) for _ in range(40)}, {old})
        self.stage(api, ("replace", "/canarySettings/percentTraffic", "100"))
        self.assertEqual({fetch(url) for _ in range(40)}, {new})
        self.stage(api, ("replace", "/canarySettings/percentTraffic", "50.0"))
        seen = [fetch(url) for _ in range(200)]
        self.assertEqual(set(seen), {old, new})
        self.assertTrue(50 < seen.count(new) < 150, seen.count(new))  # ten million times in a row it is

    def test_a_canary_is_promoted_by_copying_and_then_removed(self):
        api, at = self.mock()
        self.client.create_deployment(restApiId=api, stageName="s", variables={"colour": "red", "size": "1"})
        self.answers(at, "new")
        second = self.client.create_deployment(restApiId=api, stageName="s", canarySettings={
            "percentTraffic": 10, "stageVariableOverrides": {"colour": "blue"}})["id"]
        stage = self.stage(api, ("/canarySettings/stageVariableOverrides", "/variables"), ("/canarySettings/deploymentId", "/deploymentId"))
        self.assertEqual((stage["deploymentId"], stage["variables"]), (second, {"colour": "blue", "size": "1"}))
        removed = self.client.update_stage(restApiId=api, stageName="s", patchOperations=[{"op": "remove", "path": "/canarySettings"}])
        self.assertNotIn("canarySettings", removed)
        self.assertEqual({fetch(self.url(api, "s", "/")) for _ in range(20)}, {(200, "new blue 1 false")})


class Codings(Serving):
    def deployed(self, function, **api):
        made, _, _ = self.with_method(uri=LAMBDA % function)
        if api:
            self.client.update_rest_api(restApiId=made, patchOperations=[
                {"op": "replace", "path": "/minimumCompressionSize", "value": str(api["size"])}])
        self.client.create_deployment(restApiId=made, stageName="s")
        return made

    def test_an_answer_is_encoded_from_its_size_on_as_the_client_likes(self):
        api = self.deployed("long", size=500)
        plain = b"x" * 500
        status, headers, body = self.call(api, {"Accept-Encoding": "gzip"})
        self.assertEqual((status, headers["Content-Encoding"], gzip.decompress(body)), (200, "gzip", plain))
        for accepted, coding in (("deflate", "deflate"), ("br, deflate;q=0.5, gzip;q=0.7", "gzip"), ("deflate,gzip", "deflate"),
                                 ("gzip;q=0, deflate", "deflate"), ("br", None), ("*", None), ("identity", None), ("gzip;q=0", None)):
            _, headers, body = self.call(api, {"Accept-Encoding": accepted})
            self.assertEqual(headers["Content-Encoding"], coding, accepted)
            self.assertEqual({"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[coding](body), plain)
        self.assertIsNone(self.call(self.deployed("long", size=501), {"Accept-Encoding": "gzip"})[1]["Content-Encoding"])
        self.assertIsNone(self.call(self.deployed("long"), {"Accept-Encoding": "gzip"})[1]["Content-Encoding"])
        _, headers, body = self.call(self.deployed("coded", size=0), {"Accept-Encoding": "gzip"})
        self.assertEqual((headers["Content-Encoding"], body), ("br", plain))

    def test_a_requests_body_is_decoded_before_anything_reads_it(self):
        api, root = self.api()
        at = dict(restApiId=api, resourceId=root, httpMethod="POST")
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA % "length")
        self.client.create_deployment(restApiId=api, stageName="s")
        text = json.dumps({"a": "ä"}).encode()

        def sent(coding, body):
            status, headers, answer = self.call(api, {"Content-Encoding": coding, "Content-Type": "application/json"}, "POST", body, "/")
            return status, json.loads(answer), headers["x-amzn-errortype"]

        decoded = (200, [text.decode(), ["Content-Type"]], None)
        self.assertEqual(sent("gzip", gzip.compress(text)), decoded)
        self.assertEqual(sent("deflate", zlib.compress(text)), decoded)
        self.assertEqual(sent("identity", text)[1][0], text.decode())
        refused = (415, {"message": "Unsupported Media Type"}, "BadRequestException")
        self.assertEqual(sent("br", text), refused)
        self.assertEqual(sent("gzip", text), refused)
        self.assertEqual(sent("deflate", zlib.compress(text)[:-1]), refused)
        self.assertEqual(sent("gzip", gzip.compress(b" " * (10485760 + 1)))[0], 413)


if __name__ == "__main__":
    unittest.main()
