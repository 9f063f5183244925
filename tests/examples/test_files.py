"""The examples that are files: compose.yaml, the Actions workflow, the Testcontainers module. What stands in them is checked against
the real binary; and where a container engine answers they are executed."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import yaml

from packages import OutOfReach, install
from server import TOP, Server, run_binary

HERE = pathlib.Path(__file__).resolve().parent
HELP = run_binary("serve", "--help").stdout


def engine():
    """Why docker cannot run here, or None."""
    if shutil.which("docker") is None:
        return "there is no docker here"
    done = subprocess.run(["docker", "info"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return None if done.returncode == 0 else "docker does not answer: " + done.stdout.strip().splitlines()[-1]


WITHOUT = engine()


def answers(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


def run(case, command, timeout=600, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, **more)
    case.assertEqual(done.returncode, 0, done.stdout)
    return done.stdout


class Written(unittest.TestCase):
    def settings_exist(self, names):
        for name in names:
            self.assertIn(f"{name})", HELP, "a variable that --help does not know")

    def test_the_workflow_s_service_and_steps(self):
        job = yaml.safe_load((HERE / "github-actions.yml").read_text())["jobs"]["test"]
        service = job["services"]["dynamodb"]
        self.assertEqual(set(service), {"image", "env", "ports"})
        self.settings_exist(service["env"])
        self.assertEqual(service["ports"], ["8000:8000"])
        with Server(env=service["env"], data=False) as server:
            self.assertIn("in memory", server.output)
            for step in job["steps"]:
                command = step["run"].replace("http://localhost:8000", server.endpoint)
                self.assertNotEqual(command, step["run"], "each step calls the service")
                run(self, ["sh", "-ec", command], env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **job["env"]})

    def test_the_compose_file_s_services(self):
        compose = yaml.safe_load((HERE / "compose.yaml").read_text())
        service = compose["services"]["dynamodb"]
        self.settings_exist(service.get("environment", {}))
        self.assertEqual(service["ports"], ["127.0.0.1:8000:8000"])
        self.assertIn("/data", service["volumes"][0])
        self.assertIn(service["volumes"][0].split(":")[0], compose["volumes"])
        other = compose["services"]["application"]
        self.assertEqual(other["depends_on"], {"dynamodb": {"condition": "service_healthy"}})
        self.assertIn("HEALTHCHECK", (TOP / "Dockerfile").read_text())
        with tempfile.TemporaryDirectory() as data, Server(*service["command"], data=data) as server:
            self.assertEqual(run_binary("healthcheck", "--port", server.port).returncode, 0)

    def test_the_testcontainers_module(self):
        source = (HERE / "testcontainers/music.test.mjs").read_text()
        self.assertIn('withCommand(["--in-memory"])', source)
        self.assertIn("--in-memory", HELP)
        if shutil.which("node") is None:
            self.skipTest("there is no node here")
        run(self, ["node", "--check", HERE / "testcontainers/music.test.mjs"])


@unittest.skipIf(WITHOUT, WITHOUT or "")
class Executed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run(["docker", "build", "-t", "stator", str(TOP)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    def test_compose(self):
        compose = next((words for words in (["docker", "compose"], ["docker-compose"]) if answers([*words, "version"])), None)
        if compose is None:
            self.skipTest("this docker has no compose")
        command = [*compose, "-f", str(HERE / "compose.yaml"), "-p", f"stator-example-{os.getpid()}"]
        self.addCleanup(lambda: subprocess.run([*command, "down", "-v"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        run(self, [*command, "up", "-d"])
        run(self, ["aws", "dynamodb", "list-tables", "--endpoint-url", "http://127.0.0.1:8000"],
            env={"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"})
        end = time.monotonic() + 30
        ended = r"exit(ed)? \(?0\)?"  # as the second and the first generation of compose say it
        while not re.search(ended, states := run(self, [*command, "ps", "-a", "application"]).lower()) and time.monotonic() < end:
            time.sleep(0.2)
        self.assertRegex(states, ended, "the application starts once the database is healthy")

    def test_testcontainers(self):
        try:
            install(HERE / "testcontainers")
        except OutOfReach as reason:
            self.skipTest(str(reason))
        run(self, ["node", "--test"], cwd=HERE / "testcontainers",
            # Ryuk, which removes what a killed test leaves, is an image to be fetched; the example stops its container itself.
            env={**os.environ, "STATOR_IMAGE": "stator", "TESTCONTAINERS_RYUK_DISABLED": "true"})


if __name__ == "__main__":
    unittest.main()
