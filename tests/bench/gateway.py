"""gateway.py --build FOLDER [--seconds N] [--stator PROGRAM] [--beside FOLDER]: what the gateway costs around a warm function.

Prints, for a Node and a Python function behind an HTTP API:
  * the function's own loop: the same process, the same bootstrap, driven by nothing but sockets that hand it events;
  * wall time and CPU of one call at a time through the gateway, and what the gateway adds to the own loop;
  * cold start: from the request after an edit to its answer;
  * requests per second at 1, 16 and 64 connections (wrk), with latency.
With --beside, a folder where serverless-offline is installed (npm), the same Node function behind it, in the same run.
"""
import argparse
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
NODE = "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify({ path: event.rawPath }) });\n"
PYTHON = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps({'path': event['rawPath']})}\n"
TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  NodeFunction:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: app.handler, CodeUri: node/, Timeout: 10, Events: {Get: {Type: HttpApi, Properties: {Path: /node, Method: GET}}}}
  PythonFunction:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: python/, Timeout: 10, Events: {Get: {Type: HttpApi, Properties: {Path: /python, Method: GET}}}}
"""
SERVERLESS = """service: bench
frameworkVersion: "3"
provider: {name: aws, runtime: nodejs20.x}
plugins: [serverless-offline]
functions:
  node: {handler: node/app.handler, events: [{httpApi: {path: /node, method: get}}]}
