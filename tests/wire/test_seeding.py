"""Seeding a server and a data folder from files, and writing them back: the real binary, driven as a person would."""
import base64
import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import pty
import random
import re
import signal
import subprocess
import tempfile
import unittest

from sdk import client_of
from server import BINARY, DidNotStart, Server, run_binary, wait_until

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "orders-${Stage}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: customer, AttributeType: N}
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by-customer
          KeySchema: [{AttributeName: customer, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
"""
MUSIC = {"TableName": "Music", "BillingMode": "PAY_PER_REQUEST",
         "AttributeDefinitions": [{"AttributeName": "Artist", "AttributeType": "S"}, {"AttributeName": "Song", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "Song", "KeyType": "RANGE"}]}


def everything(dynamodb, table, **more):
    return sorted((item for page in dynamodb.get_paginator("scan").paginate(TableName=table, **more) for item in page["Items"]),
                  key=lambda item: json.dumps(item, sort_keys=True, default=str))


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.data = self.folder / "data"

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def seed_folder(self):
        self.write("seed/template.yaml", TEMPLATE)
        self.write("seed/orders-dev.csv", "id,customer,note\no1,7,first\no2,8,\"second, quoted\"\n")
        self.write("seed/orders-dev/more.json.gz", gzip.compress(lines({"Item": {"id": {"S": "o3"}, "customer": {"N": "7"}}}).encode()))
        self.write("seed/Music.json", json.dumps(MUSIC))
        self.write("seed/Music.jsonl", lines({"Artist": "a", "Song": "1", "Year": 1999}, {"Artist": "a", "Song": "2", "Tags": ["x"]}))
        zstd = subprocess.run(["zstd", "-q", "-c"], input=lines({"Artist": "b", "Song": "3"}).encode(), capture_output=True) \
            if any(os.access(os.path.join(p, "zstd"), os.X_OK) for p in os.environ["PATH"].split(":")) else None
        if zstd:
            self.write("seed/Music/b.jsonl.zst", zstd.stdout)
        else:
            self.write("seed/Music/b.jsonl", lines({"Artist": "b", "Song": "3"}))
        return self.folder / "seed"

    def check_seeded(self, dynamodb):
        self.assertEqual(dynamodb.list_tables()["TableNames"], ["Music", "orders-dev"])
        self.assertEqual(dynamodb.describe_table(TableName="Music")["Table"]["ItemCount"], 3)
        self.assertEqual(dynamodb.get_item(TableName="Music", Key={"Artist": {"S": "a"}, "Song": {"S": "1"}})["Item"],
                         {"Artist": {"S": "a"}, "Song": {"S": "1"}, "Year": {"N": "1999"}})
        found = dynamodb.query(TableName="orders-dev", IndexName="by-customer", KeyConditionExpression="customer = :c",
                               ExpressionAttributeValues={":c": {"N": "7"}})["Items"]
        self.assertEqual(sorted(item["id"]["S"] for item in found), ["o1", "o3"])
        self.assertEqual(dynamodb.get_item(TableName="orders-dev", Key={"id": {"S": "o2"}})["Item"]["note"], {"S": "second, quoted"})
        self.assertEqual(dynamodb.describe_time_to_live(TableName="orders-dev")["TimeToLiveDescription"],
                         {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"})


class Seeding(Case):
    def test_a_server_in_memory_is_seeded_before_its_first_answer(self):
        with Server("--seed", self.seed_folder()) as server:
            self.check_seeded(client_of(server))
            self.assertIn("info: seeded table Music: 3 items", server.output)
            self.assertNotIn("\x1b", server.output, "no progress where nobody looks")

    def test_by_variable_and_for_another_account_and_region(self):
        settings = {"STATOR_SEED": str(self.seed_folder()), "STATOR_SEED_REGION": "eu-west-1", "STATOR_SEED_ACCOUNT": "123456789012"}
        with Server(env=settings) as server:
            self.check_seeded(client_of(server, region="eu-west-1", key="123456789012"))
            self.assertEqual(client_of(server).list_tables()["TableNames"], [])
            arn = client_of(server, region="eu-west-1", key="123456789012").describe_table(TableName="Music")["Table"]["TableArn"]
            self.assertEqual(arn, "arn:aws:dynamodb:eu-west-1:123456789012:table/Music")

    def test_shared(self):
        with Server("--shared", "--seed", self.seed_folder()) as server:
            self.check_seeded(client_of(server, region="eu-west-1", key="123456789012"))

    def test_tables_that_are_there_are_left_alone(self):
        seed = self.seed_folder()
        with Server("--seed", seed, data=self.data) as server:
            client_of(server).delete_item(TableName="Music", Key={"Artist": {"S": "a"}, "Song": {"S": "1"}})
            client_of(server).delete_table(TableName="orders-dev")
        with Server("--seed", seed, data=self.data) as server:
            self.assertEqual(client_of(server).describe_table(TableName="Music")["Table"]["ItemCount"], 2)
            self.assertEqual(client_of(server).describe_table(TableName="orders-dev")["Table"]["ItemCount"], 3)
            self.assertIn("table Music is there already and is left as it is", server.output)

    def test_a_template_served_and_seeded_makes_its_table_once(self):
        seed = self.seed_folder()
        with Server("--seed", seed, "--api", seed / "template.yaml") as server:
            self.check_seeded(client_of(server))

    def test_an_edited_template_makes_its_new_tables(self):
        """What --api serves goes the same way: tables that are missing are made, whenever the template is read."""
        template = self.write("template.yaml", TEMPLATE)
        copy = self.write("copy.yaml", TEMPLATE)
        with Server("--api", template, "--api", copy) as server:
            self.assertEqual(client_of(server).list_tables()["TableNames"], ["orders-dev"])
            client_of(server).put_item(TableName="orders-dev", Item={"id": {"S": "kept"}})
            template.write_text(TEMPLATE + TEMPLATE[TEMPLATE.index("  Orders:"):].replace("Orders", "More").replace("orders-", "more-"))
            self.assertTrue(wait_until(lambda: "more-dev" in client_of(server).list_tables()["TableNames"], 10), server.output)
            self.assertEqual(client_of(server).describe_table(TableName="orders-dev")["Table"]["ItemCount"], 1)
            self.assertEqual(client_of(server).describe_time_to_live(TableName="more-dev")["TimeToLiveDescription"]["AttributeName"], "expires")

    def test_it_does_not_start_on_a_bad_seed(self):
        self.seed_folder()
        self.write("seed/Music.jsonl", lines({"Artist": "a", "Song": "1"}, {"Artist": "a"}))
        with self.assertRaises(DidNotStart) as caught:
            Server("--seed", self.folder / "seed")
        self.assertEqual(caught.exception.status, 1)
        self.assertIn("seed/Music.jsonl:2: One or more parameter values were invalid: Missing the key Song in the item",
                      caught.exception.output)

    def test_what_cannot_be_resolved_is_told_with_its_line(self):
        self.write("seed/t.yaml", TEMPLATE.replace('!Sub "orders-${Stage}"', "!ImportValue shared-name"))
        with self.assertRaises(DidNotStart) as caught:
            Server("--seed", self.folder / "seed")
        self.assertRegex(caught.exception.output, r"seed/t\.yaml:7: .*ImportValue")

    def test_sigterm_in_the_middle_ends_it_with_nothing_changed(self):
        self.write("seed/Music.json", json.dumps(MUSIC))
        os.mkfifo(self.folder / "seed/Music.jsonl")
        process = subprocess.Popen([BINARY, "serve", "--port", "0", "--data", self.data, "--seed", self.folder / "seed"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        with contextlib.suppress(BrokenPipeError), open(self.folder / "seed/Music.jsonl", "w") as pipe:
            pipe.write(lines(*({"Artist": "a", "Song": str(n)} for n in range(1000))))
            pipe.flush()
            process.send_signal(signal.SIGTERM)
            pipe.write(lines(*({"Artist": "b", "Song": str(n)} for n in range(1000))))
        self.assertEqual(process.wait(20), 0)
        with Server(data=self.data) as server:
            self.assertEqual(client_of(server).list_tables()["TableNames"], [])


class Importing(Case):
    def run_ok(self, *arguments):
        done = run_binary(*arguments, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def run_refused(self, *arguments):
        done = run_binary(*arguments, timeout=120)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stdout

    def test_import_export_import(self):
        said = self.run_ok("import", self.seed_folder(), "--data", self.data)
        self.assertEqual(said, "table Music: 3 items\ntable orders-dev: 3 items\n")
        with Server(data=self.data) as server:
            self.check_seeded(client_of(server))
            items = {table: everything(client_of(server), table) for table in ("Music", "orders-dev")}
            self.assertIn("in use by another server", self.run_refused("import", self.folder / "seed", "--data", self.data))
            self.assertIn("in use by another server", self.run_refused("export", self.folder / "out", "--data", self.data))
        self.run_ok("export", self.folder / "out", "--data", self.data)
        self.check_layout(self.folder / "out", items)
        for again in (self.folder / "again", None):
            arguments = ("--seed", self.folder / "out") if again is None else ()
            if again is not None:
                self.run_ok("import", self.folder / "out", "--data", again)
            with Server(*arguments, data=again) as server:
                self.check_seeded(client_of(server))
                self.assertEqual({table: everything(client_of(server), table) for table in items}, items)

    def check_layout(self, folder, items):
        """As the developer guide describes an export to S3, by its own checksums."""
        exports = {}
        for export in (folder / "AWSDynamoDB").iterdir():
            self.assertRegex(export.name, r"^\d{14}-[0-9a-f]{8}$")
            summary = json.loads((export / "manifest-summary.json").read_bytes())
            files = [json.loads(line) for line in (export / "manifest-files.json").read_text().splitlines()]
            for name in ("manifest-summary", "manifest-files"):
                digest = hashlib.md5((export / f"{name}.json").read_bytes()).digest()
                self.assertEqual((export / f"{name}.checksum").read_text(), base64.b64encode(digest).decode())
            read = []
            for file in files:
                packed = (folder / file["dataFileS3Key"]).read_bytes()
                self.assertEqual(file["md5Checksum"], base64.b64encode(hashlib.md5(packed).digest()).decode())
                found = [json.loads(line)["Item"] for line in gzip.decompress(packed).splitlines()]
                self.assertEqual(len(found), file["itemCount"])
                read += found
            table = summary["tableArn"].rsplit("/", 1)[1]
            self.assertEqual(summary["itemCount"], len(read))
            self.assertEqual(summary["outputFormat"], "DYNAMODB_JSON")
            exports[table] = sorted(read, key=lambda item: json.dumps(item, sort_keys=True))
        self.assertEqual(exports, items)

    def test_the_services_own_commands_output(self):
        """describe-table and scan of the AWS CLI, saved to files, make the table elsewhere."""
        with Server("--seed", self.seed_folder()) as server:
            for name, words in (("orders.json", ["describe-table"]), ("items.json", ["scan"])):
                done = subprocess.run(["aws", "dynamodb", *words, "--table-name", "orders-dev", "--endpoint-url", server.endpoint],
                                      capture_output=True, text=True, timeout=60, env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1",
                                      "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy"})
                self.assertEqual(done.returncode, 0, done.stderr)
                self.write(name, done.stdout)
            items = everything(client_of(server), "orders-dev")
        self.run_ok("import", self.folder / "orders.json", self.folder / "items.json", "--table", "copy", "--data", self.data)
        with Server(data=self.data) as server:
            self.assertEqual(everything(client_of(server), "copy"), items)
            self.assertEqual(len(everything(client_of(server), "copy", IndexName="by-customer")), 3)

    def test_existing_tables(self):
        seed = self.seed_folder()
        self.run_ok("import", seed, "--data", self.data)
        self.write("seed/Music.jsonl", lines({"Artist": "c", "Song": "4"}))
        self.assertIn("stator: table Music has 3 items already: say by --existing replace, merge or skip",
                      self.run_refused("import", seed, "--data", self.data))
        self.assertEqual(self.run_ok("import", self.folder / "seed/Music.jsonl", "--existing", "merge", "--data", self.data),
                         "table Music: 4 items\n")
        self.assertEqual(self.run_ok("import", self.folder / "seed/Music.jsonl", "--existing", "replace", "--data", self.data),
                         "table Music: 1 items\n")
        self.assertIn("left as it is", self.run_ok("import", seed, "--existing", "skip", "--data", self.data))

    def test_one_table_of_many_and_a_templates_parameter(self):
        said = self.run_ok("import", "--parameter", "Stage=test", self.seed_folder() / "template.yaml", self.folder / "seed/Music.json",
                           self.folder / "seed/Music.jsonl", "--data", self.data)
        self.assertEqual(said, "table Music: 2 items\ntable orders-test: 0 items\n")
        self.run_ok("export", "--table", "Music", self.folder / "out", "--data", self.data)
        self.assertEqual(sorted(entry.name for entry in (self.folder / "out").iterdir()), ["AWSDynamoDB", "Music.json"])

    def test_sentences(self):
        self.assertIn("there is no such file or folder", self.run_refused("import", self.folder / "none", "--data", self.data))
        self.assertIn("there is no data folder", self.run_refused("export", self.folder / "out", "--data", self.data))
        self.assertFalse(self.data.exists(), "what was refused made nothing")
        self.run_ok("import", self.seed_folder(), "--data", self.data)
        self.assertIn("there is no table None in account 000000000000, region us-east-1",
                      self.run_refused("export", self.folder / "out", "--table", "None", "--data", self.data))
        self.assertIn("has no tables in region eu-west-1",
                      self.run_refused("export", self.folder / "out", "--region", "eu-west-1", "--data", self.data))
        for command in ("import", "export"):
            self.assertIn("--region", self.run_ok(command, "--help"))
        self.assertIn("--seed", self.run_ok("serve", "--help"))


class Large(Case):
    """Imports long enough to be watched and to be killed."""

    def big(self, count):
        self.write("seed/Music.json", json.dumps({**MUSIC, "AttributeDefinitions": [
            *MUSIC["AttributeDefinitions"], {"AttributeName": "Year", "AttributeType": "N"}], "GlobalSecondaryIndexes": [
                {"IndexName": "by-year", "KeySchema": [{"AttributeName": "Year", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]}))
        with open(self.folder / "seed/Music.jsonl", "w") as file:
            for n in range(count):
                file.write(f'{{"Artist":"artist {n % 1000}","Song":"{n}","Year":{1900 + n % 100},"Text":"{"x" * 600}"}}\n')
        return self.folder / "seed"

    def test_kill_9_leaves_the_table_as_it_was(self):
        self.write("old/Music.json", json.dumps(MUSIC))
        self.write("old/Music.jsonl", lines(*({"Artist": "old", "Song": str(n)} for n in range(100))))
        self.assertEqual(run_binary("import", self.folder / "old", "--data", self.data).returncode, 0)
        seed = self.big(200000)
        chance = random.Random(6)
        killed = 0
        for _ in range(6):
            process = subprocess.Popen([BINARY, "import", seed, "--existing", "replace", "--data", self.data], stdout=subprocess.PIPE)
            size = chance.randrange(1, 200) << 20  # some way into it, whatever the machine's speed
            wait_until(lambda: process.poll() is not None or
                       sum(f.stat().st_size for f in self.data.iterdir() if f.name.startswith("scope")) > size, 60, 0.002)
            killed += process.poll() is None
            process.kill()
            told = process.communicate()[0]
            if told:  # it had said that it was done
                break
            with Server(data=self.data) as server:
                table = client_of(server).describe_table(TableName="Music")["Table"]
                if table["ItemCount"] == 200000:  # killed between the swap and the word
                    break
                self.assertEqual(table["ItemCount"], 100)
                self.assertNotIn("GlobalSecondaryIndexes", table)
                self.assertEqual(len(everything(client_of(server), "Music")), 100)
        self.assertGreater(killed, 0, "at least one was killed in the middle")
        done = run_binary("import", seed, "--existing", "replace", "--data", self.data, timeout=120)
        self.assertEqual(done.stdout, "table Music: 200000 items\n")
        with Server(data=self.data) as server:
            counts = client_of(server).describe_table(TableName="Music")["Table"]
            self.assertEqual((counts["ItemCount"], counts["GlobalSecondaryIndexes"][0]["ItemCount"]), (200000, 200000))

    def test_progress_is_shown_on_a_terminal_alone(self):
        seed = self.big(100000)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([BINARY, "import", seed, "--data", self.data], stdout=subprocess.PIPE, stderr=theirs, text=True)
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        self.assertEqual(process.communicate(timeout=60)[0], "table Music: 100000 items\n")
        self.assertEqual(process.returncode, 0)
        steps = re.findall(rb"Music: (\d+) items, (\d+) %", shown)
        self.assertGreater(len(steps), 0)
        self.assertEqual(steps, sorted(steps, key=lambda step: int(step[0])))


if __name__ == "__main__":
    unittest.main()
