#!/usr/bin/env python3
"""Compares Halfwave with neuraloperator on the CPU: the same FNO, batch, loss, optimiser and threads.

Every measurement is a process of its own, and the programs take turns, so that neither finds the machine in a
state that the other does not. Run it with a Python that has torch and what neuraloperator imports:

    python tests/benchmarks/peer_cpu.py --neuraloperator CHECKOUT --shape L --rounds 3

Memory is what is resident beyond the idle process (libraries loaded, no operator yet) at its peak. The part of
it "beyond the state" is that minus weights, gradients and the optimiser's moments.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = {  # as `halfwave bench` has them: points, modes, width, batch
    "S": (64, 16, 32, 8),
    "M": (128, 32, 64, 4),
    "L": (128, 64, 64, 4),
}
# glibc then keeps large blocks for reuse instead of returning them to the system after each tensor.
TUNED_MALLOC = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
SAVED_TARGET = 0.52
STATE_TARGET = 0.45


# ---- in a process of the peer -------------------------------------------------------------------------------


def status_bytes(field):
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def forget_resident_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def build_peer(shape):
    from neuralop.models.fno import FNO

    points, modes, width, batch = SHAPES[shape]
    arguments = dict(n_modes=[modes, modes], in_channels=1, out_channels=1, hidden_channels=width, n_layers=4)
    return FNO(**arguments), arguments


def relative_l2(prediction, target):
    """Summed over the batch, as neuraloperator's LpLoss and Halfwave's trainer have it."""
    difference = (prediction - target).flatten(1).norm(dim=1)
    return (difference / (target.flatten(1).norm(dim=1) + 1e-8)).sum()


def peer_worker(shape, threads, repeat):
    import torch
    import neuralop.models.fno  # noqa: F401  (part of the idle process)

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    points, _, _, batch = SHAPES[shape]
    x, y = torch.randn(2, batch, 1, points, points)
    idle = status_bytes("VmRSS")
    forget_resident_peak()

    model, _ = build_peer(shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = relative_l2(model(x), y)
        loss.backward()
        optimizer.step()

    def timed(work):
        begin = time.perf_counter()
        work()
        return 1e3 * (time.perf_counter() - begin)

    for _ in range(2):
        step()
    steps = [timed(step) for _ in range(repeat)]
    peak = status_bytes("VmHWM")

    size = lambda tensors: sum(t.numel() * t.element_size() for t in tensors)
    parameters = list(model.parameters())
    moments = [t for s in optimizer.state.values() for t in s.values() if torch.is_tensor(t) and t.dim() > 0]
    state = {
        "weights": size(parameters),
        "gradients": size([p.grad for p in parameters if p.grad is not None]),
        "optimizer": size(moments),
    }
    with torch.no_grad():
        for _ in range(2):
            model(x)
        inferences = [timed(lambda: model(x)) for _ in range(repeat)]
    result = {
        "torch": torch.__version__,
        "bytes": state,
        "resident_bytes": {"idle": idle, "peak_above_idle": peak - idle},
        "step_ms": steps,
        "inference_ms": inferences,
    }
    print(json.dumps(result))


def export_worker(shape, folder):
    """Writes one model with weights, a case and its gradients, in the layout `halfwave doctor` compares with."""
    import torch

    torch.manual_seed(2)
    points, _, _, batch = SHAPES[shape]
    model, arguments = build_peer(shape)
    x, target = torch.randn(2, batch, 1, points, points)
    y = model(x)
    loss = relative_l2(y, target)
    loss.backward()
    state = {name: p.detach() for name, p in model.named_parameters()}
    gradients = {name: p.grad for name, p in model.named_parameters()}
    case = {"x": x, "target": target, "y": y.detach(), "loss": loss.item(), "grads": gradients}
    meta = json.dumps({"model": "FNO", "arguments": arguments})
    torch.save({"meta": meta, "state": state, "cases": [case]}, os.path.join(folder, "peer.pt"))


# ---- in the process that compares ---------------------------------------------------------------------------


def run(command, environment=None):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"peer_cpu: {' '.join(map(str, command))} ended with exit code {done.returncode}")
    return json.loads(done.stdout) if done.stdout.strip() else {}


class Programs:
    def __init__(self, options):
        self.options = options
        self.environment = dict(os.environ, OMP_WAIT_POLICY="passive")
        paths = [options.neuraloperator] if options.neuraloperator else []
        paths += [p for p in [os.environ.get("PYTHONPATH")] if p]
        if paths:
            self.environment["PYTHONPATH"] = os.pathsep.join(paths)

    def peer(self, shape, tuned):
        environment = dict(self.environment, **(TUNED_MALLOC if tuned else {}))
        command = [sys.executable, __file__, "--worker", shape]
        command += ["--threads", str(self.options.threads), "--repeat", str(self.options.repeat)]
        return run(command, environment)

    def halfwave(self, shape, policy):
        command = [self.options.halfwave, "bench", "--json", "--shape", shape, "--policy", policy]
        command += ["--engine", self.options.engine]
        command += ["--threads", str(self.options.threads), "--repeat", str(self.options.repeat)]
        return run(command, self.environment)

    def parity(self, shape):
        with tempfile.TemporaryDirectory() as folder:
            run([sys.executable, __file__, "--export", folder, "--shape", shape], self.environment)
            report = run([self.options.halfwave, "doctor", "--json", "--fixtures", folder], self.environment)
            return [c for c in report["fixtures"] if c["file"] == "peer.pt"]

    def commit(self):
        if not self.options.neuraloperator:
            return "as installed"
        command = ["git", "-C", self.options.neuraloperator, "rev-parse", "--short", "HEAD"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip() or "unknown"


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


def compare(options):
    programs = Programs(options)
    policies = options.policies.split(",")
    peer = {"plain": [], "tuned": []}
    ours = {policy: [] for policy in policies}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for kind in peer:
            peer[kind].append(programs.peer(options.shape, kind == "tuned"))
        for policy in policies:
            ours[policy].append(programs.halfwave(options.shape, policy))
    record = {
        "shape": options.shape,
        "engine": options.engine,
        "threads": options.threads,
        "rounds": options.rounds,
        "repeat": options.repeat,
        "neuraloperator": programs.commit(),
        "torch": peer["plain"][0]["torch"],
        "peer": {kind: of_peer(rounds) for kind, rounds in peer.items()},
        "halfwave": {policy: of_halfwave(rounds) for policy, rounds in ours.items()},
    }
    record["targets"] = targets(record)
    if options.parity_shape:
        record["parity"] = {"shape": options.parity_shape, "cases": programs.parity(options.parity_shape)}
    return record


def targets(record):
    """The two memory targets; the peer's lower figure counts."""
    result = {}
    ours = record["halfwave"]
    if "full" in ours and "mixed" in ours:
        share = ours["mixed"]["saved_activations"] / ours["full"]["saved_activations"]
        result["saved_mixed_over_full"] = {"share": share, "at_most": SAVED_TARGET, "met": share <= SAVED_TARGET}
    if "full" in ours:
        least = min(p["beyond_state"] for p in record["peer"].values())
        share = ours["full"]["beyond_state"] / least
        result["beyond_state_over_peer"] = {"share": share, "at_most": STATE_TARGET, "met": share <= STATE_TARGET}
    return result


