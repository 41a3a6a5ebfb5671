"""Descent and its basins, against a Markov chain over all corners, gauge symmetry and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopphys import landscape, models, patterns
from hopphys.alphabets import recast
from hopphys.hamiltonian import Block, Hamiltonian
from hopphys.interactions import Dense
from hopphys.spaces import BINARY, SPIN


def hinton():
    """Five 0/1 units a to e of a lecture of Hinton on Hopfield nets. Its ties are what makes it a test of descent."""
    couplings = np.zeros((5, 5))
    for i, j, weight in ((0, 1, -4), (0, 2, 3), (0, 3, 2), (1, 3, 3), (1, 4, 3), (2, 3, -1), (3, 4, -1)):
        couplings[i, j] = couplings[j, i] = weight
    return models.boltzmann_machine(couplings)


def brute_force(hamiltonian, ties):
    """The chain over all corners: energies, which corners lie in minima, and the basin of that minimum, NaN outside."""
    states = landscape.corners(hamiltonian).state.values
    energies = hamiltonian.energy(states.astype(float))
    size, bits = states.shape
    move = np.zeros((size, size))
    for corner in range(size):
        for bit in range(bits):
            other = corner ^ (1 << bit)
            step = energies[other] - energies[corner]
            chance = 1.0 if step < -1e-9 else ties if step < 1e-9 else 0.0
            move[corner, other] += chance / bits
        move[corner, corner] = 1 - move[corner].sum()
    flat = np.isclose(energies[:, None], energies, atol=1e-9)
    linked = np.linalg.matrix_power((flat & one_flip(size)).astype(float) + np.eye(size), size) > 0
    exits = ((energies[None, :] < energies[:, None] - 1e-9) & one_flip(size)).any(axis=1)
    closed = ~(linked & exits[None, :]).any(axis=1)
    limit = np.linalg.matrix_power(move, 2**14)
    reached = limit.mean(axis=0)
    return energies, closed, np.where(closed, linked @ np.where(closed, reached, 0.0), np.nan)


def one_flip(size):
    numbers = np.arange(size)
    return np.array([[(a ^ b).bit_count() == 1 for b in numbers.tolist()] for a in numbers.tolist()])


def small(draw):
    size = draw(st.integers(1, 5))
    upper = draw(st.lists(st.integers(-2, 2), min_size=size * (size - 1) // 2, max_size=size * (size - 1) // 2))
    bias = draw(st.lists(st.integers(-2, 2), min_size=size, max_size=size))
    couplings = np.zeros((size, size))
    couplings[np.triu_indices(size, 1)] = upper
    space = draw(st.sampled_from([SPIN, BINARY]))
    # A third, so that equal energies are not equal bit for bit.
    return Hamiltonian(Dense((couplings + couplings.T) / 3), np.array(bias) / 3, (Block("visible", size, space),))


systems = st.composite(small)()


@settings(max_examples=60)
@given(system=systems, ties=st.sampled_from(["drawn", "kept"]))
def test_minima_and_basins_equal_those_of_the_markov_chain(system, ties):
    energies, closed, basin = brute_force(system, {"drawn": 0.5, "kept": 0.0}[ties])
    whole = landscape.descent(system, ties=ties)
    label = whole.minimum_of_corner.values
    np.testing.assert_array_equal(label >= 0, closed)
    np.testing.assert_allclose(whole.basin.values[label[closed]], basin[closed], atol=1e-9)
    np.testing.assert_allclose(whole.energy.values[label[closed]], energies[closed], atol=1e-12)
    np.testing.assert_allclose(whole.end.mean("corner"), whole.basin, atol=1e-9)


@settings(max_examples=60)
@given(system=systems)
def test_basins_add_up_and_no_corner_of_a_minimum_has_a_lower_neighbour(system):
    whole = landscape.descent(system)
    assert float(whole.basin.sum()) == pytest.approx(1, abs=1e-12)
    assert float(np.abs(whole.end.sum("minimum") - 1).max()) < 1e-12
    inside = whole.minimum_of_corner >= 0
    assert not whole.lower[inside.values].any()
    assert int(whole.plateau.sum()) == int(inside.sum())
    assert (np.diff(whole.energy) > -1e-12).all()


@settings(max_examples=40)
@given(system=systems, seed=st.integers(0, 2**16))
def test_gauge_transformation_moves_minima_and_changes_nothing_else(system, seed):
    spin = recast(system, SPIN)
    gauge = patterns.random(1, spin.size, seed=seed)[0]
    couplings = spin.interaction.couplings * np.outer(gauge, gauge)
    turned = Hamiltonian(Dense(couplings), spin.bias * gauge, spin.sites, spin.offset)
    before, after = landscape.minima(spin), landscape.minima(turned)
    np.testing.assert_allclose(before.energy, after.energy, atol=1e-12)
    key = np.lexsort((before.basin.round(9), before.plateau, before.energy.round(9)))
    other = np.lexsort((after.basin.round(9), after.plateau, after.energy.round(9)))
    np.testing.assert_allclose(before.basin[key], after.basin[other], atol=1e-9)
    np.testing.assert_array_equal(before.plateau[key], after.plateau[other])


def test_exact_basins_are_those_of_simulated_descent():
    """False alarm below 1e-4: 4 standard errors for each of 3 minima, fixed seed."""
    hamiltonian, runs = hinton(), 20_000
    random = np.random.default_rng(7)
    states = random.integers(0, 2, (runs, 5)).astype(float)
    for _ in range(200):
        site = random.integers(0, 5, runs)
        gap = np.take_along_axis(hamiltonian.gap(states), site[:, None], axis=1)[:, 0]
        value = np.where(gap == 0, random.integers(0, 2, runs), gap > 0)
        np.put_along_axis(states, site[:, None], value[:, None].astype(float), axis=1)
    valleys = landscape.minima(hamiltonian)
    reached = (states[:, None] == valleys.state.values).all(axis=-1)
    assert reached.any(axis=1).all()
    error = np.sqrt(valleys.basin * (1 - valleys.basin) / runs)
    assert (np.abs(reached.mean(axis=0) - valleys.basin) < 4 * error).all()
    # The broken twin: the threshold rule's basins, which leave out whoever starts at a tie.
    kept = landscape.minima(hamiltonian, ties="kept")
    assert (np.abs(reached.mean(axis=0) - kept.basin) > 2 * error).all()
