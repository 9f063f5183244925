"""Every recorded error (tests/cases) against the real server, under --dialect old and --dialect new.

    STATOR_BINARY=build/dev/stator python3 tests/support/run_python.py tests/wire replay
    REPLAY=old-123 ... prints the request and the whole answer of the cases so named
"""
import http.client
import json
import os
import unittest

import replay_cases
from server import Server, authorization

class Client:
    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def call(self, operation, body):
        service = "DynamoDBStreams" if operation == "DescribeStream" else "DynamoDB"
        self.connection.request("POST", "/", json.dumps(body).encode(), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{service}_20120810.{operation}",
            "X-Amz-Date": "20260101T000000Z", "Authorization": authorization()})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")

    def make_tables(self):
        """The tables of the cases; those that this server cannot make are left out."""
        missing = set()
        for placeholder, description in replay_cases.TABLES.items():
            name = replay_cases.table_name(placeholder)
            status, answer = self.call("CreateTable", {"TableName": name, **description})
            if status != 200:
                missing.add((placeholder, answer.get("message", answer.get("__type"))))
        self.call("CreateTable", replay_cases.STATEMENT_TABLE)
        self.call("PutItem", {"TableName": replay_cases.STATEMENT_TABLE["TableName"], "Item": replay_cases.STATEMENT_ITEM})
        return missing


class Replay(unittest.TestCase):
    maxDiff = None

    def replay(self, dialect):
        exceptions = replay_cases.read_exceptions()
        excused = {identity for group in exceptions["superseded"] for identity in group["ids"]}
        needs_more = set(exceptions["needs_more"]["ids"])
        wanted = os.environ.get("REPLAY", "").split()
        wrong, passed, unexpected = [], 0, []
        with Server("--dialect", dialect) as server:
            client = Client(server)
            self.assertEqual(client.make_tables(), set())
            for case, expected in replay_cases.cases_for(dialect):
                if wanted and case["id"] not in wanted:
                    continue
                request = replay_cases.expand(case["request"])
                if case["id"] in replay_cases.ITEMS:
                    item = {**request["Key"], **replay_cases.ITEMS[case["id"]]}
                    client.call("PutItem", {"TableName": request["TableName"], "Item": item})
                status, answer = client.call(case["op"], request)
                if case["op"] == "BatchExecuteStatement" and status == 200:
                    status, answer = replay_cases.of_statement(answer)
                if wanted:
                    print(dialect, json.dumps(request)[:2000], status, json.dumps(answer))
                fault = f"status {status}" if status != 400 else replay_cases.judge(case, expected, answer)
                if case["id"] in needs_more:
                    if fault is None:
                        unexpected.append(f"{case['id']} passes: take it off the list")
                elif case["id"] in excused:
                    if fault is None and dialect == "old":
                        unexpected.append(f"{case['id']} passes: take it off the list")
                elif fault is None:
                    passed += 1
                else:
                    wrong.append(f"{case['id']} {case['op']}: {case['when']}\n     {fault}")
        print(f"{dialect}: {passed} passed, {len(excused)} superseded, {len(wrong)} wrong")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        self.assertFalse(set(unexpected), unexpected)

    def test_old_dialect(self):
        self.replay("old")

    def test_new_dialect(self):
        self.replay("new")


if __name__ == "__main__":
    unittest.main()