"""


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def microseconds(values):
    values = sorted(values)
    return f"median {statistics.median(values) * 1e6:.0f} us, p99 {values[int(len(values) * 0.99)] * 1e6:.0f} us"


class OwnLoop:
    """The Runtime API reduced to a socket: hands the same event to one process over and over."""

    def __init__(self, command, folder, event):
        self.event = event
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        env = {"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "_HANDLER": "app.handler",
               "LAMBDA_TASK_ROOT": str(folder)}
        self.process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.peer, _ = self.listener.accept()
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""
        self.request()

    def request(self):
        while True:
            end = self.pending.find(b"\r\n\r\n")
            if end >= 0:
                length = re.search(rb"(?i)content-length: (\d+)", self.pending[:end])
                whole = end + 4 + (int(length.group(1)) if length else 0)
                if len(self.pending) >= whole:
                    self.pending = self.pending[whole:]
                    return
            data = self.peer.recv(65536)
            if not data:
                raise SystemExit("the function ended")
            self.pending += data

    def run(self, seconds):
        reply = (b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-000000000000\r\nLambda-Runtime-Deadline-Ms: "
                 b"99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\nContent-Length: %d\r\n\r\n" % len(self.event)) + self.event
        accepted = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            began = time.perf_counter()
            self.peer.sendall(reply)
            self.request()
            times.append(time.perf_counter() - began)
            self.peer.sendall(accepted)
            self.request()
        return times

    def close(self):
        self.process.kill()
        self.process.wait()


class Program:
    def __init__(self, command, folder, ready, env=None):
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        start_new_session=True, env=env)
        self.match = None
        for line in self.process.stdout:
            self.match = re.search(ready, line)
            if self.match:
                break
        if not self.match:
            raise SystemExit(f"{command[0]} did not start")
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        for _ in self.process.stdout:
            pass

    def close(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)


def one_at_a_time(port, path, seconds, pid=None):
    peer = http.client.HTTPConnection("127.0.0.1", port)
    raw, times = None, []
    peer.connect()
    peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    for _ in range(200):
        answer(peer.sock, raw)
    cpu = cpu_seconds(pid) if pid else 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        answer(peer.sock, raw)
        times.append(time.perf_counter() - began)
    return times, ((cpu_seconds(pid) - cpu) / len(times) if pid else 0)


def answer(peer, raw):
    peer.sendall(raw)
    got = b""
    while True:
        got += peer.recv(65536)
        end = got.find(b"\r\n\r\n")
        if end < 0:
            continue
        length = re.search(rb"(?i)content-length: (\d+)", got[:end])
        if len(got) >= end + 4 + int(length.group(1)):
            if not got.startswith(b"HTTP/1.1 200"):
                raise SystemExit(got.decode(errors="replace"))
            return


def load(port, path, seconds):
    for connections in (1, 16, 64):
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", f"http://127.0.0.1:{port}{path}"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        rate = re.search(r"Requests/sec:\s+([\d.]+)", done).group(1)
        # wrk prints no latency where not one request was answered in time.
        half, late = (found.group(1) if (found := re.search(rf"^\s+{part}%\s+(\S+)$", done, re.M)) else "none"
                      for part in (50, 99))
        errors = re.search(r"Non-2xx[^\n]*|Socket errors[^\n]*", done)
        print(f"  {connections:3} connections: {float(rate):8.0f} requests/s, median {half}, p99 {late}{', ' + errors.group(0) if errors else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(HERE.parent.parent / "build/release"))
    parser.add_argument("--stator")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--beside", help="a folder with serverless-offline in its node_modules")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stator-bench-"))
    try:
        for name, file, text in (("node", "app.js", NODE), ("python", "app.py", PYTHON)):
            (folder / name).mkdir()
            (folder / name / file).write_text(text)
        (folder / "template.yaml").write_text(TEMPLATE)
        measure(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(options, folder):
    handlers = HERE.parent.parent / "emulator/gateway/handlers"
    loops = {"node": ["node", str(handlers / "bootstrap.mjs")], "python": [shutil.which("python3.11") or "/usr/bin/python3", str(handlers / "bootstrap.py")]}
    stator = Program([options.stator or options.build + "/stator", "serve", "--port", "0", "--in-memory", "--log-level", "error", "--api", "template.yaml"],
                     folder, r"listening on http://\S*?:(\d+)")
    port = int(stator.match.group(1))
    event = b'{"version":"2.0","routeKey":"GET /x","rawPath":"/x","rawQueryString":"","headers":{"host":"127.0.0.1"},"isBase64Encoded":false}'
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {options.seconds} s each")
    for kind, command in loops.items():
        print(f"{kind}:")
        loop = OwnLoop(command, folder / kind, event)
        loop.run(1)
        own = loop.run(options.seconds)
        loop.close()
        print(f"  own loop:    {microseconds(own)}")
        times, cpu = one_at_a_time(port, f"/{kind}", options.seconds, stator.process.pid)
        print(f"  gateway:     {microseconds(times)}, {cpu * 1e6:.0f} us CPU of the server a call;"
              f" adds {(statistics.median(times) - statistics.median(own)) * 1e6:.0f} us")
        cold = []
        source = next((folder / kind).glob("app.*"))
        for _ in range(10):
            source.write_text(source.read_text() + "\n")
            began = time.perf_counter()
            one = socket.create_connection(("127.0.0.1", port))
            answer(one, f"GET /{kind} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            cold.append(time.perf_counter() - began)
            one.close()
        print(f"  cold start:  median {statistics.median(cold) * 1e3:.0f} ms, worst {max(cold) * 1e3:.0f} ms (from the call after an edit)")
        load(port, f"/{kind}", options.seconds)
    stator.close()
    if options.beside:
        beside(options, folder)


def beside(options, folder):
    (folder / "serverless.yml").write_text(SERVERLESS)
    modules = pathlib.Path(options.beside).resolve() / "node_modules"
    (folder / "node_modules").symlink_to(modules)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
           "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "CI": "1"}
    server = Program(["node", str(modules / "serverless/bin/serverless.js"), "offline", "--httpPort", str(port), "--lambdaPort", "0", "--albPort", "0", "--host", "127.0.0.1", "--noPrependStageInUrl"],
                     folder, r"Server ready", env)
    print("serverless-offline, node:")
    times, cpu = one_at_a_time(port, "/node", options.seconds, server.process.pid)
    print(f"  its gateway: {microseconds(times)}, {cpu * 1e6:.0f} us CPU of the server a call (the function runs inside it)")
    load(port, "/node", options.seconds)
    server.close()


if __name__ == "__main__":
    sys.exit(main())
