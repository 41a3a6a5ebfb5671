"""Did both do the same work? Each check compares the product with every other and gives the figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.contest import PRODUCT, Check, Evidence, Outcomes

SIGMAS = 4.0


def same_mean(what: str, *, slack: float = 0.0, skip: Sequence[str] = ()) -> Callable[[Outcomes], list[Check]]:
    """Means of independent values agree within four combined standard errors, plus `slack` of their size.

    `slack` is for chains that have not reached equilibrium and visit sites in different orders: they relax towards the
    same law at rates that differ a little. Values (G, n) are G groups with means of their own, such as loads: compared
    is the mean over groups, with the scatter inside them alone as its error.
    """

    def compare(mine: Evidence, theirs: Evidence) -> tuple[bool, str]:
        (a, error_a), (b, error_b) = mean_and_error(mine), mean_and_error(theirs)
        error = math.hypot(error_a, error_b)
        allowed = SIGMAS * error + slack * max(abs(a), abs(b))
        said = f"{what} {printed(a, error_a)} and {printed(b, error_b)}, apart {abs(a - b):.2g}, allowed {allowed:.2g}"
        return abs(a - b) <= allowed, said

    return _each(compare, skip)


def same_fraction(what: str) -> Callable[[Outcomes], list[Check]]:
    """Fractions of successes (0 and 1) agree within four standard errors of their pooled binomial law."""

    def compare(mine: Evidence, theirs: Evidence) -> tuple[bool, str]:
        a, b = float(mine.mean()), float(theirs.mean())
        pooled = (mine.sum() + theirs.sum()) / (mine.size + theirs.size)
        error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / mine.size + 1 / theirs.size))
        said = f"{what} {a:.3f} of {mine.size} and {b:.3f} of {theirs.size}, allowed apart {SIGMAS * error:.3f}"
        return abs(a - b) <= SIGMAS * error, said

    return _each(compare, ())


def same_values(what: str, tolerance: float) -> Callable[[Outcomes], list[Check]]:
    """Arrays are equal to `tolerance` of their largest element."""

    def compare(mine: Evidence, theirs: Evidence) -> tuple[bool, str]:
        if mine.shape != theirs.shape:
            return False, f"{what} of shapes {mine.shape} and {theirs.shape}"
        scale = float(np.abs(theirs).max()) or 1.0
        apart = float(np.abs(mine - theirs).max()) / scale
        return apart <= tolerance, f"{what} differ by {apart:.1e} of the largest, allowed {tolerance:.0e}"

    return _each(compare, ())


def nothing_to_compare(outcomes: Outcomes) -> list[Check]:
    """For work that nobody else does."""
    return []


def mean_and_error(values: Evidence) -> tuple[float, float]:
    """Mean of (n,) or of the groups (G, n), and its standard error; NaN, which agrees with nothing, for n = 1."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    groups, count = values.shape
    if count < 2:
        return float(values.mean()), math.nan
    return float(values.mean()), float(math.sqrt((values.var(-1, ddof=1) / count).sum()) / groups)


def printed(value: float, error: float) -> str:
    """A value with the error of its last two digits, such as -1.4153(12)."""
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def _each(
    compare: Callable[[Evidence, Evidence], tuple[bool, str]], skip: Sequence[str]
) -> Callable[[Outcomes], list[Check]]:
    def check(outcomes: Mapping[str, Sequence[Evidence]]) -> list[Check]:
        mine = np.concatenate([np.asarray(part) for part in outcomes[PRODUCT]], axis=-1)
        found = []
        for name, parts in outcomes.items():
            if name == PRODUCT or name in skip:
                continue
            agrees, figures = compare(mine, np.concatenate([np.asarray(part) for part in parts], axis=-1))
            found.append(Check(name, bool(agrees), figures))
        return found

    return check
