"""What a test suite asks of the server beside DynamoDB: /_stator/ with its reset, clock, faults and request log."""
import concurrent.futures
import http.client
import itertools
import json
import tempfile
import threading
import time
import unittest

import boto3
import botocore.config
import botocore.exceptions
from sdk import client_of, refusal
from server import Server, wait_until


def work_in_fork(worker):
    """In a process of its own: how many items it found, and how many it left (or the error that it met)."""
    port, key = worker
    client = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id=key,
                          aws_secret_access_key="x", config=botocore.config.Config(retries={"total_max_attempts": 1}))
    found = client.scan(TableName="Tab", Select="COUNT")["Count"]
    try:
        for n in range(100):
            client.put_item(TableName="Tab", Item={"pk": {"S": f"{key}-{n}"}})
    except botocore.exceptions.ClientError as error:
        return found, error.response["Error"]["Code"]
    return found, client.scan(TableName="Tab", Select="COUNT")["Count"]


class Fixture(unittest.TestCase):
    def setUp(self):
        self.server = Server("--in-memory")
        self.addCleanup(lambda: self.server.__exit__())
        self.client = client_of(self.server)
        self.client.create_table(TableName="Tab", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])

    def admin(self, method, path, body=None, headers=None, status=200):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        self.addCleanup(connection.close)
        sent = {} if method == "GET" else {"Content-Type": "application/json"}
        connection.request(method, "/_stator/" + path, json.dumps(body) if body is not None else None, {**sent, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual(answer.status, status, text)
        return json.loads(text) if text.startswith("{") else text

    def put(self, key, **more):
        return self.client.put_item(TableName="Tab", Item={"pk": {"S": key}, **more})

    def count(self):
        return self.client.scan(TableName="Tab", Select="COUNT")["Count"]

    def test_reset_of_everything_and_of_one_table(self):
        self.put("a")
        self.assertEqual(self.admin("POST", "v1/reset", {"table": "Tab"}), {"emptied": 1})
        self.assertEqual(self.count(), 0)
        self.put("b")
        self.admin("POST", "v1/reset")
        self.assertEqual(self.client.list_tables()["TableNames"], [])
        self.admin("POST", "v1/reset", {"table": "Nowhere"}, status=404)

    def test_nothing_acknowledged_after_a_reset_is_lost(self):
        table = {"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                 "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
        with tempfile.TemporaryDirectory() as folder:
            for where in ({}, {"data": folder}):
                with self.subTest(**where), Server(**where) as self.server:
                    self.write_and_reset(table)

    def write_and_reset(self, table):
        stopped, written, odd = threading.Event(), [], []

        def write(worker):
            for n in itertools.count():
                if stopped.is_set():
                    return
                began = time.monotonic()
                status, answer = self.server.call("PutItem", {"TableName": "Tab", "Item": {"pk": {"S": f"{worker}-{n}"}}})
                if status == 200:
                    written.append((began, f"{worker}-{n}"))
                elif "ResourceNotFound" in answer["__type"]:
                    self.server.call("CreateTable", table)
                else:
                    odd.append(answer)
        threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                time.sleep(0.05)
                self.admin("POST", "v1/reset")
            reset = time.monotonic()
            self.assertTrue(wait_until(lambda: any(began > reset for began, _ in written)))
        finally:
            stopped.set()
            for thread in threads:
                thread.join()
        self.assertEqual(odd, [])
        there = {item["pk"]["S"] for item in self.server.call("Scan", {"TableName": "Tab"})[1]["Items"]}
        self.assertEqual([key for began, key in written if began > reset and key not in there], [])

    def test_an_item_expires_when_the_clock_says_so(self):
        now = self.admin("POST", "v1/clock", {"freeze": True})["now_ms"]
        self.client.update_time_to_live(TableName="Tab", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
        self.put("soon", ttl={"N": str(now // 1000 + 3600)})
        self.put("late", ttl={"N": str(now // 1000 + 7200)})
        self.put("never", ttl={"S": "no number"})
        self.put("long ago", ttl={"N": "17"})  # more than five years past: no time, the service says
        self.admin("POST", "v1/clock", {"advance_ms": 3590_000})
        self.assertEqual(self.count(), 4)
        began = time.monotonic()
        self.admin("POST", "v1/clock", {"advance_ms": 20_000})
        self.assertEqual(self.count(), 3)
        self.assertLess(time.monotonic() - began, 5)
        self.assertNotIn("Item", self.client.get_item(TableName="Tab", Key={"pk": {"S": "soon"}}))
        self.assertEqual(self.client.describe_table(TableName="Tab")["Table"]["ItemCount"], 3)

    def test_a_token_is_forgotten_after_ten_minutes_of_the_held_clock(self):
        def add_one():
            self.client.transact_write_items(ClientRequestToken="token", TransactItems=[{"Update": {
                "TableName": "Tab", "Key": {"pk": {"S": "n"}}, "UpdateExpression": "ADD n :1", "ExpressionAttributeValues": {":1": {"N": "1"}}}}])
            return self.client.get_item(TableName="Tab", Key={"pk": {"S": "n"}})["Item"]["n"]["N"]
        self.admin("POST", "v1/clock", {"freeze": True})
        self.assertEqual([add_one(), add_one()], ["1", "1"])
        self.admin("POST", "v1/clock", {"advance_ms": 601_000})
        self.assertEqual(add_one(), "2")

    def test_an_sdk_s_retries_against_a_seeded_script_come_out_the_same(self):
        outcomes = []
        for _ in range(2):
            self.admin("DELETE", "v1/faults")
            self.admin("DELETE", "v1/requests")
            self.admin("POST", "v1/faults", {"operation": "PutItem", "probability": 0.5, "seed": 11, "error": "ThrottlingException"})
            client = client_of(self.server, attempts=2)
            run = []
            for n in range(8):
                try:
                    client.put_item(TableName="Tab", Item={"pk": {"S": str(n)}})
                    run.append("written")
                except botocore.exceptions.ClientError as error:
                    run.append(error.response["Error"]["Code"])
            statuses = [r["status"] for r in self.admin("GET", "v1/requests?operation=PutItem")["requests"]]
            outcomes.append((run, statuses))
        self.assertEqual(outcomes[0], outcomes[1])
        self.assertIn("written", outcomes[0][0])
        self.assertIn(400, outcomes[0][1])

    def test_each_fault_does_what_it_says(self):
        self.put("a")

        def refused(rule, code):
            self.admin("POST", "v1/faults", {"count": 1, **rule})
            self.assertEqual(refusal(self.client.get_item, TableName="Tab", Key={"pk": {"S": "a"}})["Error"]["Code"], code)
            self.client.get_item(TableName="Tab", Key={"pk": {"S": "a"}})
        for name in ("ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError", "TransactionConflictException"):
            refused({"error": name}, name)
        self.admin("POST", "v1/faults", {"operation": "GetItem", "key": {"pk": {"S": "other"}}, "error": "ThrottlingException"})
        self.client.get_item(TableName="Tab", Key={"pk": {"S": "a"}})
        self.admin("DELETE", "v1/faults")
        self.admin("POST", "v1/faults", {"count": 1, "drop_connection": True})
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.put("dropped before")
        self.assertEqual(self.count(), 1)
        self.admin("POST", "v1/faults", {"count": 1, "drop_connection": True, "after": True})
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.put("dropped after")
        self.assertEqual(self.count(), 2)
        self.admin("POST", "v1/faults", {"count": 1, "wrong_crc32": True})
        with self.assertRaises(botocore.exceptions.ChecksumError):  # only the legacy retry mode looks at it
            client_of(self.server, mode="legacy").scan(TableName="Tab")
        self.admin("POST", "v1/faults", {"count": 1, "latency_ms": 300})
        began = time.monotonic()
        self.count()
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.admin("POST", "v1/faults", {"count": 1, "unprocessed": True})
        left = self.client.batch_write_item(RequestItems={"Tab": [{"PutRequest": {"Item": {"pk": {"S": "z"}}}}]})["UnprocessedItems"]
        self.assertEqual(left, {"Tab": [{"PutRequest": {"Item": {"pk": {"S": "z"}}}}]})

    def test_capacity_is_enforced_where_it_is_switched_on(self):
        def fill(key):
            """How many of ten writes to a table of two units a second go through."""
            table = {"TableName": "Small", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                     "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                     "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}}
            self.assertEqual(self.server.call("CreateTable", table, key=key)[0], 200)
            item = {"TableName": "Small", "Item": {"pk": {"S": "a"}}}
            return sum(self.server.call("PutItem", item, key=key)[0] == 200 for _ in range(10))
        off = {"throttle": False, "read_lag_ms": 0, "table_delay_ms": 0}
        self.admin("POST", "v1/forks", {"key": "w"})
        self.admin("POST", "v1/clock", {"freeze": True})
        self.admin("POST", "v1/clock?fork=w", {"freeze": True})
        self.assertEqual(self.admin("POST", "v1/settings?fork=w", {"throttle": True}), {**off, "throttle": True})
        self.assertEqual(self.admin("GET", "v1/settings"), off)
        self.assertEqual((fill("w"), fill("dummy")), (2, 10))
        with self.assertRaises(self.client.exceptions.ProvisionedThroughputExceededException):
            client_of(self.server, key="w").put_item(TableName="Small", Item={"pk": {"S": "b"}})
        self.admin("POST", "v1/clock?fork=w", {"advance_ms": 500})
        self.assertEqual(self.server.call("PutItem", {"TableName": "Small", "Item": {"pk": {"S": "b"}}}, key="w")[0], 200)
        self.admin("POST", "v1/reset?fork=w")
        self.assertEqual(self.admin("GET", "v1/settings?fork=w"), off)
        for body in ({}, {"throttle": 1}, {"read_lag_ms": -1}, {"table_delay_ms": 1e12}, {"burst": 3}):
            self.assertIn("error", self.admin("POST", "v1/settings", body, status=400))

    def test_reads_are_behind_where_that_is_asked_for(self):
        self.admin("POST", "v1/clock", {"freeze": True})
        self.admin("POST", "v1/settings", {"read_lag_ms": 1000})
        self.put("a")
        read = lambda **more: self.client.get_item(TableName="Tab", Key={"pk": {"S": "a"}}, **more)  # noqa: E731
        self.assertNotIn("Item", read())
        self.assertIn("Item", read(ConsistentRead=True))
        self.assertEqual(self.count(), 0)
        self.admin("POST", "v1/forks", {"key": "w"})
        self.assertEqual(self.server.call("Scan", {"TableName": "Tab"}, key="w")[1]["Count"], 1)  # a fork has its own delays
        self.admin("POST", "v1/clock", {"advance_ms": 1000})
        self.assertIn("Item", read())
        self.admin("POST", "v1/settings", {"read_lag_ms": 0})
        self.put("b")
        self.assertEqual(self.count(), 2)

    def test_tables_take_their_time_where_that_is_asked_for(self):
        state = lambda: self.client.describe_table(TableName="Slow")["Table"]["TableStatus"]  # noqa: E731
        self.admin("POST", "v1/clock", {"freeze": True})
        self.admin("POST", "v1/settings", {"table_delay_ms": 60_000})
        self.client.create_table(TableName="Slow", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        self.assertEqual(state(), "CREATING")
        self.admin("POST", "v1/clock", {"advance_ms": 60_000})  # answers when it has happened
        self.assertEqual(state(), "ACTIVE")
        self.client.delete_table(TableName="Slow")
        self.assertEqual(state(), "DELETING")
        self.admin("POST", "v1/clock", {"advance_ms": 60_000})
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            state()

    def test_an_sdk_s_waiter_waits_for_a_slow_table(self):
        with Server("--table-delay", "300") as self.server:
            client = client_of(self.server)
            client.create_table(TableName="Slow", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
            self.assertEqual(client.describe_table(TableName="Slow")["Table"]["TableStatus"], "CREATING")
            client.get_waiter("table_exists").wait(TableName="Slow", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
            client.put_item(TableName="Slow", Item={"pk": {"S": "a"}})

    def test_the_command_line_says_what_every_space_begins_with(self):
        with Server("--throttle", "--read-lag", "20", env={"STATOR_TABLE_DELAY": "30"}) as self.server:
            wanted = {"throttle": True, "read_lag_ms": 20, "table_delay_ms": 30}
            self.assertEqual(self.admin("GET", "v1/settings"), wanted)
            self.admin("POST", "v1/forks", {"key": "w"})
            self.assertEqual(self.admin("GET", "v1/settings?fork=w"), wanted)

    def test_faults_find_tables_and_keys_in_batches_and_transactions(self):
        def put(key, table="Tab"):
            return {"Put": {"TableName": table, "Item": {"pk": {"S": key}}}}
        self.admin("POST", "v1/faults", {"table": "Tab", "key": {"pk": {"S": "a"}}, "error": "TransactionConflictException"})
        self.client.transact_write_items(TransactItems=[put("b"), put("c")])
        with self.assertRaises(self.client.exceptions.TransactionCanceledException) as caught:
            self.client.transact_write_items(TransactItems=[put("b"), put("a")])
        self.assertEqual([reason["Code"] for reason in caught.exception.response["CancellationReasons"]], ["TransactionConflict"] * 2)
        self.client.batch_get_item(RequestItems={"Tab": {"Keys": [{"pk": {"S": "b"}}]}})
        for arn in ("Tab", "arn:aws:dynamodb:us-east-1:000000000000:table/Tab"):
            with self.assertRaises(botocore.exceptions.ClientError):
                self.client.batch_get_item(RequestItems={arn: {"Keys": [{"pk": {"S": "b"}}, {"pk": {"S": "a"}}]}})
        self.admin("DELETE", "v1/faults")
        self.admin("POST", "v1/faults", {"table": "Other", "error": "ThrottlingException"})
        self.client.batch_write_item(RequestItems={"Tab": [{"PutRequest": {"Item": {"pk": {"S": "z"}}}}]})
        self.assertEqual(self.admin("GET", "v1/requests?operation=BatchWriteItem&table=Tab")["total"], 1)

    def test_ordered_errors_have_the_members_of_real_ones(self):
        self.admin("POST", "v1/faults", {"operation": "PutItem", "error": "ProvisionedThroughputExceededException"})
        _, answer = self.server.call("PutItem", {"TableName": "Tab", "Item": {"pk": {"S": "a"}}})
        self.assertEqual(answer["ThrottlingReasons"], [{"reason": "TableWriteProvisionedThroughputExceeded",
                                                        "resource": "arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}])

    def test_a_fork_begins_with_its_parent_s_clock(self):
        then = self.admin("POST", "v1/clock", {"freeze": True, "set_ms": 1_000_000_000_000})["now_ms"]
        self.admin("POST", "v1/forks", {"key": "w"})
        self.assertEqual(self.admin("GET", "v1/clock?fork=w"), {"now_ms": then, "held": True, "rate": 0})
        self.admin("POST", "v1/clock", {"release": True})
        self.assertEqual(self.admin("GET", "v1/clock?fork=w")["now_ms"], then)

    def test_items_expire_in_scopes_that_nobody_has_opened_yet(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server(data=folder) as self.server:
                client = client_of(self.server)
                client.create_table(TableName="Tab", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
                client.update_time_to_live(TableName="Tab", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
                client.put_item(TableName="Tab", Item={"pk": {"S": "a"}, "ttl": {"N": str(int(time.time()) + 3600)}})
            with Server(data=folder) as self.server:
                self.admin("POST", "v1/clock", {"advance_ms": 4_000_000})
                self.assertEqual(client_of(self.server).scan(TableName="Tab")["Count"], 0)

    def test_the_request_log_counts(self):
        self.put("a")
        self.client.query(TableName="Tab", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "a"}})
        with self.assertRaises(botocore.exceptions.ClientError):
            self.client.query(TableName="Missing", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "a"}})
        queries = self.admin("GET", "v1/requests?operation=Query")
        self.assertEqual([(r["table"], r["status"], r["capacity_units"]) for r in queries["requests"]],
                         [("Tab", 200, 0.5), ("Missing", 400, 0.0)])
        self.assertEqual(self.admin("GET", "v1/requests?operation=Scan")["total"], 0)
        self.assertEqual(self.admin("GET", "v1/requests?table=Missing")["requests"][0]["error"], "ResourceNotFoundException")

    def test_metrics_health_and_capabilities(self):
        self.put("a")
        self.assertIn('stator_requests_total{operation="PutItem"} 1', self.admin("GET", "metrics"))
        self.assertEqual(self.admin("GET", "health"), {"status": "healthy"})
        operations = self.admin("GET", "capabilities")["operations"]
        self.assertGreater(len(operations), 60)
        targets = {"DynamoDB": "DynamoDB_20120810", "DynamoDBStreams": "DynamoDBStreams_20120810"}
        for operation in operations:
            answer = self.server.call(operation["name"], {}, target=targets[operation["service"]])[1]
            known = not answer.get("__type", "").endswith("#UnknownOperationException")
            self.assertEqual(operation["offered"], known, operation["name"])

    def test_four_workers_each_with_its_own_fork(self):
        for n in range(50):
            self.put(f"seed{n}")
        for worker in range(4):
            self.assertEqual(self.admin("POST", "v1/forks", {"key": f"worker{worker}"})["account"], "000000000000")
        self.admin("POST", "v1/forks", {"key": "worker0"}, status=409)
        self.admin("POST", "v1/faults", {"operation": "PutItem", "error": "ThrottlingException"}, headers={"X-Stator-Fork": "worker3"})
        self.admin("POST", "v1/clock", {"freeze": True, "advance_ms": 10_000_000}, headers={"X-Stator-Fork": "worker2"})
        with concurrent.futures.ProcessPoolExecutor(4) as pool:
            answers = list(pool.map(work_in_fork, [(self.server.port, f"worker{n}") for n in range(4)]))
        self.assertEqual(answers, [(50, 150), (50, 150), (50, 150), (50, "ThrottlingException")])
        self.assertEqual(self.count(), 50)  # the main space saw none of it
        self.assertEqual(self.admin("GET", "v1/requests?operation=PutItem&fork=worker1")["total"], 100)
        ahead = self.admin("GET", "v1/clock?fork=worker2")["now_ms"] - self.admin("GET", "v1/clock")["now_ms"]
        self.assertGreater(ahead, 9_000_000)
        self.assertEqual(len(self.admin("GET", "v1/forks")["forks"]), 4)
        self.admin("POST", "v1/reset", headers={"X-Stator-Fork": "worker1"})
        self.assertEqual(self.server.call("ListTables", key="worker1"), (200, {"TableNames": []}))
        self.admin("DELETE", "v1/forks/worker1")
        self.assertEqual(self.server.call("ListTables", key="worker1"), (200, {"TableNames": ["Tab"]}))  # an ordinary key again

    def test_a_fork_keeps_its_parent_s_account_in_its_arns(self):
        self.admin("POST", "v1/forks", {"key": "w"})
        _, answer = self.server.call("DescribeTable", {"TableName": "Tab"}, key="w")
        self.assertEqual(answer["Table"]["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/Tab")

    def test_snapshots_bring_a_state_back(self):
        self.put("a")
        self.admin("POST", "v1/snapshots", {"name": "one"})
        self.put("b")
        self.client.create_table(TableName="Later", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        self.assertEqual(self.admin("GET", "v1/snapshots"), {"snapshots": ["one"]})
        self.admin("POST", "v1/snapshots/one/restore")
        self.assertEqual(self.count(), 1)
        self.assertEqual(self.client.list_tables()["TableNames"], ["Tab"])
        self.put("c")
        self.admin("POST", "v1/snapshots/one/restore")
        self.assertEqual(self.count(), 1)
        self.admin("DELETE", "v1/snapshots/one")
        self.admin("POST", "v1/snapshots/one/restore", status=404)
        self.admin("POST", "v1/snapshots", {"name": "../one"}, status=400)

    def test_strangers_and_wrong_input_change_nothing(self):
        self.put("a")
        self.admin("POST", "v1/reset", headers={"Origin": "https://elsewhere.example"}, status=403)
        self.admin("POST", "v1/reset", headers={"Host": "elsewhere.example"}, status=403)
        self.admin("POST", "v1/reset", headers={"Content-Type": "text/plain"}, status=415)
        self.admin("GET", "v1/reset", status=405)
        for body in ({"tabel": "Tab"}, {"table": 7}):
            self.assertIn("error", self.admin("POST", "v1/reset", body, status=400))
        for body in ({}, {"advance_ms": -1}, {"rate": "fast"}, {"freeze": 1}):
            self.assertIn("error", self.admin("POST", "v1/clock", body, status=400))
        for body in ({}, {"probability": 2, "error": "x"}, {"eror": "x"}, {"from": 0, "error": "x"}):
            self.assertIn("error", self.admin("POST", "v1/faults", body, status=400))
        for body in ({"operation": "PutItm", "error": "x"}, {"key": 7, "error": "x"}, {"latency_ms": -1}):
            self.assertIn("error", self.admin("POST", "v1/faults", body, status=400))
        self.admin("POST", "v1/clock", {"advance_ms": 10**15}, status=400)
        for path in ("requests?after=x", "requests?operation=Qurey", "requests?tabel=Tab", "clock?frok=w"):
            self.assertIn("error", self.admin("GET", "v1/" + path, status=400))
        for path in ("reset/Tab", "clock/freeze", "forks/w/x", "snapshots/w", "requests/1"):
            self.admin("POST", "v1/" + path, {}, status=404)
        self.assertEqual(self.admin("GET", "v1/clock")["held"], False)
        self.assertEqual(self.admin("GET", "v1/faults"), {"faults": []})
        self.admin("GET", "v1/clock?fork=nobody", status=404)
        self.admin("GET", "v2/clock", status=404)
        self.assertEqual(self.count(), 1)


if __name__ == "__main__":
    unittest.main()
