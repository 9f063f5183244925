"""Mixed load for a long time: what must stay flat stays flat.

64 connections send a mix of every workload to a server on file, in slices of half a minute; each prints what requests cost, how
long they took, how large the process is (mapped pages of the file included) and how large the write-ahead log has been (looked at four
times a second). It fails when an answer was not 200, when memory in the last quarter was above its highest before by more than a tenth,
when the log passed 128 MB, or when the last quarter's p99 is above three times that of the second.
"""

import argparse
import glob
import os
import random
import statistics
import sys
import tempfile
import threading
import time

import drive
import workloads as work

SHARES = {  # of 1,000 requests
    "GetItem": 400, "PutItem": 200, "UpdateItem ADD": 100, "conditional PutItem": 60, "DeleteItem": 50, "Query 50": 80, "Query 1 MB": 4,
    "Scan filter": 2, "index Query": 30, "BatchGetItem 100": 14, "BatchWriteItem 25": 30, "TransactWriteItems 4": 30,
}
LOG_LIMIT_MB = 128


def mix(items):
    """Shuffled, and each transaction on keys of its own, so that none in flight meets another."""
    every = work.workloads(items, 1000)
    every["TransactWriteItems 4"] = [work.request("TransactWriteItems", {
        "TransactItems": [{"Put": {"TableName": "writes", "Item": work.item(10**6 + 4 * t + k, 4)}} for k in range(4)]}) for t in range(300)]
    rng = random.Random(5)
    requests = []
    for name, share in SHARES.items():
        requests += [every[name][i % len(every[name])] for i in range(5 * share)]
    rng.shuffle(requests)
    # The same transaction may come again only after more requests than there are connections.
    return requests


class LogWatch(threading.Thread):
    """The largest size that the folder's write-ahead logs had together since the last look."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.largest = 0

    def run(self):
        while True:
            size = 0
            for path in glob.glob(f"{self.folder}/*-wal"):
                try:
                    size += os.path.getsize(path)
                except OSError:
                    pass
            self.largest = max(self.largest, size)
            time.sleep(0.25)

    def take(self):
        largest, self.largest = self.largest, 0
        return largest / 2**20


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--items", type=int, default=10000)
    parser.add_argument("--slice", type=int, default=30, help="seconds")
    parser.add_argument("--folder", help="where the data goes")
    parser.add_argument("--flags", default="")
    args = parser.parse_args()
    requests = mix(args.items)
    slices, failures = [], []
    with tempfile.TemporaryDirectory(prefix="stator-soak-", dir=args.folder) as folder:
        server = drive.Server("stator", [f"{args.build}/stator", "--port", "PORT", "--data", folder, *args.flags.split()])
        try:
            server.fill(args.items)
            watch = LogWatch(folder)
            watch.start()
            print(f"{'minute':>6} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'cpu us':>8} {'rss MB':>8} {'wal MB':>8}")
            began = time.monotonic()
            while time.monotonic() - began < args.minutes * 60:
                result = drive.measure(server, requests, args.connections, args.slice, threads=1)
                if result["failed"]:
                    failures.append(f"{result['bad']} answers were not 200 ({result['example']}), {result['socket_errors']} socket errors")
                result["wal_mb"] = watch.take()
                slices.append(result)
                print(f"{(time.monotonic() - began) / 60:6.1f} {result['per_second']:8.0f} {result['p50'] / 1000:8.2f} "
                      f"{result['p99'] / 1000:8.2f} {result['cpu_us']:8.2f} {result['rss_kb'] / 1024:8.1f} {result['wal_mb']:8.1f}", flush=True)
        finally:
            server.stop()
    quarter = max(1, len(slices) // 4)
    early, late = slices[quarter:2 * quarter] or slices, slices[-quarter:]

    def median(of, what):
        return statistics.median(one[what] for one in of)

    before = max(one["rss_kb"] for one in slices[:-quarter] or slices) / 1024
    after = max(one["rss_kb"] for one in late) / 1024
    if after > before * 1.1:
        failures.append(f"memory grew from {before:.1f} to {after:.1f} MB")
    if median(late, "p99") > 3 * median(early, "p99"):
        failures.append(f"p99 grew from {median(early, 'p99') / 1000:.1f} to {median(late, 'p99') / 1000:.1f} ms")
    if max(one["wal_mb"] for one in slices) > LOG_LIMIT_MB:
        failures.append(f"the write-ahead log grew to {max(one['wal_mb'] for one in slices):.0f} MB")
    print(f"{sum(one['requests'] for one in slices)} requests; most memory before the last quarter and in it: {before:.1f} and {after:.1f} MB; "
          f"p99 of the second quarter and the last: {median(early, 'p99') / 1000:.1f} and {median(late, 'p99') / 1000:.1f} ms; "
          f"largest log {max(one['wal_mb'] for one in slices):.1f} MB")
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
