"""API Gateway against the real binary: every form of URL, upstreams byte for byte, mock answers, streaming, logs, and whose a
request is."""
import http.client
import json
import pathlib
import re
import socket
import tempfile
import threading
import unittest

from server import Server, wait_until

OPENAPI = """
openapi: 3.0.1
info: {title: edge}
x-amazon-apigateway-gateway-responses:
  MISSING_AUTHENTICATION_TOKEN: {statusCode: "404", responseTemplates: {application/json: '{"nowhere":"$context.path"}'}}
paths:
  %ROOT%
  /mock:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"mock":true}'}}}
  /up/{proxy+}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: http://127.0.0.1:%PORT%/base/{proxy}
        requestParameters: {integration.request.path.proxy: method.request.path.proxy}
  /dead:
    get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://127.0.0.1:1/"}}
  /stream:
    get:
      x-stator-handler: streams
      x-amazon-apigateway-integration: {type: aws_proxy, responseTransferMode: STREAM}
  /command:
    post: {x-stator-handler: {name: shout, kind: command, command: [/bin/sh, -c, "cat >/dev/null; echo '{\\"statusCode\\":200,\\"body\\":\\"HI\\"}'"]}}
"""

STREAMS = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 206, headers: { 'x-first': 'yes' } });
  stream.write('one,');
  await new Promise((resolve) => setTimeout(resolve, 30));
  stream.write('two');
  stream.end();
});
"""


class Upstream:
    """Answers each connection once and keeps what it was sent, as bytes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                head, _, body = data.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                while length and len(body) < int(length.group(1)):
                    body += connection.recv(65536)
                self.requests.append((head.decode("latin-1"), body))
                connection.sendall(b"HTTP/1.1 201 Created\r\nX-Up: a%20b\r\nServer: tiny\r\nContent-Length: 2\r\nConnection: close\r\n\r\nup")


