"""What the study `digits` finds: the blend and its cause first, then what every way recalls, and identities last."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hopphys.studies._digits_rules import TITLES

import hopphys as hp
from hopphys.study import Finding

NONE = "nothing to compare with: theories are for unrelated patterns"
FIXED_BY_THEORY = {
    "projection": "Personnaz, Guyon & Dreyfus 1985: independent patterns are fixed points",
    "perceptron": "Rosenblatt 1962: it ends where there are such couplings, and independent pictures have them",
    "minimum_overlap": "Krauth & Mézard 1987: the largest stability is above 0 if any is",
}


def at(ds: xr.Dataset, count: int, way: str | None = None) -> xr.Dataset:
    """The random choices of so many pictures, along `point`."""
    here = ds.isel(point=np.flatnonzero(ds.pictures.values == count))
    return here if way is None else here.sel(approach=way)


def counts(ds: xr.Dataset) -> list[int]:
    return [int(count) for count in np.unique(ds.pictures.values)]


def size(ds: xr.Dataset) -> int:
    return 64 * int(ds.levels.values[0])


def near(ds: xr.Dataset, target: int) -> int:
    """The number of pictures nearest to a target.

    20: Hebb's rule would hold unrelated patterns with ease; 80: a load of 0.18, where most ways still differ.
    """
    return min(counts(ds), key=lambda count: abs(count - target))


def mean(values: xr.DataArray) -> tuple[float, float]:
    centre, error = hp.statistics.mean_error(values.values.astype(float))
    return float(centre), float(error)


def pooled(values: xr.DataArray) -> tuple[float, float]:
    """Mean and error of draws that are independent of each other, in one choice of digits too."""
    return mean(values.stack(each=("point", "draw")))


def findings(ds: xr.Dataset) -> list[Finding]:
    return [*blend(ds), *cause(ds), *flips(ds), *halves(ds), *identities(ds)]


def blend(ds: xr.Dataset) -> list[Finding]:
    """Hebb's network makes one state of all pictures, where it would hold unrelated patterns."""
    count, n = near(ds, 20), size(ds)
    here = at(ds, count, "hebb")
    states, error = mean(here.ends)
    kept = float(hp.theory.ags.overlap(count / n))
    return [
        Finding.compare(
            f"Hebb, P = {count}: different states that the {count} flipped cues end in",
            count * states,
            count * error,
            None,
            NONE,
            note=f"{float(here.common.mean()):.0%} of the cues end in the most common one",
        ),
        Finding.compare(
            f"Hebb, P = {count}: overlap of these states with the mean picture", *mean(here.resembles), None, NONE
        ),
        Finding.compare(
            f"Hebb, P = {count}: overlap with the picture, started at it",
            *mean(here.overlap.sel(start="undamaged")),
            None,
            f"unrelated patterns: {kept:.4f} at this load of {count / n:.3f} (Amit, Gutfreund & Sompolinsky 1985)",
            note=f"two stored pictures overlap by {float(here.alike.mean()):.3f}",
        ),
    ]


def cause(ds: xr.Dataset) -> list[Finding]:
    """Unit means turn the units over; shuffled digits have nothing else, unrelated patterns not even these."""
    count, largest, n = near(ds, 20), max(counts(ds)), size(ds)
    here, many = at(ds, count), at(ds, largest)
    shuffled = mean(here.turned.sel(kind="shuffled", rule="hebb"))
    return [
        Finding.compare(
            f"Hebb, shuffled digits, P = {count}: share of units that would flip at once, less expected",
            *mean(here.excess.mean("draw")),
            0.0,
            "signal and noise with the mean of each unit and the overlaps of the pictures, Gaussian",
            note="units keep their means and share nothing else",
        ),
        Finding.compare(
            f"Hebb, digits, P = {count}: share of units that would flip at once",
            *mean(here.turned.sel(kind="digits", rule="hebb")),
            None,
            f"shuffled digits: {shuffled[0]:.3f} ± {shuffled[1]:.3f}; unrelated patterns: "
            f"{float(hp.theory.capacity.one_step_error_at(n, count)):.1g}",
            note=f"and in {float(here.unlike.mean()):.3f} of its units a picture is not the mean picture",
        ),
        Finding.compare(
            f"centred units, digits, P = {count}: share of units that would flip at once",
            *mean(here.turned.sel(kind="digits", rule="centred")),
            None,
            NONE,
            note=f"shuffled {float(here.turned.sel(kind='shuffled', rule='centred').mean()):.3f}: means are not all "
            f"that digits share. At P = {largest}, where crosstalk of any patterns does it, "
            f"{float(many.turned.sel(kind='digits', rule='centred').mean()):.3f} and "
            f"{float(many.turned.sel(kind='shuffled', rule='centred').mean()):.3f}",
        ),
        Finding.compare(
            f"control, Hebb, unrelated patterns, P = {largest}: share of units that would flip at once",
            *pooled(many.control),
            float(hp.theory.capacity.one_step_error_at(n, largest)),
            "binomial tail of the crosstalk, exact at this N and P",
        ),
    ]


