"""What the study `recall` measures, beside what is known: where methods part first, theory and identities last."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import stats

import hopphys as hp
from hopphys.study import Finding

KINDS = ("letters", "random")
TITLES = {"letters": "letters and digits", "random": "random patterns"}


def named_by_nearest(size: int, count: int, damage: str, amount: float) -> float:
    r"""Chance that the damaged random pattern is named, exactly: sum_d p(d) [(S + q)^P - S^P] / (P q).

    d is its distance to the cue; q and S are the chances that another pattern is at d, or beyond it. The bracket sums
    over how many others tie, each of them as likely to be drawn; it is written out as (1/P) sum_k (S + q)^k S^(P-1-k),
    since q is far below the rounding of S at small d.
    """
    distance = np.arange(size + 1)
    own = stats.binom(size, amount) if damage == "flip" else stats.binom(round(amount * size), 0.5)
    beyond = stats.binom(size, 0.5).sf(distance)
    not_nearer = beyond + stats.binom(size, 0.5).pmf(distance)
    named = sum(not_nearer**k * beyond ** (count - 1 - k) for k in range(count)) / count
    return float(own.pmf(distance) @ named)


def at(ds: xr.Dataset, kind: str, damage: str, amount: float) -> xr.Dataset:
    here = (ds.kind == kind) & (ds.damage == damage) & np.isclose(ds.amount, amount)
    return ds.isel(point=int(np.flatnonzero(here)[0]))


def hard(ds: xr.Dataset) -> float:
    """The flip probability nearest to 0.4, where methods part."""
    flips = ds.amount.values[ds.damage.values == "flip"]
    return float(flips[np.argmin(np.abs(flips - 0.4))])


def mean_error(values: xr.DataArray) -> tuple[float, float]:
    found = hp.statistics.standard_error(values.values)
    return float(found.value), float(found.error)


def rare(shares: xr.DataArray, pixels: int, expected: float) -> tuple[float, float]:
    """Share of wrong pixels and its error: with a handful in all samples, that of as many pixels as are expected."""
    mean, error = mean_error(shares)
    return mean, max(error, float(np.sqrt(expected / (pixels * shares.size))))


def findings(ds: xr.Dataset) -> list[Finding]:
    return [*hard_findings(ds), *letter_findings(ds), *control_findings(ds), *exact_findings(ds)]


def hard_findings(ds: xr.Dataset) -> list[Finding]:
    """Where the methods part: first how near attention comes to the best, and what the couplings are worth."""
    size, count, f = int(ds.side.values[0] ** 2), int(ds.pictures.values[0]), hard(ds)
    letters, random = (at(ds, kind, "flip", f) for kind in KINDS)
    exact, sharpest = named_by_nearest(size, count, "flip", f), str(ds.approach.values[-2])
    return [
        Finding.compare(
            f"random patterns, f = {f:g}: fraction restored by {sharpest}",
            *mean_error(random.restored.sel(approach=sharpest)), exact,
            "the best there is, exact from binomial distances", note="a sharp softmax finds the nearest pattern",
        ),
        difference(random, "projection", "Hebb"),
        difference(letters, sharpest, "nearest"),
        difference(letters, "projection", "Hebb"),
        difference(letters, "cooling", "projection"),
        difference(random, "cooling", "projection"),
        difference(random, sharpest, "nearest"),
        Finding.compare(
            f"random patterns, f = {f:g}: fraction that the nearest pattern names",
            *mean_error(random.restored.sel(approach="nearest")), exact, "binomial distances, exact; no way is better",
        ),
    ]  # fmt: skip


def difference(here: xr.Dataset, first: str, second: str) -> Finding:
    """Between two methods on the same cues; paired, so the error is that of the difference."""
    one, other = (here.restored.sel(approach=way) for way in (first, second))
    both = f"{first} {float(one.mean()):.2f}, {second} {float(other.mean()):.2f}; the same cues, paired"
    return Finding.compare(
        f"{TITLES[here.kind.item()]}, f = {here.amount.item():g}: fraction restored, {first} minus {second}",
        *mean_error(one - other), None, "", note=both,
    )  # fmt: skip


def letter_findings(ds: xr.Dataset) -> list[Finding]:
    size, count = int(ds.side.values[0] ** 2), int(ds.pictures.values[0])
    quiet = at(ds, "letters", "flip", 0)
    random = float(hp.theory.capacity.one_step_error_at(size, count))
    none = "theory is for unrelated patterns: at this load they would be kept"
    dullest = str(next(name for name in ds.approach.values if str(name).startswith("attention")))
    return [
        *(
            Finding.compare(
                f"letters and digits, undamaged: fraction kept by {way}",
                *mean_error(quiet.restored.sel(approach=way)), None, why,
            )
            for way, why in (("Hebb", none), (dullest, "too dull an attention blends what is alike"))
        ),
        Finding.compare(
            "letters and digits, Hebb: pixels of a stored picture that would flip at once",
            *mean_error(quiet.unstable), None, f"unrelated patterns: {1e6 * random:.3g} in a million",
            note=f"mean mutual overlap {float(quiet.alike.mean()):.3f}",
        ),
    ]  # fmt: skip


def control_findings(ds: xr.Dataset) -> list[Finding]:
    """Random patterns at Hebb's rule, where theory holds."""
    size, count = int(ds.side.values[0] ** 2), int(ds.pictures.values[0])
    load = count / size
    # The share of unstable pixels does not depend on the damage: all points of random pictures count as samples.
    unstable = xr.DataArray(ds.unstable.values[ds.kind.values == "random"].ravel())
    wrong = 0.5 * (1 - at(ds, "random", "flip", 0).overlap.sel(approach="Hebb"))
    one_step = float(hp.theory.capacity.one_step_error_at(size, count))
    settled = 0.5 * (1 - float(hp.theory.ags.overlap(load)))
    return [
        Finding.compare(
            "random patterns, Hebb: pixels of a stored pattern that would flip at once",
            *rare(unstable, size * count, one_step), one_step, "binomial tail of the crosstalk, exact at this N and P",
        ),
        Finding.compare(
            f"random patterns, undamaged, Hebb: wrong pixels after settling, load {load:.3g}",
            *rare(wrong, size * count, settled), settled, "Amit, Gutfreund & Sompolinsky 1985, N -> infinity",
        ),
    ]  # fmt: skip


