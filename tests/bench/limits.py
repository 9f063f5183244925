"""Measures what the workloads do not show, and says of each whether the target is met.

Start and idle memory beside a large data folder, memory by size of item, 1,000 connections, syncs and processor time with
--durability full, readers on file beside a writer, and what a million items cost against ten thousand. Its bulk goes through
BatchWriteItem, as a user's would.
"""

import argparse
import json
import os
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

import drive
import workloads as work

TABLES = 2500


class Results:
    def __init__(self):
        self.missed = 0

    def say(self, what, value, unit, most=None):
        verdict = "" if most is None else f"at most {most:g}: {'met' if value <= most else 'MISSED'}"
        self.missed += most is not None and value > most
        print(f"{what:58} {value:10.2f} {unit:4} {verdict}", flush=True)


def started(args, *flags):
    return drive.Server("stator", [f"{args.build}/stator", "--port", "PORT", *flags])


def load(server, count, table="items"):
    """`count` items of 1 KB by BatchWriteItem; only their keys differ, so that making them costs little."""
    before, after = json.dumps({"PutRequest": {"Item": work.item(12345678)}}, separators=(",", ":")).split("user#12345678", 1)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        for first in range(0, count, 25):
            puts = ",".join(f"{before}user#{i:08d}{after}" for i in range(first, first + 25))
            body = f'{{"RequestItems":{{"{table}":[{puts}]}}}}'
            connection.sendall((work.HEAD.format(target=work.TARGET + "BatchWriteItem", length=len(body)) + body).encode())
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200") or b'"UnprocessedItems":{}' not in answer:
                raise RuntimeError(answer)


def create_tables(server, names):
    create = work.tables(1)[0][0]
    for name in names:
        server.call("CreateTable", {**create, "TableName": name})


