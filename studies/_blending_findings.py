"""The findings of the blending study, the most important ones first."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _blending_analysis as analysis
from hopphys.studies import _blending_loaded as loaded
from hopphys.studies._blending_loaded import NOTHING

import hopphys as hp
from hopphys.study import Finding

blending = hp.theory.blending
EXACT = "exact sum at this N, hopphys.theory.blending"
FINITE = "exact at this N: fields at the sites where one pattern differs from both others, hopphys.theory.blending"
MAGNET = "two Curie-Weiss magnets, hopphys.theory.blending: T = 1 - c"
COUNTED = "counting: dreams end in the blend until the patterns are fixed, hopphys.theory.blending.three_unlearned"
KERNEL = "(2c - 1) / ((1 - c)(1 + 2c)) for N -> infinity, hopphys.theory.blending.three_dreaming"
HYPERCUBE = "all corners counted; two magnets of d and N - d sites have 4 minima, one site alone is a tie"
FIFTH = "-(1 + 2c²)/2 = -3 (1 + c)²/8 at c = 1/5, hopphys.theory.blending.three_energies"


def findings(ds: xr.Dataset, config: Any) -> list[Finding]:
    seed = int(ds.attrs["seed"])
    return [
        *_three(ds, config, seed),
        *_merging(ds, config, seed),
        *_unlearned(ds, config),
        *loaded.findings(ds, config, seed),
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
