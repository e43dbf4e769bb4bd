#!/usr/bin/env python3
"""Counts the instructions of one fixed small training step under callgrind and compares with the committed counts.

    tests/benchmarks/instructions.py build/release/tests/step_instructions            # exit code 1 if a count has moved
    tests/benchmarks/instructions.py build/release/tests/step_instructions --update   # writes the counts of today

Counts, unlike times, do not depend on what else the machine does: they repeat to a few hundred instructions. To
make those of different machines comparable, one thread computes and every library that picks its code by the processor is held to
AVX2 (valgrind knows no AVX-512) or, for MKL, to the code that all processors share. What remains, such as the sizes of caches
that libraries adapt to, is what the tolerance is for. Exit code 77: it could not be counted here; one line says why.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

BASELINE = pathlib.Path(__file__).with_name("instructions.json")
SKIPPED = 77
PINNED = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "LC_ALL": "C",
}


def skip(reason):
    print(f"instructions: skipped, {reason}")
    sys.exit(SKIPPED)


def count(program, case):
    policy, engine = case.split()
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*command, program, policy, engine], env=dict(os.environ, **PINNED),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"instructions: the step of {case} ended with exit code {done.returncode}:\n{done.stdout}")
    found = re.search(r"^==\d+== Collected : (\d+)", done.stdout, re.MULTILINE)
    if not found:
        sys.exit(f"instructions: callgrind told no count for {case}:\n{done.stdout}")
    if int(found.group(1)) == 0:
        skip("the program was built without valgrind/callgrind.h")
    return int(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="step_instructions, as built")
    parser.add_argument("--update", action="store_true", help="write today's counts into the baseline")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program} is not a program; build the target step_instructions")
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed")

    baseline = json.loads(BASELINE.read_text())
    tolerance = baseline["tolerance"]
    moved = []
    for case, expected in baseline["instructions"].items():
        counted = count(options.program, case)
        baseline["instructions"][case] = counted
        change = counted / expected - 1.0 if expected else float("inf")
        print(f"{case}: {counted:,} instructions, {change:+.2%} (recorded {expected:,}, tolerance {tolerance:.0%})")
        if abs(change) > tolerance:
            moved.append(case)
    if options.update:
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
    elif moved:
        print(f"instructions: {', '.join(moved)} moved by more than {tolerance:.0%}. If that is meant, also when there are "
              "fewer, record it:\n  tests/benchmarks/instructions.py build/release/tests/step_instructions --update")
        sys.exit(1)


if __name__ == "__main__":
    main()
