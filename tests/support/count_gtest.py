"""count_gtest.py BUILD_FOLDER: counts what ctest just ran there, from GoogleTest's reports (BUILD_FOLDER/reports/*.xml).

A program that ctest calls failed although its report names no failed test (it crashed, hung or leaked) counts as one failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

build = pathlib.Path(sys.argv[1])
passed = failed = skipped = 0
failed_by_program = {}
for report in sorted((build / "reports").glob("*.xml")):
    failed_by_program[report.stem] = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None:
            failed_by_program[report.stem] += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            skipped += 1
            print(f"skipped: {case.get('classname')}.{case.get('name')}")
        else:
            passed += 1
failed = sum(failed_by_program.values())

failures = build / "Testing" / "Temporary" / "LastTestsFailed.log"
for line in failures.read_text().splitlines() if failures.exists() else []:
    program = line.split(":", 1)[1]
    if failed_by_program.get(program, 0) == 0:
        print(f"failed as a whole: {program}")
        failed += 1
if not failed_by_program:
    print("no test program left a report")
    failed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0)
