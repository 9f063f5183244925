"""Drives servers over loopback with wrk and prints, per workload and number of connections, what a request costs.

Processor time is read from /proc for the server's process alone, so that the load generator beside it does not count; it is
compared with the `constant` server (our door, a fixed answer) and with a bare epoll loop, measured in the same round of the same run, since
absolute times drift on shared machines. A workload whose answers are not all 200 is reported as failed, not as fast.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import workloads as work

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor_ns(pid):
    """Nanoseconds on a processor of all threads so far, the ended ones by the coarser clock of the process."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            pass
    return total


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def pid_of_port(port):
    """The process that listens on a port of this machine, found as ss does."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{descriptor}") in inodes:
                    return int(pid)
        except OSError:
            pass
    sys.exit(f"no process of yours listens on port {port}")


class Server:
    """One process under measurement: ours, started here, or someone else's, found by its port."""

    def __init__(self, name, command=None, port=None):
        self.name = name
        self.port = port or free_port()
        self.process = None
        if command:
            began = time.monotonic()
            self.process = subprocess.Popen([part.replace("PORT", str(self.port)) for part in command],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.wait()
            self.start_ms = (time.monotonic() - began) * 1000
        self.pid = self.process.pid if self.process else pid_of_port(self.port)

    def wait(self):
        for _ in range(20000):
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.0005)
        sys.exit(f"{self.name} did not open its port")

    def call(self, operation, body, connection=[None, None]):
        """One request; the connection is kept from call to call."""
        if connection[0] != self.port:
            connection[0], connection[1] = self.port, http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        text = work.request(operation, body)
        headers = dict(line.split(": ", 1) for line in text.split("\r\n\r\n", 1)[0].split("\r\n")[1:])
        connection[1].request("POST", "/", text.split("\r\n\r\n", 1)[1], headers)
        answer = connection[1].getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: {operation}: {answer.status} {body[:300]!r}")
        return json.loads(body)

    def fill(self, items):
        for create, rows in work.tables(items):
            self.call("CreateTable", create)
            for _ in range(200):
                if self.call("DescribeTable", {"TableName": create["TableName"]})["Table"]["TableStatus"] == "ACTIVE":
                    break
                time.sleep(0.05)
            batch = []
            for row in rows:
                batch.append({"PutRequest": {"Item": row}})
                if len(batch) == 25:
                    self.call("BatchWriteItem", {"RequestItems": {create["TableName"]: batch}})
                    batch = []
            if batch:
                self.call("BatchWriteItem", {"RequestItems": {create["TableName"]: batch}})

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)


def wait_until_quiet(server):
    """Until the server has done what the last load left it when its connections closed: it would count for the next."""
    for _ in range(500):
        before = processor_ns(server.pid)
        time.sleep(0.02)
        if processor_ns(server.pid) - before < 500_000:
            return


def measure(server, requests, connections, seconds, threads=2):
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        for request in requests:
            file.write(f"{len(request)}\n{request}")
        file.flush()
        before = processor_ns(server.pid)
        run = subprocess.run(
            ["wrk", "-t", str(min(threads, connections)), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", "-s",
             os.path.join(HERE, "load.lua"), f"http://127.0.0.1:{server.port}/"],
            env={**os.environ, "REQUESTS": file.name}, capture_output=True, text=True)
        used = processor_ns(server.pid) - before
    try:
        result = json.loads(run.stdout.strip().split("\n")[-1])
    except ValueError:
        sys.exit(f"wrk failed: {run.stdout}\n{run.stderr}")
    result["failed"] = result["bad"] > 0 or result["socket_errors"] > 0 or result["requests"] == 0
    result["cpu_us"] = used / 1000 / max(1, result["requests"])
    result["per_second"] = result["requests"] / result["seconds"]
    result["rss_kb"] = resident_kb(server.pid)
    return result


def measure_alone(server, *load):
    wait_until_quiet(server)
    return measure(server, *load)


def threads_for(name):
    """Two threads of wrk now and then send one transaction at once, and one of them gets its TransactionConflict."""
    return 1 if name.startswith("Transact") else 2


def line(name, connections, result, ratios):
    if result["failed"]:
        print(f"{name:22} {connections:5}  FAILED: {result['bad']} of {result['requests']} answers were not 200 "
              f"({result['example']}), {result['socket_errors']} socket errors", flush=True)
        return
    print(f"{name:22} {connections:5} {result['per_second']:10.0f} {result['p50']:9.0f} {result['p99']:9.0f} "
          f"{result['cpu_us']:9.2f} {result['rss_kb'] / 1024:8.1f}   {ratios}", flush=True)


def heading(extra):
    print(f"{'workload':22} {'conns':>5} {'req/s':>10} {'p50 us':>9} {'p99 us':>9} {'cpu us':>9} {'rss MB':>8}   {extra}")


