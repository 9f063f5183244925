"""The cache of a REST API's stage, as boto3 sets it up: what UpdateStage, FlushStageCache and PutIntegration do to it, whose clock it
goes by, and that a fork, a reset and a canary have caches of their own."""
import json
import pathlib
import sys
import tempfile
import unittest
import urllib.request

from sdk import Refusals
from test_rest_control import LAMBDA, Making, WithFunctions, fetch

COUNT = """import json, os, sys
path = sys.argv[1]
with open(path, "a") as f: f.write(".")
print(json.dumps({"statusCode": 200, "body": str(os.path.getsize(path))}))
"""


class StageCache(WithFunctions, Making, Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        calls = tempfile.NamedTemporaryFile()
        cls.addClassCleanup(calls.close)
        cls.functions = "count: {Kind: command, Command: [%s, -c, %s, %s]}\n" % (sys.executable, json.dumps(COUNT), calls.name)
        super().setUpClass()

    def control(self, path, body=None, method="POST"):
        request = urllib.request.Request(self.server.endpoint + path, method=method, data=json.dumps(body or {}).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def cached(self, *settings, **integration):
        api, root, resource = self.with_method(uri=LAMBDA % "count", **integration)
        self.client.create_deployment(restApiId=api, stageName="s", cacheClusterEnabled=True, cacheClusterSize="0.5")
        self.update(api, ("/*/*/caching/enabled", "true"), *settings)
        self.where = (api, resource)
        return api

    def update(self, api, *changes):
        return self.client.update_stage(restApiId=api, stageName="s", patchOperations=[
            {"op": "replace", "path": path, "value": value} for path, value in changes])

    def call(self, api, headers=None, query=""):
        status, body = fetch(self.url(api, "s", "/hello" + query), headers=headers)
        self.assertEqual(status, 200, body)
        return int(body)

    def test_a_stage_tells_its_cache(self):
        api, _, _ = self.with_method()
        self.client.create_deployment(restApiId=api, stageName="s")
        told = lambda stage: [stage.get("cacheCluster" + each) for each in ("Enabled", "Size", "Status")]
        self.assertEqual(told(self.client.get_stage(restApiId=api, stageName="s")), [False, None, "NOT_AVAILABLE"])
        on = self.update(api, ("/cacheClusterEnabled", "true"), ("/cacheClusterSize", "1.6"), ("/~1hello/GET/caching/ttlInSeconds", "3600"))
        self.assertEqual(told(on), [True, "1.6", "AVAILABLE"])
        self.assertEqual({k: on["methodSettings"]["~1hello/GET"][k] for k in (
            "cachingEnabled", "cacheTtlInSeconds", "cacheDataEncrypted", "requireAuthorizationForCacheControl", "unauthorizedCacheControlHeaderStrategy")},
            {"cachingEnabled": False, "cacheTtlInSeconds": 3600, "cacheDataEncrypted": False, "requireAuthorizationForCacheControl": True,
             "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER"})
        self.assertNotIn("cacheId", on)
        for wrong in ("3601", "-1", "x"):
            self.refused("BadRequestException", "Invalid patch value  '%s' specified for path '/*/*/caching/ttlInSeconds'" % wrong, self.client.update_stage, restApiId=api,
                         stageName="s", patchOperations=[{"op": "replace", "path": "/*/*/caching/ttlInSeconds", "value": wrong}])

    def test_answers_are_kept_until_the_clock_has_gone_on_or_the_cache_is_flushed(self):
        api = self.cached(("/*/*/caching/ttlInSeconds", "60"))
        self.control("/_stator/v1/clock", {"freeze": True})
        self.addCleanup(self.control, "/_stator/v1/clock", {"release": True})
        first = self.call(api)
        self.control("/_stator/v1/clock", {"advance_ms": 59_999})
        self.assertEqual(self.call(api), first)
        self.control("/_stator/v1/clock", {"advance_ms": 1})
        second = self.call(api)
        self.assertEqual(second, first + 1)
        flushed = self.client.flush_stage_cache(restApiId=api, stageName="s")
        self.assertEqual(flushed["ResponseMetadata"]["HTTPStatusCode"], 202)
        third = self.call(api)
        self.assertEqual((third, self.call(api)), (second + 1, second + 1))

    def test_a_deployment_leaves_the_cache_and_another_size_empties_it(self):
        api = self.cached()
        first = self.call(api)
        self.client.create_deployment(restApiId=api, stageName="s")
        self.client.flush_stage_authorizers_cache(restApiId=api, stageName="s")
        self.update(api, ("/variables/a", "b"))
        self.assertEqual(self.call(api), first)
        self.update(api, ("/cacheClusterSize", "6.1"))
        second = self.call(api)
        self.assertEqual(second, first + 1)
        self.update(api, ("/cacheClusterEnabled", "false"))
        self.assertEqual([self.call(api) - second, self.call(api) - second], [1, 2])
        self.update(api, ("/cacheClusterEnabled", "true"))
        self.assertEqual([self.call(api) - second, self.call(api) - second], [3, 3])

    def test_who_may_not_pass_the_cache_by_is_told_as_the_stage_says(self):
        api = self.cached()
        first = self.call(api)
        anew = {"Cache-Control": "max-age=0"}
        self.assertEqual(self.call(api, anew), first)
        self.update(api, ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"))
        self.assertEqual(fetch(self.url(api, "s", "/hello"), headers=anew)[0], 403)
        self.assertEqual(self.call(api), first)
        self.update(api, ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITHOUT_RESPONSE_HEADER"))
        with urllib.request.urlopen(urllib.request.Request(self.url(api, "s", "/hello"), headers=anew)) as answer:
            self.assertEqual((int(answer.read()), answer.headers["Warning"]), (first, None))
        self.update(api, ("/*/*/caching/requireAuthorizationForCacheControl", "false"))
        self.assertEqual(self.call(api, anew), first + 1)
        self.assertEqual(self.call(api), first + 1)

    def test_cache_keys_are_parameters_of_the_method_or_the_integration(self):
        api = self.cached()
        _, resource = self.where
        at = dict(restApiId=api, resourceId=resource, httpMethod="GET")
        whole = dict(type="AWS_PROXY", integrationHttpMethod="POST", uri=LAMBDA % "count")
        key = "method.request.querystring.q"
        self.refused("BadRequestException", "Invalid cache key parameter specified", self.client.put_integration, **at, **whole, cacheKeyParameters=[key])
        self.refused("BadRequestException", "Invalid cache key parameter specified", self.client.update_integration, **at, patchOperations=[
            {"op": "add", "path": "/cacheKeyParameters/integration.request.header.x"}])
        self.client.update_method(**at, patchOperations=[{"op": "add", "path": "/requestParameters/" + key, "value": "false"}])
        made = self.client.put_integration(**at, **whole, cacheKeyParameters=[key], cacheNamespace="mine")
        self.assertEqual((made["cacheKeyParameters"], made["cacheNamespace"]), ([key], "mine"))
        self.client.create_deployment(restApiId=api, stageName="s")
        one, two = self.call(api, query="?q=1"), self.call(api, query="?q=2&r=3")
        self.assertEqual(two, one + 1)
        self.assertEqual((self.call(api, query="?q=1&r=4"), self.call(api, query="?q=2")), (one, two))

    def test_a_canary_has_its_own_unless_it_uses_the_stages(self):
        api = self.cached()
        first = self.call(api)
        self.client.create_deployment(restApiId=api, stageName="s", canarySettings={"percentTraffic": 100})
        self.assertEqual((self.call(api), self.call(api)), (first + 1, first + 1))
        self.update(api, ("/canarySettings/useStageCache", "true"))
        self.assertEqual(self.call(api), first)

    def test_a_fork_has_its_own_and_goes_by_its_own_clock(self):
        api = self.cached()
        self.control("/_stator/v1/forks", {"key": "cachefork"})
        self.addCleanup(self.control, "/_stator/v1/forks/cachefork", method="DELETE")
        main = self.call(api)
        fork = {"X-Stator-Fork": "cachefork"}
        kept = self.call(api, fork)
        self.assertGreater(kept, main)
        self.assertEqual(self.call(api, fork), kept)
        self.control("/_stator/v1/clock?fork=cachefork", {"freeze": True, "advance_ms": 300_000})
        self.assertEqual(self.call(api), main)
        self.assertGreater(self.call(api, fork), kept)


if __name__ == "__main__":
    unittest.main()