def first_answer_ms(args, folder):
    """From the start of the process to the answer to its first request."""
    times = []
    for _ in range(5):
        port = drive.free_port()
        request = work.request("ListTables", {"Limit": 1}).encode()
        began = time.monotonic()
        process = subprocess.Popen([f"{args.build}/stator", "--port", str(port), "--data", folder], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(request)
                    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
                break
            except ConnectionRefusedError:
                time.sleep(0.0002)
        times.append((time.monotonic() - began) * 1000)
        time.sleep(0.3)
        resident = drive.resident_kb(process.pid)
        process.terminate()
        process.wait()
    return min(times), resident / 1024


def large_folder(args, results, folder):
    for what, tables, items in (("empty folder", 0, 0), (f"{TABLES} tables, {args.items} items", TABLES, args.items)):
        if tables:
            server = started(args, "--data", folder)
            create_tables(server, ["items", *(f"table{i}" for i in range(tables - 1))])
            load(server, items)
            server.stop()
        took, resident = first_answer_ms(args, folder)
        results.say(f"start to first answer, {what}", took, "ms", 15)
        results.say(f"resident when idle, {what}", resident, "MB", 12)


def memory_by_size(args, results):
    for kilobytes in (1, 2, 4, 5, 9, 20, 100, 390):
        server = started(args, "--in-memory")
        create_tables(server, ["items"])
        count = max(50, 20000 // kilobytes)
        text = "x" * (kilobytes * 1024 - 30)
        server.call("PutItem", {"TableName": "items", "Item": {**work.key(0), "t": work.s(text)}})
        before = drive.resident_kb(server.pid)
        for i in range(1, count):
            server.call("PutItem", {"TableName": "items", "Item": {**work.key(i), "t": work.s(text)}})
        used = (drive.resident_kb(server.pid) - before) / count
        server.stop()
        results.say(f"resident for an item of {kilobytes} KB, {count} in memory", used / kilobytes, "x", 1.4 if kilobytes == 1 else 2)


def many_connections(args, results):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    server = started(args, "--in-memory")
    request = work.request("ListTables", {}).encode()
    began = time.monotonic()
    connections = []
    for _ in range(1000):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", server.port))
        connections.append(one)
    for one in connections:
        one.setblocking(True)
        one.sendall(request)
    for one in connections:
        assert one.recv(4096).startswith(b"HTTP/1.1 200")
    results.say("1,000 connections opened at once and answered", time.monotonic() - began, "s", 1)
    used = drive.processor_ns(server.pid)
    time.sleep(5)
    results.say("a core's share with 1,000 idle connections", (drive.processor_ns(server.pid) - used) / 5e9 * 100, "%", 2)
    results.say("resident with 1,000 idle connections", drive.resident_kb(server.pid) / 1024, "MB")
    for one in connections:
        one.close()
    server.stop()


def puts(count, keys):
    rng = random.Random(3)
    return [work.request("PutItem", {"TableName": "items", "Item": work.item(rng.randrange(keys), 1)}) for _ in range(count)]


def full_durability(args, results, folder):
    server = started(args, "--data", folder, "--durability", "full")
    create_tables(server, ["items"])
    load(server, 2000)
    requests = puts(4000, 2000)
    cost = {}
    for writers in (1, 64, 1, 64):
        measured = drive.measure(server, requests, writers, args.seconds, threads=1)
        cost.setdefault(writers, []).append(measured["cpu_us"])
    results.say("durability full: processor time of a write, 64 writers to one", min(cost[64]) / min(cost[1]), "x", 1)
    with tempfile.NamedTemporaryFile("r") as trace:
        tracer = subprocess.Popen(["strace", "-c", "-f", "-o", trace.name, "-e", "trace=fsync,fdatasync", "-p", str(server.pid)],
                                  stderr=subprocess.DEVNULL)
        time.sleep(1)
        measured = drive.measure(server, requests, 64, args.seconds, threads=1)
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        syncs = sum(int(calls) for calls in re.findall(r"(\d+)(?: +\d+)? +f(?:data)?sync$", trace.read(), re.M))
    if syncs == 0:
        raise RuntimeError("strace saw no sync")
    results.say(f"durability full: syncs a write, 64 writers ({syncs} for {measured['requests']})", syncs / measured["requests"], "", 1 / 8)
    server.stop()


def readers_on_file(args, results, folder):
    """Scans of 10,000 small items, so that the server and not the load generator is what fills the cores."""
    server = started(args, "--data", folder)
    create_tables(server, ["items"])
    load(server, 10000)
    create, rows = work.tables(1)[2]
    server.call("CreateTable", create)
    rows = [{"PutRequest": {"Item": row}} for row in rows]
    for first in range(0, len(rows), 25):
        server.call("BatchWriteItem", {"RequestItems": {"small": rows[first:first + 25]}})
    scans = work.workloads(10000, 100)["Scan filter"]
    writes = [request.replace('"TableName":"writes"', '"TableName":"items" ') for request in work.workloads(10000, 2000)["PutItem"]]

    def scan(connections):
        used, began = drive.processor_ns(server.pid), time.monotonic()
        measured = drive.measure(server, scans, connections, args.seconds)
        cores = (drive.processor_ns(server.pid) - used) / 1e9 / (time.monotonic() - began)
        return f"{measured['per_second']:.0f} scans a second, p99 {measured['p99'] / 1000:.1f} ms, {measured['bad']} bad, {cores:.2f} cores"

    print(f"on file, one reader: {scan(1)}")
    print(f"on file, 8 readers: {scan(8)}")
    written = []
    writer = threading.Thread(target=lambda: written.append(drive.measure(server, writes, 1, args.seconds, 1)))
    writer.start()
    print(f"on file, 8 readers beside a writer: {scan(8)}", end="")
    writer.join()
    print(f"; the writer {written[0]['per_second']:.0f} a second, {written[0]['bad']} bad")
    server.stop()


def many_items(args, results, folder):
    for storage in ("in memory", "on file"):
        servers, requests = {}, {}
        for items in (10000, args.items):
            data = os.path.join(folder, f"scale-{items}")
            server = servers[items] = started(args, *(["--in-memory"] if storage == "in memory" else ["--data", data]))
            create_tables(server, ["items"])
            used, resident, began = drive.processor_ns(server.pid), drive.resident_kb(server.pid), time.monotonic()
            load(server, items)
            print(f"{items} items {storage}: loaded in {time.monotonic() - began:.0f} s, "
                  f"{(drive.processor_ns(server.pid) - used) / 1000 / items:.1f} us each, "
                  f"{(drive.resident_kb(server.pid) - resident) / items:.2f} KB resident each", flush=True)
            rng = random.Random(7)
            requests[items] = {
                "GetItem": [work.request("GetItem", {"TableName": "items", "Key": work.key(rng.randrange(items))}) for _ in range(40000)],
                "PutItem": puts(10000, items)}
        for name in ("GetItem", "PutItem"):
            cost = {items: [] for items in servers}
            for _ in range(5):
                for items, server in servers.items():
                    measured = drive.measure(server, requests[items][name], 8, args.seconds)
                    if measured["failed"]:
                        raise RuntimeError(measured)
                    cost[items].append(measured["cpu_us"])
            few, many = (statistics.median(cost[items]) for items in servers)
            results.say(f"{name} {storage}, {args.items} items to 10,000 ({few:.1f} and {many:.1f} us)", many / few, "x", 1.3)
        for server in servers.values():
            server.stop()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench limits", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--items", type=int, default=1000000)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--folder", help="where data on file goes")
    parser.add_argument("parts", nargs="*", help="connections, durability, folder, items, memory, readers; all unless named")
    args = parser.parse_args()
    results = Results()
    parts = {
        "connections": lambda folder: many_connections(args, results),
        "memory": lambda folder: memory_by_size(args, results),
        "durability": lambda folder: full_durability(args, results, folder),
        "readers": lambda folder: readers_on_file(args, results, folder),
        "folder": lambda folder: large_folder(args, results, folder),
        "items": lambda folder: many_items(args, results, folder),
    }
    for name in args.parts or parts:
        with tempfile.TemporaryDirectory(prefix="stator-limits-", dir=args.folder) as folder:
            parts[name](folder)
    print(f"{results.missed} missed")


if __name__ == "__main__":
    main()
