"""What the bits of the information study are held against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr
from hopphys.studies import _information_analysis as analysis
from hopphys.studies import _information_separation as separation
from hopphys.studies._information_rules import FOUND, STRANGE

from hopphys.learning import RULES
from hopphys.study import Finding
from hopphys.theory import ags, capacity

BEST, HEBB = "the largest mean of the loads that were looked at", ("hebb", 0.5)
NOTHING = "nothing to compare with"
HINTON = "Hinton's count: N bits for each of 0.15 N patterns (Hopfield 1982), in N² weights"
GARDNER = "Gardner 1988: 2 N fair patterns of N units in N² directed weights, N -> infinity"
PROJECTED = "every bit of N - 1 patterns stands still, in N (N - 1)/2 weights: counting"
CONTROL = "control: what was not learned is not held"
DIRECTION = "J = -r r^T, one random direction r, simulated by itself; 1 as N -> infinity"
DRAWS = 4000  # directions: an error below 0.01
SPARSE = (
    "1/(2 ln 2) as the activity goes to 0, from N / (2 f |ln f|) patterns of N H2(f) bits, Tsodyks & Feigelman 1988"
)
BINOMIAL = "the sum of P fair signs, exactly"


def findings(ds: xr.Dataset, resamples: int, seed: int) -> list[Finding]:
    nets = analysis.networks(ds)
    found = _hebb(nets, resamples, seed)
    for rule, activity in analysis.kinds(nets):
        found += _limits(nets, rule, activity, resamples, seed)
    found += separation.findings(ds)
    return found + _control(nets) + _projected(nets, seed) + _weights(nets)


def title(rule: str, activity: float) -> str:
    name = RULES[rule].title
    return name if activity == 0.5 else f"{name}, activity {activity:g}"


def _hebb(ds: xr.Dataset, resamples: int, seed: int) -> list[Finding]:
    """Bits of Hebb's rule against Hinton's count and against theory, and per bit of weight."""
    if HEBB not in analysis.kinds(ds):
        return []
    size = analysis.sizes(ds, *HEBB)[-1]
    at = analysis.curve(ds, *HEBB, size)
    bits, error, load = analysis.limit(at, "stored", resamples, seed)
    found = [
        Finding.compare(
            f"Hebb, bits stored per N² at its best load {load:.3f}, N = {size}",
            bits, error, capacity.HOPFIELD.value, HINTON, unit="bit",
            note="his count takes every bit of 0.15 N patterns for right; at the best load some are wrong, some lost",
        )
    ]  # fmt: skip
    found += [_against_theory(at, size, wanted) for wanted in (0.1, 0.12) if _index(at, wanted) is not None]
    patterns = round(load * size)
    here = at.isel(point=int(np.flatnonzero(at["patterns"].values == patterns)[0]))
    entropy, _ = analysis.mean_error(here["entropy"].values)
    range_bits = float(np.log2(2 * round(capacity.HOPFIELD.value * size) + 1))
    # The relative error is that of the bits: the entropy is known a hundred times better.
    own = size**2 / (analysis.weights(size, True) * entropy)
    return [
        *found,
        Finding.compare(
            f"Hebb, bits stored per bit of weight, counted like Hinton, N = {size}", bits / range_bits,
            error / range_bits, float(capacity.information_ratio(round(capacity.HOPFIELD.value * size))),
            "Hinton's count: 0.15 / log2(2M + 1), M = 0.15 N, with N² weights", note="the same reason as above",
        ),
        Finding.compare(
            f"Hebb, bits stored per bit of weight, each pair once and by its entropy, N = {size}", bits * own,
            error * own, None, NOTHING, note=f"a weight has {entropy:.2f} bits, not {range_bits:.2f}, and J_ij = J_ji",
        ),
    ]  # fmt: skip


def _control(ds: xr.Dataset) -> list[Finding]:
    """Unlearned states that count as held: the worst point of all but the projection's N - 1 patterns."""
    ds = ds.isel(point=np.flatnonzero(~_full(ds)))
    shares = ds["false"].mean("disorder").values
    worst = int(np.argmax(shares))
    value, error = analysis.mean_error(ds["false"].isel(point=worst).values)
    at = ds.isel(point=worst)
    where = f"{title(str(at['rule'].item()), float(at['activity']))}, N = {int(at['size'])}, P = {int(at['patterns'])}"
    name = f"fraction of unlearned states that count as held, worst of {shares.size} points"
    if not value:
        return [Finding.compare(name, value, None, 0.0, CONTROL)]
    return [Finding.compare(name, value, error, 0.0, CONTROL, note=where)]


def _full(ds: xr.Dataset) -> npt.NDArray[np.bool_]:
    """The points at which the projection holds N - 1 patterns, and with them nearly any state."""
    return np.asarray((ds["rule"].values == "projection") & (ds["patterns"].values == ds["size"].values - 1))


