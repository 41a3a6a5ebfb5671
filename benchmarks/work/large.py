"""N = 100 000 sites at load 0.13, where a matrix of couplings would take 40 GB: recall from two of the patterns."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from benchmarks.checks import nothing_to_compare
from benchmarks.contest import Contest, Entrant, Measure, Outcomes, Row

LOAD, CUES = 0.13, 2
SECONDS, BYTES = 60.0, 4e9
# Theory in the limit of large N: m = 0.98721 (Amit, Gutfreund & Sompolinsky 1985).
LEAST_OVERLAP = 0.97

PROGRAM = """
import json, resource, sys, time
start = time.perf_counter()
import hopphys as hp
size, count, cues, seed = map(int, sys.argv[1:])
xi = hp.patterns.random(count, size, seed=seed)
drawn = time.perf_counter()
net = hp.hopfield(xi)
found = hp.settle(net, xi[:cues], seed=1)
ended = time.perf_counter()
overlap = (found.state.values * xi[:cues]).mean(1, dtype=float)
peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
settled, sweeps = bool(found.converged.all()), int(found.sweeps.max())
print(json.dumps([ended - start, drawn - start, peak, overlap.min(), settled, sweeps]))
"""


def prepare(quick: bool) -> Contest:
    size = 5_000 if quick else 100_000
    count = round(LOAD * size)

    def call(turn: int) -> np.ndarray:
        arguments = [str(value) for value in (200 if turn < 0 else size, 26 if turn < 0 else count, CUES, turn + 2)]
        done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
        return np.array(json.loads(done.stdout), dtype=float)

    return Contest(
        [Entrant("hopphys", call, CUES, "product", "hopphys", "whole process, import and drawing the patterns too")],
        nothing_to_compare,
        "cue",
        f"N = {size}, P = {count}, {CUES} cues (patterns themselves), whole process, 2 threads",
        measures=measured,
    )


def measured(outcomes: Outcomes) -> list[Measure]:
    seconds, drawing, peak, overlap, converged, sweeps = np.array(outcomes["hopphys"]).T
    # An upper limit is what a Measure has, so what must be large is told as what is lacking.
    return [
        Measure("whole process", float(seconds.max()), "s", SECONDS),
        Measure("of it drawing the patterns", float(drawing.max()), "s"),
        Measure("peak memory", float(peak.max()) / 1e9, "GB", BYTES / 1e9),
        Measure("1 - smallest overlap", float(1 - overlap.min()), "1", 1 - LEAST_OVERLAP),
        Measure("cues not settled", float((converged == 0).sum()), "1", 0.0),
        Measure("sweeps", float(sweeps.max()), "1"),
    ]


ROWS = (
    Row(
        "patterns-100000", "N = 100 000, load 0.13, recall to a fixed point from the pattern", "N = 100 000", prepare,
        threads=2, turns=1, alone=True,
    ),
)  # fmt: skip
