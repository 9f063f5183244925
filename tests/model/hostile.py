"""hostile.py [--requests N] [--seed S]: the model's requests with something wrong in them, against the real binary.

Members are dropped, doubled, renamed and exchanged for values of other types; expressions and bytes are garbled. Whatever
comes, the answer is a 200, or a 4xx with a __type; never a 500, a closed connection or an answer that is no JSON; and the
server goes on serving. STATOR_BINARY names another binary than build/release/stator, such as one with sanitizers.
"""
import argparse
import copy
import http.client
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire
from generator import Generator, change_request, create_request, fresh_tables
from server import Server

OTHERS = ["DescribeTable", "ListTables", "DeleteTable", "UpdateTable", "CreateTable", "TagResource", "UntagResource", "ListTagsOfResource",
          "UpdateTimeToLive", "DescribeTimeToLive", "DescribeLimits", "DescribeEndpoints", "ExecuteStatement", "DescribeStream",
          "GetRecords", "CreateBackup", "DescribeContinuousBackups", "SearchVectors"]
LEGACY = {"Expected": {"a": {"Value": {"S": "a"}, "ComparisonOperator": "EQ"}},
          "AttributeUpdates": {"a": {"Value": {"N": "1"}, "Action": "ADD"}}, "ConditionalOperator": "OR", "AttributesToGet": ["a", "m"],
          "KeyConditions": {"pk": {"AttributeValueList": [{"S": "a"}], "ComparisonOperator": "BEGINS_WITH"}},
          "QueryFilter": {"a": {"ComparisonOperator": "NOT_NULL"}}, "ScanFilter": {"a": {"AttributeValueList": [{"N": "1"}], "ComparisonOperator": "IN"}},
          "Limit": 0, "Segment": 7, "TotalSegments": 3, "Select": "SPECIFIC_ATTRIBUTES", "ReturnValues": "UPDATED_NEW",
          "ExclusiveStartKey": {"pk": {"S": "a"}}, "ClientRequestToken": "token", "IndexName": "by_g", "ConsistentRead": True,
          "Tags": [{"Key": "k", "Value": "v"}], "ResourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/hostile.one"}


def nested(depth, leaf):
    for _ in range(depth):
        leaf = {"M": {"a": leaf}} if depth % 2 else {"L": [leaf]}
    return leaf


JUNK = [None, True, False, 0, -1, 1.5, 10**30, "", "a", "\0", "x" * 70000, "\U0001f600" * 50, [], {}, [None], {"": None}, {"S": "a"}, {"S": None},
        {"N": "1e400"}, {"N": "x"}, {"N": "9" * 39}, {"B": "?"}, {"SS": []}, {"NS": ["1", "1.0"]}, {"NULL": False}, {"S": "a", "N": "1"}, {"X": 1},
        nested(31, {"S": "a"}), nested(33, {"S": "a"}), nested(100, {"S": "a"}), {"M": {"": {"S": "a"}}}, [[[[]]]], "#n0", ":v0", "a = :v0"]
FRAGMENTS = ["(", ")", "((", " AND ", " OR NOT ", "[", "]", "[99999999999]", ".", ",", ":v0", ":none", "#n0", "#none", "size(", "SET ", "REMOVE ", " = ", "<>",
             " BETWEEN ", " IN (", "list_append(", "a" * 300, "\"", "\\", "\n", "\u00e9", "NULL", "-", "+"]


