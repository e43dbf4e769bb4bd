#!/usr/bin/env python3
"""What it costs to cast an operator after it was trained: evaluates trained runs with one stage at a time, and
with all of them, in another format, and prints a Markdown table of relative errors.

    cast_afterwards.py --halfwave build/release/bin/halfwave RUN_DIR [RUN_DIR ...]

Each RUN_DIR is a run of the same experiment with another seed, as `halfwave compare` leaves them."""

import argparse
import json
import statistics
import subprocess

STAGES = ["forward_transform", "contraction", "inverse_transform", "pointwise"]
FORMATS = ["fp16", "bf16", "tf32", "fp8_e4m3", "fp8_e5m2"]


def evaluate(halfwave, run, overrides):
    command = [halfwave, "evaluate", run, "--json"]
    for override in overrides:
        command += ["--override", override]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode == 2:
        raise SystemExit(result.stderr.strip())
    return json.loads(result.stdout)["metrics"] if result.stdout else {}


def figure(values, reference):
    if any(v is None for v in values):
        return "not finite"
    mean = statistics.mean(values)
    change = 100.0 * (mean / statistics.mean(reference) - 1.0)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{mean:.4f} ± {spread:.4f} ({change:+.1f} %)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--halfwave", default="halfwave")
    parser.add_argument("--norm", choices=["l2", "h1"], default="h1")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()

    reference = [evaluate(arguments.halfwave, run, []) for run in arguments.runs]
    tests = sorted(reference[0], key=int)
    print("| cast | " + " | ".join(f"{arguments.norm.upper()} at {test}" for test in tests) + " |")
    print("| --- |" + " --- |" * len(tests))

    def row(name, overrides):
        found = [evaluate(arguments.halfwave, run, overrides) for run in arguments.runs] if overrides else reference
        cells = [
            figure([run[test][arguments.norm] for run in found], [run[test][arguments.norm] for run in reference])
            for test in tests
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)

    row("nothing: as it was trained", [])
    for form in FORMATS:
        for stage in STAGES:
            row(f"`{stage}` {form}", [f"* {stage} {form}"])
        row(f"all four {form}", [f"* {stage} {form}" for stage in STAGES])
    row("`weights` fp16", ["* weights fp16"])
    row("`weights` bf16", ["* weights bf16"])


if __name__ == "__main__":
    main()
