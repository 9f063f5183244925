"""Account and region come from the signature: each pair is a world of its own, unless --shared makes them one."""
import unittest

from server import Server

TABLE = {"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}


class Scopes(unittest.TestCase):
    def test_regions_and_accounts_are_apart(self):
        with Server() as server:
            arns = {}
            for key, region in (("dummy", "us-east-1"), ("dummy", "eu-west-1"), ("123456789012", "us-east-1"), ("anything", "local")):
                status, body = server.call("CreateTable", TABLE, key=key, region=region)
                self.assertEqual(status, 200, body)
                arns[key, region] = body["TableDescription"]["TableArn"]
            self.assertEqual(arns["dummy", "us-east-1"], "arn:aws:dynamodb:us-east-1:000000000000:table/Tab")
            self.assertEqual(arns["dummy", "eu-west-1"], "arn:aws:dynamodb:eu-west-1:000000000000:table/Tab")
            self.assertEqual(arns["123456789012", "us-east-1"], "arn:aws:dynamodb:us-east-1:123456789012:table/Tab")
            self.assertEqual(arns["anything", "local"], "arn:aws:dynamodb:local:000000000000:table/Tab")
            server.call("PutItem", {"TableName": "Tab", "Item": {"k": {"S": "here"}}})
            get = {"TableName": "Tab", "Key": {"k": {"S": "here"}}}
            self.assertIn("Item", server.call("GetItem", get)[1])
            self.assertIn("Item", server.call("GetItem", get, key="another-name-for-the-same-account")[1])
            self.assertNotIn("Item", server.call("GetItem", get, region="eu-west-1")[1])
            self.assertNotIn("Item", server.call("GetItem", get, key="123456789012")[1])
            self.assertEqual(server.call("ListTables", region="ap-south-1")[1], {"TableNames": []})

    def test_a_missing_table_that_lives_elsewhere_is_hinted_in_the_log(self):
        with Server() as server:
            server.call("CreateTable", {**TABLE, "TableName": "Elsewhere"}, region="eu-west-1")
            status, body = server.call("GetItem", {"TableName": "Elsewhere", "Key": {"k": {"S": "x"}}})
            self.assertEqual((status, body["__type"], body["message"]), (
                400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "Requested resource not found"))
            server.stop()
            self.assertIn("Elsewhere", server.output)
            self.assertIn("eu-west-1", server.output)

    def test_shared_makes_them_one(self):
        with Server("--shared") as server:
            server.call("CreateTable", TABLE, key="one", region="us-east-1")
            self.assertEqual(server.call("ListTables", key="210987654321", region="eu-north-1")[1], {"TableNames": ["Tab"]})
            self.assertEqual(server.call("CreateTable", TABLE, region="local")[1]["__type"], "com.amazonaws.dynamodb.v20120810#ResourceInUseException")

    def test_on_disk_nothing_of_a_name_becomes_a_path(self):
        import pathlib
        import tempfile
        with tempfile.TemporaryDirectory() as folder, Server(data=folder + "/data") as server:
            for region in ("a" * 63, "x-1"):
                self.assertEqual(server.call("CreateTable", TABLE, region=region)[0], 200)
            self.assertEqual(server.call("ListTables", region="reading-makes-no-file")[1], {"TableNames": []})
            names = [path.name for path in pathlib.Path(folder).rglob("*")]
            self.assertFalse([name for name in names if "aaa" in name or "x-1" in name or "reading" in name], names)
