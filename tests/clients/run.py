"""run.py [APPLICATION...]: runs the applications of this folder, each against a fresh stator in memory, and counts their tests.

Packages come from each application's own lock file (`npm ci`, once per change of it). With STATOR_ENDPOINT set, they run
against whatever listens there instead.
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from packages import install, OutOfReach  # noqa: E402
from server import Server  # noqa: E402


def run(folder, endpoint):
    """Runs one application; returns its counts (passed, failed, skipped)."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NODE_"))}
    env.update(STATOR_ENDPOINT=endpoint, AWS_ACCESS_KEY_ID="dummy", AWS_SECRET_ACCESS_KEY="dummy", AWS_REGION="us-east-1",
               AWS_EC2_METADATA_DISABLED="true")
    done = subprocess.run(["node", "--test", "--test-reporter=tap"], cwd=folder, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)
    counts = {name: int(number) for name, number in re.findall(r"^# (tests|pass|fail|cancelled|skipped) (\d+)$", done.stdout, re.M)}
    failed = counts.get("fail", 0) + counts.get("cancelled", 0)
    if failed == 0 and (done.returncode != 0 or counts.get("pass", 0) == 0):
        failed = 1
    if failed or "-v" in sys.argv:
        print(done.stdout)
    return counts.get("pass", 0), failed, counts.get("skipped", 0)


total = [0, 0, 0]
wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
for manifest in sorted(HERE.glob("*/package.json")):
    application = manifest.parent
    if wanted and application.name not in wanted:
        continue
    try:
        install(application)
    except OutOfReach as reason:
        print(f"skipped: this and the applications after it: {reason}")
        total[2] += 1
        break
    elsewhere = os.environ.get("STATOR_ENDPOINT")
    if elsewhere:
        counts = run(application, elsewhere)
    else:
        with Server() as server:
            counts = run(application, server.endpoint)
            if server.process.poll() is not None:
                print(f"the server died with {server.process.returncode}:\n{server.output}")
                counts = (counts[0], counts[1] + 1, counts[2])
    print(f"{application.name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped", flush=True)
    total = [a + b for a, b in zip(total, counts)]
print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
sys.exit(1 if total[1] or not total[0] + total[2] else 0)
