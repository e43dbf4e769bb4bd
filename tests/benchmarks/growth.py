#!/usr/bin/env python3
"""Measures how the time and the memory of a training step grow, one size at a time: both engines, and a peer.

    tests/benchmarks/growth.py                     # writes docs/benchmarks/growth.md and growth.svg; some minutes
    tests/benchmarks/growth.py --quick --out /tmp  # tiny sizes, to see that it works

With `--neuraloperator CHECKOUT` (and a Python that has torch) neuraloperator is measured in the same run. Every point is a
process of its own, the programs taking turns; the peer has a malloc that keeps large blocks. Time is the median step; memory
is what is resident at the peak beyond the idle process. The growth given for a curve is the exponent between its last two
points: 1 is proportional.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

import peer_worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINES = ["dft", "fft"]
PEER = "neuraloperator"
BASE = {"grid": 128, "modes": 32, "width": 32, "batch": 2, "layers": 4, "cores": 0, "axes": 2}
SWEEPS = {  # what is changed, its values, and what else differs from the base
    "grid": ("points along each of two axes", [32, 64, 128, 256, 512], {"modes": 16}),
    "modes": ("modes along each axis", [8, 16, 32, 64, 128], {}),
    "width": ("width, channels", [16, 32, 64, 128], {}),
    "batch": ("batch, samples", [1, 2, 4, 8], {}),
    "layers": ("blocks", [1, 2, 4, 8], {}),
    "cores": ("cores", None, {}),
    "volume": ("points along each of three axes", [16, 32, 64], {"axes": 3, "modes": 8, "batch": 1}),
}
QUICK = {"grid": [16, 32], "modes": [4, 8], "width": [4, 8], "batch": [1, 2], "layers": [1, 2], "volume": [8, 16]}
QUICK_BASE = {"grid": 16, "modes": 8, "width": 4, "batch": 1, "layers": 1, "cores": 0, "axes": 2}


def core_counts():
    available = len(os.sched_getaffinity(0))
    counts = [1]
    while counts[-1] * 2 <= available:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == available else [*counts, available]


def plan(quick):
    base = QUICK_BASE if quick else BASE
    for name, (_, values, differs) in SWEEPS.items():
        chosen = core_counts() if values is None else QUICK[name] if quick else values
        for value in chosen:
            problem = {**base, **({**differs, "modes": 4} if quick and "axes" in differs else {} if quick else differs)}
            yield name, value, {**problem, "grid" if name == "volume" else name: value}


def measured(command, environment):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"growth: {' '.join(map(str, command))} ended with exit code {done.returncode}")
    return json.loads(done.stdout)


def clean_environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "MALLOC_"))}
    return {**kept, **more}


def measure_ours(options, problem, engine):
    command = [options.halfwave, "bench", "--json", "--engine", engine, "--policy", options.policy]
    command += ["--repeat", str(options.repeat), "--threads", str(problem["cores"])]
    command += ["--grid", ",".join([str(problem["grid"])] * problem["axes"])]
    for name in ("modes", "width", "batch", "layers"):
        command += [f"--{name}", str(problem[name])]
    result = measured(command, clean_environment())
    return {"step_ms": result["step_ms"]["median"], "inference_ms": result["inference_ms"]["median"],
            "peak_bytes": result["resident_bytes"]["peak_above_idle"]}


def measure_peer(options, problem):
    paths = [options.neuraloperator, os.environ.get("PYTHONPATH")]
    environment = clean_environment(PYTHONPATH=os.pathsep.join(p for p in paths if p), **peer_worker.TUNED_MALLOC)
    threads = problem["cores"] or len(os.sched_getaffinity(0))
    counts = ["--repeat", str(options.repeat), "--threads", str(threads)]
    command = peer_worker.command_of(sys.executable, {**problem, "points": problem["grid"]}, counts)
    result = measured(command, environment)
    return {"step_ms": statistics.median(result["step_ms"]), "inference_ms": statistics.median(result["inference_ms"]),
            "peak_bytes": result["resident_bytes"]["peak_above_idle"]}


def run(options):
    points = []
    problems = list(plan(options.quick))
    begin = time.monotonic()
    for number, (sweep, value, problem) in enumerate(problems):
        print(f"{number + 1} of {len(problems)}: {sweep} {value}", file=sys.stderr)
        for program in [*ENGINES, *([PEER] if options.neuraloperator else [])]:
            figures = measure_peer(options, problem) if program == PEER else measure_ours(options, problem, program)
            points.append({"sweep": sweep, "value": value, "engine": program, "problem": problem, **figures})
    seconds = time.monotonic() - begin
    return {"policy": options.policy, "repeat": options.repeat, "cores": len(os.sched_getaffinity(0)),
            "base": QUICK_BASE if options.quick else BASE, "seconds": seconds, "points": points}


def series(record):
    return list(dict.fromkeys(p["engine"] for p in record["points"]))


def curve(record, sweep, engine, key):
    return [(p["value"], p[key]) for p in record["points"] if p["sweep"] == sweep and p["engine"] == engine]


def exponent(points):
    if len(points) < 2:
        return None
    (x0, y0), (x1, y1) = points[-2:]
    return math.log(y1 / y0) / math.log(x1 / x0)


# ---- the picture: log–log panels, one column a sweep ---------------------------------------------------------

STYLE = {"dft": ("#0072B2", "", "circle"), "fft": ("#D55E00", "6 3", "square"), PEER: ("#555555", "2 3", "diamond")}
PANEL_W, PANEL_H, LEFT, TOP, GAP_X, GAP_Y = 190, 160, 62, 56, 62, 62


def decimal(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def ticks(low, high):
    """1, 2 and 5 times powers of ten within the range, but no more than five of them."""
    found = [m * 10.0**e for e in range(-6, 13) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    while len(found) > 5:
        found = [t for t in found if f"{t:e}"[0] == "1"] if len(found) > 9 else found[::2]
    return found


def marker(kind, x, y, colour):
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"/>'
    if kind == "diamond":
        return f'<path d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z" fill="{colour}"/>'
    return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}"/>'


def panel(left, top, curves, x_label, y_label):
    xs = sorted({x for points in curves.values() for x, _ in points})
    ys = [y for points in curves.values() for _, y in points]
    widening = max(1.3, math.sqrt(6 * min(ys) / max(ys)))  # so that there are at least two ticks
    low, high = min(ys) / widening, max(ys) * widening
    span = math.log(xs[-1] / xs[0]) or 1.0
    at_x = lambda x: left + 10 + (PANEL_W - 20) * math.log(x / xs[0]) / span
    at_y = lambda y: top + PANEL_H * (1 - math.log(y / low) / math.log(high / low))
    out = [f'<rect x="{left}" y="{top}" width="{PANEL_W}" height="{PANEL_H}" fill="none" stroke="#888"/>']
    for x in xs:
        out.append(f'<text x="{at_x(x):.1f}" y="{top + PANEL_H + 15}" text-anchor="middle">{x}</text>')
    for y in ticks(low, high):
        out.append(f'<path d="M{left} {at_y(y):.1f}h{PANEL_W}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 5}" y="{at_y(y) + 4:.1f}" text-anchor="end">{decimal(y)}</text>')
    for engine, points in curves.items():
        colour, dashes, kind = STYLE[engine]
        line = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8"'
                   f' stroke-dasharray="{dashes}"/>')
        out += [marker(kind, at_x(x), at_y(y), colour) for x, y in points]
    out.append(f'<text x="{left + PANEL_W / 2}" y="{top + PANEL_H + 32}" text-anchor="middle">{x_label}</text>')
    middle = top + PANEL_H / 2
    out.append(f'<text x="{left - 42}" y="{middle}" text-anchor="middle"'
               f' transform="rotate(-90 {left - 42} {middle})">{y_label}</text>')
    return out


def svg(record, with_times):
    rows = [("step_ms", 1.0, "step, ms")] if with_times else []
    rows.append(("peak_bytes", 1e-6, "peak memory, MB"))
    width = LEFT + len(SWEEPS) * (PANEL_W + GAP_X)
    height = TOP + len(rows) * (PANEL_H + GAP_Y)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
           ' font-family="DejaVu Sans, Arial, sans-serif" font-size="12" fill="#222">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    x = LEFT
    for engine in series(record):
        colour, dashes, kind = STYLE[engine]
        out.append(f'<path d="M{x} 24h40" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"/>')
        out.append(marker(kind, x + 20, 24, colour))
        label = engine if engine == PEER else f"engine {engine}"
        out.append(f'<text x="{x + 48}" y="28">{label}</text>')
        x += 150
    for row, (key, factor, y_label) in enumerate(rows):
        for column, (sweep, (x_label, _, _)) in enumerate(SWEEPS.items()):
            curves = {e: [(x, y * factor) for x, y in curve(record, sweep, e, key)] for e in series(record)}
            out += panel(LEFT + column * (PANEL_W + GAP_X), TOP + row * (PANEL_H + GAP_Y), curves, x_label, y_label)
    return "\n".join([*out, "</svg>"]) + "\n"


# ---- the page ------------------------------------------------------------------------------------------------


def markdown(record, with_times):
    base = record["base"]
    drawn = "Time and memory" if with_times else "Memory"
    lines = [
        "# How cost grows",
        "",
        "Written by `tests/benchmarks/growth.py`" + ("" if with_times else " with `--no-times`") + ".",
        "",
        f"From {base['grid']}×{base['grid']} points, modes {base['modes']}×{base['modes']}, width {base['width']}, batch"
        f" {base['batch']}, {base['layers']} blocks, policy `{record['policy']}`, {record['cores']} cores, one size changes at a"
        " time; the grids are measured with 16×16 modes, the volumes with 8×8×8 and batch 1. " + drawn + " of one training step (forward, backward, Adam on"
        " relative L2)" + (f", the median of {record['repeat']}" if with_times else "") + ". Growth is the exponent between the"
        " last two points: 1 is proportional, and what does not depend on the size makes it less. Memory is what is resident at the"
        " peak beyond the idle process.",
        "",
        "![" + drawn + " against sizes](growth.svg)",
    ]
    for sweep, (title, _, _) in SWEEPS.items():
        head = [title] + [f"{e}: {what}" for e in series(record) for what in
                          (["step, ms", "inference, ms", "peak, MB"] if with_times else ["peak, MB"])]
        lines += ["", "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
        keys = (["step_ms", "inference_ms"] if with_times else []) + ["peak_bytes"]
        columns = [dict(curve(record, sweep, e, key)) for e in series(record) for key in keys]
        scale = [1e-6 if key == "peak_bytes" else 1.0 for _ in series(record) for key in keys]
        for value in columns[0]:
            cells = [decimal(column[value] * s) for column, s in zip(columns, scale)]
            lines.append("| " + " | ".join([str(value), *cells]) + " |")
        growth = [exponent(list(column.items())) for column in columns]
        lines.append("| growth | " + " | ".join("" if g is None else f"{g:.2f}" for g in growth) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--halfwave", default=str(ROOT / "build/release/bin/halfwave"), metavar="PROGRAM")
    parser.add_argument("--neuraloperator", metavar="CHECKOUT", help="measure this source tree of the peer as well")
    parser.add_argument("--policy", default="full")
    parser.add_argument("--repeat", type=int, default=3, help="timed steps and inferences a point")
    parser.add_argument("--out", default=str(ROOT / "docs/benchmarks"), metavar="FOLDER")
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument("--no-times", action="store_true", help="leave times out of table and picture")
    parser.add_argument("--record", metavar="FILE", help="keep the figures as JSON as well")
    parser.add_argument("--redraw", metavar="FILE", help="measure nothing, write page and picture of such a file")
    options = parser.parse_args()
    if not options.redraw and not pathlib.Path(options.halfwave).is_file():
        parser.error(f"--halfwave: {options.halfwave} is not there; build it, or say where the program is")
    record = json.loads(pathlib.Path(options.redraw).read_text()) if options.redraw else run(options)
    if options.record:
        pathlib.Path(options.record).write_text(json.dumps(record, indent=1) + "\n")
    out = pathlib.Path(options.out)
    (out / "growth.svg").write_text(svg(record, not options.no_times))
    (out / "growth.md").write_text(markdown(record, not options.no_times))
    print(f"growth: {len(record['points'])} points in {record['seconds']:.0f} s, written to {out}/growth.md")


if __name__ == "__main__":
    main()
