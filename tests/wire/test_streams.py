"""DynamoDB Streams against the real binary: boto3's client as consumers use it, the AWS CLI, raw HTTP, and what must hold across a
kill, snapshots, forks and scopes."""
import datetime
import json
import subprocess
import tempfile
import threading
import unittest

from sdk import client_of, refusal
from server import Server, run_binary

STREAMS = "DynamoDBStreams_20120810"


def session(server, key="dummy", region="eu-west-1"):
    return [client_of(server, service, region, key) for service in ("dynamodb", "dynamodbstreams")]


def create(client, name="Tab", view="NEW_AND_OLD_IMAGES"):
    return client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view})["TableDescription"]["LatestStreamArn"]


def iterator(streams, arn, kind="TRIM_HORIZON", **more):
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    return streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]


def read_all(streams, arn, **more):
    """Every record that the stream has now."""
    records, position = [], iterator(streams, arn)
    while position:
        page = streams.get_records(ShardIterator=position, **more)
        records += page["Records"]
        if not page["Records"]:
            break
        position = page.get("NextShardIterator")
    return records


def told(records):
    return [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in records]


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.__exit__())

    def setUp(self):
        self.server.admin("v1/reset", {})
        self.client, self.streams = session(self.server)

    def put(self, pk, client=None, **more):
        (client or self.client).put_item(TableName="Tab", Item={"pk": {"S": pk}, **more})

    def test_boto3_reads_what_was_written(self):
        arn = create(self.client)
        described = self.client.describe_table(TableName="Tab")["Table"]
        self.assertEqual(described["LatestStreamArn"], arn)
        self.assertEqual(self.streams.list_streams(TableName="Tab")["Streams"],
                         [{"StreamArn": arn, "TableName": "Tab", "StreamLabel": described["LatestStreamLabel"]}])
        item = {"b": {"B": b"\x00\xff"}, "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}]}}}, "ns": {"NS": ["1", "2"]}}
        self.put("x", **item)
        self.put("x", n={"N": "1"})
        self.client.delete_item(TableName="Tab", Key={"pk": {"S": "x"}})
        records = read_all(self.streams, arn)
        self.assertEqual(told(records), [("INSERT", "x"), ("MODIFY", "x"), ("REMOVE", "x")])
        first, second, third = (record["dynamodb"] for record in records)
        self.assertEqual((first["NewImage"], "OldImage" in first), ({"pk": {"S": "x"}, **item}, False))
        self.assertEqual((second["NewImage"], second["OldImage"]), ({"pk": {"S": "x"}, "n": {"N": "1"}}, first["NewImage"]))
        self.assertEqual((third["OldImage"], "NewImage" in third), (second["NewImage"], False))
        self.assertLess(abs(first["ApproximateCreationDateTime"].timestamp() - datetime.datetime.now().timestamp()), 60)
        self.assertEqual({record["awsRegion"] for record in records}, {"eu-west-1"})
        self.assertEqual(len({record["eventID"] for record in records}), 3)

    def test_a_consumer_that_polls_the_latest_misses_nothing(self):
        arn = create(self.client, view="KEYS_ONLY")
        self.put("before")
        position, seen, done = iterator(self.streams, arn, "LATEST"), [], threading.Event()

        def produce(worker):
            client = session(self.server)[0]
            for n in range(40):
                self.put(f"{worker}-{n}", client)
        consumer = threading.Thread(target=self.poll, args=(position, seen, done))
        writers = [threading.Thread(target=produce, args=(n,)) for n in range(3)]
        for thread in [consumer, *writers]:
            thread.start()
        for writer in writers:
            writer.join()
        done.set()
        consumer.join()
        keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in seen]
        self.assertEqual(sorted(keys), sorted(f"{worker}-{n}" for worker in range(3) for n in range(40)))
        for worker in range(3):
            self.assertEqual([key for key in keys if key.startswith(f"{worker}-")], [f"{worker}-{n}" for n in range(40)])
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in seen]
        self.assertEqual(numbers, sorted(set(numbers)))

    def poll(self, position, seen, done):
        streams = session(self.server)[1]
        while True:
            last = done.is_set()
            page = streams.get_records(ShardIterator=position, Limit=7)
            seen.extend(page["Records"])
            position = page["NextShardIterator"]
            if last and not page["Records"]:
                return

    def test_errors_as_boto3_knows_them(self):
        arn = create(self.client)
        self.put("x")
        self.server.admin("v1/clock", {"freeze": True})
        old, number = iterator(self.streams, arn), read_all(self.streams, arn)[0]["dynamodb"]["SequenceNumber"]
        self.server.admin("v1/clock", {"advance_ms": 15 * 60_000 + 1})
        with self.assertRaises(self.streams.exceptions.ExpiredIteratorException):
            self.streams.get_records(ShardIterator=old)
        self.server.admin("v1/clock", {"advance_ms": 24 * 3600_000})
        self.assertEqual(read_all(self.streams, arn), [])
        with self.assertRaises(self.streams.exceptions.TrimmedDataAccessException):
            iterator(self.streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=number)
        with self.assertRaises(self.streams.exceptions.ResourceNotFoundException):
            self.streams.describe_stream(StreamArn=arn + "0")

    def test_a_stream_that_ends(self):
        arn = create(self.client)
        self.put("x")
        self.client.update_table(TableName="Tab", StreamSpecification={"StreamEnabled": False})
        described = self.client.describe_table(TableName="Tab")["Table"]
        self.assertEqual((described["LatestStreamArn"], "StreamSpecification" in described), (arn, False))
        page = self.streams.get_records(ShardIterator=iterator(self.streams, arn))
        self.assertEqual((told(page["Records"]), "NextShardIterator" in page), ([("INSERT", "x")], False))
        again = self.client.update_table(TableName="Tab", StreamSpecification={
            "StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableDescription"]["LatestStreamArn"]
        self.put("y")
        self.client.delete_table(TableName="Tab")
        self.assertEqual(told(read_all(self.streams, again)), [("INSERT", "y")])
        self.assertEqual([s["StreamArn"] for s in self.streams.list_streams()["Streams"]], [arn, again])

    def test_the_aws_cli(self):
        arn = create(self.client)
        self.put("x")

        def aws(operation, **options):
            arguments = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), value)]
            done = subprocess.run(["/usr/bin/aws", "dynamodbstreams", operation, *arguments, "--endpoint-url", self.server.endpoint,
                                   "--region", "eu-west-1", "--output", "json"], capture_output=True, text=True, timeout=60,
                                  env={"PATH": "/usr/bin:/bin", "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy"})
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)
        described = aws("describe-stream", stream_arn=arn)["StreamDescription"]
        self.assertEqual((described["StreamStatus"], len(described["Shards"])), ("ENABLED", 1))
        self.assertEqual(told(aws("get-records", shard_iterator=iterator(self.streams, arn))["Records"]), [("INSERT", "x")])

    def test_raw_bytes_of_errors(self):
        for operation, body, answer in (
                ("GetRecords", {}, ("com.amazon.coral.validate#ValidationException",
                                    "1 validation error detected: Value null at 'shardIterator' failed to satisfy constraint: Member must not be null")),
                ("DescribeStream", {"StreamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/x"}, (
                    "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                    "Requested resource not found: Stream: arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/x not found")),
                ("GetRecords", {"ShardIterator": "\u00e4|1|AAAA"}, ("com.amazon.coral.validate#ValidationException", "Invalid ShardIterator"))):
            status, got = self.server.call(operation, body, target=STREAMS)
            self.assertEqual((status, got.get("__type"), got.get("message")), (400, *answer))
        for target, operation in (("DynamoDB_20120810", "GetRecords"), (STREAMS, "PutItem"), (STREAMS, "GetRecord")):
            self.assertEqual(self.server.call(operation, {}, target=target)[1]["__type"].split("#")[1], "UnknownOperationException")

    def test_forks_and_snapshots_have_their_own(self):
        arn = create(self.client, view="KEYS_ONLY")
        self.put("x")
        position = iterator(self.streams, arn)
        self.server.admin("v1/snapshots", {"name": "one"})
        self.server.admin("v1/forks", {"key": "worker1", "account": "000000000000"})
        fork, fork_streams = session(self.server, key="worker1")
        self.put("y", fork)
        self.put("z")
        self.assertEqual(told(fork_streams.get_records(ShardIterator=position)["Records"]), [("INSERT", "x"), ("INSERT", "y")])
        self.assertEqual(told(read_all(self.streams, arn)), [("INSERT", "x"), ("INSERT", "z")])
        self.server.admin("v1/snapshots/one/restore", {})
        self.put("again")
        self.assertEqual(told(read_all(self.streams, arn)), [("INSERT", "x"), ("INSERT", "again")])
        self.server.admin("v1/reset", {"table": "Tab"})
        self.assertEqual(read_all(self.streams, arn), [])
        self.server.admin("v1/reset", {})
        self.assertEqual(self.streams.list_streams()["Streams"], [])

    def test_accounts_and_regions_are_apart_unless_shared(self):
        arn = create(self.client)
        for key, region, error in (("dummy", "us-east-1", "ResourceNotFoundException"), ("123456789012", "eu-west-1", "AccessDeniedException")):
            answer = refusal(session(self.server, key, region)[1].describe_stream, StreamArn=arn)
            self.assertEqual(answer["Error"]["Code"], error)
        with Server("--shared") as server:
            arn = create(session(server, "123456789012", "us-east-1")[0])
            other, streams = session(server, "dummy", "eu-west-1")
            self.put("x", other)
            self.assertEqual(told(read_all(streams, arn)), [("INSERT", "x")])
            self.assertEqual(streams.list_streams()["Streams"][0]["StreamArn"], arn)

    def test_many_streams_are_listed_in_pages(self):
        made = {create(self.client, f"T{n:03}") for n in range(230)}
        listed, start, pages = [], {}, 0
        while True:
            page = self.streams.list_streams(**start)
            listed += [stream["StreamArn"] for stream in page["Streams"]]
            pages += 1
            if "LastEvaluatedStreamArn" not in page:
                break
            start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
        self.assertEqual((pages, len(listed), set(listed)), (3, 230, made))

    def test_records_survive_a_kill_with_their_items(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server(data=folder) as server:
                client, streams = session(server)
                arn = create(client)
                for n in range(20):
                    self.put(f"k{n}", client)
                position = iterator(streams, arn, "LATEST")
                server.kill()
            with Server(data=folder) as server:
                client, streams = session(server)
                self.put("after", client)
                self.assertEqual(told(read_all(streams, arn, Limit=6)), [("INSERT", f"k{n}") for n in range(20)] + [("INSERT", "after")])
                self.assertEqual(told(streams.get_records(ShardIterator=position)["Records"]), [("INSERT", "after")])

    def test_imports_make_no_records_and_a_new_definition_ends_the_old_stream(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server(data=folder + "/data") as server:
                client, streams = session(server, region="us-east-1")
                arn = create(client)
                self.put("x", client)
                self.assertEqual(server.stop(), 0)
            with open(folder + "/Tab.jsonl", "w") as items:
                items.write('{"pk": "imported"}\n')
            for existing in ("merge", "replace"):
                done = run_binary("import", folder + "/Tab.jsonl", "--data", folder + "/data", "--existing", existing)
                self.assertEqual(done.returncode, 0, done.stdout)
            with Server(data=folder + "/data") as server:
                client, streams = session(server, region="us-east-1")
                self.assertEqual(client.describe_table(TableName="Tab")["Table"]["LatestStreamArn"], arn)
                self.put("imported", client, n={"N": "1"})
                self.assertEqual(told(read_all(streams, arn)), [("INSERT", "x"), ("MODIFY", "imported")])
                self.assertEqual(server.stop(), 0)
            with open(folder + "/table.json", "w") as definition:
                json.dump({"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                           "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                           "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}, definition)
            done = run_binary("import", folder + "/Tab.jsonl", folder + "/table.json", "--data", folder + "/data", "--existing", "replace")
            self.assertEqual(done.returncode, 0, done.stdout)
            with Server(data=folder + "/data") as server:
                client, streams = session(server, region="us-east-1")
                again = client.describe_table(TableName="Tab")["Table"]["LatestStreamArn"]
                self.put("new", client)
                self.assertEqual(told(read_all(streams, again)), [("INSERT", "new")])
                described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
                self.assertEqual(described["StreamStatus"], "DISABLED")


if __name__ == "__main__":
    unittest.main()
