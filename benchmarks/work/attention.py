"""Softmax retrieval (an attention head with tied keys and values) of 1024 queries, beside torch's fused kernel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import hopphys as hp
from benchmarks import numpy_user
from benchmarks.checks import same_values
from benchmarks.contest import Contest, Entrant, Measure, Outcomes, Row, gather

QUERIES = 1024
TOLERANCE = 1e-5
EXTRA = 20e6  # bytes beside input and output
ROOT = Path(__file__).resolve().parents[2]


def inputs(width: int, count: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Queries, patterns (normal numbers) and the sharpness of attention, 1/sqrt(d)."""
    generator = np.random.default_rng(1)
    queries = generator.standard_normal((QUERIES, width), dtype=np.float32)
    return queries, generator.standard_normal((count, width), dtype=np.float32), float(1 / np.sqrt(width))


def prepare(width: int, count: int, threads: int, quick: bool) -> Contest:
    count = count // 10 if quick else count
    queries, patterns, sharpness = inputs(width, count)
    flops = 4.0 * QUERIES * count * width
    entrants, absent = gather(
        Entrant("hopphys", lambda turn: hp.softmax_step(queries, patterns, sharpness), flops, "product", "hopphys"),
        torch=lambda: torch(queries, patterns, sharpness, threads, flops),
        **careful_numpy(queries, patterns, sharpness, threads, flops),
        bound=bound,
    )
    exact = reference(queries, patterns, sharpness)
    return Contest(
        entrants,
        lambda outcomes: against(exact, outcomes),
        "operation",
        f"B = {QUERIES}, d = {width}, P = {count}, float32, {threads} thread{'s' * (threads > 1)}",
        needs={"flops": flops} if threads == 1 else {},
        absent=absent,
        measures=lambda outcomes: [extra_memory(width, count)],
    )


def torch(queries: np.ndarray, patterns: np.ndarray, sharpness: float, threads: int, flops: float) -> Entrant:
    import torch

    torch.set_num_threads(threads)
    q, k = (torch.from_numpy(array)[None, None] for array in (queries, patterns))

    def call(turn: int) -> np.ndarray:
        with torch.inference_mode():
            out = torch.nn.functional.scaled_dot_product_attention(q, k, k, scale=float(sharpness))
        return out[0, 0].numpy()

    return Entrant("torch", call, flops, "peer", "torch")


def careful_numpy(
    queries: np.ndarray, patterns: np.ndarray, sharpness: float, threads: int, flops: float
) -> dict[str, Callable[[], Entrant]]:
    """For one thread only: NumPy's exponential has no other."""
    if threads > 1:
        return {}

    def call(turn: int) -> np.ndarray:
        return numpy_user.softmax_step(queries, patterns, sharpness)

    return {"numpy": lambda: Entrant("numpy", call, flops, "numpy", "numpy")}


def bound() -> Entrant:
    """What the two matrix products alone would take at the rate of a large square one: no softmax, nothing to read."""
    size = 2048
    generator = np.random.default_rng(2)
    a, b = (generator.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    out = np.empty_like(a)
    return Entrant("sgemm", lambda turn: np.matmul(a, b, out=out), 2.0 * size**3, "bound", "numpy")


def reference(queries: np.ndarray, patterns: np.ndarray, sharpness: float, count: int = 32) -> np.ndarray:
    """The first queries in double precision."""
    scores = sharpness * queries[:count].astype(float) @ patterns.T.astype(float)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return (weights @ patterns.astype(float)) / weights.sum(1, keepdims=True)


def against(exact: np.ndarray, outcomes: Outcomes) -> list:
    """Everybody against double precision, the product too: a peer agrees if both are right."""
    right = {name: [parts[-1][: len(exact)]] for name, parts in outcomes.items() if name != "sgemm"}
    (own,) = same_values("hopphys and double precision", TOLERANCE)({"hopphys": right["hopphys"], "exact": [exact]})
    others = same_values("outputs", 2 * TOLERANCE)(right)
    return [own, *others]


PROGRAM = """
import sys
import numpy as np
from benchmarks import machine
from benchmarks.work.attention import inputs
import hopphys as hp
width, count = map(int, sys.argv[1:])
queries, patterns, sharpness = inputs(width, count)
hp.softmax_step(queries[:16], patterns[:16], sharpness)
known = machine.reset_peak()
before = machine.memory_now()
result = hp.softmax_step(queries, patterns, sharpness)
print(machine.memory_now("VmHWM") - before - result.nbytes if known else "nan")
"""


def extra_memory(width: int, count: int) -> Measure:
    """Peak during a call beyond what was held before it and what it returns, in a process that has made no other call.

    A process that has called before keeps freed pages, and would hide what a call needs.
    """
    command = [sys.executable, "-c", PROGRAM, str(width), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return Measure("extra memory", float(done.stdout) / 1e6, "MB", EXTRA / 1e6)


SIZES = ((64, 10_000, "⁴", 0.95), (64, 100_000, "⁵", 0.85), (256, 10_000, "⁴", 1.05), (512, 10_000, "⁴", 1.05))

ROWS = tuple(
    Row(
        f"attention-{width}-{count}-{threads}t",
        f"attention B = 1024, d = {width}, P = 10{power}, {threads} thread{'s' * (threads > 1)}",
        f"attention d = {width}, P = 10{power}, {threads}t",
        partial(prepare, width, count, threads),
        {"torch": target, **({"sgemm": 0.85} if width == 512 else {})},
        threads,
    )
    for width, count, power, target in SIZES
    for threads in (1, 2)
)
