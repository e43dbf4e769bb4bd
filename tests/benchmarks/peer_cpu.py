#!/usr/bin/env python3
"""Compares Halfwave with neuraloperator on the CPU: the same FNO, batch, loss, optimiser and threads.

Every measurement is a process of its own, and the programs take turns, so that neither finds the machine in a
state that the other does not. Both get the environment that a person's shell gives them; the peer a second time
with a malloc that keeps large blocks. Run it with a Python that has torch and what neuraloperator imports:

    python tests/benchmarks/peer_cpu.py --neuraloperator CHECKOUT --shapes S,M,L,T --rounds 3

Shape T is the problem of neuraloperator's small TFNO; both programs hold dense weights there, and the peer's
Tucker-factorised model is a row of its own. Memory is what is resident beyond the idle process (libraries loaded, no operator yet)
at its peak. The part of it "beyond the state" is that minus weights, gradients and the optimiser's moments.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import peer_worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = {  # S, M and L as `halfwave bench` has them
    "S": {"points": 64, "modes": 16, "width": 32, "batch": 8, "layers": 4},
    "M": {"points": 128, "modes": 32, "width": 64, "batch": 4, "layers": 4},
    "L": {"points": 128, "modes": 64, "width": 64, "batch": 4, "layers": 4},
    "T": {"points": 32, "modes": 16, "width": 32, "batch": 16, "layers": 4},
}
# How many times faster than the peer's better figure (step, inference), and how much of its memory at most.
SPEED_TARGETS = {
    "S": {"full": (2.5, 2.5), "bf16": (4.0, 4.0)},
    "M": {"full": (2.5, 2.5), "bf16": (5.0, 6.0)},
    "L": {"full": (2.5, 2.5), "bf16": (5.0, 6.0)},
}
PEAK_TARGETS = {"M": {"full": 0.55, "bf16": 0.38}}
MIXED_TARGET = 1.6  # step of `mixed` over step of `full`
SAVED_TARGET = 0.52
STATE_TARGET = 0.45


def run(command, environment=None):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"peer_cpu: {' '.join(map(str, command))} ended with exit code {done.returncode}")
    return json.loads(done.stdout) if done.stdout.strip() else {}


class Programs:
    def __init__(self, options):
        self.options = options
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "MALLOC_"))}
        paths = [options.neuraloperator] if options.neuraloperator else []
        paths += [p for p in [os.environ.get("PYTHONPATH")] if p]
        if paths:
            self.environment["PYTHONPATH"] = os.pathsep.join(paths)
        self.counts = ["--threads", str(options.threads), "--repeat", str(options.repeat)]

    def peer(self, shape, kind):
        environment = dict(self.environment, **({} if kind == "plain" else peer_worker.TUNED_MALLOC))
        extra = self.counts + (["--tucker"] if kind == "tucker" else [])
        return run(peer_worker.command_of(sys.executable, SHAPES[shape], extra), environment)

    def halfwave(self, shape, policy):
        problem = SHAPES[shape]
        command = [self.options.halfwave, "bench", "--json", "--policy", policy, "--engine", self.options.engine]
        command += self.counts + ["--grid", f"{problem['points']},{problem['points']}"]
        for name in ("modes", "width", "batch", "layers"):
            command += [f"--{name}", str(problem[name])]
        return run(command, self.environment)

    def parity(self, shape):
        with tempfile.TemporaryDirectory() as folder:
            run(peer_worker.command_of(sys.executable, SHAPES[shape], ["--export", folder]), self.environment)
            report = run([self.options.halfwave, "doctor", "--json", "--fixtures", folder], self.environment)
            return [c for c in report["fixtures"] if c["file"] == "peer.pt"]

    def commit(self):
        if not self.options.neuraloperator:
            return "as installed"
        command = ["git", "-C", self.options.neuraloperator, "rev-parse", "--short", "HEAD"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip() or "unknown"


# ---- what the rounds gave -----------------------------------------------------------------------------------


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def of_peer(rounds):
    state = rounds[0]["bytes"]
    peak = max(r["resident_bytes"]["peak_above_idle"] for r in rounds)
    return {
        "peak_above_idle": peak,
        "state": state,
        "beyond_state": peak - sum(state.values()),
        "step_ms": spread([ms for r in rounds for ms in r["step_ms"]]),
        "inference_ms": spread([ms for r in rounds for ms in r["inference_ms"]]),
    }


def of_halfwave(rounds):
    last = rounds[-1]
    state = {name: last["bytes"][name] for name in ("weights", "gradients", "optimizer")}
    peak = max(r["resident_bytes"]["peak_above_idle"] for r in rounds)
    medians = lambda key: spread([r[key]["median"] for r in rounds])
    return {
        "peak_above_idle": peak,
        "state": state,
        "beyond_state": peak - sum(state.values()),
        "saved_activations": last["bytes"]["saved_activations"],
        "metered_peak": last["peak_bytes"],
        "step_ms": medians("step_ms"),
        "inference_ms": medians("inference_ms"),
    }


def compare_shape(programs, shape, options):
    policies = options.policies.split(",")
    peer = {"plain": [], "tuned": [], **({"tucker": []} if shape == "T" else {})}
    ours = {policy: [] for policy in policies}
    for number in range(options.rounds):
        print(f"shape {shape}, round {number + 1} of {options.rounds}", file=sys.stderr)
        for kind in peer:
            peer[kind].append(programs.peer(shape, kind))
        for policy in policies:
            ours[policy].append(programs.halfwave(shape, policy))
    record = {
        "torch": peer["plain"][0]["torch"],
        "peer": {kind: of_peer(rounds) for kind, rounds in peer.items()},
        "halfwave": {policy: of_halfwave(rounds) for policy, rounds in ours.items()},
    }
    record["targets"] = targets(shape, record)
    return record


def target(what, value, at_least=None, at_most=None):
    met = value >= at_least if at_least is not None else value <= at_most
    return {"what": what, "value": value, "at_least": at_least, "at_most": at_most, "met": met}


def targets(shape, record):
    """Ratios to the dense peer's lower figure, and what they are to be."""
    dense = [record["peer"]["plain"], record["peer"]["tuned"]]
    ours = record["halfwave"]
    result = []
    for policy, wanted in SPEED_TARGETS.get(shape, {}).items():
        if policy not in ours:
            continue
        for key, what, least in zip(("step_ms", "inference_ms"), ("step", "inference"), wanted):
            ratio = min(p[key]["median"] for p in dense) / ours[policy][key]["median"]
            result.append(target(f"{what}, `{policy}`, times faster", ratio, at_least=least))
    for policy, most in PEAK_TARGETS.get(shape, {}).items():
        if policy in ours:
            share = ours[policy]["peak_above_idle"] / min(p["peak_above_idle"] for p in dense)
            result.append(target(f"peak memory above idle, `{policy}`, share of the peer's", share, at_most=most))
    if "full" in ours and "mixed" in ours:
        slower = ours["mixed"]["step_ms"]["median"] / ours["full"]["step_ms"]["median"]
        result.append(target("step, `mixed` over `full`", slower, at_most=MIXED_TARGET))
        saved = ours["mixed"]["saved_activations"] / ours["full"]["saved_activations"]
        result.append(target("saved activations, `mixed` over `full`", saved, at_most=SAVED_TARGET))
    if "full" in ours and shape == "L":
        share = ours["full"]["beyond_state"] / min(p["beyond_state"] for p in dense)
        result.append(target("memory beyond the state, `full`, share of the peer's", share, at_most=STATE_TARGET))
    return result