def selected(args, every):
    names = [name.strip() for name in args.workloads.split(",")] if args.workloads else list(every)
    for name in names:
        if name not in every:
            sys.exit(f"no workload {name!r}; there are: {', '.join(every)}")
    return names


def run(args):
    every = work.workloads(args.items)
    names = selected(args, every)
    binaries = os.path.join(args.build, "tests", "bench")
    constant = Server("constant", [f"{binaries}/bench_constant_server", "PORT"])
    floor = Server("epoll floor", [f"{binaries}/bench_epoll_floor", "PORT"])
    peer = Server("peer", ["env", *args.peer.split()]) if args.peer else None
    try:
        if peer:
            peer.fill(args.items)
        for storage in args.storage.split(","):
            with tempfile.TemporaryDirectory(prefix="stator-bench-", dir=args.folder) as folder:
                flags = ["--in-memory"] if storage == "memory" else ["--data", folder]
                stator = Server("stator", [f"{args.build}/stator", "--port", "PORT", *flags, *args.flags.split()])
                print(f"\n{storage}, {args.items} items; start to first answer {stator.start_ms:.1f} ms, "
                      f"{resident_kb(stator.pid) / 1024:.1f} MB resident when empty")
                stator.fill(args.items)
                heading("cpu to constant" + (", to the peer" if peer else ""))
                for connections in map(int, args.connections.split(",")):
                    base = measure_alone(constant, every["GetItem"], connections, args.seconds)
                    bare = measure_alone(floor, every["GetItem"], connections, args.seconds)
                    line("(epoll floor)", connections, bare, "")
                    line("(constant)", connections, base, f"{base['cpu_us'] / bare['cpu_us']:.2f} to the floor")
                    for name in names:
                        result = measure_alone(stator, every[name], connections, args.seconds, threads_for(name))
                        ratios = f"{result['cpu_us'] / base['cpu_us']:8.2f}"
                        if peer:
                            other = measure_alone(peer, every[name], connections, args.seconds, threads_for(name))
                            ratios += "   peer failed" if other["failed"] else f" {result['cpu_us'] / other['cpu_us']:9.3f}"
                        line(name, connections, result, ratios)
                stator.stop()
    finally:
        for server in (constant, floor, peer):
            if server:
                server.stop()


def compare(args):
    servers = [Server(url, port=urllib.parse.urlsplit(url).port or 80) for url in (args.a, args.b)]
    every = work.workloads(args.items)
    if not args.no_fill:
        for server in servers:
            server.fill(args.items)
    print(f"A = {args.a}, B = {args.b}; processor time of A to B, {args.rounds} interleaved rounds of {args.seconds} s")
    print(f"{'workload':22} {'conns':>5} {'A cpu us':>10} {'B cpu us':>10} {'A / B':>8} {'least':>8} {'most':>8}")
    for connections in map(int, args.connections.split(",")):
        for name in selected(args, every):
            pairs = []
            for turn in range(args.rounds):
                order = servers if turn % 2 == 0 else servers[::-1]
                got = {server.name: measure_alone(server, every[name], connections, args.seconds, threads_for(name)) for server in order}
                failed = [f"{server}: {result['example']}" for server, result in got.items() if result["failed"]]
                if failed:
                    print(f"{name:22} {connections:5}  FAILED: {'; '.join(failed)}")
                    break
                pairs.append((got[args.a]["cpu_us"], got[args.b]["cpu_us"]))
            else:
                ratios = [a / b for a, b in pairs]
                print(f"{name:22} {connections:5} {statistics.median(a for a, _ in pairs):10.2f} "
                      f"{statistics.median(b for _, b in pairs):10.2f} {statistics.median(ratios):8.3f} {min(ratios):8.3f} "
                      f"{max(ratios):8.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--workloads", help="names, with commas; all unless given")
    parser.add_argument("--connections", default="1,8,64,256")
    parser.add_argument("--seconds", type=int, default=3, help="for each measurement")
    parser.add_argument("--items", type=int, default=10000, help="of 1 KB in the table that GetItem reads")
    commands = parser.add_subparsers(dest="command")
    parser.add_argument("--storage", default="memory,file")
    parser.add_argument("--folder", help="where the data of `file` goes")
    parser.add_argument("--flags", default="", help="more for stator, e.g. '--durability full'")
    parser.add_argument("--peer", help="a command that serves DynamoDB on PORT, measured in the same run, e.g. 'dynalite --port PORT'")
    comparing = commands.add_parser("compare", help="two running servers, by URL")
    comparing.add_argument("a")
    comparing.add_argument("b")
    comparing.add_argument("--rounds", type=int, default=5)
    comparing.add_argument("--no-fill", action="store_true", help="the tables are there already")
    args = parser.parse_args()
    compare(args) if args.command == "compare" else run(args)


if __name__ == "__main__":
    main()