def flips(ds: xr.Dataset) -> list[Finding]:
    """From flipped cues: the gain of a finite time asleep, and every way at two numbers of pictures."""
    largest, flip = max(counts(ds)), float(ds.flip.values[0])
    return [
        Finding.compare(
            f"P = {largest}: fraction recalled from {flip:.0%} flips, dreaming kernel at t = 8 minus projection",
            *mean(recalled(ds, largest, "dreaming") - recalled(ds, largest, "projection")),
            None,
            "Fachechi, Agliari & Barra 2019: a finite t is best for noisy cues",
            note="the same cues, paired",
        ),
        *(
            Finding.compare(
                f"{TITLES[way]}, P = {count}: overlap with the picture, from {flip:.0%} flips",
                *mean(at(ds, count, way).overlap.sel(start="flipped")),
                None,
                NONE,
                note=f"{float(recalled(ds, count, way).mean()):.0%} recalled; {holds(ds, way)}",
            )
            for count in dict.fromkeys((near(ds, 20), near(ds, 80)))
            for way in TITLES
            if way != "nearest"
        ),
    ]


def recalled(ds: xr.Dataset, count: int, way: str, start: str = "flipped") -> xr.DataArray:
    found: xr.DataArray = at(ds, count, way).recalled.sel(start=start)
    return found


def holds(ds: xr.Dataset, way: str) -> str:
    """The largest number of pictures of which nine in ten are recalled from flipped cues."""
    good = [p for p in counts(ds) if float(recalled(ds, p, way).mean()) >= 0.9]
    return f"nine in ten up to P = {max(good)} of those tried" if good else "nine in ten at no P that was tried"


def halves(ds: xr.Dataset) -> list[Finding]:
    """Half a picture: what the best network makes of it, covered or held, and what it would tell."""
    count = near(ds, 80)
    here = at(ds, count)
    networks = [way for way in TITLES if way not in ("nearest", "attention", "sparse")]
    found = []
    for start, words in (("covered", "lower half covered"), ("held", "lower half covered, upper half held")):
        share = here.recalled.sel(start=start)
        best = max(networks, key=lambda way: float(share.sel(approach=way).mean()))
        note = (
            f"attention {mean(share.sel(approach='attention'))[0]:.2f}, "
            f"nearest {mean(share.sel(approach='nearest'))[0]:.2f}"
        )
        found.append(
            Finding.compare(
                f"P = {count}, {words}: fraction recalled by the best of the rules, {TITLES[best]}",
                *mean(share.sel(approach=best)),
                None,
                NONE,
                note=note,
            )
        )
    return found


def identities(ds: xr.Dataset) -> list[Finding]:
    """What theory promises for any pictures, alike or not."""
    largest = max(counts(ds))
    difference = recalled(ds, largest, "attention", "covered") - recalled(ds, largest, "nearest", "covered")
    return [
        *(
            Finding.compare(
                f"{TITLES[way]}, P = {largest}: fraction of pictures that are fixed points",
                float(at(ds, largest, way).fixed.mean()),
                None,
                1.0,
                source,
            )
            for way, source in FIXED_BY_THEORY.items()
        ),
        Finding.compare(
            f"P = {largest}, lower half covered: fraction recalled, attention minus nearest",
            *mean(difference),
            None,
            "Ramsauer et al. 2021: the softmax finds the nearest as its sharpness grows",
            note=f"sharpness {float(ds.sharpness.values[0]):g}, for vectors of length 1",
        ),
    ]
