"""run.py: executes the README's examples against a fresh stator in memory, and counts them: pytest with a database per test, Jest
with a fork per worker. Those for containers are checked against the binary, and executed where an engine answers (test_files.py)."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from packages import install, OutOfReach  # noqa: E402
from server import Server  # noqa: E402

passed = failed = skipped = 0
for folder, command, count in (
        ("pytest", ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"], r"(\d+) {}"),
        ("jest", ["node", "node_modules/jest/bin/jest.js"], r"^Tests:.*?(\d+) {}"),
        (".", ["/usr/bin/python3", str(HERE.parent / "support/run_python.py"), "."], r"(\d+) {}")):
    if (HERE / folder / "package.json").exists():
        try:
            install(HERE / folder)
        except OutOfReach as reason:
            print(f"skipped: {folder}: {reason}")
            skipped += 1
            continue
    with Server() as server, tempfile.TemporaryDirectory() as cache:
        # Without what an earlier run remembers, Jest does not spare itself the processes.
        if folder == "jest":
            command = [*command, f"--cacheDirectory={cache}"]
        done = subprocess.run(command, cwd=HERE / folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800,
                              env={**os.environ, "STATOR_ENDPOINT": server.endpoint, "PYTHONDONTWRITEBYTECODE": "1"})
    counted = {word: sum(map(int, re.findall(count.format(word), done.stdout, re.M))) for word in ("passed", "failed", "skipped")}
    if done.returncode != 0 and not counted["failed"]:
        counted["failed"] = 1
    if counted["failed"]:
        print(done.stdout)
    for reason in re.findall(r"^skipped: .*", done.stdout, re.M):
        print(reason)
    print(f"{'files' if folder == '.' else folder}: {counted['passed']} passed, {counted['failed']} failed")
    passed, failed, skipped = passed + counted["passed"], failed + counted["failed"], skipped + counted["skipped"]
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
