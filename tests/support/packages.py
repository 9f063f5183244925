"""npm packages of a test's own lock file: `npm ci`, once per change of it.

Packages' own install scripts do not run, but for a manifest with `"config": {"native": true}`: its package is built there.
"""
import json
import os
import re
import subprocess

# npm's codes for a registry that this machine cannot talk to: no network, no name, a certificate that is not trusted here.
OUT_OF_REACH = re.compile(r"npm (?:ERR!|error) code (\w*CERT\w*|UNABLE_TO_\w+|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|"
                          r"ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)")


class OutOfReach(Exception):
    """The packages cannot be had here: a reason to skip, said aloud. STATOR_NEED_CLIENTS=1 makes it a failure."""


def install(folder):
    lock, stamp = folder / "package-lock.json", folder / "node_modules/.installed"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return
    print(f"{folder.name}: npm ci", flush=True)
    native = json.loads((folder / "package.json").read_text()).get("config", {}).get("native", False)
    scripts = [] if native else ["--ignore-scripts"]
    for attempt in (1, 2):  # a registry may fail once
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", *scripts], cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            stamp.write_text(lock.read_text())
            return
    print(done.stdout)
    unreachable = OUT_OF_REACH.search(done.stdout)
    if unreachable and not os.environ.get("STATOR_NEED_CLIENTS"):
        raise OutOfReach(f"npm's registry cannot be reached from here ({unreachable.group(1)})")
    raise SystemExit(f"{folder.name}: npm ci failed\n0 passed, 1 failed, 0 skipped")