# ---- the page -----------------------------------------------------------------------------------------------

PEER_ROWS = {"plain": "neuraloperator", "tuned": "neuraloperator, tuned malloc",
             "tucker": "neuraloperator's TFNO, tuned malloc"}


def markdown_shape(shape, record, with_times):
    mb = lambda count: f"{count / 1e6:.0f}"
    ms = lambda t: f"{t['median']:.1f} ({t['min']:.1f}–{t['max']:.1f})"
    problem = SHAPES[shape]
    better = {key: min(record["peer"][kind][key]["median"] for kind in ("plain", "tuned"))
              for key in ("step_ms", "inference_ms")}
    lines = [
        f"## {shape}: {problem['points']}×{problem['points']}, modes {problem['modes']}, width {problem['width']},"
        f" batch {problem['batch']}",
        "",
        "| |" + (" step, ms | inference, ms | times faster |" if with_times else "")
        + " peak above idle, MB | state, MB | beyond it, MB | saved activations, MB |",
        "| --- |" + (" --- | --- | --- |" if with_times else "") + " --- | --- | --- | --- |",
    ]
    rows = [(PEER_ROWS[kind], r, False) for kind, r in record["peer"].items()]
    rows += [(f"Halfwave, `{policy}`", r, True) for policy, r in record["halfwave"].items()]
    for title, r, ours in rows:
        faster = " / ".join(f"{better[key] / r[key]['median']:.2f}" for key in better) if ours else ""
        times = f" {ms(r['step_ms'])} | {ms(r['inference_ms'])} | {faster} |" if with_times else ""
        saved = mb(r["saved_activations"]) if ours else "not counted"
        lines.append(f"| {title} |{times} {mb(r['peak_above_idle'])} | {mb(sum(r['state'].values()))} |"
                     f" {mb(r['beyond_state'])} | {saved} |")
    lines.append("")
    for t in record["targets"]:
        if not with_times and ("step" in t["what"] or "inference" in t["what"]):
            continue
        wanted = f"at least {t['at_least']}" if t["at_least"] is not None else f"at most {t['at_most']}"
        lines.append(f"- {t['what']}: **{t['value']:.3g}** ({wanted}: {'met' if t['met'] else 'missed'})")
    return lines


