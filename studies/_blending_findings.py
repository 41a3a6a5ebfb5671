"""The findings of the blending study, the most important ones first."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _blending_analysis as analysis

import hopphys as hp
from hopphys.study import Finding

blending = hp.theory.blending
EXACT = "exact sum at this N, hopphys.theory.blending"
FINITE = "exact at this N: fields at the sites where one pattern differs from both others, hopphys.theory.blending"
MAGNET = "two Curie-Weiss magnets, hopphys.theory.blending: T = 1 - c"
LOADED = "replica-symmetric theory for N -> infinity, hopphys.theory.blending.blend_above"
WARM = "replica-symmetric theory for N -> infinity, hopphys.theory.blending.settled"
COUNTED = "counting: dreams end in the blend until the patterns are fixed, hopphys.theory.blending.three_unlearned"
KERNEL = "(2c - 1) / ((1 - c)(1 + 2c)) for N -> infinity, hopphys.theory.blending.three_dreaming"
HYPERCUBE = "all corners counted; two magnets of d and N - d sites have 4 minima, one site alone is a tie"
FIFTH = "-(1 + 2c²)/2 = -3 (1 + c)²/8 at c = 1/5, hopphys.theory.blending.three_energies"
FINITE_SIZE = "a finite N: see the extrapolation"
NOTHING = "nothing to compare with"
MERGED = 1e-9  # what the iteration leaves of a difference that falls to 0
NEAR = 0.1  # mutual overlaps this little above theory's edge are near it
FINITE_BLEND = (
    "A finite N keeps a difference: other patterns pull a blend to one side. At T = 0 and c = 0.8 what is left falls "
    "as 0.060, 0.038 and 0.023 for N = 1000, 4000 and 16 000; at this temperature only one N was run"
)
FINITE_WARM = (
    "A finite N keeps a difference: c is near the edge of theory's state, thresholds come down slowly with N, as those "
    "at T = 0 do, and other patterns pull a blend to one side. Own check, c = 0.5: at T = 0.4 (1 - c), 0.45(6), "
    "0.18(3) and 0.20(4) for N = 1000, 4000 and 16 000; at 0.2 (1 - c), where the edge is 0.488, 0.58(7), 0.41(6) and "
    "0.49(10): smaller than at N = 1000, but not at theory's 0 yet. Ten times as many sweeps change nothing: 0.46(6) "
    "and 0.58(7) for N = 1000"
)


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    seed = int(ds.attrs["seed"])
    return [
        *_three(ds, config, seed),
        *_merging(ds, config, seed),
        *_unlearned(ds, config),
        *_loaded(ds, config, seed),
        *_warm_loaded(ds, config),
        *_hypercubes(ds),
        *_energies(ds),
        *_letters(ds),
    ]


def _three(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    """Without other patterns nothing is random: the threshold lies between two points of the grid."""
    result = []
    for size in config.sizes:
        at = analysis.of_kind(ds, "settled", size=size, count=3, load=0).isel(point=0)
        value, error = analysis.threshold_error(at, config.resamples, seed)
        name = f"mutual overlap above which three patterns alone blend at T = 0, N = {size}"
        expected = blending.three_blend_above(size)
        result.append(Finding.compare(name, value, error, expected, FINITE, note=_between(at, value)))
    return result


def _between(at: xr.Dataset, value: float) -> str:
    """Between which two mutual overlaps of the grid a value was read."""
    c = at["exact_correlation"].values
    place = int(np.clip(np.searchsorted(c, value), 1, len(c) - 1))
    return (
        f"1/2 for N -> infinity; read between {c[place - 1]:.4g} and {c[place]:.4g}, two points of the grid of c: the "
        "error is their distance over √12, the same at every N, and no scatter of samples"
    )


def _merging(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for c in config.pairs:
        at = analysis.of_kind(ds, "warm", pair=c, load=0, size=max(config.warm_sizes)).isel(point=0)
        value, error = analysis.merging(at, config.resamples, seed)
        c = analysis.pair_sites(at)[2]
        name = f"temperature at which two patterns of mutual overlap {c:.3g} merge, N = {at['size'].item():.0f}"
        result.append(Finding.compare(name, value, error, 1 - c, MAGNET))
    z = np.concatenate([analysis.misfit(at) for at in _points(analysis.of_kind(ds, "warm", load=0))])
    name = "mean squared deviation of |m_1 - m_2| from the exact finite-N sum, in standard errors, all c, T and N"
    return [*result, Finding.chi_square(name, z, config.warm_samples - 1, EXACT)]


def _points(part: xr.Dataset) -> list[xr.Dataset]:
    return [part.isel(point=index) for index in range(part.sizes["point"])]


def _unlearned(ds: xr.Dataset, config: Any) -> list[Finding]:
    result = []
    for at in _points(analysis.of_kind(ds, "dreams")):
        load, c = float(at["load"].item()), float(at["overlap_of_three"].item())
        alone, where = load == 0, "alone" if load == 0 else f"at load {load:g}"
        value, error = analysis.separated(at)
        if not np.isfinite(value):
            continue  # some sample never kept all three
        expected = float(blending.three_unlearned(c, config.rate, int(at["size"].item()))) if alone else None
        name = f"dreams that separate three patterns of mutual overlap {c:.3g}, {where}, N = {at['size'].item():.0f}"
        result.append(Finding.compare(name, value, error, expected, COUNTED if alone else NOTHING))
    for at in _points(analysis.of_kind(ds, "dreams", load=0)):
        c, size = float(at["overlap_of_three"].item()), int(at["size"].item())
        time, expected = float(at["kernel_time"].mean().item()), float(blending.three_dreaming(c))
        note = "the error is the shift that J_ii = 0 makes, of order 1/N, not one of sampling"
        name = f"time t of the dreaming kernel that separates three patterns of mutual overlap {c:.3g}, N = {size}"
        result.append(Finding.compare(name, time, _diagonal(c, size), expected, KERNEL, note=note))
    return result


def _diagonal(c: float, size: int) -> float:
    """Shift of the kernel's time by J_ii = 0: of 1 - 2c by 3/N, through the slope of (2c - 1)/((1 - c)(1 + 2c))."""
    return float(blending.three_dreaming(c + 1.5 / size) - blending.three_dreaming(c))


