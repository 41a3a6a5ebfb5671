"""What a point of the unlearning study measures: one look at a network, and the looks of a point in a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _unlearning_pictures as pictures
from hopphys.studies._unlearning_analysis import Array, mean

import hopphys as hp

HIT = 0.95  # overlap from which a state counts as the pattern
SHOWN = 6  # dreams of the first sample that are kept as pictures
KINDS = ("random", "correlated", *pictures.KINDS)


@dataclass(frozen=True)
class Point:
    """All disorder samples of one kind of patterns at one load, for dreams and for the dreaming kernel."""

    kind: str = field(metadata={"long_name": "kind of patterns", "units": "1"})
    size: int = field(metadata={"long_name": "number of sites N", "units": "1"})
    patterns: int = field(metadata={"long_name": "number of patterns P", "units": "1"})
    correlation: float | None = field(metadata={"long_name": "mean overlap of two patterns", "units": "1"})
    samples: int = field(metadata={"long_name": "disorder samples", "units": "1"})
    probes: int = field(metadata={"long_name": "patterns that cues are made of, a sample", "units": "1"})
    starts: int = field(metadata={"long_name": "random starts a sample", "units": "1"})
    rate: float = field(metadata={"long_name": "rate of unlearning", "units": "1"})
    flips: tuple[float, ...]
    times: tuple[float, ...]
    kernel_times: tuple[float, ...]


def stored(point: Point, seed: int) -> Array:
    """The patterns of every sample, (samples, patterns, size), ±1."""
    if point.kind == "random":
        return hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    if point.kind == "correlated":
        common = point.correlation or 0.0
        return hp.patterns.correlated(point.patterns, point.size, correlation=common, seed=seed, disorder=point.samples)
    return pictures.chosen(point.kind, point.patterns, point.samples, seed)


def measure(point: Point, seed: int) -> xr.Dataset:
    xi = stored(point, seed)
    looks = list(_dreamt(point, xi, seed))
    kernels = list(_kernels(point, xi, seed))
    ds = xr.Dataset({**_variables(looks, "look", ""), **_variables(kernels, "kernel", "kernel_")})
    flip = {"long_name": "fraction of flipped bits in the cue", "units": "1"}
    ds = ds.assign_coords(flip=("flip", np.array((0.0, *point.flips)), flip))
    time = {"long_name": "unlearned, x = rate · dreams / N", "units": "1"}
    ds["x"] = ("look", np.array([_dreams(point, x) * point.rate / point.size for x in point.times]), time)
    sleep = {"long_name": "time t of the dreaming kernel", "units": "1"}
    ds["t"] = ("kernel", np.array((*point.kernel_times, math.inf)), sleep)
    if point.kind in pictures.KINDS:
        ds = ds.assign(pictures.strip(point.kind, xi[0, :SHOWN], [look["film"] for look in looks]))
    return ds.assign_coords(
        {name: (name, np.arange(ds.sizes[name]), NUMBERS[name]) for name in NUMBERS if name in ds.dims}
    )


def _dreams(point: Point, x: float) -> int:
    return round(x * point.size / point.rate)


def _dreamt(point: Point, xi: Array, seed: int) -> Iterable[dict[str, Array]]:
    """A look after each number of dreams.

    The seed differs from look to look, and from that of the patterns: noise of their seed would be the patterns.
    """
    inverse = np.linalg.pinv(_products(xi, xi), hermitian=True)
    stops = [_dreams(point, x) for x in point.times]
    for number, at in enumerate(hp.learning.dream(hp.hopfield(xi), stops, point.rate, seed=seed)):
        diagonal = point.patterns / point.size - point.rate * at.dreams / point.size  # what J_ii = 0 left out
        inside = np.einsum("dmn,dnm->d", inverse, _products(at.network.local_field(xi), xi))
        yield {
            **look(at.network, xi, point, seed + 1 + number),
            "weight": (inside + diagonal * point.patterns) / point.size,
        }


def _products(left: Array, right: Array) -> Array:
    """(D, P, N), (D, P, N) -> (D, P, P), over N."""
    return np.asarray(left.astype(float) @ np.swapaxes(right, -1, -2).astype(float) / left.shape[-1])


def _kernels(point: Point, xi: Array, seed: int) -> Iterable[dict[str, Array]]:
    """A look at the dreaming kernel at each time and at infinity, all with the same cues and the same noise."""
    for t in (*point.kernel_times, math.inf):
        net = hp.hopfield(xi, rule=partial(hp.learning.dreaming_kernel, time=t))
        yield look(net, xi, point, seed + 1)


def look(net: hp.Hamiltonian, xi: Array, point: Point, seed: int) -> dict[str, Array]:
    """What a network does: (samples,) each, `recall` and `recalled` (samples, flip); `film` as pictures see it."""
    aligned = net.local_field(xi) * xi
    length = np.sqrt((net.interaction.couplings**2).sum(axis=-1))
    ends = _ends(net, xi[:, : point.probes], point, seed)
    noise = hp.patterns.random(point.starts, point.size, seed=seed, disorder=point.samples)
    found = hp.settle(net, noise, seed=seed)
    overlap = hp.patterns.overlap(found.state.values, xi)
    hit = np.abs(overlap).max(axis=-1) > HIT
    m, near = ends
    return {
        "fixed": (aligned >= 0).all(axis=-1).mean(axis=-1),
        "stability": stability(aligned, length).min(axis=(1, 2)),
        "recall": m.mean(axis=-1).T,
        "recalled": (m > HIT).mean(axis=-1).T,
        "hits": hit.mean(axis=-1),
        "pattern_energy": net.energy(xi).mean(axis=-1) / point.size,
        "near_energy": near.mean(axis=-1) / point.size,
        "spurious_energy": mean(np.where(hit, np.nan, found.energy.values) / point.size),
        "film": pictures.upright(found.state.values[0, :SHOWN], overlap[0, :SHOWN]),
    }


def _ends(net: hp.Hamiltonian, xi: Array, point: Point, seed: int) -> tuple[Array, Array]:
    """Overlap with the pattern (flip, samples, probes) after settling from it and from its cues; energies from it."""
    cues = [xi, *(hp.patterns.corrupt(xi, flip=flip, seed=seed) for flip in point.flips)]
    ends = hp.settle(net, np.concatenate(cues, axis=1), seed=seed)
    states = np.split(ends.state.values, len(cues), axis=1)
    m = np.stack([(state * xi).mean(axis=-1, dtype=float) for state in states])
    return m, ends.energy.values[:, : xi.shape[1]]


def stability(aligned: Array, length: Array) -> Array:
    """xi_i h_i / |J_i|, (disorder, pattern, site); 0 for a unit that has no couplings left."""
    rows = length[:, None, :]
    return np.divide(aligned, rows, out=np.zeros_like(aligned), where=rows > 0)


LABELS = {
    name: {"long_name": text, "units": unit}
    for name, text, unit in (
        ("fixed", "fraction of patterns that are fixed points", "1"),
        ("stability", "smallest stability of any bit of any pattern", "1"),
        ("recall", "mean overlap with the pattern, from a cue", "1"),
        ("recalled", "fraction of patterns recalled from a cue", "1"),
        ("hits", "fraction of random starts that end in a pattern or its negative", "1"),
        ("pattern_energy", "energy per site of the patterns", "J"),
        ("near_energy", "energy per site of the states that descent from a pattern reaches", "J"),
        ("spurious_energy", "energy per site of states from random starts that are no pattern", "J"),
        ("weight", "trace of the couplings in the space of the patterns, per site, J_ii included", "J"),
    )
}


NUMBERS = {
    name: {"long_name": text, "units": "1"}
    for name, text in (
        ("look", "number of the look at the dreaming network"),
        ("kernel", "number of the time of the dreaming kernel"),
        ("shown", "number of the dream"),
        ("kept", "number of the stored picture"),
        ("pixel", "pixel, row by row"),
    )
}


def _variables(looks: list[dict[str, Array]], along: str, prefix: str) -> dict[str, Any]:
    found: dict[str, tuple[tuple[str, ...], Array, Mapping[str, str]]] = {}
    for name in looks[0]:
        if name != "film":
            values = np.stack([look[name] for look in looks], axis=1).astype(np.float32)
            found[prefix + name] = (("disorder", along, "flip")[: values.ndim], values, LABELS[name])
    return found
