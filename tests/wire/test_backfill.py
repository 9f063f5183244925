"""An index made of a table that is being written to: when it is ACTIVE it holds what the table holds, no more and no less."""
import http.client
import json
import random
import tempfile
import threading
import unittest

from server import Server, authorization, wait_until

ITEMS = 20000
WRITERS = 3


class Client:
    """One keep-alive connection, for one thread."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def __call__(self, operation, request):
        self.connection.request("POST", "/", json.dumps(request), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
            "X-Amz-Date": "20260101T000000Z", "Authorization": authorization()})
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        return body if answer.status == 200 else {"error": body}


def group(number):
    return {"S": f"group {number % 7}"}


class Backfill(unittest.TestCase):
    def start(self, **where):
        self.server = Server(**where)
        self.addCleanup(self.server.stop)
        self.call = Client(self.server)
        self.ok("CreateTable", TableName="items", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        for first in range(0, ITEMS, 25):
            self.ok("BatchWriteItem", RequestItems={"items": [{"PutRequest": {"Item": self.item(n)}} for n in range(first, first + 25)]})

    def ok(self, operation, **request):
        body = self.call(operation, request)
        self.assertNotIn("error", body)
        return body

    @staticmethod
    def item(n):
        """Some lack the attribute, and some hold a number where the index wants a string: neither gets in."""
        item = {"pk": {"S": str(n)}, "n": {"N": str(n)}}
        if n % 5:
            item["g"] = group(n) if n % 11 else {"N": "1"}
        return item

    def everything(self, **more):
        items, start = {}, {}
        while True:
            page = self.ok("Scan", TableName="items", **more, **start)
            for item in page["Items"]:
                self.assertNotIn(item["pk"]["S"], items, "an item stands in the index once")
                items[item["pk"]["S"]] = item
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def index_status(self):
        indexes = self.ok("DescribeTable", TableName="items")["Table"].get("GlobalSecondaryIndexes", [])
        return indexes[0]["IndexStatus"] if indexes else None

    def write_until(self, stopped, seed, counts):
        call, chance = Client(self.server), random.Random(seed)
        while not stopped.is_set():
            key = {"pk": {"S": str(chance.randrange(ITEMS + 500))}}
            number = chance.randrange(1000)
            what = chance.randrange(4)
            if what == 0:
                body = call("DeleteItem", {"TableName": "items", "Key": key})
            elif what == 1:
                body = call("PutItem", {"TableName": "items", "Item": {**key, "g": group(number), "n": {"N": str(number)}}})
            else:
                change = "SET g = :g" if what == 2 else "REMOVE g SET n = :g"
                body = call("UpdateItem", {"TableName": "items", "Key": key, "UpdateExpression": change,
                                           "ExpressionAttributeValues": {":g": group(number)}})
            counts["refused" if "error" in body else "done"] += 1
            if "error" in body:
                self.errors.append(body)

    def make_index_under_writes(self, seed):
        self.errors = []
        stopped, counts = threading.Event(), {"done": 0, "refused": 0}
        writers = [threading.Thread(target=self.write_until, args=(stopped, seed + n, counts)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            self.ok("UpdateTable", TableName="items",
                    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
                    GlobalSecondaryIndexUpdates=[{"Create": {
                        "IndexName": "by_g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"}}}])
            self.assertTrue(wait_until(lambda: self.index_status() == "ACTIVE", 60), "the index becomes ACTIVE")
        finally:
            stopped.set()
            for writer in writers:
                writer.join()
        self.assertEqual(self.errors[:1], [])
        self.assertGreater(counts["done"], 0)

    def test_in_memory(self):
        self.start()
        self.check_under_writes()

    def test_on_disk(self):
        with tempfile.TemporaryDirectory() as folder:
            self.start(data=folder)
            self.check_under_writes()
            self.server.stop()

    def check_under_writes(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                self.make_index_under_writes(100 * seed)
                wanted = {name: item for name, item in self.everything().items() if "S" in item.get("g", {})}
                self.assertGreater(len(wanted), ITEMS // 4)
                self.assertEqual(self.everything(IndexName="by_g"), wanted)
                self.ok("UpdateTable", TableName="items", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_g"}}])
                self.assertTrue(wait_until(lambda: self.index_status() is None, 60), "the index goes")


if __name__ == "__main__":
    unittest.main()
