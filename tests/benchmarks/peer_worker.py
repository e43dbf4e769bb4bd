#!/usr/bin/env python3
"""One measurement of neuraloperator in a process of its own: `peer_cpu.py` and `growth.py` start it.

Prints one JSON object. Needs torch and what neuraloperator imports; where it lies is said by PYTHONPATH.
"""

import argparse
import json
import os
import time

# glibc then keeps large blocks for reuse instead of returning them to the system after each tensor.
TUNED_MALLOC = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
PROBLEM = ("points", "modes", "width", "batch", "layers", "axes")
TUCKER_RANK = 0.42


def status_bytes(field):
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def forget_resident_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def build(problem, tucker=False):
    from neuralop.models.fno import FNO, TFNO

    modes = [problem.modes] * problem.axes
    arguments = dict(n_modes=modes, in_channels=1, out_channels=1, hidden_channels=problem.width, n_layers=problem.layers)
    if tucker:
        return TFNO(**arguments, factorization="tucker", rank=TUCKER_RANK), arguments
    return FNO(**arguments), arguments


def fields(problem):
    import torch

    return torch.randn(2, problem.batch, 1, *[problem.points] * problem.axes)


def relative_l2(prediction, target):
    """Summed over the batch, as neuraloperator's LpLoss and Halfwave's trainer have it."""
    difference = (prediction - target).flatten(1).norm(dim=1)
    return (difference / (target.flatten(1).norm(dim=1) + 1e-8)).sum()


def measure(problem):
    import torch
    import neuralop.models.fno  # noqa: F401  (part of the idle process)

    torch.set_num_threads(problem.threads)
    torch.manual_seed(1)
    x, y = fields(problem)
    idle = status_bytes("VmRSS")
    forget_resident_peak()

    model, _ = build(problem, problem.tucker)
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
    steps = [timed(step) for _ in range(problem.repeat)]
    peak = status_bytes("VmHWM")

    size = lambda tensors: sum(t.numel() * t.element_size() for t in tensors)
    parameters = list(model.parameters())
    moments = [t for s in optimizer.state.values() for t in s.values() if torch.is_tensor(t) and t.dim() > 0]
    with torch.no_grad():
        for _ in range(2):
            model(x)
        inferences = [timed(lambda: model(x)) for _ in range(problem.repeat)]
    return {
        "torch": torch.__version__,
        "bytes": {
            "weights": size(parameters),
            "gradients": size([p.grad for p in parameters if p.grad is not None]),
            "optimizer": size(moments),
        },
        "resident_bytes": {"idle": idle, "peak_above_idle": peak - idle},
        "step_ms": steps,
        "inference_ms": inferences,
    }


def export(problem, folder):
    """Writes one model with weights, a case and its gradients, in the layout `halfwave doctor` compares with."""
    import torch

    torch.manual_seed(2)
    model, arguments = build(problem)
    x, target = fields(problem)
    y = model(x)
    loss = relative_l2(y, target)
    loss.backward()
    state = {name: p.detach() for name, p in model.named_parameters()}
    gradients = {name: p.grad for name, p in model.named_parameters()}
    case = {"x": x, "target": target, "y": y.detach(), "loss": loss.item(), "grads": gradients}
    meta = json.dumps({"model": "FNO", "arguments": arguments})
    torch.save({"meta": meta, "state": state, "cases": [case]}, os.path.join(folder, "peer.pt"))
    return {}


def command_of(python, problem, extra):
    """The command line that measures `problem`, a dictionary."""
    command = [python, __file__]
    for name in PROBLEM:
        if name in problem:
            command += [f"--{name}", str(problem[name])]
    return command + extra


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in PROBLEM:
        parser.add_argument(f"--{name}", type=int, default=2 if name == "axes" else None, required=name != "axes")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeat", type=int, default=5, help="timed steps and inferences")
    parser.add_argument("--tucker", action="store_true", help=f"Tucker-factorised weights, rank {TUCKER_RANK}")
    parser.add_argument("--export", metavar="FOLDER", help="write a model and a case instead")
    options = parser.parse_args()
    print(json.dumps(export(options, options.export) if options.export else measure(options)))


if __name__ == "__main__":
    main()