def _projected(ds: xr.Dataset, seed: int) -> list[Finding]:
    """What the projection of N - 1 patterns does with any state, and that Gardner's count does not see it."""
    found = []
    for index in np.flatnonzero(_full(ds))[::-1]:
        at = ds.isel(point=int(index))
        size = int(at["size"])
        value, error = analysis.mean_error(at["false"].values)
        reference, spread = analysis.one_direction(size, FOUND, DRAWS, seed)
        # Where all or no states of a few samples are held, the scatter of samples is none: one state more or less.
        least = 1 / (at["false"].size * min(STRANGE, int(at["probes"])))
        found.append(
            Finding.compare(
                f"projection of N - 1 patterns, fraction of unlearned states that count as held, N = {size}", value,
                float(np.hypot(max(error, least), spread)), reference, DIRECTION,
                note="any state does, so this load counts for no limit: to be held tells nothing of learning",
            )
        )  # fmt: skip
    if not found:
        return []
    still = float(at["fixed"].mean()) * (size - 1) * size / analysis.weights(size, True)
    name = f"projection of N - 1 patterns, bits that stand still per weight, N = {size}"
    note = "given the other bits of its pattern; a state of its own it does not tell from others"
    return [*found, Finding.compare(name, still, None, 2.0, PROJECTED, unit="bit", note=note)]


def _index(at: xr.Dataset, load: float) -> int | None:
    near = np.flatnonzero(np.abs(at["patterns"].values / at["size"].values - load) < 0.004)
    return int(near[0]) if near.size else None


def _against_theory(at: xr.Dataset, size: int, wanted: float) -> Finding:
    here = at.isel(point=_index(at, wanted))
    load = float(here["patterns"] / here["size"])
    value, error = analysis.mean_error(here["stored"].values)
    expected = float(analysis.ags_bits(load, ags.overlap(load)))
    source = "Amit, Gutfreund & Sompolinsky 1985, T = 0: load (1 - H2((1 - m)/2)), N -> infinity"
    return Finding.compare(
        f"Hebb, bits stored per N² at load {load:.3f}, N = {size}", value, error, expected, source, unit="bit",
        note="finite N: overlaps differ from pattern to pattern, and near capacity some patterns are lost",
    )  # fmt: skip


def _limits(ds: xr.Dataset, rule: str, activity: float, resamples: int, seed: int) -> list[Finding]:
    """Bits per weight at a rule's limit, from the pattern at every size and from a cue at the largest."""
    symmetric = RULES[rule].symmetric
    found = []
    for size in analysis.sizes(ds, rule, activity)[::-1]:
        at = analysis.curve(ds, rule, activity, size)
        per = size**2 / analysis.weights(size, symmetric)
        for name, how in (("stored", "stored"), ("restored", "restored from a cue")):
            bits, error, load = analysis.limit(at, name, resamples, seed)
            if not np.isfinite(bits):  # no load at which to be held tells anything
                continue
            label = f"{title(rule, activity)}: bits {how} per weight at its best load {load:.3f}, N = {size}"
            last = load > (at["patterns"].values.max() - 0.5) / size
            reference, source = _reference(rule, activity, name, size, load)
            # All samples alike: every bit of every pattern, an exact count.
            exact = error < 1e-12 and name == "stored"
            one = Finding.compare(
                label, bits * per, None if exact else error * per, reference, source, unit="bit",
                note="the largest load that was looked at: at least so many" if last else "",
            )  # fmt: skip
            found.append(one if not _is_limit(rule, activity) else _below(one))
    return found


def _is_limit(rule: str, activity: float) -> bool:
    return activity < 0.5 or not RULES[rule].symmetric


def _below(one: Finding) -> Finding:
    """Held against a limit, which finite networks and one algorithm stay below: no verdict where they do."""
    if one.reference is None:
        return one
    above = one.measured > one.reference + 3 * (one.error or 0.0)
    notes = [one.note, "a limit, which is no verdict from below" if not above else "above the limit"]
    return replace(one, agrees=False if above else None, note="; ".join(filter(None, notes)))


def _reference(rule: str, activity: float, name: str, size: int, load: float) -> tuple[float | None, str]:
    if name == "stored" and not RULES[rule].symmetric:
        return 2.0, GARDNER
    if name == "stored" and activity < 0.5:
        return 1 / np.log(2), SPARSE + "; per weight twice that of N²"
    return None, NOTHING


def _weights(ds: xr.Dataset) -> list[Finding]:
    """Entropy, parity and largest of Hebb's whole weights, at the largest size and the load next to 0.14."""
    if HEBB not in analysis.kinds(ds):
        return []
    at = analysis.curve(ds, *HEBB, analysis.sizes(ds, *HEBB)[-1])
    here = at.isel(point=int(np.argmin(np.abs(at["patterns"].values / at["size"].values - 0.14))))
    size, patterns = int(here["size"]), int(here["patterns"])
    entropy, error = analysis.mean_error(here["entropy"].values)
    parity = float(here["parity"].mean())
    largest, spread = analysis.mean_error(here["largest"].values)
    where = f"N = {size}, P = {patterns}"
    joint = patterns * size / analysis.weights(size, True)
    return [
        Finding.compare(
            f"entropy of one of Hebb's weights, {where}", entropy, error, analysis.binomial_entropy(patterns), BINOMIAL,
            unit="bit", note=f"½ log2(2 pi e P) - 1 = {analysis.gaussian_entropy(patterns):.4f}; all weights together "
            f"are made of P N bits, so they have at most {joint:.2f} bits each",
        ),
        Finding.compare(
            f"fraction of weights N J with the parity of P, {where}", parity, None, 1.0,
            "a sum of P odd numbers: counting",
        ),
        Finding.compare(
            f"largest |N J|, {where}", largest, spread, None,
            f"the range is [-P, P], P = {patterns}: no weight comes near",
        ),
    ]  # fmt: skip