def markdown(record, with_times):
    mb = lambda count: f"{count / 1e6:.0f}"
    ms = lambda t: f"{t['median']:.0f} ({t['min']:.0f}–{t['max']:.0f})"
    points, modes, width, batch = SHAPES[record["shape"]]
    lines = [
        f"Shape {record['shape']}: {points}×{points}, modes {modes}×{modes}, width {width}, 4 blocks, batch {batch};"
        f" relative L2, Adam; engine `{record['engine']}`, {record['threads']} threads, {record['rounds']} rounds of"
        f" {record['repeat']} steps; neuraloperator {record['neuraloperator']}, torch {record['torch']}.",
        "",
        "| MB | peak above idle | weights + gradients + optimiser | beyond these | saved activations |"
        + (" step, ms | inference, ms |" if with_times else ""),
        "| --- | --- | --- | --- | --- |" + (" --- | --- |" if with_times else ""),
    ]
    rows = [(f"neuraloperator, {kind} malloc", r) for kind, r in record["peer"].items()]
    rows += [(f"Halfwave, `{policy}`", r) for policy, r in record["halfwave"].items()]
    for title, r in rows:
        saved = mb(r["saved_activations"]) if "saved_activations" in r else "not counted"
        lines.append(
            f"| {title} | {mb(r['peak_above_idle'])} | {mb(sum(r['state'].values()))} | {mb(r['beyond_state'])} |"
            f" {saved} |" + (f" {ms(r['step_ms'])} | {ms(r['inference_ms'])} |" if with_times else "")
        )
    lines.append("")
    names = {
        "saved_mixed_over_full": "Saved activations, `mixed` over `full`",
        "beyond_state_over_peer": "Memory beyond the state, `full` over neuraloperator's lower figure",
    }
    for key, target in record["targets"].items():
        verdict = "met" if target["met"] else "missed"
        lines.append(f"- {names[key]}: {target['share']:.1%} (at most {target['at_most']:.0%}: {verdict})")
    for case in record.get("parity", {}).get("cases", []):
        lines.append(
            f"- Same weights and data, shape {record['parity']['shape']}, engine `{case['engine']}`: output differs by"
            f" {case['max_output_error']:.1e}, gradients by {case['max_gradient_error']:.1e} of the largest magnitude"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neuraloperator", metavar="CHECKOUT", help="source tree; else the installed package")
    parser.add_argument("--halfwave", default=str(ROOT / "build/release/bin/halfwave"), metavar="PROGRAM")
    parser.add_argument("--shape", choices=SHAPES, default="L")
    parser.add_argument("--policies", default="full,mixed", metavar="P,P")
    parser.add_argument("--engine", default="dft", choices=["dft", "fft"])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5, help="timed steps and inferences a round")
    parser.add_argument("--parity-shape", choices=[*SHAPES, ""], default="S",
                        help="shape in which outputs and gradients are compared; empty to leave that out")
    parser.add_argument("--no-times", action="store_true", help="leave times out of the Markdown")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--worker", choices=SHAPES, help=argparse.SUPPRESS)
    parser.add_argument("--export", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        peer_worker(options.worker, options.threads, options.repeat)
    elif options.export:
        export_worker(options.shape, options.export)
    else:
        if options.neuraloperator and not (pathlib.Path(options.neuraloperator) / "neuralop").is_dir():
            parser.error(f"--neuraloperator: {options.neuraloperator} has no folder neuralop; a checkout is meant")
        if not pathlib.Path(options.halfwave).is_file():
            parser.error(f"--halfwave: {options.halfwave} is not there; build it, or say where the program is")
        record = compare(options)
        print(json.dumps(record) if options.json else markdown(record, not options.no_times))


if __name__ == "__main__":
    main()
