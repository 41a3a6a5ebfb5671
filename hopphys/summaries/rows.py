"""The rows of a summary: a value, its error, and what the chains say about themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from hopphys import statistics
from hopphys.types import Array

MANY = 8  # independent replicas whose scatter is an error; where there are fewer, the chains are asked
LONGEST = statistics.LONG_ENOUGH  # tau that a chain must be long
FEW = 100.0  # effective records below which a run is short
FALSE_ALARM = 1e-3  # of "drifting" and of "not mixed", a row: a table has many
SCATTER, CHAINS, DISORDER, GIVEN, WEIGHTED = "replicas", "chains", "disorder", "given", "weighted replicas"


@dataclass(frozen=True)
class Row:
    """One scalar of one run.

    name, at : what it is, and where: {"beta": 0.4} or empty
    value, error : mean and standard error, from the source `error_from`
    tau : integrated autocorrelation time in sweeps; NaN where there are no chains
    bulk, tail, rhat : effective records and rank-normalised split R-hat; NaN where there are no chains
    status : "converged", "short", "drifting", "constant", "not mixed: R-hat 1.3", ...; empty where there are no chains
    """

    name: str
    at: dict[str, float | str]
    value: float
    error: float
    tau: float = np.nan
    bulk: float = np.nan
    tail: float = np.nan
    rhat: float = np.nan
    status: str = ""
    error_from: str = SCATTER

    @property
    def where(self) -> str:
        return ", ".join(f"{k} {v:.6g}" if isinstance(v, float) else f"{k} {v}" for k, v in self.at.items())

    @property
    def text(self) -> str:
        """The value with two digits of its error in parentheses."""
        return statistics.parenthesis(self.value, self.error)


def of_chains(name: str, at: dict[str, float | str], values: Array, interval: int, disorder: bool) -> Row:
    """The row of records (disorder, replica, sweep) taken every so many sweeps."""
    if not np.isfinite(values).all():
        return Row(name, at, float("nan"), float("nan"), status="not finite")
    value, error, source = _estimate(values, disorder)
    tau = statistics.autocorrelation_time(values).tau
    mixing = statistics.mixing(values)
    known = tau[np.isfinite(tau)]
    mean = float(known.mean()) if known.size else np.inf
    words = [_status(part, mixing.rhat[d], min(mixing.bulk[d], mixing.tail[d])) for d, part in enumerate(values)]
    return Row(
        name, at, value, error, mean * interval, float(mixing.bulk.min()), float(mixing.tail.min()),
        float(mixing.rhat.max()), _together(words), source,
    )  # fmt: skip


def of_ends(name: str, at: dict[str, float | str], values: Array, disorder: bool) -> Row:
    """The row of one number a replica, (disorder, replica)."""
    if not np.isfinite(values).all():
        return Row(name, at, float("nan"), float("nan"), status="not finite")
    samples = values.mean(axis=1) if disorder else values.ravel()
    error = float(statistics.standard_error(samples).error) if samples.size > 1 else float("nan")
    return Row(name, at, float(samples.mean()), error, error_from=DISORDER if disorder else SCATTER)


def of_populations(name: str, at: dict[str, float | str], values: Array, log_weight: Array, disorder: bool) -> Row:
    """The row of one mean a population, (disorder, replica), each with the weight exp(log_weight): its share of Z.

    The error is the jackknife's over replicas, or the scatter of disorder samples.
    """
    if not np.isfinite(values).all():
        return Row(name, at, float("nan"), float("nan"), status="not finite")
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    sums = np.stack([weight, weight * values], axis=-1)
    means = sums[..., 1].sum(axis=1) / sums[..., 0].sum(axis=1)
    if disorder and len(means) > 1:
        return Row(name, at, float(means.mean()), float(statistics.standard_error(means).error), error_from=DISORDER)
    error = np.nan
    if values.shape[1] > 1:
        error = float(statistics.jackknife(lambda part: part[:, 1].sum() / part[:, 0].sum(), sums[0]).error)
    return Row(name, at, float(means.mean()), error, error_from=WEIGHTED)


def _estimate(values: Array, disorder: bool) -> tuple[float, float, str]:
    """Mean, its error, and where the error is from: disorder samples, replicas, or the chains' own tau."""
    means = values.mean(axis=-1)
    if disorder and len(values) > 1:
        found = statistics.standard_error(means.mean(axis=1))
        return float(found.value), float(found.error), DISORDER
    replicas = means[0]
    if (values == values[..., :1, :1]).all():
        return float(replicas.mean()), np.inf, SCATTER  # nothing ever moved: no error can be had from it
    if replicas.size >= MANY:
        found = statistics.standard_error(replicas)
        return float(found.value), float(found.error), SCATTER
    errors = statistics.chain_mean(values[0]).error
    return float(replicas.mean()), float(np.sqrt((errors**2).sum()) / replicas.size), CHAINS


def _status(values: Array, rhat: float, size: float) -> str:
    """What the chains (replica, sweep) of one disorder sample say about themselves."""
    still = str(statistics.constancy(values))
    if still:
        return still
    length, tau = values.shape[-1], statistics.autocorrelation_time(values).tau
    mean = float(tau[np.isfinite(tau)].mean())
    if rhat > _largest(len(values), mean / length):
        return f"not mixed: R-hat {rhat:.3g}"
    if len(values) > 1 and length >= 8 and not statistics.equilibration(values, FALSE_ALARM).equilibrated:
        return "drifting"
    return "short" if length < LONGEST * mean or size < FEW else "converged"


def _largest(replicas: int, tau: float) -> float:
    """R-hat that chains of length 1 with this tau may show in equilibrium, above the 1.01 of Vehtari et al.

    Means of half chains have 4 tau times the variance of the records, and their scatter, over m of them, is that times
    chi-square / (m - 1): its 1e-3 quantile, and three times at least, because tau itself is not known well.
    """
    free = 2 * replicas - 1
    return float(statistics.AGREE * np.sqrt(1.0 + 4.0 * tau * max(3.0, chdtri(free, FALSE_ALARM) / free)))


def _together(words: list[str]) -> str:
    """One word for all disorder samples: that of the worst of them, with their number."""
    worst = [w for w in words if w != "converged"]
    if not worst or len(words) == 1:
        return words[0]
    kinds = [w.split(":")[0] for w in worst]
    return f"{len(worst)} of {len(words)} {max(set(kinds), key=kinds.count)}"
