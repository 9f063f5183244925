"""AWS's "Getting started with DynamoDB", done with AWS's own command line as a person would, against a server on disk."""
import json
import os
import subprocess
import tempfile
import unittest

from server import Server

AWS = "/usr/bin/aws"


class GettingStarted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Server(data=cls.folder.name + "/data")
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.addClassCleanup(cls.folder.cleanup)

    def aws(self, operation, *arguments, fails=None, **structures):
        """Runs `aws dynamodb OPERATION`; keyword arguments become JSON options. The decoded answer, or the error text."""
        options = []
        for name, value in structures.items():
            options += ["--" + name.replace("_", "-"), value if isinstance(value, str) else json.dumps(value)]
        done = subprocess.run(
            [AWS, "dynamodb", operation, "--endpoint-url", self.server.endpoint, "--output", "json", *arguments, *options],
            capture_output=True, text=True, timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": self.folder.name, "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy",
                 "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "LC_ALL": "C.UTF-8"})
        if fails is not None:
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertIn(fails, done.stderr)
            return done.stderr
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def test_the_walk(self):
        aws = self.aws
        self.assertEqual(aws("list-tables"), {"TableNames": []})

        # Step 1: create a table
        made = aws("create-table", "--table-name", "Music", "--table-class", "STANDARD",
                   "--attribute-definitions", "AttributeName=Artist,AttributeType=S", "AttributeName=SongTitle,AttributeType=S",
                   "--key-schema", "AttributeName=Artist,KeyType=HASH", "AttributeName=SongTitle,KeyType=RANGE",
                   "--provisioned-throughput", "ReadCapacityUnits=5,WriteCapacityUnits=5")["TableDescription"]
        self.assertEqual(made["TableStatus"], "CREATING")
        self.assertEqual(made["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/Music")
        self.assertEqual(made["ItemCount"], 0)
        self.assertEqual(made["TableClassSummary"], {"TableClass": "STANDARD"})
        aws("wait", "table-exists", "--table-name", "Music")
        table = aws("describe-table", "--table-name", "Music")["Table"]
        self.assertEqual(table["TableStatus"], "ACTIVE")
        self.assertEqual(table["TableId"], made["TableId"])
        self.assertEqual(table["ProvisionedThroughput"], {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
        aws("create-table", "--table-name", "Music", "--attribute-definitions", "AttributeName=Artist,AttributeType=S",
            "--key-schema", "AttributeName=Artist,KeyType=HASH", "--billing-mode", "PAY_PER_REQUEST",
            fails="An error occurred (ResourceInUseException) when calling the CreateTable operation: Table already exists: Music")

        # Step 2: write data
        happy = {"Artist": {"S": "Acme Band"}, "SongTitle": {"S": "Happy Day"}, "AlbumTitle": {"S": "Songs About Life"}, "Awards": {"N": "10"}}
        call = {"Artist": {"S": "No One You Know"}, "SongTitle": {"S": "Call Me Today"}, "AlbumTitle": {"S": "Somewhat Famous"}, "Awards": {"N": "1"}}
        self.assertEqual(aws("put-item", "--table-name", "Music", "--return-consumed-capacity", "TOTAL", item=call),
                         {"ConsumedCapacity": {"TableName": "Music", "CapacityUnits": 1.0}})
        self.assertEqual(aws("put-item", "--table-name", "Music", item=happy), {})
        key = {name: happy[name] for name in ("Artist", "SongTitle")}

        # Step 3: read data
        self.assertEqual(aws("get-item", "--consistent-read", "--table-name", "Music", key=key), {"Item": happy})
        self.assertEqual(aws("get-item", "--table-name", "Music", key={"Artist": {"S": "Nobody"}, "SongTitle": {"S": "Nothing"}}), {})
        aws("get-item", "--table-name", "Music", key={"Artist": {"S": "Acme Band"}},
            fails="An error occurred (ValidationException) when calling the GetItem operation: The provided key element does not match the schema")
        aws("get-item", "--table-name", "Nowhere", key=key,
            fails="An error occurred (ResourceNotFoundException) when calling the GetItem operation: Requested resource not found")

        # Step 4: update data
        updated = aws("update-item", "--table-name", "Music", "--update-expression", "SET AlbumTitle = :newval", "--return-values", "ALL_NEW",
                      key=key, expression_attribute_values={":newval": {"S": "Updated Album Title"}})
        self.assertEqual(updated, {"Attributes": {**happy, "AlbumTitle": {"S": "Updated Album Title"}}})
        aws("update-item", "--table-name", "Music", "--update-expression", "SET Awards = Awards + :one", "--condition-expression", "Awards > :many",
            key=key, expression_attribute_values={":one": {"N": "1"}, ":many": {"N": "100"}},
            fails="An error occurred (ConditionalCheckFailedException) when calling the UpdateItem operation: The conditional request failed")

        # Step 5: query data
        found = aws("query", "--table-name", "Music", "--key-condition-expression", "Artist = :name",
                    expression_attribute_values={":name": {"S": "Acme Band"}})
        self.assertEqual(found, {"Items": [{**happy, "AlbumTitle": {"S": "Updated Album Title"}}], "Count": 1, "ScannedCount": 1, "ConsumedCapacity": None})

        # Step 6: create a global secondary index
        changing = aws("update-table", "--table-name", "Music", "--attribute-definitions", "AttributeName=AlbumTitle,AttributeType=S",
                       global_secondary_index_updates=[{"Create": {
                           "IndexName": "AlbumTitle-index", "KeySchema": [{"AttributeName": "AlbumTitle", "KeyType": "HASH"}],
                           "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}, "Projection": {"ProjectionType": "ALL"}}}])
        self.assertEqual(changing["TableDescription"]["TableStatus"], "UPDATING")
        for _ in range(50):
            index = aws("describe-table", "--table-name", "Music")["Table"]["GlobalSecondaryIndexes"][0]
            if index["IndexStatus"] == "ACTIVE":
                break
        self.assertEqual(index["IndexStatus"], "ACTIVE")

        # Step 7: query the index
        found = aws("query", "--table-name", "Music", "--index-name", "AlbumTitle-index", "--key-condition-expression", "AlbumTitle = :name",
                    expression_attribute_values={":name": {"S": "Somewhat Famous"}})
        self.assertEqual((found["Count"], found["Items"]), (1, [call]))

        # Batches, and a scan by pages
        songs = [{"PutRequest": {"Item": {"Artist": {"S": "Various"}, "SongTitle": {"S": f"Song {n:02}"}, "Awards": {"N": str(n)}}}} for n in range(25)]
        self.assertEqual(aws("batch-write-item", request_items={"Music": songs}), {"UnprocessedItems": {}})
        keys = [{"Artist": {"S": "Various"}, "SongTitle": {"S": f"Song {n:02}"}} for n in (3, 1)]
        got = aws("batch-get-item", request_items={"Music": {"Keys": keys, "ProjectionExpression": "Awards"}})
        self.assertEqual(sorted(item["Awards"]["N"] for item in got["Responses"]["Music"]), ["1", "3"])
        self.assertEqual(got["UnprocessedKeys"], {})
        seen, token = [], []
        while True:
            page = aws("scan", "--table-name", "Music", "--page-size", "4", "--max-items", "10", *token)
            seen += [(item["Artist"]["S"], item["SongTitle"]["S"]) for item in page["Items"]]
            if "NextToken" not in page:
                break
            token = ["--starting-token", page["NextToken"]]
        self.assertEqual(len(seen), 27)
        self.assertEqual(len(set(seen)), 27)
        filtered = aws("scan", "--table-name", "Music", "--filter-expression", "Awards BETWEEN :a AND :b",
                       expression_attribute_values={":a": {"N": "5"}, ":b": {"N": "7"}})
        self.assertEqual((filtered["Count"], filtered["ScannedCount"]), (3, 27))

        # The server is stopped and started again: the data is there.
        data = self.folder.name + "/data"
        self.assertEqual(self.server.stop(), 0)
        self.server.__class__.__init__(self.server, data=data)
        self.assertEqual(aws("list-tables"), {"TableNames": ["Music"]})
        again = aws("describe-table", "--table-name", "Music")["Table"]
        self.assertEqual((again["TableId"], again["CreationDateTime"], again["ItemCount"]), (table["TableId"], table["CreationDateTime"], 27))
        self.assertEqual(aws("get-item", "--table-name", "Music", key=key)["Item"]["AlbumTitle"], {"S": "Updated Album Title"})
        self.assertEqual(aws("query", "--table-name", "Music", "--index-name", "AlbumTitle-index", "--key-condition-expression", "AlbumTitle = :name",
                             expression_attribute_values={":name": {"S": "Somewhat Famous"}})["Count"], 1)

        # Step 8: clean up
        self.assertEqual(aws("delete-item", "--table-name", "Music", "--return-values", "ALL_OLD", key=key)["Attributes"]["Awards"], {"N": "10"})
        self.assertEqual(aws("delete-table", "--table-name", "Music")["TableDescription"]["TableStatus"], "DELETING")
        aws("wait", "table-not-exists", "--table-name", "Music")
        self.assertEqual(aws("list-tables"), {"TableNames": []})

        # Started with --reset, it is empty, also of what was there before.
        aws("create-table", "--table-name", "Kept", "--attribute-definitions", "AttributeName=k,AttributeType=S",
            "--key-schema", "AttributeName=k,KeyType=HASH", "--billing-mode", "PAY_PER_REQUEST")
        self.server.stop()
        self.server.__class__.__init__(self.server, "--reset", data=data)
        self.assertEqual(aws("list-tables"), {"TableNames": []})

    def test_limits_and_endpoints(self):
        limits = self.aws("describe-limits")
        self.assertEqual(limits, {"AccountMaxReadCapacityUnits": 80000, "AccountMaxWriteCapacityUnits": 80000,
                                  "TableMaxReadCapacityUnits": 40000, "TableMaxWriteCapacityUnits": 40000})
        endpoint = self.aws("describe-endpoints")["Endpoints"][0]
        self.assertEqual(endpoint, {"Address": self.server.endpoint.split("//")[1], "CachePeriodInMinutes": 1440})