class Hostile:
    def __init__(self, chance):
        self.chance = chance
        self.generator = Generator(chance)

    def request(self):
        """(operation, bytes of the body)."""
        op = self.generator.operation()
        name = op["op"]
        if name == "ChangeIndex":
            name = "UpdateTable"
            body = change_request("hostile." + op["table"], self.generator.tables[op["table"]], op["add"]) if op["add"] else {}
        else:
            body = copy.deepcopy(wire.request_of(op, lambda table: "hostile." + table))
        if self.chance.random() < 0.1:
            name = self.chance.choice(OTHERS)
            body = {"TableName": "hostile." + self.chance.choice(["one", "two", "none"])} if self.chance.random() < 0.7 else body
        if name in ("DeleteTable", "CreateTable") and body.get("TableName") in ("hostile.one", "hostile.two"):
            body["TableName"] = "hostile.other"
        if self.chance.random() < 0.3:
            for member in self.chance.sample(sorted(LEGACY), self.chance.randint(1, 3)):
                body[member] = copy.deepcopy(LEGACY[member])
        for _ in range(self.chance.choice([0, 1, 1, 1, 2, 3])):
            self.spoil(body)
        text = json.dumps(body, ensure_ascii=self.chance.random() < 0.5).encode()
        return name, self.garbled(text) if self.chance.random() < 0.1 else text

    def spoil(self, body):
        places = []

        def gather(node):
            for at in node if isinstance(node, dict) else range(len(node)):
                places.append((node, at))
                if isinstance(node[at], (dict, list)):
                    gather(node[at])

        gather(body)
        if not places:
            body["TableName"] = self.chance.choice(JUNK)
            return
        node, at = self.chance.choice(places)
        what = self.chance.randrange(6)
        if isinstance(node[at], str) and what < 3:
            text = node[at]
            cut, to = sorted(self.chance.randrange(len(text) + 1) for _ in range(2))
            node[at] = text[:cut] + self.chance.choice(FRAGMENTS + [""]) + text[to if what == 0 else cut:]
        elif what == 3:
            del node[at]
        elif what == 4 and isinstance(node, dict):
            node[self.chance.choice(["", "a", "S", "N", "TableName", "Key", at + "x"])] = node.pop(at)
        elif what == 5 and isinstance(node, list):
            node.extend([copy.deepcopy(node[at])] * self.chance.choice([1, 30, 120]))
        else:
            node[at] = copy.deepcopy(self.chance.choice(JUNK))

    def garbled(self, text):
        text = bytearray(text)
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(text) + 1)
            piece = self.chance.choice([b"\0", b"\xff", b"{", b"}", b'"', b"\\ud800", b"\\u0000", b",", b"1e999", b"[" * 2000, b"\xef\xbb\xbf", b""])
            text[at:at + self.chance.randint(0, 3)] = piece
        return bytes(text)


def wrong_with(answer):
    status, body = answer
    try:
        decoded = json.loads(body)
    except ValueError:
        return "the answer is no JSON" if body or status != 200 else None
    if status == 200:
        return None
    if not 400 <= status < 500:
        return f"the status is {status}"
    return None if "#" in decoded.get("__type", "") else "an error without a type"


def ask(connection, operation, body):
    connection.request("POST", "/", body, {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
        "X-Amz-Date": "20260101T000000Z", "Authorization": wire.SIGNATURE})
    answer = connection.getresponse()
    return answer.status, answer.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}", flush=True)
    hostile = Hostile(random.Random(seed))
    answers, failed = {}, 0
    with Server() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for name, table in fresh_tables().items():
            ask(connection, "CreateTable", json.dumps(create_request("hostile." + name, table)))
        for number in range(options.requests):
            operation, body = hostile.request()
            try:
                answer = ask(connection, operation, body)
                wrong = wrong_with(answer)
            except (http.client.HTTPException, OSError) as error:
                wrong, answer = f"no answer: {error!r}", (0, b"")
                connection.close()
            answers[answer[0]] = answers.get(answer[0], 0) + 1
            if wrong:
                failed += 1
                print(f"request {number}, {operation}: {wrong}\n  {body[:3000]!r}\n  {answer[0]} {answer[1][:1000]!r}")
                if failed == 5 or server.process.poll() is not None:
                    print(server.output[-5000:])
                    break
    print(f"answers by status: {answers}")
    print(f"{sum(answers.values()) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
