"""Sums over states against closed forms, and the list of states itself."""

import itertools

import numpy as np
import pytest

import hopphys as hp
from hopphys import exact, memory
from hopphys.theory import ising

# Energies of the 4 x 4 torus and how many of its 2^16 states have them, counted apart from this package.
FOUR_BY_FOUR = {32: 2, 24: 32, 20: 64, 16: 424, 12: 1728, 8: 6688, 4: 13568}


def test_states_are_all_states_in_the_order_of_their_numbers(model):
    states = exact.states(model)
    assert len(np.unique(states, axis=0)) == len(states)
    assert np.array_equal(exact.state_index(model, states), np.arange(len(states)))
    if model.clamped is None:
        wanted = itertools.product(*(space.levels for space in model.spaces))
        assert np.array_equal(states, np.array(list(wanted)))


def test_averages_are_sums_over_the_list(model):
    found = exact.enumerate(model, 0.7)
    s, p = found.states.astype(float), found.probabilities
    energy = model.energy(s)
    assert p == pytest.approx(exact.distribution(model, 0.7), abs=1e-15)
    assert found.log_z == pytest.approx(np.log(np.exp(-0.7 * energy).sum()), abs=1e-12)
    assert found.energy == pytest.approx(p @ energy, abs=1e-12)
    assert found.heat_capacity == pytest.approx(0.49 * (p @ (energy - found.energy) ** 2), abs=1e-12)
    assert found.magnetisation == pytest.approx(p @ s, abs=1e-12)
    assert found.correlations == pytest.approx(s.T @ (p[:, None] * s), abs=1e-12)
    assert found.mean(lambda s: np.abs(s).sum(axis=-1)) == pytest.approx(p @ np.abs(s).sum(axis=-1), abs=1e-12)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_blocks_of_states_do_not_change_the_sums(build, rows, monkeypatch):
    for name in ("RBM, spins, one categorical hidden unit", "ring, one spin held"):
        model = build(name)
        whole = exact.enumerate(model, 0.7)
        monkeypatch.setattr("hopphys.exact.listing.CHUNK", rows * model.size)
        parts = exact.enumerate(model, 0.7)
        assert parts.log_z == pytest.approx(whole.log_z, abs=1e-13)
        assert parts.correlations == pytest.approx(whole.correlations, abs=1e-13)
        assert parts.heat_capacity == pytest.approx(whole.heat_capacity, abs=1e-12)
        assert parts.probabilities == pytest.approx(whole.probabilities, abs=1e-15)
        assert np.array_equal(exact.states(model), whole.states)
        monkeypatch.undo()


def test_density_of_states_of_the_four_by_four_torus():
    levels, counts = exact.density_of_states(hp.ising(hp.square(4)))
    expected = {**FOUR_BY_FOUR, 0: 20524, **{-e: g for e, g in FOUR_BY_FOUR.items()}}
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == expected


def test_density_of_states_counts_every_state_once(model):
    levels, counts = exact.density_of_states(model)
    assert counts.sum() == len(exact.states(model))
    assert np.all(np.diff(levels) > 0)
    log_z = np.log(counts @ np.exp(-0.7 * levels))
    assert log_z == pytest.approx(exact.enumerate(model, 0.7).log_z, abs=1e-12)


def test_four_by_four_torus_at_tc():
    """<|m|> = 0.8438604448, computed apart from this package, and Kaufman's u and c."""
    found = exact.enumerate(hp.ising(hp.square(4)), 1 / ising.TC)
    kaufman = ising.kaufman(4, 4, ising.TC)
    assert found.mean(lambda s: np.abs(s.mean(axis=-1))) == pytest.approx(0.8438604448, abs=1e-10)
    assert found.log_z == pytest.approx(float(kaufman.log_z), abs=1e-11)
    assert found.energy / 16 == pytest.approx(float(kaufman.u), abs=1e-12)
    assert found.heat_capacity / 16 == pytest.approx(float(kaufman.c), abs=1e-11)


@pytest.mark.parametrize(("length", "width"), [(2, 2), (2, 3), (3, 4), (2, 5)])
def test_square_lattice_is_kaufmans_double_bonds_included(length, width):
    found = exact.enumerate(hp.ising(hp.square(length, width), coupling=1.3), beta=0.6)
    kaufman = ising.kaufman(length, width, 1 / 0.6, coupling=1.3)
    assert found.log_z == pytest.approx(float(kaufman.log_z), abs=1e-11)
    assert found.energy == pytest.approx(float(kaufman.u) * length * width, abs=1e-11)


@pytest.mark.parametrize("coupling", [1.0, -0.6])
def test_ring_is_its_transfer_matrix(coupling):
    found = exact.enumerate(hp.ising(hp.chain(9), coupling=coupling, bias=0.3), beta=0.7)
    ring = ising.ring(9, 1 / 0.7, coupling, 0.3)
    assert found.log_z == pytest.approx(float(ring.log_z), abs=1e-12)
    assert found.magnetisation == pytest.approx(np.full(9, float(ring.m)), abs=1e-12)


def test_two_coupled_spins_have_correlation_tanh():
    """<s1 s2> = tanh(w/T), tanh 1 = 0.7615941560."""
    pair = hp.ising(hp.chain(2, periodic=False), coupling=1.0)
    assert exact.enumerate(pair, 1.0).correlations[0, 1] == pytest.approx(0.7615941560, abs=1e-10)