def exact_findings(ds: xr.Dataset) -> list[Finding]:
    """What must come out to the last digit."""
    size, count = int(ds.side.values[0] ** 2), int(ds.pictures.values[0])
    energy = ds.projection_energy
    return [
        *(
            Finding.compare(
                f"{TITLES[kind]}, undamaged: fraction that projection keeps",
                at(ds, kind, "flip", 0).restored.sel(approach="projection").mean(), None, 1.0,
                "Personnaz, Guyon & Dreyfus 1985: every stored pattern is a fixed point",
            )
            for kind in KINDS
        ),
        Finding.compare(
            "projection: energy per pixel of the stored pictures", energy.mean(), None, -0.5 * (1 - count / size),
            "-½ (N - P)/N, the lowest there is: eigenvalues of a projector are 0 and 1", unit="J",
            note=f"every sample {within(energy.max() - energy.min())}",
        ),
        Finding.compare(
            "one softmax step at k = (N/2) ln((1-f)/f), minus the posterior mean: largest difference",
            ds.posterior.max(), None, 0.0, "Bayes' rule for flipped pixels, all likelihoods written out",
            note=f"every pixel of every cue of a sample {within(ds.posterior.max())}",
        ),
    ]  # fmt: skip


def within(spread: xr.DataArray) -> str:
    """In words, since the digits of a rounding error are those of the machine."""
    return "alike to 10⁻¹²" if float(spread) < 1e-12 else f"alike to {float(spread):.1e} only"
