"""run.py: executes the README's examples against a fresh stator in memory, and counts them: pytest with a database per test, Jest
with a database per worker. Those that need a container engine are executed by tests/image."""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from packages import install, OutOfReach  # noqa: E402
from server import Server  # noqa: E402

passed = failed = skipped = 0
for folder, command, count in (
        ("pytest", ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"], r"(\d+) {}"),
        ("jest", ["node", "node_modules/jest/bin/jest.js", "--maxWorkers=2"], r"^Tests:.*?(\d+) {}")):
    if (HERE / folder / "package.json").exists():
        try:
            install(HERE / folder)
        except OutOfReach as reason:
            print(f"skipped: {folder}: {reason}")
            skipped += 1
            continue
    with Server() as server:
        done = subprocess.run(command, cwd=HERE / folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                              env={**os.environ, "STATOR_ENDPOINT": server.endpoint, "PYTHONDONTWRITEBYTECODE": "1"})
    counted = {word: sum(map(int, re.findall(count.format(word), done.stdout, re.M))) for word in ("passed", "failed")}
    if done.returncode != 0 and not counted["failed"]:
        counted["failed"] = 1
    if counted["failed"]:
        print(done.stdout)
    print(f"{folder}: {counted['passed']} passed, {counted['failed']} failed")
    passed, failed = passed + counted["passed"], failed + counted["failed"]
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
