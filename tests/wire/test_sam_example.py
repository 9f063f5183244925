"""The example of tests/gateway/sam_example against the real binary: one command, then create, read and list through functions
in Node and Python; edited code and an edited template are served by the next call; broken templates say file and line."""
import json
import pathlib
import re
import shutil
import tempfile
import unittest
import urllib.error
import urllib.request

from server import DidNotStart, Server, wait_until

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "gateway/sam_example"


def fetch(url, method="GET", body=None):
    """(status, body as JSON where it is JSON)."""
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"} if body is not None else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


class SamExample(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stator-sam-")
        self.addCleanup(folder.cleanup)
        self.example = pathlib.Path(folder.name) / "shop"
        shutil.copytree(EXAMPLE, self.example, ignore=shutil.ignore_patterns("__pycache__"))

    def serve(self, *more):
        server = Server("--api", self.example / "template.yaml", *more)
        self.addCleanup(server.__exit__)
        self.assertTrue(wait_until(lambda: "table ItemsTable" in server.output), server.output)
        return server

    def url(self, server, method, end):
        """As the start lines name it."""
        for line in server.output.splitlines():
            found = re.match(rf"  {method} (http://\S+{re.escape(end)}) -> ", line)
            if found:
                return found.group(1)
        self.fail(f"no start line for {method} {end}: {server.output}")

    def test_a_function_learns_its_tables_stream(self):
        template = self.example / "template.yaml"
        text = template.read_text()
        self.assertIn("TABLE: !Ref ItemsTable", text)
        text = text.replace("TABLE: !Ref ItemsTable", "TABLE: !Ref ItemsTable\n        STREAM: !GetAtt ItemsTable.StreamArn")
        text = text.replace("""    Type: AWS::Serverless::SimpleTable
    Properties:
      PrimaryKey: {Name: id, Type: String}
""", """    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
""")
        template.write_text(text)
        app = self.example / "python/app.py"
        app.write_text(app.read_text().replace('return {"items": items}', 'return {"stream": os.environ["STREAM"]}'))
        server = self.serve()
        _, streams = server.call("ListStreams", {}, target="DynamoDBStreams_20120810")
        self.assertEqual(fetch(self.url(server, "GET", "/items")), (200, {"stream": streams["Streams"][0]["StreamArn"]}))

    def test_items_are_created_read_and_listed_and_edits_are_served(self):
        server = self.serve()
        create, items, read = (self.url(server, "POST", "/items"), self.url(server, "GET", "/items"), self.url(server, "GET", "/items/{id}"))
        self.assertEqual(fetch(create, "POST", {"id": "a", "name": "apple"}), (201, {"created": "a"}))
        self.assertEqual(fetch(create, "POST", {"id": "b", "name": "bread"}), (201, {"created": "b"}))
        self.assertEqual(fetch(create, "POST", {}), (400, {"error": "an item needs an id"}))
        self.assertEqual(fetch(read.replace("{id}", "a")), (200, {"id": "a", "name": "apple"}))
        self.assertEqual(fetch(read.replace("{id}", "z")), (404, {"error": "no such item"}))
        self.assertEqual(fetch(items), (200, {"items": [{"id": "a", "name": "apple"}, {"id": "b", "name": "bread"}]}))
        self.assertEqual(fetch(items + "/nothing"), (404, {"message": "Not Found"}))
        self.assertEqual(fetch(read.replace("/items/{id}", "/nothing")), (403, {"message": "Missing Authentication Token"}))
        self.assertRegex(server.output, r"\[WriteItems [0-9a-f-]{36}\] .*created a")

        app = self.example / "python/app.py"
        app.write_text(app.read_text().replace('return {"items": items}', 'return {"all": [item["name"] for item in items]}'))
        self.assertEqual(fetch(items), (200, {"all": ["apple", "bread"]}))

        template = self.example / "template.yaml"
        template.write_text(template.read_text().replace("Path: /items, Method: GET", "Path: /list, Method: GET"))
        self.assertTrue(wait_until(lambda: fetch(items[:-len("items")] + "list")[0] == 200), server.output)
        self.assertEqual(fetch(items), (404, {"message": "Not Found"}))

        good = template.read_text()
        template.write_text(good.replace("Method: GET", "Method: FETCH"))
        self.assertTrue(wait_until(lambda: "Method: expected an HTTP method or ANY, found \"FETCH\"" in server.output), server.output)
        self.assertEqual(fetch(items[:-len("items")] + "list")[0], 200)
        template.write_text(good)
        self.assertEqual(server.stop(), 0)

    def test_a_function_that_throws_hangs_dies_or_prints_garbage(self):
        handlers = {"raises": "raise ValueError('boom')", "hangs": "import time; time.sleep(60)", "dies": "import os; os._exit(3)",
                    "garbage": "return {'statusCode': 'many'}", "chatters": "print('x' * 300000)\n    return {'statusCode': 200, 'body': 'fine'}"}
        (self.example / "python/app.py").write_text("".join(f"def {name}(event, context):\n    {body}\n" for name, body in handlers.items()))
        functions = "".join(f"""
  {name.capitalize()}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.{name}
      CodeUri: python/
      Timeout: 2
      Events:
        R: {{Type: Api, Properties: {{Path: /{name}, Method: GET}}}}
        H: {{Type: HttpApi, Properties: {{Path: /{name}, Method: GET}}}}
""" for name in handlers)
        (self.example / "template.yaml").write_text("Resources:\n  ItemsTable: {Type: AWS::Serverless::SimpleTable}\n" + functions)
        server = self.serve()
        rest = self.url(server, "GET", "/_user_request_/raises")[:-len("/raises")]
        http = re.search(r"(http://\S+/_aws/execute-api/\w+)/raises", server.output).group(1)
        for name in ("raises", "hangs", "dies", "garbage"):
            self.assertEqual(fetch(f"{rest}/{name}"), (502, {"message": "Internal server error"}), name)
            self.assertEqual(fetch(f"{http}/{name}"), (500, {"message": "Internal Server Error"}), name)
        self.assertEqual(fetch(f"{rest}/chatters"), (200, "fine"))
        self.assertIn("boom", server.output)

    def test_a_broken_template_says_where(self):
        template = self.example / "template.yaml"
        for old, new, said in (("Handler: app.handler", "Handler: app", r"template\.yaml:\d+: function WriteItems: Handler: expected module\.function"),
                               ("Method: POST", "Method: [POST", r"template\.yaml:\d+: not YAML or JSON"),
                               ("!Ref ItemsTable", "!Ref Nothing", r'template\.yaml:11: Ref "Nothing": no parameter or resource'),
                               ("Type: String", "Type: Str", r"template\.yaml:\d+: PrimaryKey Type: expected String, Number or Binary")):
            text = (EXAMPLE / "template.yaml").read_text()
            self.assertIn(old, text)
            template.write_text(text.replace(old, new, 1))
            with self.assertRaises(DidNotStart) as refused:
                Server("--api", template)
            self.assertNotEqual(refused.exception.status, 0)
            self.assertRegex(str(refused.exception), said)


if __name__ == "__main__":
    unittest.main()
