"""run.py [--operations N] [--seed S] [--length L]: random operations against the real binary and an oracle in memory.

Each episode has its own seed and tables, and `length` operations; after every one the reply is compared, after a write the
stored item too, and at the end each table and index as a whole. The first difference is shrunk and printed with its seed:
`run.py --seed S --operations 1` runs that episode again. STATOR_BINARY names another binary than build/release/stator.
"""
import argparse
import json
import pathlib
import random
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import values
import wire
from generator import LATE, Generator, change_index, change_request, create_request, fresh_tables, smaller
from oracle import Oracle
from server import Server


class Difference(Exception):
    pass


def comparable(part, key=None):
    """A reply with its items normal, so that sets and numbers compare by what they mean."""
    if key in ("Item", "Attributes", "LastEvaluatedKey", "Key"):
        return values.normal_item(part)
    if isinstance(part, dict):
        return {name: comparable(inner, name) for name, inner in part.items()}
    if isinstance(part, list):
        return [values.normal_item(inner) if key in ("Items", "Responses") and "Item" not in inner and inner else comparable(inner) for inner in part]
    return part


def show(thing):
    text = json.dumps(thing, ensure_ascii=False, sort_keys=True)
    return re.sub("x{40,}", lambda run: f"<{len(run[0])} x>", text)


