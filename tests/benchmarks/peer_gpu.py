#!/usr/bin/env python3
"""Compares Halfwave with neuraloperator on one CUDA card: the same FNO, batch, loss and optimiser.

Every measurement is a process of its own and the programs take turns. The peer is measured in fp32 and in its own
`mixed` and `half` (its option `fno_block_precision`), under autocast where it asks for that. Memory is what PyTorch's
caching allocator, which both use, had in tensors at its peak. Run it with a Python that has torch with CUDA and what
neuraloperator imports:

    python tests/benchmarks/peer_gpu.py --neuraloperator CHECKOUT --rounds 3
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = {
    f"{points}-{batch}": {"points": points, "modes": 64, "width": 64, "batch": batch, "layers": 4}
    for points in (128, 256)
    for batch in (8, 32)
}
PRECISIONS = ("full", "mixed", "half")  # the peer's
FP32_TARGET, MIXED_TARGET, MEMORY_TARGET = 2.5, 1.5, 0.40


# ---- one measurement of the peer, in a process of its own ---------------------------------------------------


def measure(problem, precision, repeat):
    import torch
    from neuralop.models.fno import FNO

    torch.manual_seed(1)
    device = torch.device("cuda")
    modes = [problem["modes"]] * 2
    model = FNO(n_modes=modes, in_channels=1, out_channels=1, hidden_channels=problem["width"],
                n_layers=problem["layers"], fno_block_precision=precision).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(2, problem["batch"], 1, problem["points"], problem["points"], device=device)

    def forward():
        with torch.autocast("cuda", enabled=precision != "full"):
            return model(x)

    def step():
        optimizer.zero_grad(set_to_none=True)
        difference = (forward().float() - y).flatten(1).norm(dim=1)
        (difference / (y.flatten(1).norm(dim=1) + 1e-8)).sum().backward()
        optimizer.step()

    def timed(work):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return 1e3 * (time.perf_counter() - begin)

    for _ in range(3):
        step()
    torch.cuda.reset_peak_memory_stats()
    steps = [timed(step) for _ in range(repeat)]
    peak = torch.cuda.max_memory_allocated()
    with torch.no_grad():
        forward()
        inferences = [timed(forward) for _ in range(repeat)]
    return {"torch": torch.__version__, "card": torch.cuda.get_device_name(), "step_ms": steps,
            "inference_ms": inferences, "peak": peak}


# ---- both in turn -------------------------------------------------------------------------------------------


def run(command, environment):
    """What the program prints as JSON, or the last line of its complaint as a text."""
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def peer(shape, precision, options, environment):
    command = [sys.executable, __file__, "--measure", shape, "--precision", precision, "--repeat", str(options.repeat)]
    return run(command, environment)


def halfwave(shape, policy, engine, options, environment):
    problem = SHAPES[shape]
    command = [options.halfwave, "bench", "--json", "--device", "cuda", "--policy", policy, "--engine", engine,
               "--repeat", str(options.repeat), "--grid", f"{problem['points']},{problem['points']}"]
    for name in ("modes", "width", "batch", "layers"):
        command += [f"--{name}", str(problem[name])]
    found = run(command, environment)
    if isinstance(found, str):
        return found
    return {"step_ms": [found["step_ms"]["median"]], "inference_ms": [found["inference_ms"]["median"]],
            "peak": found["card_peak_bytes"]}


def summary(rounds):
    failed = [r for r in rounds if isinstance(r, str)]
    if failed:
        return {"failed": failed[0]}
    median = lambda key: statistics.median(ms for r in rounds for ms in r[key])
    return {"step_ms": median("step_ms"), "inference_ms": median("inference_ms"), "peak": max(r["peak"] for r in rounds)}


def compare(shape, options, environment):
    policies = options.policies.split(",")
    theirs = {precision: [] for precision in PRECISIONS}
    ours = {(policy, engine): [] for policy in policies for engine in ("dft", "fft")}
    for number in range(options.rounds):
        print(f"{shape}, round {number + 1} of {options.rounds}", file=sys.stderr)
        for precision, rounds in theirs.items():
            rounds.append(peer(shape, precision, options, environment))
        for (policy, engine), rounds in ours.items():
            rounds.append(halfwave(shape, policy, engine, options, environment))
    cards = {r["card"] for rounds in theirs.values() for r in rounds if not isinstance(r, str)}
    return {
        "card": ", ".join(sorted(cards)) or "unknown",
        "peer": {precision: summary(rounds) for precision, rounds in theirs.items()},
        "halfwave": {f"{policy}, {engine}": summary(rounds) for (policy, engine), rounds in ours.items()},
    }


def targets(record):
    """Ratios of Halfwave's best to the peer, and what they are to be; none where a side has failed."""
    good = lambda side: {name: r for name, r in record[side].items() if "failed" not in r}
    theirs, ours = good("peer"), good("halfwave")
    if "full" not in theirs or not ours:
        return []
    step = min(r["step_ms"] for r in ours.values())
    lines = []

    def add(what, value, wanted, met):
        lines.append(f"- {what}: **{value:.2f}** ({wanted}: {'met' if met else 'missed'})")

    fp32 = theirs["full"]["step_ms"] / step
    add("step, times faster than neuraloperator in fp32", fp32, f"at least {FP32_TARGET}", fp32 >= FP32_TARGET)
    mixed = [theirs[p]["step_ms"] for p in ("mixed", "half") if p in theirs]
    if mixed:
        ratio = min(mixed) / step
        add("step, times faster than its best mixed setting", ratio, f"at least {MIXED_TARGET}", ratio >= MIXED_TARGET)
    share = min(r["peak"] for r in ours.values()) / theirs["full"]["peak"]
    add("peak memory, share of its fp32", share, f"at most {MEMORY_TARGET}", share <= MEMORY_TARGET)
    return lines


