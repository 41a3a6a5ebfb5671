"""The limit of single units: how many patterns the rows of couplings can take that learn apart from each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from hopphys.studies import _information_analysis as analysis
from hopphys.studies._information_rules import GARDNERS, LARGEST, STEPS

from hopphys.learning import RULES
from hopphys.study import MARKERS, Figure, Finding, letter, new_figure, shades

COVER = "Cover 1965: 2 (N - 1) patterns on average, from N - 1 weights; summed over the same loads"
AT = "Cover 1965: 2^(1 - P) sum_{k < N - 1} C(P - 1, k), exact"


@dataclass(frozen=True)
class Limit:
    """Bits per weight at which units of one rule and size come to their end: mean, error, Cover's, and a bound."""

    rule: str
    size: int
    bits: float
    error: float
    cover: float
    bound: float  # what it would be if all units took their patterns that are not shown to be unable to


def counted(ds: xr.Dataset) -> xr.Dataset:
    """The points at which units are counted and nothing else."""
    return ds.isel(point=np.flatnonzero(ds["probes"].values == 0))


def limits(ds: xr.Dataset) -> list[Limit]:
    there = counted(ds)
    kinds = [(rule, size) for rule, _ in analysis.kinds(there) for size in analysis.sizes(there, rule, 0.5)]
    return [_limit(analysis.curve(there, rule, 0.5, size), rule, size) for rule, size in kinds]


def _limit(at: xr.Dataset, rule: str, size: int) -> Limit:
    counts, inputs = at["patterns"].values, size - 1
    each = analysis.most(counts, at["units"].values.T) / inputs  # (disorder,)
    most = analysis.most(counts, 1 - at["refuted"].values.T) / inputs
    cover = float(analysis.most(counts, analysis.separable(inputs, counts)) / inputs)
    bits, error = analysis.mean_error(each)
    return Limit(rule, size, bits, error, cover, float(most.mean()))


def findings(ds: xr.Dataset) -> list[Finding]:
    """Bits per weight where units come to their end, and the share of units that take twice as many as weights."""
    found = [_bits(one) for one in limits(ds)[::-1]]
    there = counted(ds)
    for rule, _ in analysis.kinds(there):
        at = analysis.curve(there, rule, 0.5, analysis.sizes(there, rule, 0.5)[0])
        found.append(_share(at.isel(point=int(np.argmin(np.abs(at["patterns"].values - 2 * at["size"].values)))), rule))
    return found


def _bits(one: Limit) -> Finding:
    name = f"{RULES[one.rule].title}: bits per weight, each unit at its own limit, N = {one.size}"
    late = _late(one.rule, one.size, one.bound)
    found = Finding.compare(name, one.bits, one.error, one.cover, COVER, unit="bit", note=late)
    return _between(found, one.rule, one.bound)


def _late(rule: str, size: int, bound: float) -> str:
    """What there is to know of units that were not done: where a number is too low, they are the reason."""
    late = f"units not done after {STEPS // size} passes count as failed: a lower bound"
    return late if rule != LARGEST else f"{late}; upper bound, with all that are not proved to fail: {bound:.3f}"


def _between(one: Finding, rule: str, bound: float) -> Finding:
    """Where there are a lower and an upper bound, the reference agrees if it lies between them.

    To both 3 errors of the lower one are granted: the upper counts units of the same samples.
    """
    if rule != LARGEST or one.reference is None or one.error is None:
        return one
    margin = 3 * one.error
    return replace(one, agrees=bool(one.measured - margin <= one.reference <= bound + margin))


def _share(at: xr.Dataset, rule: str) -> Finding:
    size, patterns = int(at["size"]), int(at["patterns"])
    value, error = analysis.mean_error(at["units"].values)
    name = f"{RULES[rule].title}: fraction of units that take P = {patterns} patterns, N = {size}"
    reference = float(analysis.separable(size - 1, patterns))
    bound = 1 - float(at["refuted"].mean())
    return _between(Finding.compare(name, value, error, reference, AT, note=_late(rule, size, bound)), rule, bound)


def figure(ds: xr.Dataset, made: str) -> Figure:
    """Units that take their patterns against the load of their weights, beside Cover's count."""
    rules = [rule for rule in GARDNERS if (rule, 0.5) in analysis.kinds(counted(ds))]
    plot, axes = new_figure(1, len(rules), (3.7 * len(rules), 3.4))
    axes = np.atleast_1d(axes)
    for axis, rule in zip(axes, rules, strict=True):
        sizes = analysis.sizes(counted(ds), rule, 0.5)
        for size, colour, marker in zip(sizes, shades("hopfield", len(sizes) + 1)[1:], MARKERS, strict=False):
            _draw(axis, analysis.curve(counted(ds), rule, 0.5, size), size, {"color": colour, "marker": marker})
        axis.axvline(2, linestyle=":", color="0.5", linewidth=0.9)
        axis.set(xlabel=r"patterns a weight $P/(N - 1)$", title=RULES[rule].title, ylim=(-0.03, 1.05))
        axis.legend(loc="upper right")
    axes[0].set_ylabel("fraction of units")
    letter(axes)
    caption = (
        "Units that give all P patterns their bits, from the N - 1 weights of each. Lines: Cover's count (1965), exact "
        "at every N; the area below it is 2 patterns a weight. Points: found by the rule within 200 000/N passes, a "
        "lower bound; thin marks without a centre in (b): not shown to be unable, an upper bound. Dotted: N to "
        f"infinity (Gardner 1988). {made}"
    )
    return Figure(
        plot, caption, "The fraction of units that learn all patterns falls around two a weight, as Cover has it"
    )


def _draw(axis: Any, at: xr.Dataset, size: int, look: dict[str, Any]) -> None:
    load = at["patterns"].values / (size - 1)
    value, error = np.array([analysis.mean_error(row) for row in at["units"].values]).T
    axis.errorbar(load, value, error, linestyle="none", label=f"N = {size}", zorder=3, **look)
    if (at["rule"].values == LARGEST).all():
        upper = 1 - at["refuted"].mean("disorder").values
        axis.plot(load, upper, linestyle="none", markerfacecolor="none", markeredgewidth=0.7, **look)
    counts: npt.NDArray[Any] = np.arange(at["patterns"].values[0], at["patterns"].values[-1] + 1)
    axis.plot(counts / (size - 1), analysis.separable(size - 1, counts), color=look["color"], linewidth=1.0)
