"""What of the V1 control plane belongs to accounts and texts: private domain names, imports of API keys and of documentation, what keys have used, the
kinds of SDK."""
import datetime
import json
import unittest
import urllib.parse

from sdk import refusal
from test_rest_control import Making, WithFunctions, fetch


class Wire(WithFunctions, Making, unittest.TestCase):
    def refused(self, call, **arguments):
        return refusal(call, **arguments)["Error"]["Code"]


class PrivateDomains(Wire):
    NAME = "private.example.com"

    def test_a_private_name_is_found_by_its_id_and_vpc_endpoints_are_associated_with_it(self):
        status, made = self.signed("POST", "/domainnames", {
            "domainName": self.NAME, "endpointConfiguration": {"types": ["PRIVATE"]}, "tags": {"a": "b"},
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"})
        full = self.NAME + "+" + made["domainNameId"]
        arn = "arn:aws:apigateway:us-east-1:123456789012:/domainnames/" + full
        self.assertEqual((status, made["domainNameArn"], made["endpointConfiguration"]), (201, arn, {"types": ["PRIVATE"], "ipAddressType": "dualstack"}))
        self.assertFalse({"regionalDomainName", "distributionDomainName"} & made.keys())
        domain, id = "/domainnames/" + self.NAME, "?domainNameId=" + made["domainNameId"]
        self.assertEqual(self.signed("GET", domain)[0], 404)
        self.assertEqual(self.signed("GET", domain + id)[1]["domainNameArn"], arn)
        api, _, _ = self.with_method()
        self.assertEqual(self.signed("POST", domain + "/basepathmappings" + id, {"restApiId": api})[0], 201)
        self.assertEqual(self.signed("GET", domain + "/basepathmappings/(none)")[0], 404)
        self.assertEqual(self.signed("GET", domain + "/basepathmappings/(none)" + id)[1]["restApiId"], api)
        self.assertEqual([self.signed("DELETE", domain)[0], self.signed("DELETE", domain + id)[0]], [404, 202])

    def test_vpc_endpoints_are_associated_with_a_private_name(self):
        domain = self.signed("POST", "/domainnames", {"domainName": "other." + self.NAME, "endpointConfiguration": {"types": ["PRIVATE"]}})[1]
        self.addCleanup(self.signed, "DELETE", f"/domainnames/other.{self.NAME}?domainNameId={domain['domainNameId']}")
        arn, all = domain["domainNameArn"], "/domainnameaccessassociations"
        asked = {"domainNameArn": arn, "accessAssociationSourceType": "VPCE", "accessAssociationSource": "vpce-abcd1234"}
        status, made = self.signed("POST", all, {**asked, "tags": {"k": "v"}})
        name = made["domainNameAccessAssociationArn"]
        self.assertEqual((status, made), (201, {**asked, "domainNameAccessAssociationArn": name, "tags": {"k": "v"}}))
        self.assertEqual(name, "arn:aws:apigateway:us-east-1:123456789012:%s/domainname/other.%s+%s/vpcesource/vpce-abcd1234"
                         % (all, self.NAME, domain["domainNameId"]))
        self.assertEqual(self.signed("POST", all, asked)[0], 409)
        for wrong in ({"domainNameArn": arn + "x"}, {"accessAssociationSource": "igw-1"}, {"accessAssociationSourceType": "VPC"}):
            self.assertEqual(self.signed("POST", all, {**asked, **wrong})[0], 400, wrong)
        self.assertEqual(self.signed("GET", all + "?resourceOwner=SELF")[1], {"item": [made]})
        self.assertEqual(self.signed("GET", all + "?resourceOwner=OTHER_ACCOUNTS")[1], {"item": []})
        self.client.tag_resource(resourceArn=arn, tags={"new": "1"})
        self.client.tag_resource(resourceArn=name, tags={"new": "2"})
        self.assertEqual(self.client.get_tags(resourceArn=arn)["tags"], {"new": "1"})
        self.assertEqual(self.client.get_tags(resourceArn=name)["tags"], {"k": "v", "new": "2"})
        self.assertEqual(self.refused(self.client.get_tags, resourceArn=arn + "x"), "NotFoundException")
        quoted = urllib.parse.quote(name, safe="")
        reject = "/rejectdomainnameaccessassociations?domainNameAccessAssociationArn=" + quoted + "&domainNameArn="
        self.assertEqual([self.signed("POST", reject + urllib.parse.quote(each, safe=""))[0] for each in (arn + "x", arn)], [400, 202])
        self.assertEqual(self.signed("DELETE", all + "/" + quoted)[0], 404)
        self.signed("POST", all, asked)
        self.assertEqual(self.signed("DELETE", all + "/" + quoted), (202, None))
        self.assertEqual(self.signed("GET", all)[1], {"item": []})

    def test_a_private_api_has_addresses_of_both_kinds(self):
        api, _ = self.api(endpointConfiguration={"types": ["PRIVATE"]})
        self.assertEqual(self.signed("GET", "/restapis/" + api)[1]["endpointConfiguration"]["ipAddressType"], "dualstack")


class KeyFiles(Wire):
    def test_keys_come_from_a_file_and_the_later_of_one_value_stands(self):
        plans = [self.client.create_usage_plan(name=name)["id"] for name in "ab"]
        text = f"""Enabled,Name , key,UsageplanIds,colour
true,First,apikey1234abcdefghij0123456789,"{plans[0]},{plans[1]}",red
FALSE,'Sec,ond',other-key-other-key-other,,
"""
        made = self.client.import_api_keys(body=text, format="csv", failOnWarnings=True)
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(made["warnings"], [])
        first, second = (self.client.get_api_key(apiKey=each, includeValue=True) for each in made["ids"])
        self.assertEqual((first["name"], first["value"], first["enabled"]), ("First", "apikey1234abcdefghij0123456789", True))
        self.assertEqual((second["name"], second["value"], second["enabled"]), ("Sec,ond", "other-key-other-key-other", False))
        for plan in plans:
            self.assertEqual([each["id"] for each in self.client.get_usage_plan_keys(usagePlanId=plan)["items"]], [first["id"]])
        again = self.client.import_api_keys(body="key,name,description\r\napikey1234abcdefghij0123456789,Renamed,text\r\n", format="csv")
        self.assertEqual(again["ids"], [first["id"]])
        renamed = self.client.get_api_key(apiKey=first["id"])
        self.assertEqual((renamed["name"], renamed["description"]), ("Renamed", "text"))

    def test_what_is_wrong_is_a_warning_and_with_failonwarnings_nothing_is_kept(self):
        text = "Name,Key,UsagePlanIds\nshort,x,\nlone,lone-key-lone-key-lone,nobody\n"
        before = len(self.client.get_api_keys(limit=500)["items"])
        self.assertEqual(self.refused(self.client.import_api_keys, body=text, format="csv", failOnWarnings=True), "BadRequestException")
        self.assertEqual(len(self.client.get_api_keys(limit=500)["items"]), before)
        made = self.client.import_api_keys(body=text, format="csv")
        self.assertEqual((len(made["ids"]), len(made["warnings"])), (1, 2))
        self.assertEqual(self.refused(self.client.import_api_keys, body="Name,Value\na,b\n", format="csv"), "BadRequestException")


class UsageReports(Wire):
    def test_what_a_key_has_used_is_told_by_day_and_more_is_granted(self):
        api, root, resource = self.with_method()
        self.client.update_method(restApiId=api, resourceId=resource, httpMethod="GET", patchOperations=[
            {"op": "replace", "path": "/apiKeyRequired", "value": "true"}])
        self.client.create_deployment(restApiId=api, stageName="s")
        key = self.client.create_api_key(name="k", enabled=True)
        plan = self.client.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "s"}], quota={"limit": 3, "period": "DAY"})["id"]
        self.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        for _ in range(2):
            self.assertEqual(fetch(self.url(api, "s", "/hello"), headers={"x-api-key": key["value"]})[0], 200)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        yesterday = str(today - datetime.timedelta(days=1))
        usage = self.client.get_usage(usagePlanId=plan, startDate=yesterday, endDate=str(today))
        self.assertEqual({name: usage[name] for name in ("usagePlanId", "startDate", "endDate", "items")},
                         {"usagePlanId": plan, "startDate": yesterday, "endDate": str(today), "items": {key["id"]: [[0, 3], [2, 1]]}})
        granted = self.client.update_usage(usagePlanId=plan, keyId=key["id"], patchOperations=[
            {"op": "replace", "path": "/remaining", "value": "0"}])
        self.assertEqual(granted["items"], {key["id"]: [[2, 0]]})
        self.assertEqual(fetch(self.url(api, "s", "/hello"), headers={"x-api-key": key["value"]}), (429, '{"message":"Limit Exceeded"}'))
        self.assertEqual(self.refused(self.client.get_usage, usagePlanId=plan, keyId="nobody", startDate=yesterday, endDate=str(today)),
                         "NotFoundException")
        for first, last in (("2026-13-01", "2026-12-02"), ("2026-01-02", "2026-01-01"), ("2026-1-1", "2026-01-02")):
            self.assertEqual(self.refused(self.client.get_usage, usagePlanId=plan, startDate=first, endDate=last), "BadRequestException")