class Episode:
    """One set of tables in the server and their like in the oracle."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        self.oracle = Oracle(fresh_tables())
        for table_name, table in self.oracle.tables.items():
            self.ask("CreateTable", create_request(self.table_name(table_name), table))
        for table_name in self.oracle.tables:
            self.wait_for_table(table_name)

    def wait_for_table(self, name):
        """Until the table and its indexes are ACTIVE, and only the indexes that the oracle knows are there."""
        deadline = time.monotonic() + 30
        while True:
            table = self.ask("DescribeTable", {"TableName": self.table_name(name)})["Table"]
            indexes = table.get("GlobalSecondaryIndexes", [])
            known = {index_name for index_name, index in self.oracle.tables[name].indexes.items() if not index.local}
            if table["TableStatus"] == "ACTIVE" and {index["IndexName"] for index in indexes} == known and \
                    all(index["IndexStatus"] == "ACTIVE" for index in indexes):
                return
            if time.monotonic() > deadline:
                raise Difference(f"{name} and its indexes {known} do not become ACTIVE: {show(table)}")
            time.sleep(0.001)

    def change_index(self, op):
        table = self.oracle.tables[op["table"]]
        if op["add"] == (LATE in table.indexes):
            return
        if op["add"]:
            change_index(table, True)
        request = change_request(self.table_name(op["table"]), table, op["add"])
        if not op["add"]:
            change_index(table, False)
        self.ask("UpdateTable", request)
        self.wait_for_table(op["table"])

    def close(self):
        for table_name in self.oracle.tables:
            self.ask("DeleteTable", {"TableName": self.table_name(table_name)})

    def table_name(self, name):
        return f"{self.name}.{name}"

    def ask(self, operation, request):
        status, body = self.client.call(operation, request)
        if status != 200:
            raise Difference(f"{operation} failed: {show(body)}\n  {show(request)}")
        return body

    def run(self, op):
        if op["op"] == "ChangeIndex":
            self.change_index(op)
            return
        if op["op"] in ("Query", "Scan"):
            self.run_pages(op)
            return
        request = wire.request_of(op, self.table_name)
        expected = self.oracle.answer(op)
        self.compare(op, request, expected, self.client.call(op["op"], request))
        for write in [op] if "key" in op and op["op"] != "GetItem" else op.get("writes", []):
            self.run({"op": "GetItem", "table": write["table"], "key": write["key"]})

    def run_pages(self, op):
        request = wire.request_of(op, self.table_name)
        for expected in self.oracle.pages(op):
            status, body = self.client.call(op["op"], request)
            self.compare(op, request, expected, (status, body))
            if "LastEvaluatedKey" in body:
                request["ExclusiveStartKey"] = body["LastEvaluatedKey"]

    def compare(self, op, request, expected, answer):
        status, body = answer
        def differ(want):
            raise Difference(f"{op['op']} {show(request)}\n  expected {show(want)}\n  answered {status} {show(body)}")

        if expected[0] == "ok":
            if status != 200:
                differ(expected[1])
            consumed = expected[1].pop("ConsumedCapacity", None)
            if op.get("capacity") and consumed is not None:
                wanted = self.capacity_of(op, consumed)
                got = body.get("ConsumedCapacity")
                if isinstance(got, list):
                    wanted, got = (sorted(replies, key=lambda reply: reply["TableName"]) for replies in (wanted, got))
                if got != wanted:
                    differ({"ConsumedCapacity": wanted})
                del body["ConsumedCapacity"]
            body = {name: part for name, part in body.items() if part not in ({}, [])
                    or name in ("Items", "Responses")}
            got, want = comparable(body), comparable(expected[1])
            if op["op"] == "BatchGetItem":
                by_text = lambda replies: {table: sorted(map(show, items)) for table, items in replies.items()}
                want = {"Responses": by_text({self.table_name(table): items for table, items in want["Responses"].items()})}
                got = {**got, "Responses": by_text({table: [values.normal_item(item) for item in items]
                                                    for table, items in body["Responses"].items() if items})}
            if got != want:
                differ(want)
            return
        _, kind, texts, extra = expected
        if status != 400 or body.get("__type", "").partition("#")[2] != kind:
            differ(expected[1])
        text = body.get("message", body.get("Message"))
        if texts is not None and text not in texts:
            differ(sorted(texts))
        if kind == "TransactionCanceledException":
            reasons = [{name: part for name, part in reason.items() if name != "Message"} for reason in body["CancellationReasons"]]
            if comparable(reasons) != comparable(extra):
                differ(extra)
        elif comparable(body.get("Item", {}), "Item") != (extra or {}):
            differ(extra)

    def capacity_of(self, op, consumed):
        """What the reply must show of {table: {None or index: units}}."""
        kind = {"TransactGetItems": "ReadCapacityUnits", "TransactWriteItems": "WriteCapacityUnits"}.get(op["op"])

        def shown(units):
            return {"CapacityUnits": float(units), **({kind: float(units)} if kind else {})}

        replies = []
        for table, units in consumed.items():
            reply = {"TableName": self.table_name(table), **shown(sum(units.values())), "Table": shown(units[None])}
            for name, index in self.oracle.tables[table].indexes.items():
                if name in units:
                    member = "LocalSecondaryIndexes" if index.local else "GlobalSecondaryIndexes"
                    reply.setdefault(member, {})[name] = shown(units[name])
            replies.append(reply)
        return replies if op["op"].startswith(("Batch", "Transact")) else replies[0]

    def compare_whole(self):
        for name, table in self.oracle.tables.items():
            for index in [None, *table.indexes]:
                self.run({"op": "Scan", "table": name, **({"index": index} if index else {})})


class Runner:
    def __init__(self, client, seed):
        self.client, self.seed, self.replays = client, seed, 0

    def difference(self, ops):
        """What differs first when these operations are run on fresh tables, and how many had run; or (None, all)."""
        self.replays += 1
        episode = Episode(self.client, f"m{self.seed}-{self.replays}")
        done = 0
        try:
            for op in ops:
                done += 1
                episode.run(op)
            episode.compare_whole()
        except Difference as difference:
            return str(difference), done
        finally:
            episode.close()
        return None, done

    def shrink(self, ops, seconds=60):
        """Fewer and simpler operations that still differ."""
        deadline = time.monotonic() + seconds
        chunk = len(ops) // 2
        while chunk >= 1 and time.monotonic() < deadline:
            at = 0
            while at < len(ops) and time.monotonic() < deadline:
                fewer = ops[:at] + ops[at + chunk:]
                if fewer and self.difference(fewer)[0]:
                    ops = fewer
                else:
                    at += chunk
            chunk //= 2
        simpler = True
        while simpler and time.monotonic() < deadline:
            simpler = False
            for at, op in enumerate(ops):
                for less in smaller(op):
                    changed = ops[:at] + [less] + ops[at + 1:]
                    if self.difference(changed)[0]:
                        ops, simpler = changed, True
                        break
        return ops


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--length", type=int, default=250)
    parser.add_argument("--port", type=int, default=None, help="of a server that is running, instead of starting one")
    options = parser.parse_args()
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {first}", flush=True)

    server = None if options.port else Server()
    episodes = operations = failed = 0
    began = time.monotonic()
    try:
        client = wire.Client(options.port or server.port)
        while operations < options.operations and not failed:
            seed = first + episodes
            generator = Generator(random.Random(seed))
            ops = [generator.operation() for _ in range(options.length)]
            runner = Runner(client, seed)
            difference, done = runner.difference(ops)
            episodes += 1
            operations += done
            if difference:
                failed = 1
                ops = runner.shrink(ops[:done])
                print(f"seed {seed}: a difference, shrunk to {len(ops)} operations:")
                for op in ops:
                    print("  " + show(op))
                print(runner.difference(ops)[0] or difference)
    finally:
        if server:
            server.stop()
    seconds = time.monotonic() - began
    print(f"{operations} operations in {episodes} episodes from seed {first}, {seconds:.1f} s")
    print(f"{episodes - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