class ApiGateway(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stator-api-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.upstream = Upstream()
        self.addCleanup(self.upstream.listener.close)

    def serve(self, *more, root=""):
        (self.folder / "streams.mjs").write_text(STREAMS)
        (self.folder / "functions.yaml").write_text("streams: {Kind: node, Handler: streams.handler, CodeUri: .}\n")
        (self.folder / "api.yaml").write_text(OPENAPI.replace("%PORT%", str(self.upstream.port)).replace("%ROOT%", root))
        server = Server("--api", self.folder / "api.yaml", "--functions", self.folder / "functions.yaml", *more)
        self.addCleanup(server.__exit__)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        self.addCleanup(self.connection.close)
        return server

    def ask(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def test_each_form_of_url_reaches_the_api(self):
        server = self.serve()
        self.assertTrue(wait_until(lambda: "/mock" in server.output))
        mock = (200, '{"mock":true}')
        api = re.search(r"api edge \(id (\w{10})\), stage dev", server.output).group(1)
        self.assertEqual(self.ask("GET", "/mock")[::2], mock)
        self.assertEqual(self.ask("GET", f"/restapis/{api}/dev/_user_request_/mock")[::2], mock)
        self.assertEqual(self.ask("GET", f"/_aws/execute-api/{api}/dev/mock")[::2], mock)
        host = {"Host": f"{api}.execute-api.us-east-1.localhost:{server.port}"}
        self.assertEqual(self.ask("GET", "/dev/mock", headers=host)[::2], mock)
        self.assertEqual(self.ask("GET", "/prod/mock", headers=host)[::2], (403, '{"message":"Forbidden"}'))
        self.assertEqual(self.ask("GET", "/restapis/nobody/dev/_user_request_/mock")[::2], (403, '{"message":"Forbidden"}'))
        self.assertEqual(self.ask("GET", "/nothing")[::2], (404, '{"nowhere":"/nothing"}'))
        status, headers, _ = self.ask("GET", "/mock")
        self.assertRegex(headers["x-amzn-RequestId"], "^[0-9a-f-]{36}$")
        self.assertRegex(headers["x-amz-apigw-id"], "^[A-Za-z0-9_-]{15}=$")

    def test_dynamodb_and_the_servers_own_paths_stay_theirs(self):
        server = self.serve()
        self.assertEqual(server.call("ListTables")[0], 200)
        self.assertEqual(self.ask("GET", "/")[0], 200)
        self.assertIn("healthy", self.ask("GET", "/")[2])
        self.assertIn("healthy", self.ask("GET", "/_stator/health")[2])

    def test_the_root_is_the_apis_when_it_has_one(self):
        root = '/: {get: {x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: \'{"statusCode": 200}\'}, ' \
               'responses: {default: {statusCode: "200", responseTemplates: {application/json: mine}}}}}}'
        server = self.serve(root=root)
        self.assertEqual(self.ask("GET", "/")[::2], (200, "mine"))
        self.assertEqual(server.call("ListTables")[0], 200)

    def test_upstreams_get_target_and_headers_byte_for_byte(self):
        self.serve()
        status, headers, body = self.ask("POST", "/up/a%2Fb%20c/%C3%A9?x=%41+1&y", b"\x00\xff", {"X-Mine": "a%20b; c=%3D", "Cookie": "k=%7B"})
        self.assertEqual((status, body, headers["X-Up"], headers["x-amzn-Remapped-Server"]), (201, "up", "a%20b", "tiny"))
        head, sent = self.upstream.requests[0]
        lines = head.split("\r\n")
        self.assertEqual(lines[0], "POST /base/a%2Fb%20c/%C3%A9?x=%41+1&y HTTP/1.1")
        self.assertIn("X-Mine: a%20b; c=%3D", lines)
        self.assertIn("Cookie: k=%7B", lines)
        self.assertIn(f"Host: 127.0.0.1:{self.upstream.port}", lines)
        self.assertEqual(sent, b"\x00\xff")
        self.assertEqual(self.ask("GET", "/dead")[::2], (504, '{"message": "Network error communicating with endpoint"}'))

    def test_streams_pass_through(self):
        self.serve()
        status, headers, body = self.ask("GET", "/stream")
        self.assertEqual((status, headers.get("x-first"), body), (206, "yes", "one,two"))
        self.assertEqual(headers.get("Transfer-Encoding"), "chunked")

    def test_a_command_answers(self):
        self.serve()
        self.assertEqual(self.ask("POST", "/command", "x")[::2], (200, "HI"))

    def test_debug_shows_the_route_the_event_and_the_times(self):
        server = self.serve("--log-level", "debug")
        self.ask("POST", "/command?q=1", "x")
        self.assertTrue(wait_until(lambda: "result: " in server.output), server.output)
        for part in ("route: POST /command", 'event: {"resource":"/command"', "integration: AWS_PROXY arn:aws:lambda:", 'result: {"statusCode":200'):
            self.assertIn(part, server.output)
        self.ask("DELETE", "/mock")
        self.assertTrue(wait_until(lambda: "passed over: /mock: does not serve DELETE" in server.output), server.output)

    def test_the_request_log_has_the_route_the_event_the_result_and_the_times(self):
        self.serve()
        self.ask("POST", "/command?q=1", "x" * 9000)
        self.ask("DELETE", "/mock")
        _, _, text = self.ask("GET", "/_stator/v1/requests?operation=execute-api")
        served, missed = json.loads(text)["requests"]
        self.assertEqual((served["status"], served["api"]["route"], served["api"]["api_name"]), (200, "POST /command", "edge"))
        self.assertTrue(served["api"]["event"].startswith('{"resource":"/command"'), served)
        self.assertRegex(served["api"]["event"], r"\.\.\. \(\d+ bytes\)$")
        self.assertEqual(served["api"]["result"], '{"statusCode":200,"body":"HI"}\n')
        self.assertEqual(set(served["api"]["microseconds"]), {"routed", "queued", "started", "integration", "total"})
        self.assertEqual((missed["status"], missed["error"]), (404, "the path is served, the method is not"))
        self.assertIn("/mock: does not serve DELETE", missed["api"]["passed_over"])

    def test_an_unmapped_function_is_named_at_start(self):
        from server import DidNotStart
        (self.folder / "api.yaml").write_text("openapi: 3.0.1\npaths:\n  /a:\n    get:\n      x-stator-handler: nobody\n")
        with self.assertRaises(DidNotStart) as refused:
            Server("--api", self.folder / "api.yaml")
        self.assertRegex(str(refused.exception), r"api\.yaml:5: GET /a calls the function nobody, which nothing here runs")


if __name__ == "__main__":
    unittest.main()
