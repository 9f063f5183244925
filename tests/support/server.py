"""A real stator on a free port, for tests: started from its own empty folder, its start line read, ended by its own pid.

    with Server() as server:            # in memory
    with Server(data=folder) as server:  # on disk
        http.client.HTTPConnection("127.0.0.1", server.port) ...

The binary is build/release/stator, or what STATOR_BINARY names. Nothing of the caller's environment reaches the server but PATH.
"""
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("STATOR_BINARY", str(TOP / "build/release/stator"))
START_LINE = re.compile(r"listening on https?://\S*?:(\d+)(?:\s|/|$)")


def _die_with_the_test():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class DidNotStart(Exception):
    def __init__(self, status, output):
        super().__init__(f"exit status {status}, said: {output}")
        self.status, self.output = status, output


class Server:
    def __init__(self, *arguments, data=None, env=None, port=0, subcommand=("serve",), timeout=20):
        self._folder = tempfile.TemporaryDirectory(prefix="stator-test-")
        where = ["--data", str(data)] if data is not None else ["--in-memory"]
        if "--in-memory" in arguments or "--data" in arguments or data is False:
            where = []
        ports = [] if port is None else ["--port", str(port)]
        self.command = [BINARY, *subcommand, *ports, *where, *map(str, arguments)]
        self.process = subprocess.Popen(
            self.command, cwd=self._folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=_die_with_the_test,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **(env or {})})
        self._lines = []
        self._started = threading.Event()
        self.port = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._started.wait(timeout)
        if self.port is None:
            if self.process.poll() is None and not self._started.is_set():
                self.process.kill()
            self.process.wait()
            self._reader.join(5)
            raise DidNotStart(self.process.returncode, self.output)
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)
            found = START_LINE.search(line)
            if found and self.port is None:
                self.port = int(found.group(1))
                self._started.set()
        self._started.set()

    @property
    def output(self):
        return "".join(self._lines)

    @property
    def cwd(self):
        return pathlib.Path(self._folder.name)

    def stop(self, how=signal.SIGTERM, timeout=10):
        """Sends the signal, and returns the exit status (negative: killed by that signal)."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self._reader.join(5)
        return self.process.returncode

    def kill(self):
        return self.stop(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self._folder.cleanup()

    def call(self, operation, body=None, key="dummy", region="us-east-1", target="DynamoDB_20120810", headers=None):
        """One DynamoDB call without any SDK: (status, decoded body)."""
        request = urllib.request.Request(
            self.endpoint + "/", method="POST", data=json.dumps({} if body is None else body).encode(),
            headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{target}.{operation}",
                     "X-Amz-Date": "20260101T000000Z", "Authorization": authorization(key, region), **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def admin(self, path, body=None, method=None):
        """One call of /_stator/: its answer, decoded. A refusal is raised."""
        request = urllib.request.Request(
            f"{self.endpoint}/_stator/{path}", method=method or ("GET" if body is None else "POST"),
            data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def authorization(key="dummy", region="us-east-1", service="dynamodb"):
    """Well-formed and unverifiable: the server takes account and region from it and checks no more."""
    return (f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, "
            f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}")


def run_binary(*arguments, env=None, cwd=None, timeout=20, preexec_fn=None, binary=BINARY):
    """The binary run to its end: CompletedProcess with text output, stderr folded into stdout."""
    return subprocess.run([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout, cwd=cwd,
                          preexec_fn=preexec_fn, env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **(env or {})})


def wait_until(condition, seconds=10, every=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every)
    return False
