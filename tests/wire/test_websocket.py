"""WebSocket APIs against the real binary: the chat of tests/gateway/chat_example with functions as they run on AWS, the
Management API as boto3 sees it, edits under open connections, quotas, and a thousand idle connections."""
import json
import os
import pathlib
import re
import resource
import shutil
import tempfile
import time
import unittest
import urllib.request


from sdk import client_of
from server import Server, wait_until
from websocket_client import Closed, Refused, WebSocket

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "gateway/chat_example"


class Chat(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stator-chat-")
        self.addCleanup(folder.cleanup)
        self.example = pathlib.Path(folder.name) / "chat"
        shutil.copytree(EXAMPLE, self.example, ignore=shutil.ignore_patterns("__pycache__"))
        self.server = Server("--api", self.example / "template.yaml", "--log-level", "debug")
        self.addCleanup(self.server.__exit__)
        self.assertTrue(wait_until(lambda: "table Connections" in self.server.output), self.server.output)

    def join(self, target):
        client = WebSocket(self.server.port, target, timeout=60)
        self.addCleanup(client.socket.close)
        return client

    def people(self):
        items = self.server.call("Scan", {"TableName": "Connections"}, key="000000000000")[1]["Items"]
        return sorted(item["name"]["S"] for item in items)

    def test_people_join_talk_leave_and_outlive_edits(self):
        self.assertIn(f"  $connect ws://127.0.0.1:{self.server.port} -> Chat\n", self.server.output)
        ann, bob = self.join("/prod?name=ann"), self.join("/?name=bob")
        with self.assertRaises(Refused) as refused:
            self.join("/prod")
        self.assertEqual(refused.exception.status, 401)
        ann.say('{"action": "sendmessage", "data": "h\u00e9llo"}')
        for client in (ann, bob):
            self.assertEqual(json.loads(client.hear()), {"from": "ann", "data": "h\u00e9llo"})
        ann.say("not for any route")
        self.assertRegex(ann.hear(), r'^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$')
        ann.say('{"action": "sendmessage"}')
        self.assertRegex(ann.hear(), r'^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$')
        bob.say('{"action": "who"}')
        self.assertEqual(json.loads(bob.hear()), {"here": ["ann", "bob"], "you": "127.0.0.1"})
        self.assertRegex(self.server.output, r"MESSAGE \S+ -> 200 in [\d.]+ ms \(Chat, stage prod, request \S+\)\n  route: sendmessage\n")
        self.assertIn('"route": "sendmessage"', json.dumps(self.server.admin("v1/requests?operation=execute-api")))

        ann.close(1000, "bye")
        with self.assertRaises(Closed) as closed:
            ann.hear()
        self.assertEqual(closed.exception.code, 1000)
        self.assertTrue(wait_until(lambda: self.people() == ["bob"], 60))
        self.assertTrue(wait_until(lambda: "left: 1000 bye" in self.server.output))

        code = self.example / "app/chat.py"
        code.write_text(code.read_text().replace('"here": names', '"people": len(names)').replace('"who": who', '"who": who, "whoelse": who'))
        bob.say('{"action": "who"}')
        self.assertEqual(json.loads(bob.hear()), {"people": 1, "you": "127.0.0.1"})
        template = self.example / "template.yaml"
        template.write_text(template.read_text().replace("RouteKey: who,", "RouteKey: whoelse,"))

        def served():
            bob.say('{"action": "whoelse"}')
            return "people" in bob.hear()
        self.assertTrue(wait_until(served), self.server.output)
        bob.say('{"action": "who"}')
        self.assertIn("Forbidden", bob.hear())
        bob.socket.close()
        self.assertTrue(wait_until(lambda: "left: 1006 " in self.server.output, 60))


class WithoutFunctions(unittest.TestCase):
    """No route at all: everybody may connect, and each message is answered with the connection's id."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="stator-sockets-")
        cls.addClassCleanup(folder.cleanup)
        cls.template = pathlib.Path(folder.name) / "t.yaml"
        cls.template.write_text("""
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: prod, AutoDeploy: true}}
""")
        cls.server = Server("--api", cls.template)
        cls.addClassCleanup(cls.server.__exit__)

    def join(self, **more):
        client = WebSocket(self.server.port, "/prod", **more)
        self.addCleanup(client.socket.close)
        client.say("who am I?")
        return client, json.loads(client.hear())["connectionId"]

    def management(self, stage="prod"):
        return client_of(self.server, "apigatewaymanagementapi", path="/" + stage)

    def test_only_the_apis_urls_are_its_own(self):
        for target in ("/dev", "/prod/more"):
            with self.assertRaises(Refused) as refused:
                WebSocket(self.server.port, target)
            self.assertEqual(refused.exception.status, 403, target)
        with urllib.request.urlopen(self.server.endpoint) as answer:
            self.assertIn(b"healthy", answer.read())

    def test_boto3_sends_asks_and_closes(self):
        eve, connection = self.join(headers={"User-Agent": "test"})
        client = self.management()
        self.assertEqual(client.post_to_connection(ConnectionId=connection, Data=b"hello")["ResponseMetadata"]["HTTPStatusCode"], 200)
        self.assertEqual(eve.hear(), "hello")
        long = "x" * 131072
        client.post_to_connection(ConnectionId=connection, Data=long.encode())
        self.assertEqual(eve.frame(), (0x01, b"x" * 32768))
        self.assertEqual(eve.hear(), "x" * 98304)
        told = client.get_connection(ConnectionId=connection)
        self.assertEqual(told["Identity"], {"SourceIp": "127.0.0.1", "UserAgent": "test"})
        self.assertLessEqual(told["ConnectedAt"], told["LastActiveAt"])
        self.assertLess(abs(told["ConnectedAt"].timestamp() - time.time()), 60)
        with self.assertRaises(client.exceptions.PayloadTooLargeException):
            client.post_to_connection(ConnectionId=connection, Data=long.encode() + b"x")
        with self.assertRaises(client.exceptions.ForbiddenException):
            self.management("dev").post_to_connection(ConnectionId=connection, Data=b"x")
        self.assertEqual(client.delete_connection(ConnectionId=connection)["ResponseMetadata"]["HTTPStatusCode"], 204)
        with self.assertRaises(Closed) as closed:
            eve.hear()
        self.assertEqual(closed.exception.code, 1000)
        for call in (client.get_connection, client.delete_connection, lambda **key: client.post_to_connection(Data=b"x", **key)):
            with self.assertRaises(client.exceptions.GoneException):
                call(ConnectionId=connection)

    def test_a_client_that_does_not_read_is_told_about(self):
        _, connection = self.join()
        client = self.management()
        with self.assertRaises(client.exceptions.LimitExceededException):
            for _ in range(200):
                client.post_to_connection(ConnectionId=connection, Data=b"x" * 131072)

    def test_frames_beyond_the_quotas_close(self):
        for send, code in ((lambda c: c.send_frame(1, b"x" * 32769), 1009), (lambda c: c.say("x" * 131073), 1009),
                           (lambda c: c.send_frame(2, b"x"), 1003), (lambda c: c.send_frame(1, b"\xff"), 1007),
                           (lambda c: c.send_frame(3), 1002)):
            client, _ = self.join()
            send(client)
            with self.assertRaises(Closed) as closed:
                client.hear()
            self.assertEqual(closed.exception.code, code)
        client, _ = self.join()
        client.say('{"a": "%s"}' % ("y" * 131063))
        self.assertIn("Forbidden", client.hear())
        client.send_frame(9, b"ping")
        self.assertEqual(client.frame(), (0x8A, b"ping"))

    def test_a_thousand_idle_ones_cost_nothing_and_are_said_goodbye(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY and hard < 4096 else 4096, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with Server("--api", self.template) as server:
            def resident():
                return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{server.process.pid}/status").read_text()).group(1))

            def busy():
                ticks = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
                return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            before = resident()
            clients = [WebSocket(server.port) for _ in range(1000)]
            self.assertLess((resident() - before) * 1024 / 1000, 8 * 1024, "bytes a connection")
            start = busy()
            time.sleep(1)
            self.assertLess(busy() - start, 0.05, "seconds of processor in one second")
            clients[500].say("x")
            self.assertIn("Forbidden", clients[500].hear())
            self.assertEqual(server.stop(), 0)
            for client in clients[::100]:
                with self.assertRaises(Closed) as closed:
                    client.hear()
                self.assertEqual((closed.exception.code, closed.exception.reason), (1001, "Going away"))
            for client in clients:
                client.socket.close()


if __name__ == "__main__":
    unittest.main()