def test_complete_graph_is_curie_weiss():
    size = 12
    bonds = np.array(list(itertools.combinations(range(size), 2)))
    found = exact.enumerate(hp.ising(hp.graph(bonds), coupling=1 / size), beta=1 / 0.8)
    assert found.log_z == pytest.approx(9.2646531694, abs=1e-10)  # computed apart from this package
    assert found.energy == pytest.approx(float(ising.curie_weiss(size, 0.8).u) * size, abs=1e-11)


def test_recast_and_marginal_keep_the_free_energy(build):
    network = build("Hopfield")
    assert exact.enumerate(hp.recast(network, hp.BINARY), 0.7).log_z == pytest.approx(
        exact.enumerate(network, 0.7).log_z, abs=1e-12
    )
    for joint, marginal in (("RBM", "RBM marginal"), ("RBM of spins", "RBM marginal, spin hidden units")):
        assert exact.enumerate(build(joint), 0.7).log_z == pytest.approx(
            exact.enumerate(build(marginal), 0.7).log_z, abs=1e-12
        )


def test_scaling_couplings_and_temperature_together_changes_nothing():
    """Gibbs(J, b, T) = Gibbs(J/T, b/T, 1)."""
    hot = exact.distribution(hp.ising(hp.chain(5), coupling=1.0, bias=0.4), beta=0.3)
    assert hot == pytest.approx(exact.distribution(hp.ising(hp.chain(5), coupling=0.3, bias=0.12), beta=1.0), abs=1e-15)


def test_a_temperature_is_taken_wherever_beta_is(build):
    ring, head, joint = build("ring, one spin held"), hp.attention(np.eye(2), 4.0), build("RBM")
    assert exact.enumerate(ring, temperature=0.25).log_z == exact.enumerate(ring, beta=4.0).log_z
    for law in (exact.distribution, exact.little_distribution):
        assert np.array_equal(law(ring, temperature=0.25), law(ring, 4.0))
    sweeps = [exact.transition_matrix(ring, hp.GLAUBER, **at) for at in ({"temperature": 0.25}, {"beta": 4.0})]
    assert np.array_equal(*sweeps)
    assert exact.gaussian_mixture(head, temperature=0.25).log_z == exact.gaussian_mixture(head, beta=4.0).log_z
    assert joint.marginal(temperature=0.25).interaction.separation == joint.marginal(4.0).interaction.separation
    with pytest.raises(ValueError, match="not both"):
        joint.marginal(4.0, temperature=0.25)


def test_deep_cold_does_not_overflow():
    found = exact.enumerate(hp.ising(hp.square(4)), beta=500.0)
    assert found.log_z == pytest.approx(500.0 * 32 + np.log(2), rel=1e-15)
    assert found.energy == -32.0 and found.heat_capacity == 0.0


@pytest.mark.statistical
def test_24_sites_are_listed_block_by_block():
    found = exact.enumerate(hp.ising(hp.square(4, 6)), beta=1.0)
    kaufman = ising.kaufman(4, 6, 1.0)
    assert found.log_z == pytest.approx(float(kaufman.log_z), rel=1e-13)
    assert found.energy / 24 == pytest.approx(float(kaufman.u), abs=1e-12)
    assert found.heat_capacity / 24 == pytest.approx(float(kaufman.c), abs=1e-11)


def test_a_list_that_does_not_fit_is_refused_and_the_sums_are_not(monkeypatch):
    monkeypatch.setenv(memory.OVERRIDE, "100000")
    found = exact.enumerate(hp.ising(hp.chain(14)), 1.0)
    assert found.log_z == pytest.approx(float(ising.ring(14, 1.0).log_z), abs=1e-11)
    with pytest.raises(ValueError, match=r"Enumeration\.mean"):
        _ = found.states
    with pytest.raises(ValueError, match=r"131\.1 kB"):
        _ = found.probabilities


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), -1.0), "beta must be a non-negative number"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), "x"), "beta must be a non-negative number.*'x'"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), [0.5, 1.0]), r"beta must be one finite number.*\[0.5, 1.0\]"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), np.inf), "beta must be one finite number"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), temperature=0), "temperature must be one number above 0"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4)), 1.0, temperature=1.0), "not both"),
        (lambda: exact.enumerate(hp.ising(hp.chain(4))), "give beta= or temperature="),
        (lambda: exact.enumerate(hp.ising(hp.chain(40)), 1.0), "too many to list"),
        (lambda: exact.enumerate(hp.attention([[1.0, 0.0]], 1.0), 1.0), "gaussian_mixture"),
        (lambda: exact.enumerate(hp.spin_glass(4, "sk", seed=1, disorder=2), 1.0), r"H\.at\(0\)"),
        (lambda: exact.enumerate(hp.directed([[0, 1], [-1, 0]]), 1.0), "no energy"),
        (lambda: exact.state_index(hp.ising(hp.chain(3)), [1, 0, 1]), "another value"),
        (lambda: exact.state_index(hp.ising(hp.chain(3)), [1, 1]), "3 sites"),
        (lambda: exact.little_distribution(hp.dense_memory([[1, -1, 1]]), 1.0), "pair couplings"),
    ],
)
def test_what_cannot_be_listed_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