def markdown(records, options):
    lines = []
    for shape, record in records.items():
        problem = SHAPES[shape]
        lines += [f"### {problem['points']}×{problem['points']}, modes {problem['modes']}, width {problem['width']},"
                  f" batch {problem['batch']}, on {record['card']}", "",
                  "| | step, ms | inference, ms | peak, MB |", "| --- | --- | --- | --- |"]
        for side, title in (("peer", "neuraloperator"), ("halfwave", "Halfwave")):
            for name, r in record[side].items():
                cells = (f"{r['step_ms']:.2f} | {r['inference_ms']:.2f} | {r['peak'] / 1e6:.0f}"
                         if "failed" not in r else f"failed: {r['failed']} | | ")
                lines.append(f"| {title}, `{name}` | {cells} |")
        lines += ["", *targets(record), ""]
    lines.append(f"Medians of {options.rounds} rounds of {options.repeat} steps.")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neuraloperator", metavar="CHECKOUT", help="source tree; else the installed package")
    parser.add_argument("--halfwave", default=str(ROOT / "build/release/bin/halfwave"), metavar="PROGRAM")
    parser.add_argument("--shapes", default=",".join(SHAPES), metavar=",".join(SHAPES))
    parser.add_argument("--policies", default="full,amp,mixed", metavar="P,P")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=20, help="timed steps and inferences a round")
    parser.add_argument("--record", metavar="FILE", help="keep the figures as JSON as well")
    parser.add_argument("--measure", choices=SHAPES, help="one measurement of the peer, as JSON; the others ask for it")
    parser.add_argument("--precision", choices=PRECISIONS, default="full")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(SHAPES[options.measure], options.precision, options.repeat)))
        return
    if options.neuraloperator and not (pathlib.Path(options.neuraloperator) / "neuralop").is_dir():
        parser.error(f"--neuraloperator: {options.neuraloperator} has no folder neuralop; a checkout is meant")
    if not pathlib.Path(options.halfwave).is_file():
        parser.error(f"--halfwave: {options.halfwave} is not there; build it, or say where the program is")
    shapes = options.shapes.split(",")
    if unknown := [s for s in shapes if s not in SHAPES]:
        parser.error(f"--shapes: there is no shape {unknown[0]}; the shapes are {', '.join(SHAPES)}")
    environment = dict(os.environ)
    if options.neuraloperator:
        environment["PYTHONPATH"] = os.pathsep.join(
            [options.neuraloperator, *filter(None, [os.environ.get("PYTHONPATH")])])
    records = {shape: compare(shape, options, environment) for shape in shapes}
    if options.record:
        pathlib.Path(options.record).write_text(json.dumps(records, indent=1) + "\n")
    print(markdown(records, options))


if __name__ == "__main__":
    main()
