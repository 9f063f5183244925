"""kill.py [SECONDS] [SEED]: see scripts/kill.

Each worker writes only keys of its own, one request at a time, so after a kill exactly one request of each worker has an unknown
fate: what was acknowledged must be there, what was not must be there whole or not at all, and nothing else may be. The table's stream must tell every change once: each record begins
with the image that the one before it left, and the last of them are the items.
"""
import http.client
import json
import pathlib
import random
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from server import Server, authorization, wait_until  # noqa: E402

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 600
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 30)
WORKERS = 6
ROUNDS_IN_A_FOLDER = 12
PRELOADED = 2000
ABSENT = None


class Gone(Exception):
    """The server went away before it answered."""


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, operation, body, service="DynamoDB_20120810"):
        try:
            self.connection.request("POST", "/", json.dumps(body), {
                "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{service}.{operation}",
                "X-Amz-Date": "20260101T000000Z", "Authorization": authorization()})
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error
        return answer.status, json.loads(data)

    def need(self, operation, body, *service):
        status, answer = self.call(operation, body, *service)
        if status != 200:
            raise AssertionError(f"{operation}: {status} {answer}")
        return answer

    def pages(self, operation, body):
        while True:
            answer = self.need(operation, body)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            body = {**body, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def payload(rng):
    text = "".join(rng.choices("abcdefghij", k=40)) * rng.choice((1, 3, 30, 200))
    return {"v": {"S": text}, "sum": {"N": str(zlib.crc32(text.encode()))}, "g": {"S": f"g{rng.randrange(5)}"}}


def whole(item):
    return set(item) == {"p", "s", "v", "sum", "g"} and item["sum"]["N"] == str(zlib.crc32(item["v"]["S"].encode()))


class Worker(threading.Thread):
    def __init__(self, name, rng):
        super().__init__(daemon=True)
        self.id, self.rng = name, rng
        self.items = {}        # sequence -> check sum or ABSENT, as acknowledged
        self.pending = None    # (sequence, check sum or ABSENT) of the request under way
        self.transactions = 0  # acknowledged ones
        self.unsure = None     # the body of a transaction under way
        self.acknowledged = 0
        self.wrong = None
        self.next = 0

    def begin(self, port):
        fresh = Worker(self.id, self.rng)
        fresh.__dict__.update({k: v for k, v in self.__dict__.items() if k in (
            "items", "pending", "transactions", "unsure", "acknowledged", "next")})
        fresh.client = Client(port)
        fresh.start()
        return fresh

    def key(self, sequence):
        return {"p": {"S": self.id}, "s": {"N": str(sequence)}}

    def transfer(self):
        """A counter in one table and a row in another move together; the token makes a second sending harmless."""
        number = self.transactions
        return {"ClientRequestToken": f"{self.id}-{number}", "TransactItems": [
            {"Update": {"TableName": "Counters", "Key": {"p": {"S": self.id}}, "UpdateExpression": "ADD n :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}}}},
            {"Put": {"TableName": "Rows", "Item": {"p": {"S": self.id}, "s": {"N": str(number)}}}}]}

    def run(self):
        try:
            while True:
                dice = self.rng.random()
                if dice < 0.25:
                    self.unsure = self.transfer()
                    self.client.need("TransactWriteItems", self.unsure)
                    self.transactions += 1
                    self.unsure = None
                elif dice < 0.35 and self.next > 3:
                    sequence = self.rng.randrange(self.next)
                    self.pending = {sequence: ABSENT}
                    self.client.need("DeleteItem", {"TableName": "Load", "Key": self.key(sequence)})
                    self.settle()
                elif dice < 0.5 and self.next > 3:
                    sequence = self.rng.randrange(self.next)
                    fresh = payload(self.rng)
                    self.pending = {sequence: int(fresh["sum"]["N"])}
                    self.client.need("UpdateItem", {
                        "TableName": "Load", "Key": self.key(sequence), "UpdateExpression": "SET v = :v, #s = :s, g = :g",
                        "ExpressionAttributeNames": {"#s": "sum"},
                        "ExpressionAttributeValues": {":v": fresh["v"], ":s": fresh["sum"], ":g": fresh["g"]}})
                    self.settle()
                elif dice < 0.6:
                    fresh = [payload(self.rng) for _ in range(5)]
                    self.pending = {self.next + i: int(item["sum"]["N"]) for i, item in enumerate(fresh)}
                    first, self.next = self.next, self.next + 5
                    self.client.need("BatchWriteItem", {"RequestItems": {"Load": [
                        {"PutRequest": {"Item": {**self.key(first + i), **item}}} for i, item in enumerate(fresh)]}})
                    self.settle()
                else:
                    fresh = payload(self.rng)
                    self.pending = {self.next: int(fresh["sum"]["N"])}
                    self.next += 1
                    self.client.need("PutItem", {"TableName": "Load", "Item": {**self.key(self.next - 1), **fresh}})
                    self.settle()
                self.acknowledged += 1
        except Gone:
            pass
        except Exception as error:  # told at the check
            self.wrong = error

    def settle(self):
        self.items.update(self.pending)
        self.pending = None

    def check(self, client):
        """Compares with the restarted server, and takes over what became of the request under way."""
        if self.wrong:
            raise AssertionError(f"worker {self.id} met {self.wrong!r}")
        found = {}
        for item in client.pages("Query", {"TableName": "Load", "ConsistentRead": True, "KeyConditionExpression": "p = :p",
                                           "ExpressionAttributeValues": {":p": {"S": self.id}}}):
            if not whole(item):
                raise AssertionError(f"torn: {str(item)[:300]}")
            found[int(item["s"]["N"])] = int(item["sum"]["N"])
        for sequence in set(found) | set(self.items) | set(self.pending or ()):
            allowed = {self.items.get(sequence, ABSENT)} | ({self.pending[sequence]} if sequence in (self.pending or ()) else set())
            if found.get(sequence, ABSENT) not in allowed:
                raise AssertionError(f"{self.id}/{sequence} is {found.get(sequence, ABSENT)}, not one of {allowed}")
        self.items, self.pending = found, None

        counter = int(client.need("GetItem", {"TableName": "Counters", "Key": {"p": {"S": self.id}}, "ConsistentRead": True})
                      .get("Item", {"n": {"N": "0"}})["n"]["N"])
        rows = sum(1 for _ in client.pages("Query", {"TableName": "Rows", "ConsistentRead": True, "KeyConditionExpression": "p = :p",
                                                     "ExpressionAttributeValues": {":p": {"S": self.id}}}))
        if counter != rows or counter - self.transactions not in ((0, 1) if self.unsure else (0,)):
            raise AssertionError(f"{self.id}: {self.transactions} transactions acknowledged, counter {counter}, rows {rows}")
        retried = 0
        if self.unsure:  # the client does what an SDK does: it sends the same again, with the same token
            client.need("TransactWriteItems", self.unsure)
            self.transactions += 1
            self.unsure = None
            retried = 1
            after = int(client.need("GetItem", {"TableName": "Counters", "Key": {"p": {"S": self.id}}, "ConsistentRead": True})["Item"]["n"]["N"])
            if after != self.transactions:
                raise AssertionError(f"{self.id}: after the retry the counter is {after}, not {self.transactions}")
        return retried


class Replica:
    """The table as its stream tells it."""

    def __init__(self, arn):
        self.arn, self.items, self.last = arn, {}, None

    def check(self, client):
        streams = lambda operation, body: client.need(operation, body, "DynamoDBStreams_20120810")  # noqa: E731
        shard = streams("DescribeStream", {"StreamArn": self.arn})["StreamDescription"]["Shards"][0]["ShardId"]
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.last} if self.last else {"ShardIteratorType": "TRIM_HORIZON"}
        position = streams("GetShardIterator", {"StreamArn": self.arn, "ShardId": shard, **where})["ShardIterator"]
        count = 0
        while True:
            page = streams("GetRecords", {"ShardIterator": position})
            for record in page["Records"]:
                self.follow(record["dynamodb"])
                count += 1
            if not page["Records"]:
                break
            position = page["NextShardIterator"]
        table = {(item["p"]["S"], item["s"]["N"]): item for item in client.pages("Scan", {"TableName": "Load", "ConsistentRead": True})}
        if table != self.items:
            differ = [key for key in table.keys() | self.items.keys() if table.get(key) != self.items.get(key)]
            raise AssertionError(f"table and stream differ in {len(differ)} items: {differ[:5]}")
        return count

    def follow(self, record):
        if self.last and int(record["SequenceNumber"]) <= int(self.last):
            raise AssertionError(f"sequence number {record['SequenceNumber']} behind {self.last}")
        self.last = record["SequenceNumber"]
        key = (record["Keys"]["p"]["S"], record["Keys"]["s"]["N"])
        if self.items.get(key) != record.get("OldImage"):
            raise AssertionError(f"a record of {key} does not begin where the one before it ended")
        if "NewImage" in record:
            self.items[key] = record["NewImage"]
        else:
            del self.items[key]


def index_state(client):
    indexes = client.need("DescribeTable", {"TableName": "Load"})["Table"].get("GlobalSecondaryIndexes", [])
    return indexes[0]["IndexStatus"] if indexes else ABSENT


def toggle_index(client):
    """Adds the index or removes it; on its own, so that the kill falls into whatever this sets going."""
    if index_state(client) is ABSENT:
        client.need("UpdateTable", {
            "TableName": "Load", "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "sum", "AttributeType": "N"}],
            "GlobalSecondaryIndexUpdates": [{"Create": {
                "IndexName": "byG", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "sum", "KeyType": "RANGE"}]}}]})
    elif index_state(client) == "ACTIVE":
        client.need("UpdateTable", {"TableName": "Load", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "byG"}}]})