def _loaded(ds: xr.Dataset, config: Any, seed: int) -> list[Finding]:
    result = []
    for count, text in ((3, "three"), (2, "two")):
        name = f"mutual overlap above which {text} patterns blend at T = 0 and load {config.load:g}"
        rows = []
        for size in config.sizes:
            at = analysis.of_kind(ds, "settled", size=size, count=count, load=config.load).isel(point=0)
            rows.append((size, *analysis.threshold_error(at, config.resamples, seed)))
            result.append(Finding.compare(f"{name}, N = {size}", rows[-1][1], rows[-1][2], None, FINITE_SIZE))
        if len(rows) > 1 and np.isfinite([error for *_, error in rows]).all():
            value, error = analysis.extrapolated(*map(list, zip(*rows, strict=True)))
            expected = blending.blend_above(count, config.load)
            note = f"a straight line in N^-1/2 through {len(rows)} sizes"
            result.append(Finding.compare(f"{name}, N -> infinity", value, error, expected, LOADED, note=note))
    return result


def left(c: float, temperature: float, load: float) -> float:
    """Theory's (m_1 - m_2) / (1 - c) of two patterns, iterated from the first one."""
    found = blending.settled(blending.similar(2, c), [1.0, c], temperature=temperature, load=load, steps=1_000)
    apart = float((found.overlaps[0] - found.overlaps[1]) / (1 - c))
    return apart if apart > MERGED else 0.0


def _warm_loaded(ds: xr.Dataset, config: Any) -> list[Finding]:
    """What is left of the difference of two patterns at load and the lowest temperature, beside N -> infinity."""
    result = []
    for pair in config.pairs:
        at = analysis.of_kind(ds, "warm", pair=pair, load=config.load, size=config.loaded_size).isel(point=0)
        c, ratio = float(at["overlap_of_pair"].item()), float(at["ratio"].values[0])
        value, error = hp.statistics.mean_error(at["apart"].transpose("ratio", "disorder").values[0] / (1 - c))
        name = (
            f"|m_1 - m_2| / (1 - c) of two patterns of mutual overlap {c:.3g} at load {config.load:g}, "
            f"T = {ratio:g} (1 - c), N = {config.loaded_size}"
        )
        temperature = ratio * (1 - c)
        expected, note = left(c, temperature, config.load), _far(c, temperature, config)
        result.append(Finding.compare(name, value, error, expected, WARM, note=note))
    return result


def _far(c: float, temperature: float, config: Any) -> str:
    """Why a finite N keeps a difference where theory has merged two patterns; nothing where theory keeps them apart."""
    edge = blending.blend_above(2, config.load, temperature)
    why = FINITE_WARM if c < edge + NEAR else FINITE_BLEND
    return "" if c < edge else f"theory: one blend above c = {edge:.3f} at this temperature. {why}"


def _hypercubes(ds: xr.Dataset) -> list[Finding]:
    part = analysis.of_kind(ds, "enumerated")
    two, sites = part["separate_two"].values, part["sites"].values
    known = np.isfinite(two)
    rows = (("in one bit", sites == 1, 0.0), ("in two bits or more", sites > 1, 1.0))
    sizes = ", ".join(f"{size:.0f}" for size in part["size"].values)
    result = []
    for text, columns, expected in rows:
        share = two[:, columns][known[:, columns]].mean()
        name = f"share of pairs that differ {text} and are two minima, N = {sizes}"
        result.append(Finding.compare(name, share, None, expected, HYPERCUBE))
    right, total = 0, 0
    for at in _points(part):
        size = int(at["size"].item())
        for number, fixed in zip(sites, at["fixed_three"].values, strict=True):
            if np.isfinite(fixed):
                total += 1
                right += (fixed == 3) == (1 - 4 * number / size <= blending.three_blend_above(size))
    name = f"share of triples that are minima exactly where theory says, N = {sizes}"
    result.append(Finding.compare(name, right / total, None, 1.0, FINITE))
    return result


def _energies(ds: xr.Dataset) -> list[Finding]:
    part = analysis.of_kind(ds, "settled", count=3, load=0)
    at = part.isel(point=int(np.argmax(part["size"].values)))
    gap = (at["blend_energy"] - at["pattern_energy"]).mean("disorder").values
    c = at["exact_correlation"].values
    value = analysis.crossing(c, gap)
    name = f"mutual overlap above which the blend of three lies deeper than they do, N = {at['size'].item():.0f}"
    note = "the error is the spacing of the grid"
    return [Finding.compare(name, value, analysis.spacing(c, value), 0.2, FIFTH, note=note)]


def _letters(ds: xr.Dataset) -> list[Finding]:
    at = analysis.of_kind(ds, "letters").isel(point=0)
    pictures = at["picture"].transpose("letter", "stage", "pixel").values
    name = "dreams after which the letters E, F and B are fixed points"
    result = [Finding.compare(name, at["dreams_of_letters"].item(), None, None, NOTHING)]
    for index, stage in ((1, "Hebb's rule"), (2, "Hebb's rule after these dreams")):
        share = float(np.mean([(p[0] == p[index]).all() for p in pictures]))
        result.append(Finding.compare(f"share of the letters that {stage} keeps", share, None, None, NOTHING))
    return result
