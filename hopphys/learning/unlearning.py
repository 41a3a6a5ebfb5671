r"""Unlearning: what the network falls into from noise is made a little less deep (Hopfield, Feinstein & Palmer 1983).

One dream settles from a random state, by threshold updates in shuffled order with ties kept, and subtracts the state s
it ends in: J_ij -= (rate / N) s_i s_j, with J_ii kept 0. Spurious states are found most, so they lose most: their
energies rise above those of the patterns. Too many dreams wear the patterns down as well. The time scale is
x = rate · dreams / N. Local, incremental, symmetric; O(N²) a dream. Crick & Mitchison 1983 read it as sleep.

Couplings that are whole multiples of the step stay so exactly: rate = 0.01 on Hebb's couplings counts in 0.01 / N, so a
tie is a tie, and a run cut into pieces has the bits of a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hopphys.alphabets import recast
from hopphys.hamiltonian import Hamiltonian
from hopphys.interactions import Dense
from hopphys.kernels.random import key, streams
from hopphys.learning.collapse import look, looks_on_the_way, patterns_within, warn_of_collapse
from hopphys.memory import require
from hopphys.spaces import BINARY, SPIN
from hopphys.threads import threads
from hopphys.types import Array

NUMBERS = (int, np.integer, float, np.floating)
DREAMS = 2**20  # numbered within the random counter; a network of 1000 units is done in a tenth of it


@dataclass(frozen=True, eq=False)
class Dreamt:
    """A network after some dreams, and what those since the last stop found.

    network : dense couplings, in the space of the network that dreamt
    found : (..., n, N) int8, ±1; the states of the n dreams since the last stop, in order
    energies : (..., n) of these states under the couplings that led to them, totals
    sweeps : (..., n) until a sweep flipped nothing
    """

    dreams: int
    network: Hamiltonian
    found: Array
    energies: Array
    sweeps: Array


def unlearn(net: Hamiltonian, dreams: int, rate: float = 0.01, *, seed: int) -> Hamiltonian:
    r"""The network after so many dreams: J_ij -= (rate / N) s_i s_j for each state s reached from noise, J_ii = 0.

    Parameters
    ----------
    net : two-level sites and pairwise couplings; Hebb's pattern form is taken as its dense couplings. A disorder axis
        is kept, and each sample dreams its own dreams.
    dreams : 0 or more. Rule of thumb for Hebb at load alpha > 0.05, simulated at N = 400: (alpha - 0.05) N / rate
        are best; from (alpha + 0.02) N / rate at alpha = 0.1 to (alpha + 0.05) N / rate at 0.3 all is lost.
    rate : above 0, at most 1, where one dream takes what one pattern gave; larger rates are coarser, the result depends
        mostly on rate · dreams / N

    Raises ValueError for directed, clamped, many-level or higher-order networks. Warns where the dreams went past the
    best: fewer patterns are fixed than before dreaming, or than by the rule of thumb. That takes a network that keeps
    its patterns, as `hopfield(patterns)` does; couplings alone do not tell which states were patterns.
    """
    return unlearn_watched(net, dreams, rate, seed)


def unlearn_watched(net: Hamiltonian, dreams: int, rate: float, seed: int) -> Hamiltonian:
    """What `unlearn` returns, with the looks at the patterns on the way."""
    _check(net, [dreams], rate)
    xi = patterns_within(net)
    earlier = [] if xi is None else looks_on_the_way(dreams, xi, rate)
    dreaming = _dreaming(net, [*earlier, dreams], rate, seed, first=0, keep=False)
    looks = [look(stop, next(dreaming).network, xi) for stop in earlier if xi is not None]
    network = next(dreaming).network
    if xi is not None and looks:
        warn_of_collapse([*looks, look(dreams, network, xi)], xi.shape[-2])
    return network


def dream(net: Hamiltonian, stops: Iterable[int], rate: float = 0.01, *, seed: int, first: int = 0) -> Iterator[Dreamt]:
    """The same, with a look at the network at each of several numbers of dreams, in rising order.

    `unlearn(net, D)` is what the stop at D shows, bit for bit. `first` is the number of the first disorder sample, so
    that samples may be computed in blocks.
    """
    return _dreaming(net, list(stops), rate, seed, first=first, keep=True)


def _dreaming(
    net: Hamiltonian, stops: list[int], rate: float, seed: int, *, first: int, keep: bool
) -> Iterator[Dreamt]:
    _check(net, stops, rate)
    return _walk(net, stops, float(rate), streams(key(seed, "unlearning"), net.disorder or 1, first), keep)


def _walk(net: Hamiltonian, stops: list[int], rate: float, stream: Array, keep: bool) -> Iterator[Dreamt]:
    spins = recast(net, SPIN)
    counts = _in_steps(_couplings(spins), rate, max(stops))
    step = rate / spins.size
    done = 0
    for stop in stops:
        number = stop - done
        found, energies, sweeps = _advance(counts, spins.bias / step, stream, done, number, keep)
        done = stop
        lead = (len(counts),) if net.disorder else ()
        results = (
            values.reshape(*lead, *values.shape[1:]) for values in (found, energies * step + spins.offset, sweeps)
        )
        yield Dreamt(done, _network(net, spins, counts * rate / spins.size), *results)


def _advance(
    counts: Array, bias: Array, stream: Array, done: int, number: int, keep: bool
) -> tuple[Array, Array, Array]:
    """Dreams done, ..., done + number - 1 of every sample, dealt over the threads; counts (D, N, N) are changed."""
    from hopphys.kernels import dreams  # brings numba

    samples, size = counts.shape[:2]
    found = np.empty((samples, number if keep else 0, size), np.int8)
    energies, sweeps = np.empty((samples, number)), np.empty((samples, number), np.int64)
    tasks = (counts, stream, found, energies, sweeps)
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(lambda J, key, *out: dreams.dream(J, bias, key, done, *out), *tasks))
    return found, energies, sweeps


def _in_steps(couplings: Array, rate: float, dreams: int) -> Array:
    """Couplings (D, N, N) in steps of rate / N: whole numbers, int32, where they are whole.

    A whole field stays below N (max|K| + dreams), which has to fit in 31 bits.
    """
    size = couplings.shape[-1]
    counts = couplings * size / rate
    whole = np.rint(counts)
    exact = np.all(np.abs(counts - whole) <= 1e-9 * np.maximum(np.abs(whole), 1.0))
    if exact and 2 * size * (np.abs(whole).max() + dreams) < 2**31:
        return np.asarray(whole.astype(np.int32))
    return np.asarray(whole if exact else counts)


def _couplings(spins: Hamiltonian) -> Array:
    """Dense couplings (D, N, N) of a pairwise ±1 network, from its field: J_ij is what site j = 1 adds at site i."""
    size, samples = spins.size, spins.disorder or 1
    require(32 * samples * size**2, f"couplings between {size} units", "unlearn fewer disorder samples at a time")
    unit = np.broadcast_to(np.eye(size), (samples, size, size)) if spins.disorder else np.eye(size)
    couplings = spins.interaction.field(unit) - spins.interaction.field(np.zeros_like(unit))
    couplings = couplings.reshape(samples, size, size)
    return np.asarray((couplings + np.swapaxes(couplings, -1, -2)) / 2)


def _network(net: Hamiltonian, spins: Hamiltonian, couplings: Array) -> Hamiltonian:
    dense = Hamiltonian(
        Dense(couplings if net.disorder else couplings[0]), spins.bias, spins.sites, spins.offset, name=net.name
    )
    return recast(dense, net.space)


def _check(net: Hamiltonian, stops: list[Any], rate: Any) -> None:
    _check_network(net)
    check_rate(rate)
    if not stops:
        raise ValueError("stops is empty; name at least one number of dreams")
    for dreams in stops:
        if isinstance(dreams, bool) or not isinstance(dreams, NUMBERS[:2]) or not 0 <= dreams < DREAMS:
            raise ValueError(f"dreams must be a whole number from 0 to {DREAMS - 1}, but it is {dreams!r}")
    if any(later < earlier for earlier, later in pairwise(stops)):
        raise ValueError(f"numbers of dreams must rise from stop to stop, but they are {', '.join(map(str, stops))}")


def check_rate(rate: Any) -> None:
    if isinstance(rate, bool) or not isinstance(rate, NUMBERS) or not 0 < rate <= 1:
        raise ValueError(
            f"rate must be a number above 0 and at most 1, where one dream takes what one pattern gave, "
            f"but it is {rate!r}; 0.01 is usual"
        )


def _check_network(net: Hamiltonian) -> None:
    if not isinstance(net, Hamiltonian):
        raise ValueError(
            f"unlearning takes a network, but it got a {type(net).__name__}; make one of patterns with "
            "hopfield(patterns), or of couplings with boltzmann_machine(couplings, space=SPIN)"
        )
    if net.directed:
        raise ValueError("unlearning needs an energy to settle in, but directed couplings have none; use (J + J.T) / 2")
    if net.clamped is not None:
        raise ValueError(
            f"unlearning dreams with every unit free, but {net.size - net.free.size} are clamped; "
            "unlearn first, then clamp the result"
        )
    if not net.two_level or len({block.space for block in net.sites}) > 1:
        raise ValueError("unlearning needs spin (±1) or binary (0/1) units of one kind; this network has others")
    if not getattr(net.interaction, "pairwise", False):
        raise ValueError(
            f"unlearning subtracts s_i s_j from pairwise couplings, but the {net.name or 'network'} has none; "
            "it applies to hopfield(patterns) and to dense couplings"
        )
    if net.disorder and net.space == BINARY:
        raise ValueError("0/1 networks are unlearned one disorder sample at a time: the offset would differ per sample")


__all__ = ["Dreamt", "dream", "unlearn"]
