"""The runs of the phase-diagram study: heated from the patterns, cooled from noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import hopphys as hp

Array = npt.NDArray[Any]
KEPT = 0.5  # overlap above which a state is the retrieved pattern: at T_M theory falls from 0.68 or more to 0
LOOKS = 4  # times at which a run is looked at, in its second half


def looks(
    net: hp.Hamiltonian, beta: Any, sweeps: int, seed: int, replicas: int, start: Any = None
) -> Iterator[xr.Dataset]:
    """States at `LOOKS` times in the second half of a run at one or more inverse temperatures."""
    run = start
    for part in [sweeps - LOOKS * (sweeps // (2 * LOOKS))] + [sweeps // (2 * LOOKS)] * LOOKS:
        # A Dataset as start goes on with its random numbers; an array of states begins at sweep 0.
        run = hp.sample(
            net, beta=beta, sweeps=part, replicas=replicas, record=0, start=run, seed=seed, observe=(hp.energy,)
        )
        if part == sweeps // (2 * LOOKS):
            yield run


def heated(
    net: hp.Hamiltonian, start: Array, temperatures: Sequence[float], sweeps: int, seed: int
) -> dict[str, Array]:
    """Independent runs at each temperature from the patterns `start` (disorder, probe, site).

    Arrays (temperature, disorder, probe): overlap `m` and energy per site `u`, means over the looks; `last`, the last
    overlap; `q`, overlap of the first look with the last.
    """
    betas = 1 / np.asarray(temperatures, dtype=float)
    seen = list(looks(net, betas, sweeps, seed, start.shape[1], start))
    states = [np.asarray(run["state"].transpose("beta", "disorder", "replica", "site").values) for run in seen]
    m = np.stack([(state * start).mean(axis=-1, dtype=np.float32) for state in states])
    return {
        "m": m.mean(axis=0),
        "last": m[-1],
        "u": np.mean([energy(run, net.size) for run in seen], axis=0),
        "q": (states[0] * states[-1]).mean(axis=-1, dtype=np.float32),
    }


def energy(run: xr.Dataset, size: int) -> Array:
    """Energy per site ([temperature,] disorder, replica) at the end of a run."""
    return np.asarray(run["energy"].isel(sweep=-1).values) / size


def cooled(
    net: hp.Hamiltonian, patterns: Array, betas: Sequence[float], sweeps: int, replicas: int, seed: int
) -> dict[str, Array]:
    """One run through rising inverse temperatures, `sweeps` at each, from a random state.

    Arrays (temperature, disorder, replica): energy per site `u`, a mean over the looks; `top`, the largest overlap with
    any pattern or its negative at the end. Arrays (temperature, disorder, replica, replica): `q1`, `q2`, `q4`, means
    over the looks of powers of |overlap| of two replicas.
    """
    found: dict[str, list[Array]] = {name: [] for name in ("u", "top", "q1", "q2", "q4")}
    state = None
    for beta in betas:
        seen = list(looks(net, beta, sweeps, seed, replicas, state))
        state = seen[-1]["state"].transpose("disorder", "replica", "site").values
        pairs = np.abs([pair_overlaps(run["state"].values) for run in seen])
        found["u"].append(np.mean([energy(run, net.size) for run in seen], axis=0))
        found["top"].append(np.abs(hp.patterns.overlap(state, patterns)).max(axis=-1))
        for power in (1, 2, 4):
            found[f"q{power}"].append((pairs**power).mean(axis=0))
    return {name: np.array(values, dtype=np.float32) for name, values in found.items()}


def pair_overlaps(states: Array) -> Array:
    """Overlaps (..., replica, replica) of all pairs of states (..., replica, site)."""
    spins = states.astype(np.float32)
    return np.asarray(spins @ np.swapaxes(spins, -1, -2) / states.shape[-1])


def theory_limit(load: float) -> float:
    """T_M of symmetric theory; 0 from alpha_c on."""
    return hp.theory.ags.retrieval_temperature(load)


def theory_glass(load: float) -> float:
    """T_g = 1 + sqrt load."""
    return float(hp.theory.ags.glass_temperature(load))


def measure(point: Any, seed: int) -> xr.Dataset:
    """What a point measures; starts at random states have another seed than the patterns, or they would be these."""
    stored = hp.patterns.random(point.patterns, point.size, seed=seed, disorder=point.samples)
    net = hp.hopfield(stored)
    values: dict[str, tuple[tuple[str, ...], Array]] = {}
    if point.temperatures:
        start = stored[:, : point.starts]
        # A pattern settles in a few sweeps; where it does not, near T_M, its survival is measured with all of them.
        sweeps = point.sweeps if point.part == "limit" else max(2 * LOOKS, point.sweeps // 2)
        hot = heated(net, start, point.temperatures, sweeps, seed + 1)
        values |= (_limit if point.part == "limit" else _warm)(hot, point)
    if point.betas:
        cold = cooled(net, stored, point.betas, point.sweeps, point.replicas, seed + 2)
        values |= (_glass if point.part == "glass" else _cold)(cold, point)
    if point.part == "plane":
        values = {f"plane_{name}": (dims[-1:], _over_disorder(array)) for name, (dims, array) in values.items()}
    ds = xr.Dataset(
        {name: (dims, np.asarray(array, dtype=np.float32), LABELS[name]) for name, (dims, array) in values.items()}
    )
    return ds.assign_coords(
        {name: (name, _axis(name, ds.sizes[name]), AXES[name]) for name in AXES if name in ds.sizes}
    )


def _axis(name: str, length: int) -> Array:
    return (BINS[1:] + BINS[:-1]) / 2 if name == "bin" else np.arange(length)


AXES = {
    name: {"long_name": text, "units": "1"}
    for name, text in {
        "warm": "number of the temperature, heated",
        "cold": "number of the inverse temperature, cooled",
        "near": "number of the temperature near T_M",
        "rung": "number of the temperature near T_g, falling",
        "sample": "disorder sample",
        "bin": "overlap m, middle of the bin",
    }.items()
}


def _over_disorder(array: Array) -> Array:
    return array if array.ndim == 1 else _mean(array, np.isfinite(array), 0)


def _mean(values: Array, chosen: Array, axis: Any) -> Array:
    """Mean of the chosen values; NaN where none is."""
    count = chosen.sum(axis=axis)
    return np.asarray(np.where(count, np.where(chosen, values, 0).sum(axis=axis) / np.maximum(count, 1), np.nan))


def _warm(hot: dict[str, Array], point: Any) -> dict[str, tuple[tuple[str, ...], Array]]:
    kept = hot["last"] > KEPT
    means = {name: (("disorder", "warm"), _mean(hot[key], kept, -1).T) for name, key in MEANS.items()}
    everything = {"warm_all": (("disorder", "warm"), hot["m"].mean(axis=-1).T)}
    fraction = {"warm_kept": (("disorder", "warm"), kept.mean(axis=-1).T)}
    return means | everything | fraction | {"warm_temperature": (("warm",), np.array(point.temperatures))}


MEANS = {"warm_m": "m", "warm_u": "u", "warm_q": "q"}


def _cold(cold: dict[str, Array], point: Any) -> dict[str, tuple[tuple[str, ...], Array]]:
    """Means over the runs that have not met a pattern down to this temperature."""
    free = np.maximum.accumulate(cold["top"], axis=0) <= KEPT
    pairs = free[..., :, None] & free[..., None, :] & ~np.eye(point.replicas, dtype=bool)
    dims = ("disorder", "cold")
    return {
        "cold_u": (dims, _mean(cold["u"], free, -1).T),
        "cold_q": (dims, _mean(cold["q1"], pairs, (-1, -2)).T),
        "cold_top": (dims, cold["top"].mean(axis=-1).T),
        "cold_free": (dims, free.mean(axis=-1).T),
        "cold_beta": (("cold",), np.array(point.betas)),
    }


def _limit(hot: dict[str, Array], point: Any) -> dict[str, tuple[tuple[str, ...], Array]]:
    kept, dims = hot["last"] > KEPT, ("disorder", "near")
    counts = [np.histogram(np.clip(level, 0, 1), BINS)[0] for level in hot["last"]]
    return {
        "limit_kept": (dims, kept.mean(axis=-1).T),
        "limit_m": (dims, _mean(hot["m"], kept, -1).T),
        "limit_counts": (("near", "bin"), np.array(counts)),
        "limit_temperature": (("near",), np.array(point.temperatures)),
    }


BINS = np.linspace(0.0, 1.0, 26)


def _glass(cold: dict[str, Array], point: Any) -> dict[str, tuple[tuple[str, ...], Array]]:
    pairs = np.broadcast_to(~np.eye(point.replicas, dtype=bool), cold["q2"].shape)
    dims = ("sample", "rung")
    moments = {f"glass_{name}": (dims, _mean(cold[name], pairs, (-1, -2)).T) for name in ("q2", "q4")}
    return moments | {
        "glass_u": (dims, cold["u"].mean(axis=-1).T),
        "glass_temperature": (("rung",), 1 / np.array(point.betas)),
    }


TEXTS = {
    "warm_m": ("overlap with the pattern of runs that keep it", "1"),
    "warm_all": ("overlap with the pattern of all runs", "1"),
    "warm_u": ("energy per site of runs that keep their pattern", "J"),
    "warm_q": ("overlap of two times of a run that keeps its pattern", "1"),
    "warm_kept": ("fraction of patterns kept", "1"),
    "warm_temperature": ("temperature, heated", "J"),
    "cold_u": ("energy per site of cooled runs that have met no pattern", "J"),
    "cold_q": ("mean |overlap| of two cooled runs that have met no pattern", "1"),
    "cold_top": ("largest |overlap| of a cooled run with any pattern", "1"),
    "cold_free": ("fraction of cooled runs that have met no pattern", "1"),
    "cold_beta": ("inverse temperature, cooled", "1/J"),
    "limit_kept": ("fraction of patterns kept near T_M", "1"),
    "limit_m": ("overlap with the pattern of runs that keep it, near T_M", "1"),
    "limit_counts": ("runs with final overlap in the bin", "1"),
    "limit_temperature": ("temperature near T_M", "J"),
    "glass_q2": ("mean squared overlap of two replicas", "1"),
    "glass_q4": ("mean fourth power of the overlap of two replicas", "1"),
    "glass_u": ("energy per site near T_g", "J"),
    "glass_temperature": ("temperature near T_g", "J"),
}
LABELS = {name: {"long_name": text, "units": unit} for name, (text, unit) in TEXTS.items()}
LABELS |= {f"plane_{name}": label for name, label in LABELS.items() if name.startswith(("warm", "cold"))}
