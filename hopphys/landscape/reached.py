"""A sampled census, for any number of units: where a network ends from random starts or from cues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hopphys.alphabets import spins
from hopphys.checks import between, whole
from hopphys.dynamics import Dynamics
from hopphys.engine import settle
from hopphys.hamiltonian import Hamiltonian
from hopphys.kernels.random import key
from hopphys.landscape.identity import Identity, identify
from hopphys.patterns import random, stored
from hopphys.spaces import BINARY
from hopphys.types import Array, ArrayLike

if TYPE_CHECKING:
    import xarray as xr

ENDS = ("pattern", "negative", "mixture", "spurious", "oscillation", "unsettled")
"""A stored pattern; its negative; a mixture of an odd number of ± patterns; any other fixed point (a spin-glass state);
a cycle of the dynamics; nothing of these within `max_sweeps`."""


def reached(
    hamiltonian: Hamiltonian,
    patterns: ArrayLike,
    *,
    starts: Any = 1_000,
    dynamics: Dynamics | None = None,
    max_sweeps: int = 1_000,
    mixtures: tuple[int, ...] = (3, 5),
    near: float = 0.9,
    seed: int,
) -> xr.Dataset:
    """Where `settle` ends from each start, what that is, and how large each kind's basin is.

    Parameters
    ----------
    hamiltonian : two-level sites; directed couplings have no energies here
    patterns : (P, N), or (disorder, P, N) as the Hamiltonian has
    starts : how many random ones (a sample of disorder), or states as for `settle`, such as cues
    dynamics : threshold in any order; by default the model's usual one
    mixtures : odd numbers of patterns that are looked for in mixtures (Amit, Gutfreund & Sompolinsky 1985)
    near : overlap from which a state counts as a pattern or as a mixture, above 1/2: at load alpha > 0 the states are
        only near them, and at 1 they must be equal

    Returns
    -------
    Dataset over ([disorder,] replica): `state`, `sweeps`, `period` of `settle`; `end`, one of ENDS; `weights`
    (..., pattern), the state is like sign(sum_mu weights_mu xi_mu), all 0 for no such mixture; `likeness`, the overlap
    with that (of a state that is no mixture, the largest with ± a pattern); `energy` per site.
    Over `kind`: `fraction` of the starts, for random ones the volume of the basins, with `fraction_error`: binomial
    (the spread of Laplace's rule of succession, so never 0), and where disorder samples scatter by more, their standard
    error; mean `kind_energy` and its standard error, over samples where there are several.
    Over ([disorder]): `distinct` fixed points seen, and `unseen`, an estimate of the volume of all basins that no start
    fell into: seen once / starts (Good 1953), with its error (Esty 1983). `pattern_energy` ([disorder,] pattern) per
    site.

    Raises ValueError for sites of other kinds, an even number of mixed patterns, `near` out of (1/2, 1], patterns of
    another shape, and as `settle` does.
    """
    xi = _checked(hamiltonian, patterns, mixtures, near)
    found = settle(hamiltonian, _starts(hamiltonian, starts, seed), dynamics=dynamics, max_sweeps=max_sweeps, seed=seed)
    state = spins(hamiltonian, found["state"].values).astype(np.int8)
    deep = state if state.ndim == 3 else state[None]
    each = [identify(s, x, mixtures, near) for s, x in zip(deep, xi if xi.ndim == 3 else xi[None], strict=True)]
    ends = np.stack([_ends(one, p) for one, p in zip(each, _rows(found["period"].values), strict=True)])
    per_start = _per_start(hamiltonian, found, each, ends)
    return per_start.assign(
        {
            **_summary(per_start, ends),
            **_seen(deep, found),
            "pattern_energy": _pattern_energy(hamiltonian, xi, found),
        }
    )


def _checked(hamiltonian: Hamiltonian, patterns: ArrayLike, mixtures: tuple[int, ...], near: float) -> Array:
    if not hamiltonian.two_level:
        found = ", ".join(dict.fromkeys(space.name for space in hamiltonian.spaces if not space.two_level))
        raise ValueError(f"patterns and mixtures are told apart on two-level sites (spin or binary), not on {found}")
    for count in mixtures:
        if whole(count, "mixtures", 3) % 2 == 0:
            raise ValueError(f"mixtures must be odd numbers from 3, so that no site ties, but one is {count}")
    between(near, "near", 0.5, 1 + 1e-12)
    xi = stored(patterns)
    fits = xi.ndim == 2 or len(xi) == hamiltonian.disorder
    if xi.shape[-1] != hamiltonian.size or not fits:
        wanted = f"(P, {hamiltonian.size})" + (f" or ({hamiltonian.disorder}, P, N)" if hamiltonian.disorder else "")
        raise ValueError(f"patterns must have shape {wanted}, as the network does, but their shape is {xi.shape}")
    samples = hamiltonian.disorder
    return np.broadcast_to(xi, (samples, *xi.shape)) if xi.ndim == 2 and samples is not None else xi


def _starts(hamiltonian: Hamiltonian, starts: Any, seed: int) -> Any:
    """Fair bits, in the form of each site; their own seed, for those of the patterns' seed would be the patterns."""
    if not isinstance(starts, (int, np.integer)) or isinstance(starts, bool):
        return starts
    own = key(seed, "landscape: starts")[0]
    signs = random(whole(starts, "starts", 2), hamiltonian.size, seed=own, disorder=hamiltonian.disorder)
    return np.where([space == BINARY for space in hamiltonian.spaces], (signs + 1) // 2, signs).astype(np.int8)


def _ends(one: Identity, period: Array) -> Array:
    """Number in ENDS of each state (R,)."""
    members = np.count_nonzero(one.weights, axis=1)
    alone = np.where(one.weights.sum(axis=1) > 0, 0, 1)
    kind = np.select([members == 1, members > 1], [alone, 2], 3)
    return np.select([period == 0, period > 1], [5, 4], kind)


def _rows(values: Array) -> Array:
    """(R,) as (1, R)."""
    return values if values.ndim == 2 else values[None]


def _per_start(hamiltonian: Hamiltonian, found: xr.Dataset, each: list[Identity], ends: Array) -> xr.Dataset:
    dims = found["period"].dims
    shape = found["period"].shape
    weights = np.stack([one.weights for one in each]).reshape(*shape, -1)
    likeness = np.stack([one.likeness for one in each]).reshape(shape)
    ds = found.drop_vars(["converged", "energy"], errors="ignore").assign(
        end=(dims, np.array(ENDS)[ends].reshape(shape), _label("what was reached")),
        weights=((*dims, "pattern"), weights, _label("weights of the patterns in the state it is like")),
        likeness=(dims, likeness, _label("overlap with the state it is like")),
    )
    if "energy" in found:
        energy = found["energy"].values / hamiltonian.size
        ds = ds.assign(energy=(dims, energy, _label("energy per site", "J")))
    number = np.arange(weights.shape[-1])
    return ds.assign_coords(
        pattern=("pattern", number, _label("stored pattern")), kind=("kind", np.array(ENDS), _label("kind of end"))
    )


def _label(long_name: str, units: str = "1") -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _summary(ds: xr.Dataset, ends: Array) -> dict[str, tuple[Any, ...]]:
    """Fractions and mean energies over kinds, with their errors."""
    is_kind = ends[..., None] == np.arange(len(ENDS))  # (disorder, replica, kind)
    variables: dict[str, tuple[Any, ...]] = {
        "fraction": ("kind", is_kind.mean(axis=(0, 1)), _label("fraction of starts that end so")),
        "fraction_error": ("kind", _fraction_error(is_kind), _label("standard error of the fraction")),
    }
    if "energy" in ds:
        energy = np.where(is_kind, _rows(ds["energy"].values)[..., None], np.nan)
        mean, error = _mean_error(energy)
        variables["kind_energy"] = ("kind", mean, _label("mean energy per site of this kind", "J"))
        variables["kind_energy_error"] = ("kind", error, _label("standard error of the mean energy", "J"))
    return variables


def _fraction_error(is_kind: Array) -> Array:
    """The spread of Laplace's rule of succession, or the scatter over disorder samples if that is larger, (kind,)."""
    samples, count = len(is_kind), is_kind.shape[0] * is_kind.shape[1]
    hits = is_kind.sum(axis=(0, 1))
    binomial = np.sqrt((hits + 1) * (count - hits + 1) / (count + 3)) / (count + 2)
    if samples < 2:
        return np.asarray(binomial)
    return np.asarray(np.maximum(binomial, is_kind.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(samples)))


def _mean_error(values: Array) -> tuple[Array, Array]:
    """Mean over samples and starts (D, R, kind) of what is there, and its error over samples, or over starts of one."""
    each, _, _ = _mean_spread(values, 1)
    independent = values[0] if len(values) == 1 else each
    _, spread, number = _mean_spread(independent, 0)
    mean, _, _ = _mean_spread(values.reshape(-1, values.shape[-1]), 0)
    error = np.divide(spread, np.sqrt(number), out=np.full_like(spread, np.nan), where=number > 1)
    return mean, error


def _mean_spread(values: Array, axis: int) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and number of what is not NaN; NaN where nothing is."""
    number = np.isfinite(values).sum(axis=axis)
    mean = np.where(number > 0, np.nansum(values, axis=axis) / np.maximum(number, 1), np.nan)
    squares = np.nansum((values - np.expand_dims(mean, axis)) ** 2, axis=axis)
    return mean, np.sqrt(squares / np.maximum(number - 1, 1)), number


def _seen(states: Array, found: xr.Dataset) -> dict[str, tuple[Any, ...]]:
    """Distinct fixed points and the unseen volume, for each sample of disorder."""
    dims = found["period"].dims[:-1]
    settled = _rows(found["period"].values) == 1
    rows = [_unseen(s[fixed], len(fixed)) for s, fixed in zip(states, settled, strict=True)]
    distinct, unseen, error = (np.array(column) if dims else np.array(column[0]) for column in zip(*rows, strict=True))
    return {
        "distinct": (dims, distinct, _label("distinct fixed points seen")),
        "unseen": (dims, unseen, _label("estimated volume of the basins of fixed points that were not seen")),
        "unseen_error": (dims, error, _label("standard error of the unseen volume")),
    }


def _unseen(states: Array, starts: int) -> tuple[int, float, float]:
    """Distinct states, f_1 / n and sqrt(f_1 (1 - f_1/n) + 2 f_2) / n with f_k the number of states seen k times."""
    packed = np.packbits(states > 0, axis=1)
    _, times = np.unique(packed, axis=0, return_counts=True)
    once, twice = int((times == 1).sum()), int((times == 2).sum())
    return len(times), once / starts, float(np.sqrt(once * (1 - once / starts) + 2 * twice)) / starts


def _pattern_energy(hamiltonian: Hamiltonian, xi: Array, found: xr.Dataset) -> tuple[Any, ...]:
    """Energy per site of the patterns themselves; NaN where the couplings are directed."""
    dims = (*found["period"].dims[:-1], "pattern")
    levels = np.where([space == BINARY for space in hamiltonian.spaces], (xi + 1) // 2, xi)
    none = hamiltonian.directed
    energy = np.full(xi.shape[:-1], np.nan) if none else hamiltonian.energy(levels.astype(float)) / hamiltonian.size
    return dims, energy, _label("energy per site of the patterns", "J")