def check_index(client):
    """Waits for what the restart resumed, then compares index and table. True if there was an index."""
    if not wait_until(lambda: index_state(client) in (ABSENT, "ACTIVE"), 30):
        raise AssertionError(f"the index stays {index_state(client)}")
    if index_state(client) is ABSENT:
        return False
    everything = lambda **more: sorted((i["p"]["S"], int(i["s"]["N"]), i["sum"]["N"], i["g"]["S"])  # noqa: E731
                                       for i in client.pages("Scan", {"TableName": "Load", **more}))
    table, index = everything(ConsistentRead=True), everything(IndexName="byG")
    if table != index:
        raise AssertionError(f"index and table differ: {len(index)} and {len(table)} items, {list(set(table) ^ set(index))[:5]}")
    return True


def create_tables(client, rng):
    for name, attributes in (("Load", "ps"), ("Counters", "p"), ("Rows", "ps")):
        client.need("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": a, "KeyType": "HASH" if a == "p" else "RANGE"} for a in attributes],
            "AttributeDefinitions": [{"AttributeName": a, "AttributeType": "S" if a == "p" else "N"} for a in attributes],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}})
    for first in range(0, PRELOADED, 25):
        client.need("BatchWriteItem", {"RequestItems": {"Load": [
            {"PutRequest": {"Item": {"p": {"S": f"old{n % 7}"}, "s": {"N": str(n)}, **payload(rng)}}} for n in range(first, first + 25)]}})


