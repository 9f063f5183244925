"""The container image, built from the Dockerfile as it stands and really run, wherever docker or podman is present.

Without an engine, or without a base image to build on, the tests are skipped with that reason; STATOR_NEED_IMAGE=1 makes that a
failure. Containers are named after this process and removed.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from server import authorization, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
TAG = f"stator-test-{os.getpid()}"
TABLE = {"TableName": "Tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}


def engine(*arguments, check=True, timeout=60):
    done = subprocess.run([ENGINE, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{ENGINE} {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
    return done


def find_engine():
    for name in ("docker", "podman"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, timeout=60).returncode == 0:
            return name
    return None


ENGINE = find_engine()


class Container:
    """`engine run` on a free port of 127.0.0.1; removed at the end."""
    count = 0

    def __init__(self, *command, options=(), image=TAG, publish=8000):
        Container.count += 1
        self.name = f"{TAG}-{Container.count}"
        self.began = time.monotonic()
        engine("run", "-d", "--name", self.name, "-p", f"127.0.0.1::{publish}", *options, image, *command)
        self.inside = publish

    def __enter__(self):
        return self

    def __exit__(self, *_):
        engine("rm", "-f", "-v", self.name, check=False)

    @property
    def logs(self):
        done = engine("logs", self.name, check=False)
        return done.stdout + done.stderr

    @property
    def port(self):
        return int(re.search(r":(\d+)$", engine("port", self.name, f"{self.inside}/tcp").stdout.split("\n")[0]).group(1))

    def request(self, method="GET", path="/", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ready(self):
        def answers():
            try:
                return self.request()[0] > 0
            except (OSError, http.client.HTTPException, AssertionError):
                return False
        if not wait_until(answers, 15, 0.02):
            raise AssertionError(f"it does not answer: {self.logs}")
        self.seconds = time.monotonic() - self.began
        return self

    def call(self, operation, body=None):
        status, answer = self.request("POST", "/", json.dumps(body or {}), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation, "X-Amz-Date": "20260101T000000Z",
            "Authorization": authorization()})
        return status, json.loads(answer)

    def write(self):
        assert self.call("CreateTable", TABLE)[0] == 200
        assert self.call("PutItem", {"TableName": "Tab", "Item": {"k": {"S": "x"}}})[0] == 200

    def reads(self):
        return "Item" in self.call("GetItem", {"TableName": "Tab", "Key": {"k": {"S": "x"}}})[1]

    def wait_for_exit(self, seconds=5):
        state = lambda: engine("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", self.name).stdout.split()  # noqa: E731
        wait_until(lambda: state()[0] == "exited", seconds, 0.1)
        status, code = state()
        return int(code) if status == "exited" else None


class Image(unittest.TestCase):
    target = ()
    most_megabytes = 120
    tag = TAG

    @classmethod
    def setUpClass(cls):
        reason = None
        if ENGINE is None:
            reason = "no container engine answers here (docker, podman)"
        else:
            began = time.monotonic()
            format_option = ["--format", "docker"] if ENGINE == "podman" else []  # OCI's own format drops HEALTHCHECK
            done = subprocess.run([ENGINE, "build", *format_option, *cls.target, "-t", cls.tag, str(TOP)], capture_output=True, text=True, timeout=1500)
            said = done.stdout + done.stderr
            if done.returncode != 0:
                if re.search(r"(pull|resolve|registry|manifest|lookup|short-name)", said) and "debian:bookworm-slim" in said and "scripts/build" not in said:
                    reason = "the base image debian:bookworm-slim cannot be had here"
                else:
                    raise AssertionError(f"the image does not build:\n{said[-4000:]}")
            else:
                cls.addClassCleanup(engine, "rmi", "-f", cls.tag, check=False)
                print(f"built in {time.monotonic() - began:.0f} s", flush=True)
        if reason and os.environ.get("STATOR_NEED_IMAGE"):
            raise AssertionError(reason)
        if reason:
            raise unittest.SkipTest(reason)

    def run_it(self, *command, **more):
        container = Container(*command, image=self.tag, **more)
        self.addCleanup(container.__exit__)
        return container

    def test_size_user_and_cold_start(self):
        size = int(engine("image", "inspect", "--format", "{{.Size}}", self.tag).stdout) / 1e6
        container = self.run_it().ready()
        print(f"{size:.1f} MB, first answer {container.seconds:.2f} s after `run`", flush=True)
        self.assertLess(size, self.most_megabytes)
        self.assertEqual(engine("image", "inspect", "--format", "{{.Config.User}}", self.tag).stdout.strip(), "10001:10001")
        self.assertLess(container.seconds, 10)
        container.write()
        self.assertTrue(container.reads())

    def test_health(self):
        container = self.run_it().ready()
        if ENGINE == "docker":
            health = lambda: engine("inspect", "--format", "{{.State.Health.Status}}", container.name).stdout.strip()  # noqa: E731
            self.assertTrue(wait_until(lambda: health() == "healthy", 20, 0.2), health())
        else:
            self.assertTrue(wait_until(lambda: engine("healthcheck", "run", container.name, check=False).returncode == 0, 10, 0.2))
        dead = engine("exec", container.name, "/usr/local/bin/stator", "healthcheck", "--port", "1", check=False)
        self.assertEqual(dead.returncode, 1)

    def test_it_stops_within_a_second_or_so(self):
        container = self.run_it().ready()
        began = time.monotonic()
        engine("stop", container.name)
        self.assertLess(time.monotonic() - began, 4)  # most of it is the engine's
        self.assertEqual(container.wait_for_exit(), 0)

    def test_data_in_a_volume_outlives_the_container(self):
        volume = f"{TAG}-{type(self).__name__}"
        self.addCleanup(engine, "volume", "rm", "-f", volume, check=False)
        with Container(image=self.tag, options=("-v", f"{volume}:/data")) as first:
            first.ready().write()
            engine("kill", first.name)
        with Container(image=self.tag, options=("-v", f"{volume}:/data")) as second:
            self.assertTrue(second.ready().reads())

    def test_locked_down(self):
        strict = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
        with Container("--in-memory", image=self.tag, options=strict) as container:
            container.ready().write()
            self.assertTrue(container.reads())
        with Container("--in-memory", image=self.tag, options=(*strict, "--user", "12345:12345")) as container:
            container.ready().write()
            self.assertTrue(container.reads())

    def test_a_folder_it_may_not_write_is_told_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder).chmod(0o755)
            mount = ("-v", f"{folder}:/data")
            container = self.run_it(options=mount)
            code = container.wait_for_exit()
            self.assertIsNotNone(code, "it hangs")
            self.assertNotEqual(code, 0)
            for word in ("10001", "/data"):
                self.assertIn(word, container.logs)
            with Container(image=self.tag, options=(*mount, "--user", "0:0")) as root:
                root.ready().write()

    def test_flags_follow_the_image_name_and_variables_do_too(self):
        with Container("--port", "8123", "--in-memory", image=self.tag, publish=8123) as container:
            self.assertEqual(container.ready().request()[0], 200)
        with Container(image=self.tag, options=("-e", "STATOR_PORT=8124", "-e", "STATOR_IN_MEMORY=true"), publish=8124) as container:
            self.assertEqual(container.ready().request()[0], 200)
            self.assertEqual(engine("exec", container.name, "/usr/local/bin/stator", "healthcheck", check=False).returncode, 0)

    def test_dynamodb_local_s_command_lines_work_as_they_stand(self):
        for command, options in ((("-jar", "DynamoDBLocal.jar", "-sharedDb", "-inMemory"), ()),
                                 (("-jar", "DynamoDBLocal.jar", "-sharedDb", "-dbPath", "./data"), ("-w", "/home/dynamodblocal")),
                                 (("-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-sharedDb"), ("--entrypoint", "java"))):
            with self.subTest(command=command), Container(*command, image=self.tag, options=options) as container:
                container.ready().write()
                self.assertEqual(container.request()[0], 400)
                self.assertIn("Initializing DynamoDB Local with the following configuration", container.logs)


class SmallImage(Image):
    target = ("--target", "small")
    most_megabytes = 25
    tag = TAG + "-small"


if __name__ == "__main__":
    unittest.main()