def markdown(record, with_times):
    lines = [
        f"4 blocks, one channel in and out; relative L2, Adam, fp32 weights; engine `{record['engine']}`,"
        f" {record['threads']} threads, {record['rounds']} rounds of {record['repeat']} steps and inferences, medians (least–most);"
        f" neuraloperator {record['neuraloperator']}, torch {next(iter(record['shapes'].values()))['torch']}.",
        "",
    ]
    for shape, of_shape in record["shapes"].items():
        lines += [*markdown_shape(shape, of_shape, with_times), ""]
    for case in record.get("parity", {}).get("cases", []):
        lines.append(
            f"Same weights and data, shape {record['parity']['shape']}, engine `{case['engine']}`: output differs by"
            f" {case['max_output_error']:.1e}, gradients by {case['max_gradient_error']:.1e} of the largest magnitude."
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neuraloperator", metavar="CHECKOUT", help="source tree; else the installed package")
    parser.add_argument("--halfwave", default=str(ROOT / "build/release/bin/halfwave"), metavar="PROGRAM")
    parser.add_argument("--shapes", default="S,M,L", metavar="S,M,L,T")
    parser.add_argument("--policies", default="full,bf16,mixed,amp", metavar="P,P")
    parser.add_argument("--engine", default="dft", choices=["dft", "fft", "auto"])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5, help="timed steps and inferences a round")
    parser.add_argument("--parity-shape", choices=[*SHAPES, ""], default="S",
                        help="shape in which outputs and gradients are compared; empty to leave that out")
    parser.add_argument("--no-times", action="store_true", help="leave times out of the Markdown")
    parser.add_argument("--record", metavar="FILE", help="keep the figures as JSON as well")
    options = parser.parse_args()
    if options.neuraloperator and not (pathlib.Path(options.neuraloperator) / "neuralop").is_dir():
        parser.error(f"--neuraloperator: {options.neuraloperator} has no folder neuralop; a checkout is meant")
    if not pathlib.Path(options.halfwave).is_file():
        parser.error(f"--halfwave: {options.halfwave} is not there; build it, or say where the program is")
    shapes = options.shapes.split(",")
    if unknown := [s for s in shapes if s not in SHAPES]:
        parser.error(f"--shapes: there is no shape {unknown[0]}; the shapes are {', '.join(SHAPES)}")

    programs = Programs(options)
    record = {name: getattr(options, name) for name in ("engine", "threads", "rounds", "repeat")}
    record["neuraloperator"] = programs.commit()
    record["shapes"] = {shape: compare_shape(programs, shape, options) for shape in shapes}
    if options.parity_shape:
        record["parity"] = {"shape": options.parity_shape, "cases": programs.parity(options.parity_shape)}
    if options.record:
        pathlib.Path(options.record).write_text(json.dumps(record, indent=1) + "\n")
    print(markdown(record, not options.no_times))


if __name__ == "__main__":
    main()
