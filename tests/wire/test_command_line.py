"""Flags, variables, subcommands, DynamoDB Local's own flags, signals, and failing well: a clear message and a non-zero exit."""
import http.client
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

from server import BINARY, DidNotStart, Server, run_binary, wait_until

TABLE = {"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
ROOT = os.geteuid() == 0


def put(server, key, **more):
    return server.call("PutItem", {"TableName": "Tab", "Item": {"k": {"S": key}, **more}})


def get(server, key):
    return server.call("GetItem", {"TableName": "Tab", "Key": {"k": {"S": key}}, "ConsistentRead": True})[1].get("Item")


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.folder.chmod(0o755)
        self.data = self.folder / "data"

    def filled(self, data=None):
        """A data folder with one table and one item, its server gone."""
        with Server(data=data or self.data) as server:
            self.assertEqual(server.call("CreateTable", TABLE)[0], 200)
            self.assertEqual(put(server, "kept")[0], 200)
        return data or self.data

    def assert_does_not_start(self, *words, arguments=(), data=None, within=5, **settings):
        """Exits non-zero soon, and says each of the words."""
        began = time.monotonic()
        with self.assertRaises(DidNotStart) as caught:
            Server(*arguments, data=data if data is not None else self.data, timeout=within, **settings)
        self.assertLess(time.monotonic() - began, within)
        self.assertGreater(caught.exception.status, 0, "it must say what is wrong, not die of it")
        for word in words:
            self.assertIn(str(word), caught.exception.output)
        return caught.exception


class Settings(Case):
    def test_version_and_help(self):
        self.assertRegex(run_binary("--version").stdout, r"^stator \d+\.\d+\.\d+\n$")
        told = run_binary("serve", "--help")
        self.assertEqual(told.returncode, 0)
        for flag in ("--host", "--port", "--data", "--in-memory", "--shared", "--reset", "--durability", "--log-level"):
            self.assertIn(flag, told.stdout)
            self.assertIn("STATOR_" + flag[2:].upper().replace("-", "_"), told.stdout)

    def test_serve_is_what_stator_alone_does(self):
        with Server("--in-memory", subcommand=()) as server:
            self.assertEqual(server.call("ListTables"), (200, {"TableNames": []}))

    def test_the_start_lines_say_where_and_how(self):
        with Server(data=self.data) as server:
            self.assertTrue(wait_until(lambda: "--endpoint-url" in server.output))
            self.assertIn(f"http://127.0.0.1:{server.port}", server.output)
            self.assertIn(str(self.data), server.output)
            self.assertIn(f"--endpoint-url http://127.0.0.1:{server.port}", server.output)
            self.assertIn("--region", server.output)
            self.assertIn("AWS_ACCESS_KEY_ID=", server.output)
            self.assertNotIn("AWS_ENDPOINT_URL", server.output)

    def test_variables_set_what_flags_set_and_a_flag_wins(self):
        with Server(port=None, data=False, env={"STATOR_PORT": "0", "STATOR_IN_MEMORY": "true", "STATOR_SHARED": "1"}) as server:
            self.assertIn("memory", server.output)
            server.call("CreateTable", TABLE, key="111111111111")
            self.assertEqual(server.call("ListTables", key="222222222222")[1], {"TableNames": ["Tab"]})
            self.assertEqual(list(server.cwd.iterdir()), [])
        with Server(env={"STATOR_PORT": "1"}) as server:  # the harness says --port 0
            self.assertNotEqual(server.port, 1)
        with Server(data=False, env={"STATOR_DATA": str(self.data)}) as server:
            server.call("CreateTable", TABLE)
        self.assertTrue(any(self.data.iterdir()))

    def test_the_default_folder_is_dot_stator_of_where_one_stands(self):
        with Server(data=False) as server:
            server.call("CreateTable", TABLE)
            self.assertTrue((server.cwd / ".stator").is_dir())

    def test_wrong_values_name_the_flag_or_the_variable(self):
        wrong = [(["--port", "70000"], {}, "--port"), (["--port", "-1"], {}, "--port"), (["--port", "many"], {}, "--port"),
                 (["--durability", "sometimes"], {}, "--durability"), (["--log-level", "loud"], {}, "--log-level"),
                 ([], {"STATOR_PORT": "70000"}, "STATOR_PORT"), ([], {"STATOR_DURABILITY": "never"}, "STATOR_DURABILITY"),
                 (["--colour"], {}, "--colour"), (["serve", "extra"], {}, "extra"), (["--threads", "100000"], {}, "--threads")]
        for arguments, env, name in wrong:
            with self.subTest(arguments=arguments, env=env):
                done = run_binary(*arguments, env=env, cwd=self.folder)
                self.assertGreater(done.returncode, 0)
                self.assertIn(name, done.stdout)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_both_families_of_loopback(self):
        with Server() as server:
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                if family == socket.AF_INET6 and not pathlib.Path("/proc/net/if_inet6").exists():
                    continue
                connection = http.client.HTTPConnection(address, server.port, timeout=5)
                connection.request("GET", "/")
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()

    def test_another_address(self):
        with Server("--host", "127.0.0.2") as server:
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", server.port), 2)
            socket.create_connection(("127.0.0.2", server.port), 2).close()

    def test_durability_of_each_kind_keeps_data_over_a_restart(self):
        for durability in ("normal", "full", "off"):
            data = self.folder / durability
            with Server("--durability", durability, data=data) as server:
                server.call("CreateTable", TABLE)
                put(server, "x")
            with Server(data=data) as server:
                self.assertIsNotNone(get(server, "x"))


class LocalFlags(Case):
    def test_command_lines_of_compose_files_work_as_they_stand(self):
        lines = [["-inMemory"], ["-sharedDb", "-inMemory"], ["-jar", "DynamoDBLocal.jar", "-sharedDb", "-dbPath", str(self.data)],
                 ["-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-delayTransientStatuses"],
                 ["-jar", "DynamoDBLocal.jar", "-sharedDb", "-dbPath", str(self.data), "-optimizeDbBeforeStartup", "-disableTelemetry", "-cors", "*"]]
        self.data.mkdir()
        for line in lines:
            with self.subTest(line=line), Server(*line, "-port", "0", port=None, data=False, subcommand=()) as server:
                self.assertIn("Initializing DynamoDB Local with the following configuration", server.output)
                self.assertEqual(server.call("ListTables")[0], 200)
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
                connection.request("GET", "/")
                self.assertEqual(connection.getresponse().status, 400)  # as DynamoDB Local does; tools wait for it
                connection.close()

    def test_transient_statuses_last_where_that_is_asked_for(self):
        for line, told, status in ((["-inMemory"], "false", "ACTIVE"), (["-inMemory", "-delayTransientStatuses"], "true", "CREATING")):
            with Server(*line, "-port", "0", port=None, data=False, subcommand=()) as server:
                self.assertIn(f"shouldDelayTransientStatuses:\t{told}", server.output)
                server.call("CreateTable", TABLE)
                self.assertEqual(server.call("DescribeTable", {"TableName": "Tab"})[1]["Table"]["TableStatus"], status)

    def test_shared_db_keeps_its_data_in_the_folder(self):
        line = ["-sharedDb", "-dbPath", str(self.data), "-port", "0"]
        self.data.mkdir()
        with Server(*line, port=None, data=False, subcommand=()) as server:
            server.call("CreateTable", TABLE, region="us-west-2")
        with Server(*line, port=None, data=False, subcommand=()) as server:
            self.assertEqual(server.call("ListTables", region="eu-west-1")[1], {"TableNames": ["Tab"]})


class Ending(Case):
    def test_signals_end_it_with_0_within_a_second(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with Server(data=self.data) as server:
                idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
                half = socket.create_connection(("127.0.0.1", server.port))
                half.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
                began = time.monotonic()
                self.assertEqual(server.stop(how), 0, server.output)
                self.assertLess(time.monotonic() - began, 1.5)
                for connection in [*idle, half]:
                    connection.close()

    def test_the_last_answer_leaves_before_it_ends(self):
        with Server(data=self.data) as server:
            server.call("CreateTable", TABLE)
            acknowledged = 0
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            for number in range(200):
                try:
                    self.assertEqual(put(server, f"k{number}")[0], 200)
                except OSError:
                    break
                acknowledged += 1
                if number == 100:
                    server.process.send_signal(signal.SIGTERM)
            connection.close()
            self.assertEqual(server.stop(), 0)
        with Server(data=self.data) as server:
            for number in range(acknowledged):
                self.assertIsNotNone(get(server, f"k{number}"), number)

    def test_killed_it_leaves_data_that_the_next_one_reads(self):
        with Server(data=self.data) as server:
            server.call("CreateTable", TABLE)
            put(server, "x")
            server.kill()
        with Server(data=self.data) as server:
            self.assertIsNotNone(get(server, "x"))


class Healthcheck(Case):
    def test_exits_0_beside_a_server_and_1_without(self):
        with Server() as server:
            port = server.port
            self.assertEqual(run_binary("healthcheck", "--port", port).returncode, 0)
            self.assertEqual(run_binary("healthcheck", env={"STATOR_PORT": str(port), "STATOR_HOST": "0.0.0.0"}).returncode, 0)
        self.assertEqual(run_binary("healthcheck", "--port", port).returncode, 1)

    def test_a_socket_that_never_answers_is_not_health(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            began = time.monotonic()
            self.assertEqual(run_binary("healthcheck", "--port", silent.getsockname()[1]).returncode, 1)
            self.assertLess(time.monotonic() - began, 5)


class Reset(Case):
    def test_the_subcommand_empties_a_folder(self):
        self.filled()
        done = run_binary("reset", "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stdout)
        with Server(data=self.data) as server:
            self.assertEqual(server.call("ListTables")[1], {"TableNames": []})

    def test_of_a_folder_that_is_not_there(self):
        self.assertEqual(run_binary("reset", "--data", self.folder / "none").returncode, 0)

    def test_it_refuses_a_folder_in_use(self):
        with Server(data=self.data) as server:
            server.call("CreateTable", TABLE)
            put(server, "x")
            done = run_binary("reset", "--data", self.data)
            self.assertGreater(done.returncode, 0)
            self.assertIn(str(self.data), done.stdout)
            self.assertIsNotNone(get(server, "x"))
            self.assert_does_not_start(self.data, arguments=["--reset"])
            self.assertIsNotNone(get(server, "x"))

    def test_it_leaves_what_is_not_ours_and_follows_no_link(self):
        self.filled()
        elsewhere = self.filled(self.folder / "elsewhere")
        (self.data / "notes.txt").write_text("mine")
        stranger = sqlite3.connect(self.data / "stranger.sqlite")
        stranger.execute("CREATE TABLE t (x)")
        stranger.commit()
        stranger.close()
        (self.data / "link").symlink_to(elsewhere)
        for file in elsewhere.iterdir():
            if file.is_file():
                (self.data / ("linked-" + file.name)).symlink_to(file)
        for way in ("subcommand", "flag"):
            with self.subTest(way=way):
                if way == "subcommand":
                    self.assertEqual(run_binary("reset", "--data", self.data).returncode, 0)
                else:
                    Server("--reset", data=self.data).__exit__()
                self.assertEqual((self.data / "notes.txt").read_text(), "mine")
                self.assertTrue((self.data / "stranger.sqlite").exists())
        with Server(data=elsewhere) as server:
            self.assertIsNotNone(get(server, "kept"))


class FailingWell(Case):
    def test_the_port_is_taken(self):
        with Server() as first:
            self.assert_does_not_start(first.port, port=first.port)

    def test_two_servers_on_one_folder(self):
        with Server(data=self.data) as server:
            server.call("CreateTable", TABLE)
            self.assert_does_not_start(self.data)
            self.assertEqual(put(server, "still")[0], 200)

    @unittest.skipUnless(ROOT, "needs root, to become somebody else")
    def test_a_folder_that_cannot_be_written_names_user_path_and_remedy(self):
        self.data.mkdir()
        # Somebody else may not be let into the folder that the project lies in.
        binary = shutil.copy(BINARY, self.data.parent / "stator")
        for path in (self.data.parent, self.data):
            path.chmod(0o755)

        def become_nobody():
            os.setgid(12345)
            os.setuid(12345)
        for data in (self.data, self.data / "below"):
            began = time.monotonic()
            done = run_binary("serve", "--port", "0", "--data", data, preexec_fn=become_nobody, cwd="/", timeout=10,
                              binary=binary)
            self.assertLess(time.monotonic() - began, 3)
            self.assertGreater(done.returncode, 0)
            self.assertIn("12345", done.stdout)
            self.assertIn(str(data), done.stdout)
            self.assertRegex(done.stdout, "chown|--user|--data|writ")

    def test_the_folder_is_a_file(self):
        self.data.write_text("not a folder")
        self.assert_does_not_start(self.data)
        self.assertEqual(self.data.read_text(), "not a folder")

    def files(self):
        return [path for path in self.data.iterdir() if path.is_file() and path.read_bytes()[:6] == b"SQLite"]

    def test_a_file_that_is_not_ours_is_left_alone(self):
        self.filled()
        for path in self.files():
            kept = path.read_bytes()
            path.unlink()
            stranger = sqlite3.connect(path)
            stranger.execute("CREATE TABLE mine (x)")
            stranger.execute("INSERT INTO mine VALUES (42)")
            stranger.commit()
            stranger.close()
            before = path.read_bytes()
            with self.subTest(path=path.name):
                self.refuses_politely(path)
                self.assertEqual(path.read_bytes(), before)
            path.write_bytes(kept)

    def test_a_corrupt_file(self):
        self.filled()
        for path in self.files():
            kept = path.read_bytes()
            for spoiled in (b"garbage" * 1000, kept[:100] + bytes(len(kept) - 100)):
                path.write_bytes(spoiled)
                with self.subTest(path=path.name, spoiled=spoiled[:8]):
                    self.refuses_politely(path)
                    self.assertEqual(path.read_bytes()[:7], spoiled[:7])
            path.write_bytes(kept)

    def test_a_newer_format(self):
        self.filled()
        for path in self.files():
            kept = path.read_bytes()
            database = sqlite3.connect(path)
            version = database.execute("PRAGMA user_version").fetchone()[0]
            self.assertNotEqual(database.execute("PRAGMA application_id").fetchone()[0], 0)
            database.execute(f"PRAGMA user_version = {version + 1000}")
            database.commit()
            database.close()
            with self.subTest(path=path.name):
                self.refuses_politely(path, "newer")
            path.write_bytes(kept)

    def refuses_politely(self, path, word=None):
        """At start, or at the first use of that file: a message that names it; never a crash, never an empty table."""
        try:
            server = Server(data=self.data)
        except DidNotStart as refusal:
            self.assertGreater(refusal.status, 0)
            self.assertIn(path.name, refusal.output)
            if word:
                self.assertIn(word, refusal.output)
            return
        with server:
            status, body = server.call("GetItem", {"TableName": "Tab", "Key": {"k": {"S": "kept"}}})
            self.assertEqual(status, 500, body)
            self.assertIn("InternalServerError", body["__type"])
            self.assertEqual(server.stop(), 0, server.output)
            self.assertIn(path.name, server.output)
            if word:
                self.assertIn(word, server.output)

    @unittest.skipUnless(ROOT and subprocess.run(["sh", "-c", "d=$(mktemp -d) && mount -t tmpfs none $d && umount $d && rmdir $d"],
                                                 capture_output=True).returncode == 0, "cannot mount a small tmpfs here")
    def test_the_disk_is_full(self):
        self.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", self.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.data])
        with Server(data=self.data) as server:
            self.assertEqual(server.call("CreateTable", TABLE)[0], 200)
            written, refused = [], 0
            for number in range(400):
                status, body = put(server, f"k{number}", pad={"S": "p" * 100_000})
                if status == 200:
                    written.append(number)
                else:
                    self.assertEqual((status, body["__type"].rpartition("#")[2]), (500, "InternalServerError"), body)
                    refused += 1
                    if refused > 5:
                        break
            self.assertGreater(len(written), 5)
            self.assertGreater(refused, 0, "the disk never filled")
            for number in written:
                self.assertIsNotNone(get(server, f"k{number}"), number)
            self.assertIsNone(server.process.poll())
            subprocess.run(["mount", "-o", "remount,size=40m", self.data], check=True)
            self.assertEqual(put(server, "after")[0], 200, "once there is room again, it goes on")
            written.append("after")
            server.kill()
        with Server(data=self.data) as server:
            for number in written:
                self.assertIsNotNone(get(server, "after" if number == "after" else f"k{number}"), number)
            server.stop()

    def test_the_binary_needs_no_more_than_its_file(self):
        """Nothing of the environment is needed: not HOME, not a terminal, not a locale."""
        done = subprocess.run([BINARY, "--version"], env={}, capture_output=True, text=True, cwd="/")
        self.assertEqual(done.returncode, 0, done.stderr)
