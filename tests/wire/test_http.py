"""What any HTTP client sees: status lines, headers, bodies, connections, and everything wrong that a client can send."""
import concurrent.futures
import gzip
import http.client
import json
import socket
import time
import unittest
import zlib

from server import Server, authorization

TARGET = "DynamoDB_20120810."
TABLE = {"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.server.call("CreateTable", TABLE)

    def setUp(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.addCleanup(self.connection.close)

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), f"the server died: {self.server.output}")

    def headers(self, operation="ListTables", **more):
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGET + operation, "X-Amz-Date": "20260101T000000Z",
                   "Authorization": authorization()}
        headers.update({name.replace("_", "-"): value for name, value in more.items()})
        return {name: value for name, value in headers.items() if value is not None}

    def send(self, body=b"{}", operation="ListTables", method="POST", path="/", headers=None, **more):
        """(status, headers, body) of one request on the test's connection."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.connection.request(method, path, body, self.headers(operation, **more) if headers is None else headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def error(self, answer):
        body = json.loads(answer[2])
        return answer[0], body["__type"], body.get("message", body.get("Message"))

    # Answers

    def test_the_headers_of_an_answer(self):
        status, headers, body = self.send()
        self.assertEqual((status, json.loads(body)), (200, {"TableNames": ["Tab"]}))
        self.assertEqual(headers["Content-Type"], "application/x-amz-json-1.0")
        self.assertRegex(headers["x-amzn-RequestId"], "^[A-Z0-9]{52}$")
        self.assertEqual(int(headers["x-amz-crc32"]), zlib.crc32(body))
        self.assertEqual(int(headers["Content-Length"]), len(body))
        self.assertIsNotNone(headers["Date"])
        self.assertIsNone(headers["Keep-Alive"])
        other = self.send()[1]["x-amzn-RequestId"]
        self.assertNotEqual(headers["x-amzn-RequestId"], other)

    def test_an_error_s_headers_too(self):
        status, headers, body = self.send({"TableName": "none"}, "DescribeTable")
        self.assertEqual(status, 400)
        self.assertEqual(json.loads(body), {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                                            "message": "Requested resource not found: Table: none not found"})
        self.assertEqual(int(headers["x-amz-crc32"]), zlib.crc32(body))
        self.assertEqual(headers["Content-Type"], "application/x-amz-json-1.0")

    def test_gzip_both_ways(self):
        big = {"TableName": "Tab", "Item": {"k": {"S": "gzip"}, "pad": {"S": "x" * 5000}}}
        status, _, body = self.send(gzip.compress(json.dumps(big).encode()), "PutItem", Content_Encoding="gzip")
        self.assertEqual((status, body), (200, b"{}"))
        status, headers, body = self.send({"TableName": "Tab", "Key": {"k": {"S": "gzip"}}}, "GetItem", Accept_Encoding="gzip")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(int(headers["x-amz-crc32"]), zlib.crc32(body), "the check sum is of the bytes as sent")
        self.assertEqual(json.loads(gzip.decompress(body))["Item"], big["Item"])
        status, _, _ = self.send(b"not gzip at all", Content_Encoding="gzip")
        self.assertEqual(status, 400)
        plain = self.send(Accept_Encoding="identity")
        self.assertIsNone(plain[1]["Content-Encoding"])

    def test_get_answers_a_health_text(self):
        status, _, body = self.send(None, method="GET", headers={})
        self.assertEqual((status, body), (200, b"healthy: dynamodb.us-east-1.amazonaws.com "))
        self.assertEqual(self.send(None, method="HEAD", headers={})[::2], (200, b""))

    # Wrong requests, as the service answers them

    def test_unknown_operations(self):
        unknown = (400, "com.amazon.coral.service#UnknownOperationException", None)
        for target in (TARGET + "Nothing", "Nothing", "DynamoDB_20111205.ListTables", TARGET, "." * 50, TARGET + "listtables"):
            with self.subTest(target=target):
                answer = self.send(X_Amz_Target=target)
                self.assertEqual(self.error(answer), unknown)
                self.assertEqual(answer[2], b'{"__type":"com.amazon.coral.service#UnknownOperationException"}')
        self.assertEqual(self.error(self.send(X_Amz_Target=None)), unknown)

    def test_missing_authentication(self):
        self.assertEqual(self.error(self.send(Authorization=None, X_Amz_Date=None)),
                         (400, "com.amazon.coral.service#MissingAuthenticationTokenException", "Request is missing Authentication Token"))
        status, kind, message = self.error(self.send(Authorization="AWS4-HMAC-SHA256 nothing"))
        self.assertEqual((status, kind), (400, "com.amazon.coral.service#IncompleteSignatureException"))
        self.assertIn("Authorization header requires 'Credential' parameter.", message)

    def test_bodies_that_are_no_json_object(self):
        for body in (b"{", b"", b"nonsense", b"[]", b"1", b"\"x\"", b"{}x", b"{\"a\":}", b"\xff\xfe", b"[" * 100000, b"{\"a\":" * 50000, b"\xef\xbb\xbf{}",
                     b"{'a':1}", b"{\"TableName\":\"\\ud800\"}", b"null", b"{\"a\":NaN}", b"{\"TableName\": \"a\x00b\"}"):
            with self.subTest(body=body[:20]):
                status, _, answer = self.send(body, "DescribeTable")
                self.assertEqual(status, 400, answer)
                self.assertIn("Exception", json.loads(answer)["__type"])
        self.assertEqual(self.error(self.send(b"{")), (400, "com.amazon.coral.service#SerializationException", None))

    def test_members_of_the_wrong_type(self):
        for body in ({"TableName": 1}, {"TableName": "Tab", "Item": []}, {"TableName": "Tab", "Item": {"k": "bare"}}, {"TableName": "Tab", "Item": {"k": {"N": 1}}},
                     {"TableName": "Tab", "Item": {"k": {"L": {}}}}):
            with self.subTest(body=body):
                status, kind, _ = self.error(self.send(body, "PutItem"))
                self.assertEqual((status, kind), (400, "com.amazon.coral.service#SerializationException"))

    def test_other_methods_and_paths(self):
        for method, path in (("PUT", "/"), ("DELETE", "/"), ("PATCH", "/"), ("GET", "/nothing"), ("POST", "/nothing"), ("TRACE", "/"), ("BREW", "/")):
            with self.subTest(method=method, path=path):
                status, _, _ = self.send(b"{}", method=method, path=path)
                self.assertGreaterEqual(status, 400)
                self.assertLess(status, 500)

    def test_a_web_page_elsewhere_is_not_let_in(self):
        status, headers, _ = self.send(Origin="https://evil.example")
        self.assertGreaterEqual(status, 400)
        self.assertIsNone(headers["Access-Control-Allow-Origin"])
        status, headers, _ = self.send(method="OPTIONS", Origin="https://evil.example", Access_Control_Request_Method="POST")
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (403, None))
        self.assertGreaterEqual(self.send(Host="evil.example")[0], 400)
        for host in ("127.0.0.1", "localhost:8000", "dynamodb", "api.localhost", "[::1]:8000", "host.docker.internal", "10.1.2.3"):
            self.assertEqual(self.send(Host=host)[0], 200, host)

    def test_a_web_page_of_this_machine_may_call_and_read(self):
        page = "http://localhost:3000"
        status, headers, body = self.send(b"", method="OPTIONS", X_Amz_Target=None, Origin=page, Access_Control_Request_Method="POST",
                                          Access_Control_Request_Headers="authorization,x-amz-target")
        self.assertEqual((status, body), (200, b""))
        self.assertEqual([headers["Access-Control-" + name] for name in ("Allow-Origin", "Allow-Methods", "Allow-Headers", "Max-Age")],
                         ["*", "POST", "authorization,x-amz-target", "172800"])
        for answer in (self.send(Origin=page), self.send(b"{", Origin=page)):
            self.assertEqual(answer[1]["Access-Control-Allow-Origin"], "*")
        self.assertEqual(self.send(method="OPTIONS")[0], 404)
        self.assertIsNone(self.send()[1]["Access-Control-Allow-Origin"])

    # Sizes

    def test_a_body_over_16_mb_is_refused_also_when_inflated(self):
        huge = b'{"x":"' + b" " * (17 << 20) + b'"}'
        for body, encoding in ((gzip.compress(huge), "gzip"), (huge, None)):
            with self.subTest(encoding=encoding):
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
                try:
                    connection.request("POST", "/", body, self.headers("PutItem", Content_Encoding=encoding))
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it may hang up on us in mid-send, once it has answered
                try:
                    self.assertEqual(connection.getresponse().status, 413)
                except (ConnectionResetError, BrokenPipeError):
                    pass
                connection.close()
                self.assertEqual(self.send()[0], 200)

    def test_the_largest_batch_that_is_allowed(self):
        items = [{"PutRequest": {"Item": {"k": {"S": f"big{n}"}, "pad": {"S": "p" * 390_000}}}} for n in range(25)]
        status, _, body = self.send({"RequestItems": {"Tab": items}}, "BatchWriteItem")
        self.assertEqual((status, json.loads(body)), (200, {"UnprocessedItems": {}}))
        got = json.loads(self.send({"RequestItems": {"Tab": {"Keys": [{"k": {"S": f"big{n}"}} for n in range(25)]}}}, "BatchGetItem")[2])
        self.assertEqual(len(got["Responses"]["Tab"]), 25)

    def test_headers_without_end(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 20) as raw:
            try:
                raw.sendall(b"POST / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 2_000_000)
                answer = raw.recv(100)
            except ConnectionError:
                answer = b""
            self.assertTrue(answer == b"" or b" 4" in answer[:20], answer)

    # Connections

    def raw(self, *pieces, pause=0.0, until=None):
        """What comes back for these bytes, sent piece by piece, until the server closes or `until` has come."""
        with socket.create_connection(("127.0.0.1", self.server.port), 20) as raw:
            raw.settimeout(10)
            for piece in pieces:
                raw.sendall(piece)
                time.sleep(pause)
            answer = b""
            while until is None or until not in answer:
                more = raw.recv(65536)
                if not more:
                    break
                answer += more
            return answer

    def request(self, body=b"{}", operation="ListTables", version="1.1", extra=b"", length=True):
        lines = [f"POST / HTTP/{version}".encode(), b"Host: localhost"]
        lines += [f"{name}: {value}".encode() for name, value in self.headers(operation).items()]
        if length:
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n" + extra + b"\r\n" + body

    def test_one_connection_serves_without_limit(self):
        local = None
        for _ in range(300):
            self.assertEqual(self.send()[0], 200)
            local = local or self.connection.sock.getsockname()
            self.assertEqual(self.connection.sock.getsockname(), local)

    def test_byte_by_byte_pipelined_and_chunked(self):
        one = self.request()
        self.assertIn(b'{"TableNames":["Tab"]}', self.raw(*[one[i:i + 1] for i in range(len(one))], until=b"]}"))
        self.assertEqual(self.raw(one * 3 + self.request(extra=b"Connection: close\r\n")).count(b"HTTP/1.1 200"), 4)
        chunked = self.request(b"", length=False, extra=b"Transfer-Encoding: chunked\r\nConnection: close\r\n")
        self.assertIn(b"HTTP/1.1 200", self.raw(chunked + b"1\r\n{\r\n1;ext=1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"))
        self.assertIn(b"HTTP/1.1 400", self.raw(chunked + b"zz\r\n{}\r\n0\r\n\r\n"))

    def test_expect_100_continue(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as raw:
            head = self.request(b"", length=False, extra=b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n")
            raw.sendall(head)
            self.assertTrue(raw.recv(100).startswith(b"HTTP/1.1 100"))
            raw.sendall(b"{}")
            answer = b""
            while more := raw.recv(1000):
                answer += more
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"))

    def test_http_1_0_is_answered_and_closed(self):
        self.assertIn(b" 200 ", self.raw(self.request(version="1.0")).splitlines()[0])

    def test_requests_that_are_no_http(self):
        for nonsense in (b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 500,
                         self.request(extra=b"Content-Length: 3\r\n"), self.request(length=False, extra=b"Content-Length: -1\r\n"),
                         self.request(length=False, extra=b"Content-Length: 99999999999999999999\r\n"), b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
                         self.request(length=False, extra=b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n") + b"0\r\n\r\n"):
            with self.subTest(nonsense=nonsense[:30]):
                try:
                    answer = self.raw(nonsense, until=b"\r\n\r\n")
                except (TimeoutError, ConnectionError):
                    continue  # it may wait for more, or hang up
                self.assertFalse(answer.startswith(b"HTTP/1.1 200"), answer)
                self.assertFalse(answer.startswith(b"HTTP/1.1 500"), answer)

    def test_idle_and_slow_connections_starve_nobody(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port), 5) for _ in range(300)]
        for connection in idle[:100]:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")
        try:
            began = time.monotonic()
            for _ in range(20):
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=5)
                connection.request("POST", "/", b"{}", self.headers())
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()
            self.assertLess(time.monotonic() - began, 3)
        finally:
            for connection in idle:
                connection.close()

    def test_many_clients_at_once(self):
        def work(worker):
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            for number in range(30):
                item = {"k": {"S": f"{worker}-{number}"}, "n": {"N": str(number)}}
                for operation, body in (("PutItem", {"TableName": "Tab", "Item": item}), ("GetItem", {"TableName": "Tab", "Key": {"k": item["k"]}})):
                    connection.request("POST", "/", json.dumps(body).encode(), self.headers(operation))
                    answer = connection.getresponse()
                    data = json.loads(answer.read())
                    if answer.status != 200 or (operation == "GetItem" and data != {"Item": item}):
                        return f"{worker}-{number}: {answer.status} {data}"
            connection.close()
            return None
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            self.assertEqual([wrong for wrong in pool.map(work, range(16)) if wrong], [])

    def test_a_client_that_leaves_in_mid_answer_harms_nobody(self):
        self.send({"TableName": "Tab", "Item": {"k": {"S": "wide"}, "pad": {"S": "x" * 390_000}}}, "PutItem")
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.server.port), 5) as raw:
                raw.sendall(self.request(b'{"TableName":"Tab","Key":{"k":{"S":"wide"}}}', "GetItem"))
        self.assertEqual(self.send()[0], 200)