class Documentation(Wire):
    PARTS = """{"x-amazon-apigateway-documentation": {"version": "1.0.3", "documentationParts": [
        {"location": {"type": "API"}, "properties": {"description": "API info", "info": {"version": "3"}}},
        {"location": {"type": "METHOD", "path": "/pets", "method": "GET"}, "properties": {"description": "lists"}}]}}"""

    def test_parts_come_from_a_file_merged_or_instead_of_others(self):
        api, _ = self.api()
        old = self.client.create_documentation_part(restApiId=api, location={"type": "API"},
                                                    properties='{"description":"old","tags":["x"]}')["id"]
        made = self.client.import_documentation_parts(restApiId=api, mode="merge", body=self.PARTS)
        self.assertEqual((made["ResponseMetadata"]["HTTPStatusCode"], made["ids"][0], len(made["ids"])), (200, old, 2))
        merged = self.client.get_documentation_part(restApiId=api, documentationPartId=old)["properties"]
        self.assertEqual(merged, '{"description":"API info","tags":["x"],"info":{"version":"3"}}')
        other = self.client.import_documentation_parts(restApiId=api, mode="overwrite", body=self.PARTS)
        self.assertNotIn(old, other["ids"])
        parts = self.client.get_documentation_parts(restApiId=api)["items"]
        self.assertEqual(sorted(each["location"]["type"] for each in parts), ["API", "METHOD"])
        self.assertEqual(self.refused(self.client.import_documentation_parts, restApiId=api, body="{}"), "BadRequestException")

    def test_a_thing_has_one_part_which_is_an_object(self):
        api, _ = self.api()
        part = dict(restApiId=api, location={"type": "METHOD", "path": "/", "method": "GET"}, properties='{"description":"x"}')
        made = self.client.create_documentation_part(**part)["id"]
        self.assertEqual(self.refused(self.client.create_documentation_part, **part), "ConflictException")
        for text in ("nope", '"text"'):
            self.assertEqual(self.refused(self.client.create_documentation_part, restApiId=api, location={"type": "API"}, properties=text),
                             "BadRequestException")
            self.assertEqual(self.refused(self.client.update_documentation_part, restApiId=api, documentationPartId=made,
                                          patchOperations=[{"op": "replace", "path": "/properties", "value": text}]), "BadRequestException")

    def test_an_export_has_it_when_asked(self):
        api, _, _ = self.with_method()
        self.client.import_documentation_parts(restApiId=api, body=self.PARTS)
        self.client.create_deployment(restApiId=api, stageName="s")
        self.client.create_documentation_version(restApiId=api, documentationVersion="7", stageName="s")

        def exported(extensions):
            text = self.client.get_export(restApiId=api, stageName="s", exportType="oas30", accepts="application/json",
                                          parameters={"extensions": extensions})["body"].read()
            return json.loads(text).get("x-amazon-apigateway-documentation")

        told = exported("integrations,documentation")
        self.assertEqual((told["version"], len(told["documentationParts"])), ("7", 2))
        self.assertIn({"location": {"type": "METHOD", "path": "/pets", "method": "GET"}, "properties": {"description": "lists"}},
                      told["documentationParts"])
        self.assertIsNone(exported("integrations"))

    def test_an_imported_api_brings_its_documentation(self):
        body = '{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}, ' + self.PARTS[1:]
        api = self.client.import_rest_api(body=body)["id"]
        self.assertEqual(len(self.client.get_documentation_parts(restApiId=api)["items"]), 2)


class SdkTypes(Wire):
    def test_the_kinds_are_told(self):
        kinds = self.client.get_sdk_types()["items"]
        self.assertEqual([each["id"] for each in kinds], ["android", "java", "javascript", "objectivec", "ruby", "swift"])
        self.assertEqual(self.client.get_sdk_type(id="ruby")["configurationProperties"][0]["name"], "service.name")
        self.assertEqual(self.refused(self.client.get_sdk_type, id="cobol"), "NotFoundException")


if __name__ == "__main__":
    unittest.main()
