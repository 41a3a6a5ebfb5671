"""What is left of a memory when the network is damaged?

A Hopfield network stores P = load · N random patterns by Hebb's rule and is then damaged. **Units**: a fraction f of
them is removed with their weights. The couplings among the survivors are, up to a factor, those that Hebb's rule gives
the N (1 - f) survivors for the same patterns; so the network is a smaller one at the load P / (N (1 - f)), exactly, and
lives while that stays below capacity. **Weights**: each is kept with probability c in both directions (dilution) or in
each direction by itself (one-way dilution), or all are clipped to their sign, or Gaussian noise is added. Theory
(Sompolinsky 1986) makes one of these four: a static noise of variance Delta² / N on Hebb's couplings, with
Delta² = load · (1 - c) / c for dilution and load · (pi/2 - 1) for clipping. The couplings that are left are scaled so
that they hold the patterns with the old strength. One-way dilution has no energy, and theory only estimates it.

Symmetric noise is a spin glass, and gives the network many minima. So what descent from a pattern finds is not what the
theory of equilibrium speaks of: it stops in the first minimum, too near to the pattern, and stays there where
equilibrium has lost it. Both are measured: (a) descent at T = 0 from the pattern, and from a cue with some bits
flipped; (b) heat bath from the pattern at a low temperature, of which the second half counts, against the theory at
that temperature. A pattern counts as retrieved above ¾ of the overlap at which theory loses it. The overlap of points
where nearly all are retrieved is continued to infinite N linearly in 1/N, as corrections to a mean field go; the
critical damage is where the retrieved fractions of two sizes cross. Points have disorder of their own, and errors are
over disorder samples. Probed are patterns spread over the order of learning, for rules may forget by age.

Other rules have no such theory, but one step has: a bit of stability kappa (its field over the length of its row)
turns, under damage of relative noise eta, with the chance Phi(-kappa / eta), eta² = f / (1 - f) for removal of units or
weights. Their damage is compared at one size: how much do they survive before half of the cues are lost?
That is read between two fractions, so the error holds their distance over sqrt 12 beside the scatter of samples.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from hopphys.studies import _damage_analysis as analysis
from hopphys.studies import _damage_figures as drawing
from hopphys.studies import _damage_findings as reading
from hopphys.studies import _damage_networks as networks
from hopphys.studies._damage_config import RECORDS, Config, Point, RulePoint, points
from hopphys.studies._damage_networks import Array
from scipy.special import ndtr

import hopphys as hp
from hopphys.study import Figure, Finding, Study

BLOCK = 8_000_000  # couplings held at once
ONE_WAY = 60  # sweeps of threshold updates of a network without energy
HARMS = ("units", "dilution", "noise")  # to other rules; noise of a strength that removal of the fraction would have
FRACTION = {"long_name": "fraction of units or weights removed", "units": "1"}
theory = hp.theory.noise


def cost(point: Point | RulePoint) -> float:
    """Couplings to make and to multiply by; learning them is dear where it goes step by step."""
    if isinstance(point, RulePoint):
        return float(10 * point.size**2 * point.samples * len(point.fractions))
    return float(point.size**2 * point.samples * (1 + point.probes / 20 + point.sweeps / 200))


def measure(point: Point | RulePoint, seed: int) -> xr.Dataset:
    if isinstance(point, RulePoint):
        return _rule(point, seed)
    block = max(1, BLOCK // point.size**2)
    parts = [_block(point, seed, first, min(block, point.samples - first)) for first in range(0, point.samples, block)]
    values = {name: np.concatenate([part[name] for part in parts]).astype(np.float32) for name in parts[0]}
    return xr.Dataset({name: ("disorder", array, LABELS[name]) for name, array in values.items()})


LABELS = {
    name: {"long_name": text, "units": "1"}
    for name, text in {
        "wrong": "fraction of wrong bits after one synchronous step from a pattern, a tie for half",
        "expected": "the same, predicted from the stabilities before the damage",
        "overlap": "mean final overlap of descent from the pattern",
        "retrieved": "fraction retrieved by descent from the pattern",
        "recalled": "mean final overlap of the retrieved patterns",
        "cue_overlap": "mean final overlap of descent from a cue",
        "cue_retrieved": "fraction retrieved from a cue",
        "warm_overlap": "mean overlap at the temperature, from the pattern",
        "warm_retrieved": "fraction retrieved at the temperature",
        "warm_recalled": "mean overlap at the temperature of the retrieved patterns",
        "left": "fraction retrieved from a cue after damage to what a rule has learnt",
        "left_wrong": "fraction of wrong bits one step from a pattern after that damage, a tie for half",
        "left_expected": "the same, predicted from the stabilities before the damage",
        "left_clipped": "fraction retrieved from a cue with weights clipped to their signs",
        "drift": "mean change of that overlap in the last quarter of the sweeps",
    }.items()
}


def _block(point: Point, seed: int, first: int, samples: int) -> dict[str, Array]:
    """Results of disorder samples first, ..., each (samples,)."""
    stored, couplings = networks.whole("hebb", point.patterns, point.size, samples, seed, first)
    net, kept = networks.damaged(stored, couplings, point.kind, point.noise, seed + first)
    probed = networks.probed(kept, point.probes)
    stability = hp.learning.stabilities(couplings, np.zeros(point.size), networks.probed(stored, point.probes))
    noise = 0.0 if point.kind in ("intact", "smaller") else point.noise
    results = _one_step(net, probed, stability, point.kind, noise)
    m = _settled(net, probed, probed, seed + first)
    results |= _summary(point, m, "overlap", "retrieved") | {"recalled": _recalled(m, m > point.level)}
    cue = hp.patterns.corrupt(probed, flip=point.flip, seed=seed, first=first)
    results |= _summary(point, _settled(net, cue, probed, seed + first), "cue_overlap", "cue_retrieved")
    return results | _warm(point, net, probed, seed + first)


def _rule(point: RulePoint, seed: int) -> xr.Dataset:
    """One rule under every damage, (disorder, harm, fraction); clipping has no strength, (disorder,)."""
    stored, couplings = networks.whole(point.rule, point.patterns, point.size, point.samples, seed)
    stability = hp.learning.stabilities(couplings, np.zeros(point.size), networks.probed(stored, point.probes))

    def left(kind: str, fraction: float) -> dict[str, Array]:
        noise = (fraction / (1 - fraction)) ** 0.5
        net, kept = networks.damaged(stored, couplings, kind, noise, seed)
        probed = networks.probed(kept, point.probes)
        cue = hp.patterns.corrupt(probed, flip=point.flip, seed=seed)
        m = _settled(net, cue, probed, seed)
        step = _one_step(net, probed, stability, kind, noise)
        return {"left": (m > point.level).mean(axis=1), "left_wrong": step["wrong"], "left_expected": step["expected"]}

    grid = [[left(kind, fraction) for fraction in point.fractions] for kind in HARMS]
    ds = xr.Dataset(
        coords={
            "harm": ("harm", list(HARMS), {"long_name": "kind of damage", "units": "1"}),
            "fraction": ("fraction", np.array(point.fractions), FRACTION),
        }
    )
    for name in grid[0][0]:
        table = np.stack([np.stack([cell[name] for cell in row], axis=-1) for row in grid], axis=1)
        ds[name] = (("disorder", "harm", "fraction"), table.astype(np.float32), LABELS[name])
    ds["left_clipped"] = ("disorder", left("clip", 0.0)["left"].astype(np.float32), LABELS["left_clipped"])
    return ds


def _summary(point: Point, m: Array, mean: str, fraction: str) -> dict[str, Array]:
    return {mean: m.mean(axis=1), fraction: (m > point.level).mean(axis=1)}


def _recalled(m: Array, good: Array) -> Array:
    """Mean over the probes that are retrieved, NaN without any."""
    return np.where(good, m, 0).sum(axis=1) / np.where(good.any(axis=1), good.sum(axis=1), np.nan)


def _one_step(net: hp.Hamiltonian, probed: Array, stability: Array, kind: str, noise: float) -> dict[str, Array]:
    """Wrong bits after one step, (samples,), and what the stabilities before the damage let expect.

    Removing so many units exactly takes its share of the mean out of the noise: what h^2 / N is of the row's square.
    """
    field = net.local_field(probed) * probed
    spread = noise * np.sqrt(np.maximum(1 - stability**2 / stability.shape[-1], 1e-12)) if kind == "units" else noise
    expected = ndtr(-stability / spread) if noise > 0 else stability < 0
    wrong = (field < 0) + 0.5 * (field == 0)  # a tie is a choice that chance makes in the Gaussian law
    return {"wrong": wrong.mean(axis=(1, 2)), "expected": expected.mean(axis=(1, 2))}


def _settled(net: hp.Hamiltonian, start: Array, probed: Array, seed: int) -> Array:
    """Overlap (disorder, probe) of where each start ends with its own pattern."""
    if net.directed:  # it need not end
        moved = hp.sample(
            net, dynamics=hp.HOPFIELD, sweeps=ONE_WAY, record=0, replicas=start.shape[1], start=start, seed=seed
        )
        return np.asarray((moved.state.values * probed).mean(axis=-1, dtype=float))
    found = hp.settle(net, start, dynamics=hp.HOPFIELD, max_sweeps=10_000, seed=seed)
    return np.asarray((found.state.values * probed).mean(axis=-1, dtype=float))


def _warm(point: Point, net: hp.Hamiltonian, probed: Array, seed: int) -> dict[str, Array]:
    own = hp.Observable("own", lambda _, s: (s * probed).mean(axis=-1, dtype=float), long_name="own overlap")
    run = hp.sample(
        net,
        temperature=point.temperature,
        sweeps=point.sweeps,
        record=point.sweeps // RECORDS,
        replicas=probed.shape[1],
        start=probed,
        observe=(own,),
        seed=seed,
    )
    third, fourth = np.split(run.own.values[..., -RECORDS // 2 :], 2, axis=-1)
    m = (third.mean(axis=-1) + fourth.mean(axis=-1)) / 2
    change = _recalled(fourth.mean(axis=-1) - third.mean(axis=-1), m > point.level)
    results = _summary(point, m, "warm_overlap", "warm_retrieved")
    return results | {"warm_recalled": _recalled(m, m > point.level), "drift": change}


def findings(ds: xr.Dataset) -> list[Finding]:
    resamples = STUDY.config_of(ds).resamples
    found: list[Finding] = reading.findings(ds, analysis.edges(ds, "warm_retrieved", resamples), resamples)
    return found


def figures(ds: xr.Dataset) -> Mapping[str, Figure]:
    edges = analysis.edges(ds, "warm_retrieved", STUDY.config_of(ds).resamples)
    shown: Mapping[str, Figure] = drawing.figures(ds, edges)
    return shown


STUDY = Study(
    name="damage",
    title="Damage: units removed, weights cut, clipped and blurred",
    question=(
        "How much of a network can be taken away, and how coarse or noisy may its weights become, "
        "before it forgets; and does one theory of noise cover all of it?"
    ),
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("hopfield",),
    cost=cost,
)
