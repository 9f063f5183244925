"""run_python.py FOLDER [NAME...]: runs the unittest files (test_*.py) of a folder, all or those whose name contains NAME.

The last line counts them. A skipped test is printed with its reason.
"""
import pathlib
import sys
import time
import unittest

folder = pathlib.Path(sys.argv[1]).resolve()
wanted = sys.argv[2:]
sys.path[:0] = [str(folder), str(folder.parent / "support")]


class Narrator(unittest.TextTestResult):
    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"ok ({time.monotonic() - self.began:.2f} s)")
        self.stream.flush()


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


found = unittest.defaultTestLoader.discover(str(folder), pattern="test_*.py", top_level_dir=str(folder))
chosen = unittest.TestSuite(test for test in flatten(found) if not wanted or any(name in test.id() for name in wanted))
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Narrator).run(chosen)
for test, reason in result.skipped:
    print(f"skipped: {test.id()}: {reason}")
failed = len({test.id() for test, _ in result.failures + result.errors}) + len(result.unexpectedSuccesses)
passed = result.testsRun - failed - len(result.skipped)
print(f"{max(passed, 0)} passed, {failed} failed, {len(result.skipped)} skipped")
sys.exit(1 if failed or not result.testsRun else 0)
