"""Weights along a rising list of inverse temperatures, from the uniform law at beta = 0 on: what annealed importance
sampling and population annealing have in common.

A state s drawn at beta and counted with exp(-(beta' - beta) E(s)) stands for one drawn at beta'; the mean of these
weights over the law at beta is Z(beta') / Z(beta) (Zwanzig 1954, J. Chem. Phys. 22, 1420).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hopphys.checks import inverse_temperature
from hopphys.dynamics import GIBBS, Dynamics, require_boltzmann, require_kinds, usual
from hopphys.engine import packed, packed_measuring
from hopphys.engine.energies import energies
from hopphys.engine.rows import Rows
from hopphys.hamiltonian import Hamiltonian
from hopphys.schedules import Schedule
from hopphys.types import Array, ArrayLike


def log_weights(beta: float, following: float, energy: ArrayLike) -> Array:
    """Logarithm of the weight, -(beta' - beta) E, that states of energy E gain on the step from beta to beta'."""
    return np.asarray((beta - following) * np.asarray(energy, dtype=float))


def log_mean(log_weight: Array, axis: int = -1) -> Array:
    """log of the mean of exp(log_weight), without overflow."""
    top = log_weight.max(axis=axis, keepdims=True)
    return np.asarray(np.squeeze(top, axis) + np.log(np.exp(log_weight - top).mean(axis=axis)))


def log_mean_error(log_weight: Array) -> Array:
    """Jackknife error of `log_mean` over the last axis, (...); NaN for a single weight.

    The mean without weight i is (S - w_i) / (n - 1). A weight that is all of the sum leaves nothing, and the error is
    infinite.
    """
    n = log_weight.shape[-1]
    if n < 2:
        return np.full(log_weight.shape[:-1], np.nan)
    share = np.exp(log_weight - log_mean(log_weight)[..., None]) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.log1p(-np.minimum(share, 1.0))
        spread = np.sqrt((n - 1) / n * ((without - without.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1))
    return np.asarray(np.where(np.isnan(spread), np.inf, spread))


def effective_number(log_weight: Array) -> Array:
    """(sum w)^2 / sum w^2 over the last axis, (...): how many equal weights would be worth as much; Kish 1965."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight.sum(axis=-1) ** 2 / (weight**2).sum(axis=-1))


def log_states(hamiltonian: Hamiltonian) -> float:
    """log Z at beta = 0: the logarithm of the number of states, clamped sites held."""
    return float(sum(np.log(len(hamiltonian.spaces[site].levels or (0.0,))) for site in hamiltonian.free.tolist()))


def prepared(
    hamiltonian: Hamiltonian,
    dynamics: Dynamics | None,
    clamp: Mapping[int, float] | Iterable[int] | None,
    what: str,
) -> tuple[Hamiltonian, Dynamics]:
    """The Hamiltonian, clamped, and its dynamics, where `what` has a meaning for them. Raises ValueError elsewhere."""
    require_kinds(hamiltonian, dynamics)
    if clamp is not None:
        hamiltonian = hamiltonian.clamp(clamp)
    dynamics = dynamics or _by_colours(hamiltonian) or usual(hamiltonian, thermal=True)
    _require_start(hamiltonian, what)
    if dynamics.moves is not None:
        raise ValueError(
            f"{what} starts from states whose sites are drawn one by one, which {dynamics.name} may not know; "
            "use temper() with a start of your own"
        )
    require_boltzmann(hamiltonian, dynamics, what)
    return hamiltonian, dynamics


def _by_colours(hamiltonian: Hamiltonian) -> Dynamics | None:
    """Heat bath colour by colour on lattices, which keeps most of them in words of 64 spins."""
    return GIBBS if hamiltonian.two_level and getattr(hamiltonian.interaction, "colours", None) is not None else None


def _require_start(hamiltonian: Hamiltonian, what: str) -> None:
    """Energies, and a law at beta = 0 that independent states can be drawn from."""
    if hamiltonian.directed:
        raise ValueError(f"{what} weighs states by their energies, which directed couplings do not have")
    for site in hamiltonian.free.tolist():
        if not hamiltonian.spaces[site].discrete:
            raise ValueError(
                f"{what} starts at beta = 0, where a {hamiltonian.spaces[site].name} site (site {site}) has no law; "
                "integrate such units out first: H.marginal(beta) has the same Z at this beta"
            )
    if hamiltonian.clamped is not None and np.isinf(hamiltonian.clamped).any():
        site = int(np.flatnonzero(np.isinf(hamiltonian.clamped))[0])
        raise ValueError(f"site {site} is held at a value that a start would give; clamp({{{site}: value}}) names it")


def given_steps(schedule: Any, beta: Any, temperature: Any, what: str) -> Array | float:
    """Inverse temperatures of the steps, from exactly one of the three; or the last one alone, where one was given."""
    if schedule is not None and (beta is not None or temperature is not None):
        raise ValueError("give a schedule, or beta= (or temperature=), not both")
    if isinstance(schedule, Schedule):
        return require_steps(schedule.betas, what)
    betas = inverse_temperature(beta if schedule is None else schedule, temperature)
    if betas.ndim:
        return require_steps(betas, what)
    _require_finite(betas[None], what)
    if betas == 0:
        raise ValueError(f"{what} ends at beta > 0, but beta = 0; there log Z is the logarithm of the number of states")
    return float(betas)


def require_steps(betas: Array, what: str) -> Array:
    """The betas, where they rise strictly from 0 on and stay finite."""
    if betas.ndim != 1 or betas.size < 2:
        raise ValueError(f"{what} needs a list of two inverse temperatures or more, but its shape is {betas.shape}")
    _require_finite(betas, what)
    if betas[0] != 0:
        raise ValueError(
            f"{what} starts at beta = 0, where states can be drawn exactly, but the first beta is {betas[0]:g}; "
            "put 0 in front (an infinite temperature)"
        )
    falls = np.flatnonzero(np.diff(betas) <= 0)
    if falls.size:
        k = int(falls[0])
        raise ValueError(
            f"the inverse temperatures must rise from step to step, but step {k} has {betas[k]:g} and step {k + 1} "
            f"{betas[k + 1]:g}; np.unique(beta) sorts them"
        )
    return np.array(betas, dtype=float)


def _require_finite(betas: Array, what: str) -> None:
    if np.isinf(betas).any():
        raise ValueError(
            f"{what} needs finite inverse temperatures, but one is infinite (T = 0), where every excited state weighs "
            "nothing; end at a large beta, or use anneal() for ground states"
        )


def purpose_of(purpose: str, hamiltonian: Hamiltonian, dynamics: Dynamics) -> str:
    """What random numbers are for, where lattices that are kept in words count theirs in another way."""
    return purpose + packed.purpose(hamiltonian, dynamics).removeprefix("sample")


def row_energies(samples: list[Hamiltonian], rows: Rows, block: int) -> Array:
    """Total energy of each row, (rows,); `block` rows at a time share a disorder sample.

    Blocks have one shape whatever else runs beside them, so a matrix product rounds the same for each. Lattices that
    are kept in words are counted there.
    """
    if rows.packed is not None and rows.packed.words is not None:
        return packed_measuring.energies(rows.packed, rows)
    found = np.empty(len(rows.state))
    for first in range(0, len(found), block):
        part = slice(first, first + block)
        field = None if rows.field is None or rows.field.shape != rows.state.shape else rows.field[part]
        alone = np.zeros_like(rows.which[part])  # the Hamiltonian of one sample has no other
        view = Rows(rows.state[part], rows.stream[part], alone, rows.plan[part], rows.shape, field=field)
        found[part] = energies(samples[int(rows.which[first])], view)
    return found


def disorder_samples(hamiltonian: Hamiltonian) -> list[Hamiltonian]:
    """One Hamiltonian a disorder sample, made once: each builds its couplings when it is first asked for an energy."""
    if hamiltonian.disorder is None:
        return [hamiltonian]
    return [hamiltonian.at(d) for d in range(hamiltonian.disorder)]