def main():
    print(f"seed {SEED}", flush=True)
    rng = random.Random(SEED)
    end = time.monotonic() + SECONDS
    kills = writes = retried = compared = interrupted = records = 0
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory(prefix="stator-kill-") as folder:
            workers = [Worker(f"w{n}", random.Random(rng.random())) for n in range(WORKERS)]
            for round_number in range(ROUNDS_IN_A_FOLDER):
                if time.monotonic() > end and round_number:
                    break
                with Server(data=folder, timeout=60) as server:
                    client = Client(server.port)
                    if round_number == 0:
                        create_tables(client, rng)
                        replica = Replica(client.need("DescribeTable", {"TableName": "Load"})["Table"]["LatestStreamArn"])
                    workers = [worker.begin(server.port) for worker in workers]
                    time.sleep(rng.random() * 0.3)
                    toggle_index(client)
                    time.sleep(rng.choice((0, 0.005, 0.02, 0.1, 0.4)))
                    if index_state(client) not in (ABSENT, "ACTIVE"):
                        interrupted += 1
                    server.kill()
                    for worker in workers:
                        worker.join(30)
                    kills += 1
                try:
                    with Server(data=folder, timeout=60) as server:
                        client = Client(server.port)
                        retried += sum(worker.check(client) for worker in workers)
                        compared += check_index(client)
                        records += replica.check(client)
                        if server.stop() != 0:
                            raise AssertionError(f"ended with {server.process.returncode}: {server.output}")
                except (AssertionError, Gone) as wrong:
                    print(f"kill {kills}: {wrong!r}\nserver: {server.output[-2000:]}")
                    print(f"{kills - 1} passed, 1 failed")
                    return 1
            writes += sum(worker.acknowledged for worker in workers)
    print(f"{kills} kills, {writes} acknowledged requests, {retried} transactions retried by token, {compared} indexes compared, "
          f"{records} stream records followed, {interrupted} interrupted in backfill or removal")
    print(f"{kills} passed, 0 failed")
    return 0


sys.exit(main())
