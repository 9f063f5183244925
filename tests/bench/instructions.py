"""Counts the instructions of each fixed request with callgrind and holds them against instructions.txt: more than 3 % above fails.

Fewer is told: the new figure is then worth keeping (scripts/bench gate --accept writes the file anew). Only what runs inside the
dispatcher counts, after a warm-up. Which processor it runs on must not matter: glibc and OpenSSL choose their routines by what the
processor has, and callgrind passes that on, so both are told to use what every x86-64 has. Other compilers and libraries than Debian
bookworm's give other figures. Its last line counts, as the parts of scripts/test do.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "instructions.txt")
TOLERANCE = 0.03
TIMES = 20
BASELINE_PROCESSOR = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-BMI2,-MOVBE,-RTM,-ERMS,-FSRM,-SSE4_2,-SSE4_1,-SSSE3,"
                      "-Fast_Unaligned_Copy",
    "OPENSSL_ia32cap": "0:0",
}


def count(program, name):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=counted_requests", f"--callgrind-out-file={folder}/out", program,
             name, str(TIMES)], capture_output=True, text=True, env={**os.environ, **BASELINE_PROCESSOR})
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{name}: callgrind failed:\n{run.stderr[-2000:]}")
    return int(found.group(1)) // TIMES


def main():
    program = sys.argv[1]
    known = {}
    if os.path.exists(BASELINE):
        with open(BASELINE) as file:
            known = {name: int(number) for name, number in (line.split() for line in file if not line.startswith("#"))}
    names = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    counts = {name: count(program, name) for name in names}
    if "--accept" in sys.argv[2:]:
        with open(BASELINE, "w") as file:
            file.write("# Instructions a request, counted by `scripts/bench gate --accept`.\n")
            file.writelines(f"{name} {number}\n" for name, number in counts.items())
        known = counts
    failed = 0
    for name, number in counts.items():
        change = number / known[name] - 1 if name in known else None
        verdict = "no figure yet" if change is None else "MORE" if change > TOLERANCE else "fewer" if change < -TOLERANCE else "as before"
        failed += verdict in ("MORE", "no figure yet")
        print(f"{name:22} {number:10} {'' if change is None else f'{change:+.1%}':>8}  {verdict}")
    print(f"{len(counts) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
