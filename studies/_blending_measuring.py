"""What is measured of similar memories: patterns of given overlaps, and what becomes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import hopphys as hp

Array = npt.NDArray[Any]

HIT = 0.99  # overlap from which a state counts as a pattern or as the blend
KEPT = 0.75  # of the distance 1 - c: two patterns are lost by a jump from 0.88, three from 0.96, at load 0.05
LETTERS = "EFB"
STAGES = ("memory", "Hebb", "after unlearning", "projection")


def label(long_name: str, units: str = "1") -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def differing(size: int, count: int, correlation: float) -> int:
    """Sites on which a pattern differs: two from each other on N (1 - c)/2, each of three from the rest on half."""
    return round(size * (1 - correlation) / (2 if count == 2 else 4))


def correlation_of(size: int, count: int, number: int) -> float:
    """The mutual overlap that `differing` sites make."""
    return 1 - (2 if count == 2 else 4) * number / size


def alike(size: int, count: int, number: int, *, seed: int, disorder: int, others: int = 0) -> Array:
    """Two or three patterns of exactly given mutual overlap, then `others` random ones, (disorder, P, N).

    A random parent, its sign changed for each pattern on sites of its own: which ones does not matter, since parent
    and other patterns are random at every site.
    """
    if number * count > size:
        raise ValueError(f"{count} patterns cannot each differ on {number} sites of their own among {size}")
    drawn = hp.patterns.random(others + 1, size, seed=seed, disorder=disorder)
    similar = np.repeat(drawn[:, :1], count, axis=1)
    for k in range(1 if count == 2 else 0, count):
        similar[:, k, k * number % size : k * number % size + number] *= -1
    return np.concatenate([similar, drawn[:, 1:]], axis=1)


def enumerated(point: Any, seed: int) -> xr.Dataset:
    """All corners: how many minima two similar patterns leave, and how many of three are minima."""
    size = point.size
    rows: dict[str, list[float]] = {
        name: [] for name in ("minima_of_two", "separate_two", "minima_of_three", "fixed_three")
    }
    numbers = np.arange(1, size // 2 + 1)
    for number in numbers:
        minima, distinct = _whole(alike(size, 2, number, seed=seed, disorder=1)[0])
        rows["minima_of_two"].append(minima)
        rows["separate_two"].append(distinct == 2)
        if 4 * number <= size:
            minima, distinct = _whole(alike(size, 3, number, seed=seed, disorder=1)[0])
            rows["fixed_three"].append(distinct)
            rows["minima_of_three"].append(minima)
        else:
            rows["fixed_three"].append(np.nan)
            rows["minima_of_three"].append(np.nan)
    texts = {
        "minima_of_two": "minima of a network of two patterns",
        "separate_two": "whether two patterns are two minima",
        "minima_of_three": "minima of a network of three patterns",
        "fixed_three": "how many of three patterns are minima",
    }
    ds = xr.Dataset({name: ("sites", np.array(rows[name], float), label(texts[name])) for name in rows})
    return ds.assign_coords(sites=("sites", numbers, label("sites on which a pattern differs")))


def _whole(xi: Array) -> tuple[int, int]:
    """Minima of the network, and how many of the patterns lie in different ones."""
    network = hp.landscape.descent(hp.hopfield(xi))
    corner = [int(np.flatnonzero((network.state_of_corner.values == x).all(axis=1))[0]) for x in xi]
    at = network.minimum_of_corner.values[corner]
    return network.sizes["minimum"], len(set(at[at >= 0].tolist()))


def settled(point: Any, seed: int) -> xr.Dataset:
    """From each similar pattern, T = 0: overlaps with itself, with another and with the blend, over mutual overlaps."""
    others = round(point.load * point.size)
    columns = []
    for index, correlation in enumerate(point.correlations):
        number = differing(point.size, point.count, correlation)
        xi = alike(point.size, point.count, number, seed=seed + index, disorder=point.samples, others=others)
        columns.append(_at_rest(xi, point.count, seed + index))
    names = {
        "own": label("overlap with the pattern that was the start"),
        "other": label("overlap with another of the similar patterns"),
        "kept_apart": label("share of similar patterns from which m_own - m_other > 3/4 (1 - c) is reached"),
        "blend": label("overlap with the blend, the majority of three or the mean of two"),
        "pattern_energy": label("energy per site of a similar pattern", "J"),
        "blend_energy": label("energy per site of the blend of three", "J"),
    }
    values = {name: np.stack([column[name] for column in columns]).astype(np.float32) for name in names}
    ds = xr.Dataset({name: (("correlation", "disorder"), values[name], names[name]) for name in names})
    exact = [correlation_of(point.size, point.count, differing(point.size, point.count, c)) for c in point.correlations]
    ds["exact_correlation"] = ("correlation", np.array(exact), label("mutual overlap, exactly"))
    return ds.assign_coords(correlation=("correlation", np.array(point.correlations), label("mutual overlap c")))


def _at_rest(xi: Array, count: int, seed: int) -> dict[str, Array]:
    """Averages over the similar patterns, (disorder,)."""
    net = hp.hopfield(xi)
    state = hp.settle(net, xi[:, :count], seed=seed).state.values
    m = hp.patterns.overlap(state, xi[:, :count])
    own = np.einsum("dpp->d", m) / count
    size = xi.shape[-1]
    each = np.einsum("dpp->dp", m)
    distance = each - (m.sum(axis=2) - each) / (count - 1)
    alone = 1 - (xi[0, 0] * xi[0, 1]).mean(dtype=float)
    middle = xi[:, :count].sum(axis=1)
    overlap_blend, energy = np.full(len(xi), np.nan), np.full(len(xi), np.nan)
    if count == 3:
        blend = np.sign(middle)
        overlap_blend = np.einsum("dpn,dn->d", state, blend, dtype=float) / count / size
        energy = net.energy(blend[:, None].astype(float))[:, 0] / size
    return {
        "own": own,
        "other": (m.sum(axis=(1, 2)) / count - own) / (count - 1),
        "kept_apart": (distance > KEPT * alone).mean(axis=1),
        "blend": overlap_blend,
        "pattern_energy": net.energy(xi[:, :count].astype(float)).mean(axis=1) / size,
        "blend_energy": energy,
    }


def ends(point: Any, seed: int) -> xr.Dataset:
    """Where random starts end in a network of three similar patterns alone."""
    kinds = ("patterns", "blend", "other mixtures", "elsewhere")
    shares = np.zeros((len(point.correlations), point.samples, len(kinds)), np.float32)
    for index, correlation in enumerate(point.correlations):
        xi = alike(point.size, 3, differing(point.size, 3, correlation), seed=seed + index, disorder=point.samples)
        census = hp.landscape.reached(
            hp.hopfield(xi), xi, starts=point.starts, mixtures=(3,), near=HIT, seed=seed + index
        )
        end = census.end.values
        blend = (end == "mixture") & (np.abs(census.weights.values.sum(axis=-1)) == 3)
        shares[index, :, 0] = np.isin(end, ("pattern", "negative")).mean(axis=-1)
        shares[index, :, 1] = blend.mean(axis=-1)
        shares[index, :, 2] = ((end == "mixture") & ~blend).mean(axis=-1)
        shares[index, :, 3] = np.isin(end, ("spurious", "oscillation", "unsettled")).mean(axis=-1)
    ds = xr.Dataset(
        {"share": (("correlation", "disorder", "end"), shares, label("share of random starts that end there"))}
    )
    return ds.assign_coords(
        correlation=("correlation", np.array(point.correlations), label("mutual overlap c")),
        end=("end", list(kinds), label("where a start ends, ± counted together")),
    )


def warm(point: Any, seed: int) -> xr.Dataset:
    """Two similar patterns at temperature: moments of m_1 - m_2 and the mean of m_1 + m_2, started at the first."""
    others = round(point.load * point.size)
    number = differing(point.size, 2, point.correlation)
    c = correlation_of(point.size, 2, number)
    xi = alike(point.size, 2, number, seed=seed, disorder=point.samples, others=others)
    temperatures = np.array(point.ratios) * (1 - c)
    run = hp.sample(
        hp.hopfield(xi),
        temperature=temperatures,
        sweeps=point.sweeps,
        start=xi[:, :1],
        seed=seed,
        observe=(hp.overlap_with(xi[:, :2]),),
    )
    m = run.overlap.isel(replica=0, sweep=slice(point.sweeps // 4, None))
    m = m.transpose("beta", "disorder", "sweep", "pattern").values.astype(float)
    apart, together = m[..., 0] - m[..., 1], m[..., 0] + m[..., 1]
    moments = {
        "apart": (np.abs(apart).mean(axis=-1), "mean |m_1 - m_2|"),
        "apart_2": ((apart**2).mean(axis=-1), "mean (m_1 - m_2)²"),
        "apart_4": ((apart**4).mean(axis=-1), "mean (m_1 - m_2)⁴"),
        "together": (np.abs(together).mean(axis=-1), "mean |m_1 + m_2|"),
    }
    ds = xr.Dataset(
        {
            name: (("ratio", "disorder"), value.astype(np.float32), label(text))
            for name, (value, text) in moments.items()
        }
    )
    ds["overlap_of_pair"] = ((), np.float64(c), label("mutual overlap, exactly"))
    return ds.assign_coords(ratio=("ratio", np.array(point.ratios), label("temperature over 1 - c")))


def edge(point: Any, seed: int) -> xr.Dataset:
    """Two similar patterns among others at one temperature: what is left of m_own - m_other, started at each of them.

    Heat bath, looked at every fifth sweep; means over the second half of the sweeps, and over the second quarter.
    """
    others = round(point.load * point.size)
    exact, shape = [], (len(point.correlations), point.samples, 2)
    left, before = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for index, correlation in enumerate(point.correlations):
        number = differing(point.size, 2, correlation)
        xi = alike(point.size, 2, number, seed=seed + index, disorder=point.samples, others=others)
        run = hp.sample(
            hp.hopfield(xi),
            temperature=point.temperature,
            sweeps=point.sweeps,
            start=xi[:, :2],
            replicas=2,
            record=5,
            seed=seed + index,
            observe=(hp.overlap_with(xi[:, :2]),),
        )
        exact.append(correlation_of(point.size, 2, number))
        m = run.overlap.transpose("sweep", "disorder", "replica", "pattern").values.astype(float)
        apart = (np.einsum("sdrr->sdr", m) - np.einsum("sdrr->sdr", m[..., ::-1])) / (1 - exact[-1])
        half = len(apart) // 2
        left[index], before[index] = apart[half:].mean(axis=0), apart[half // 2 : half].mean(axis=0)
    dims, text = ("correlation", "disorder", "replica"), "(m_own - m_other) / (1 - c) that is left"
    ds = xr.Dataset(
        {
            "left": (dims, left, label(f"{text}, second half of the sweeps")),
            "left_before": (dims, before, label(f"{text}, second quarter of the sweeps")),
            "exact_correlation": ("correlation", np.array(exact), label("mutual overlap, exactly")),
        }
    )
    return ds.assign_coords(correlation=("correlation", np.array(point.correlations), label("mutual overlap c")))


def dreams(point: Any, seed: int) -> xr.Dataset:
    """Three similar patterns while the network dreams: where it ends from them, and from the others."""
    others = round(point.load * point.size)
    number = differing(point.size, 3, point.correlation)
    xi = alike(point.size, 3, number, seed=seed, disorder=point.samples, others=others)
    blend = np.sign(xi[:, :3].sum(axis=1))
    rows: dict[str, list[Array]] = {name: [] for name in ("kept", "own_dreamt", "others_dreamt", "blended_dreams")}
    for at in hp.learning.dream(hp.hopfield(xi), list(point.dreams), point.rate, seed=seed):
        m = _own(at.network, xi, seed)
        rows["kept"].append((m[:, :3] > HIT).mean(axis=-1))
        rows["own_dreamt"].append(m[:, :3].mean(axis=-1))
        rows["others_dreamt"].append(m[:, 3:].mean(axis=-1) if others else np.full(len(m), np.nan))
        hits = np.abs(np.einsum("drn,dn->dr", at.found, blend, dtype=float)) / point.size > HIT
        rows["blended_dreams"].append(hits.mean(axis=-1) if hits.shape[1] else np.full(len(m), np.nan))
    texts = {
        "kept": "fraction of the three patterns from which it ends within half a per cent of their bits",
        "own_dreamt": "overlap with the similar pattern that was the start",
        "others_dreamt": "overlap with another pattern that was the start",
        "blended_dreams": "fraction of the dreams since the last look that ended in the blend",
    }
    ds = xr.Dataset({n: (("dreams", "disorder"), np.stack(rows[n]).astype(np.float32), label(texts[n])) for n in rows})
    ds["kernel_time"] = (
        "disorder",
        _kernel_time(xi),
        label("time of the dreaming kernel from which all three are fixed"),
    )
    ds["projected"] = (
        "disorder",
        _own(hp.hopfield(xi, rule=hp.projection), xi, seed)[:, :3].mean(axis=-1),
        label("overlap with the similar pattern that was the start, projection rule"),
    )
    ds["overlap_of_three"] = ((), np.float64(correlation_of(point.size, 3, number)), label("mutual overlap, exactly"))
    return ds.assign_coords(dreams=("dreams", np.array(point.dreams), label("dreams")))


def _own(net: hp.Hamiltonian, xi: Array, seed: int) -> Array:
    """Overlap of each pattern with the state that settling from it reaches, (disorder, pattern)."""
    state = hp.settle(net, xi, seed=seed).state.values
    return np.asarray((state * xi).mean(axis=-1, dtype=float))


def _kernel_time(xi: Array, steps: int = 14) -> Array:
    """Smallest t from which the three first patterns are fixed points of J(t), by bisection of u = t / (1 + t)."""
    low, high = np.zeros(len(xi)), np.ones(len(xi))
    for _ in range(steps):
        u = (low + high) / 2
        fixed = np.array([_fixed(x, v / (1 - v)) for x, v in zip(xi, u, strict=True)])
        low, high = np.where(fixed, low, u), np.where(fixed, u, high)
    u = (low + high) / 2
    return np.asarray(u / (1 - u))


def _fixed(xi: Array, time: float) -> bool:
    return bool(((hp.learning.dreaming_kernel(xi, time) @ xi[:3].T).T * xi[:3] >= 0).all())


def letters(point: Any, seed: int) -> xr.Dataset:
    """Three letters: as stored, as Hebb's network settles from them, after just enough dreams, and by projection."""
    xi = hp.patterns.glyphs(LETTERS, size=point.side)
    net = hp.hopfield(xi)
    enough = next(
        at for at in hp.learning.dream(net, range(point.most), point.rate, seed=seed) if _all_fixed(at.network, xi)
    )
    nets = (net, enough.network, hp.hopfield(xi, rule=hp.projection))
    pictures = np.stack([xi, *(hp.settle(one, xi, seed=seed).state.values for one in nets)], axis=1)
    ds = xr.Dataset({"picture": (("letter", "stage", "pixel"), pictures.astype(np.int8), label("pixel, ink +1"))})
    ds["dreams_of_letters"] = ((), np.float64(enough.dreams), label("dreams after which all letters are fixed points"))
    return ds.assign_coords(
        letter=("letter", list(LETTERS), label("letter")),
        stage=("stage", list(STAGES), label("what is shown")),
        pixel=("pixel", np.arange(point.side**2), label("pixel, row by row")),
    )


def _all_fixed(net: hp.Hamiltonian, xi: Array) -> bool:
    return bool((net.local_field(xi.astype(float)) * xi >= 0).all())
