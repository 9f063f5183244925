"""What bytes on the wire bring: content types, targets, signatures, bodies that are nearly JSON, members of wrong types.

Connections, sizes and headers of answers are test_http's; recorded answers to well-formed requests are test_replay's.
"""
import http.client
import json
import unittest

import serialization_cases
from server import Server, authorization

CORAL = "com.amazon.coral.service#"
VALIDATION = "com.amazon.coral.validate#ValidationException"
TABLE = {"TableName": "raw-wire", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}


class RawWire(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--dialect", "old")
        cls.addClassCleanup(lambda: cls.server.__exit__())
        assert cls.server.call("CreateTable", TABLE)[0] == 200

    def setUp(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(self.connection.close)

    def send(self, body, operation="ListTables", path="/", **changes):
        """(status, type without prefix, text) of the answer. A change of None leaves the header out."""
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
                   "X-Amz-Date": "20260101T000000Z", "Authorization": authorization()}
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.connection.request("POST", path, body, {name: value for name, value in headers.items() if value is not None})
        answer = self.connection.getresponse()
        raw = answer.read()
        if not raw.startswith(b"{"):
            return answer.status, raw, None
        decoded = json.loads(raw)
        return answer.status, decoded.get("__type"), decoded.get("message", decoded.get("Message"))

    def test_every_member_of_a_wrong_type(self):
        wrong, count = [], 0
        for operation, path, body, text in serialization_cases.cases():
            answer = self.send(body, operation)
            count += 1
            if answer[1] == CORAL + "UnknownOperationException":
                continue  # not offered: nothing of it is read
            if answer != (400, CORAL + "SerializationException", text):
                wrong.append((operation, path, json.dumps(body)[:80], answer, text))
        self.assertGreater(count, 6000)
        self.assertEqual(wrong[:5], [])

    def test_content_types(self):
        for kind in ("application/x-amz-json-1.0", "application/json", "application/json; charset=utf-8",
                     "application/x-amz-json-1.0;charset=UTF-8"):
            self.assertEqual(self.send({}, Content_Type=kind)[0], 200, kind)
            self.assertEqual(self.send(b"{", Content_Type=kind), (400, CORAL + "SerializationException", None), kind)
        for kind in ("application/x-amz-json-1.1", "text/plain", "application/x-www-form-urlencoded", ""):
            self.assertEqual(self.send({}, Content_Type=kind), (404, b"<UnknownOperationException/>\n", None), kind)
        self.assertEqual(self.send({}, Content_Type=None), (404, b"<UnknownOperationException/>\n", None))

    def test_an_unknown_operation_is_told_before_authentication(self):
        for target in ("DynamoDB_20120810.Nope", "DynamoDB_20120810.putItem", "DynamoDB_20111205.PutItem", "PutItem",
                       "DynamoDBStreams_20120810.PutItem", "", None):
            self.assertEqual(self.send({}, X_Amz_Target=target, Authorization=None),
                             (400, CORAL + "UnknownOperationException", None), target)

    def test_authentication_is_told_before_the_body(self):
        missing = (400, CORAL + "MissingAuthenticationTokenException", "Request is missing Authentication Token")
        for value in (None, "Basic abc", "AWS abc", "Bearer AWS4-HMAC-SHA256"):
            self.assertEqual(self.send(b"{", Authorization=value), missing, value)

    def test_incomplete_signatures_name_what_is_missing(self):
        parts = {"Credential": "k/20260101/us-east-1/dynamodb/aws4_request", "Signature": "s", "SignedHeaders": "host"}
        for left_out in ((), ("Credential",), ("Signature",), ("SignedHeaders",), ("Credential", "SignedHeaders"), tuple(parts)):
            for date in ("20260101T000000Z", None):
                value = "AWS4-HMAC-SHA256 " + ", ".join(f"{k}={v}" for k, v in parts.items() if k not in left_out)
                expected = "".join(f"Authorization header requires '{name}' parameter. " for name in parts if name in left_out)
                if date is None:
                    expected += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                answer = self.send({}, Authorization=value.strip(), X_Amz_Date=date)
                if expected:
                    self.assertEqual(answer, (400, CORAL + "IncompleteSignatureException",
                                              expected + "Authorization=" + value.strip()))
                else:
                    self.assertEqual(answer[0], 200)
        self.assertEqual(self.send({}, X_Amz_Date=None, Date="Thu, 01 Jan 2026 00:00:00 GMT")[0], 200)

    def test_presigned_requests(self):
        names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
        values = {"X-Amz-Credential": "k%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request"}

        def query(without=()):
            return "/?" + "&".join(f"{name}={values.get(name, 'x')}" for name in names if name not in without)

        bare = {"Authorization": None, "X_Amz_Date": None}
        self.assertEqual(self.send({}, path=query(), **bare)[0], 200)
        for left_out in names[1:]:
            self.assertEqual(self.send({}, path=query([left_out]), **bare),
                             (400, CORAL + "IncompleteSignatureException",
                              f"AWS query-string parameters must include '{left_out}'. Re-examine the query-string parameters."))
        self.assertEqual(
            self.send({}, path="/?X-Amz-Algorithm", **bare)[2],
            "".join(f"AWS query-string parameters must include '{name}'. " for name in names) +
            "Re-examine the query-string parameters.")
        self.assertEqual(self.send({}, path="/?X-Amz-Algorithm", **bare | {"Authorization": "AWS4-x"})[1:],
                         (CORAL + "InvalidSignatureException",
                          "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."))

    def test_bodies_that_are_nearly_json(self):
        refused = (400, CORAL + "SerializationException", None)
        for body in (b"", b" ", b"null", b"[]", b"1", b'"x"', b"{", b"{}{}", b"{},", b"\xef\xbb\xbf{}", b'{"Limit":01}', b'{"Limit":+1}',
                     b'{"Limit":1.}', b'{"Limit":.5}', b'{"Limit":NaN}', b"{'Limit':1}", b'{"a":"\\x"}', b'{"a":"\t"}', b'{"a":"\x00"}',
                     b'{"a":"\xff"}', b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b'{"a":1,}', b'{"a" 1}', b'{/**/}',
                     b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"):
            self.assertEqual(self.send(body), refused, body[:40])

    def test_integers_written_as_fractions_and_exponents(self):
        for number in (b"1.9", b"1e0", b"0.1E1", b"10e-1", b"100"):
            self.assertEqual(self.send(b'{"Limit":' + number + b"}")[0], 200, number)
        limit = "1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have value {}"
        self.assertEqual(self.send(b'{"Limit":0.9}'), (400, VALIDATION, limit.format(0, "greater than or equal to 1")))
        self.assertEqual(self.send(b'{"Limit":1.5e2}'), (400, VALIDATION, limit.format(150, "less than or equal to 100")))
        for number in (b"2147483648", b"-1e300", b"1e1000000"):
            self.assertEqual(self.send(b'{"Limit":' + number + b"}")[1], CORAL + "SerializationException", number)

    def test_of_a_member_sent_twice_the_later_counts(self):
        self.assertEqual(self.send(b'{"Limit":0,"Limit":1}')[0], 200)
        self.assertEqual(self.send(b'{"Limit":1,"Limit":0}')[1], VALIDATION)
        self.assertEqual(self.send(b'{"Limit":"x","Limit":1}')[1], CORAL + "SerializationException")

    def test_unknown_and_null_members_are_not_there(self):
        self.assertEqual(self.send({"Limit": None, "Nope": {"deep": [1, {"x": True}]}, "limit": 0})[0], 200)

    def test_escapes_and_unicode_reach_the_item(self):
        name, text = "n\u00e9\U0001F600\u0001", "z\u0000\u2028\"\\\U0010FFFF"
        item = {"k": {"S": "escapes"}, name: {"S": text}}
        for body in (json.dumps({"TableName": "raw-wire", "Item": item}),
                     json.dumps({"TableName": "raw-wire", "Item": item}, ensure_ascii=False)):
            self.assertEqual(self.send(body.encode(), "PutItem")[0], 200)
            status, answer = self.server.call("GetItem", {"TableName": "raw-wire", "Key": {"k": {"S": "escapes"}}})
            self.assertEqual((status, answer), (200, {"Item": item}))

    def test_lone_surrogates_are_refused(self):
        for text in (b"\\ud800", b"\\udc00", b"\\ud800x", b"\\ud800\\ud800"):
            body = b'{"TableName":"raw-wire","Item":{"k":{"S":"' + text + b'"}}}'
            self.assertEqual(self.send(body, "PutItem")[:2], (400, CORAL + "SerializationException"), text)


if __name__ == "__main__":
    unittest.main()
