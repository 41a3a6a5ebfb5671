"""Cluster sweeps leave the Boltzmann law as it is: matrices from the bond probability that the kernels call."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import hopphys as hp
from hopphys import exact
from hopphys.dynamics import SWENDSEN_WANG, wolff
from hopphys.exact import clusters
from hopphys.exact.clusters import cluster_matrix

BETA = 0.7  # not 1: a misplaced beta shows
BETAS = [0.0, 0.05, BETA, 3.0, 40.0]
DRIFT = 1e-12
WITHOUT_FIELD = {
    "square, double bonds": lambda: hp.ising(hp.square(2), coupling=0.6),
    "antiferromagnetic ring": lambda: hp.ising(hp.chain(4), coupling=-1.0),
    "antiferromagnetic square, double bonds": lambda: hp.ising(hp.square(2), coupling=-0.5),
    "odd antiferromagnetic ring": lambda: hp.ising(hp.chain(3), coupling=-1.0),
    "frustrated plaquette": lambda: hp.ising(hp.graph([(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, -1.0)])),
    "open chain, a coupling a bond": lambda: hp.ising(hp.chain(4, periodic=False), coupling=[1.0, -0.3, 0.6]),
    "bonds of no strength": lambda: hp.ising(hp.graph([(0, 1, 0.8), (1, 2, 0.0), (2, 3, -0.5), (0, 3, 0.0)])),
    "double bond of opposite signs": lambda: hp.ising(hp.graph([(0, 1, 0.9), (0, 1, -0.4), (1, 2, 0.5)])),
    "+-J glass": lambda: hp.spin_glass(hp.square(2), "pm", seed=3),
    "Gaussian glass": lambda: hp.spin_glass(hp.square(2), "gaussian", seed=1),
    "SK glass": lambda: hp.spin_glass(4, "sk", seed=1),
}
IN_FIELDS = {
    "square in a field": lambda: hp.ising(hp.square(2), coupling=0.4, bias=0.3),
    "ring against the field": lambda: hp.ising(hp.chain(4), coupling=-0.7, bias=-0.4),
    "odd ring, frustrated, in fields": lambda: hp.ising(hp.chain(3), coupling=-1.0, bias=[0.2, -0.1, 0.5]),
    "plaquette in fields of both signs": lambda: hp.ising(
        hp.graph([(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, -1.0)]), bias=[0.6, 0.0, -0.9, 0.2]
    ),
    "SK glass in a field": lambda: hp.boltzmann_machine(
        hp.spin_glass(4, "sk", seed=1).interaction.couplings, [0.3, -0.2, 0.1, 0.0], space=hp.SPIN
    ),
}
CASES = [
    *((name, dynamics) for name in WITHOUT_FIELD for dynamics in (wolff(1), SWENDSEN_WANG)),
    *((name, SWENDSEN_WANG) for name in IN_FIELDS),
]
EVERY = pytest.mark.parametrize(("name", "dynamics"), CASES, ids=lambda c: c if isinstance(c, str) else c.name)


def make(name):
    return {**WITHOUT_FIELD, **IN_FIELDS}[name]()


def drift(matrix, law):
    return np.abs(law @ matrix - law).max()


def classes(matrix):
    """Number of sets of states that the chain cannot leave and can cross."""
    number, label = connected_components(matrix > 0, directed=True, connection="strong")
    origin, target = np.nonzero(matrix > 0)
    leaving = label[origin] != label[target]
    return number - len(np.unique(label[origin][leaving]))


@pytest.mark.parametrize("beta", BETAS)
@EVERY
def test_cluster_sweep_leaves_the_boltzmann_law_invariant_and_is_reversible(name, dynamics, beta):
    model = make(name)
    matrix, law = exact.transition_matrix(model, dynamics, beta), exact.distribution(model, beta)
    assert matrix.min() >= 0 and np.abs(matrix.sum(axis=1) - 1).max() < DRIFT
    assert drift(matrix, law) < DRIFT
    flow = law[:, None] * matrix
    assert np.abs(flow - flow.T).max() < DRIFT


@EVERY
def test_at_zero_temperature_ground_states_stay_equally_likely(name, dynamics):
    """All satisfied bonds are active, so ground states only change with all that is joined to them."""
    model = make(name)
    matrix = cluster_matrix(model, dynamics, np.inf)
    energy = model.energy(exact.states(model).astype(float))
    ground = np.abs(energy - energy.min()) < 1e-9
    assert np.abs(matrix.sum(axis=1) - 1).max() < DRIFT
    assert drift(matrix, ground / ground.sum()) < DRIFT
    assert np.all((energy[None, :] <= energy[:, None] + 1e-9)[matrix > 0])  # never uphill


@EVERY
def test_cluster_sweeps_reach_every_state(name, dynamics):
    assert classes(exact.transition_matrix(make(name), dynamics, BETA)) == 1


@pytest.mark.parametrize("name", WITHOUT_FIELD)
def test_at_infinite_temperature_clusters_are_single_sites(name):
    """Wolff flips one random site, so an even number of clusters keeps the parity; Swendsen-Wang forgets everything."""
    model = make(name)
    states = exact.states(model).astype(int)
    differ = (states[:, None] != states[None]).sum(axis=-1)
    assert np.array_equal(exact.transition_matrix(model, wolff(1), 0.0), (differ == 1) / model.size)
    assert classes(exact.transition_matrix(model, wolff(2), 0.0)) == 2
    assert exact.transition_matrix(model, SWENDSEN_WANG, 0.0) == pytest.approx(1 / len(states), abs=DRIFT)


def test_frozen_clusters_of_a_frustrated_model_join_no_two_of_its_ground_states_but_by_turning_all():
    """The plaquette has 8 ground states in 4 pairs: T = 0 is invariant, but not ergodic."""
    plaquette = make("frustrated plaquette")
    for dynamics in (wolff(1), SWENDSEN_WANG):
        assert classes(cluster_matrix(plaquette, dynamics, np.inf)) == 4
    assert classes(cluster_matrix(make("antiferromagnetic ring"), SWENDSEN_WANG, np.inf)) == 1


def test_a_wolff_sweep_is_so_many_clusters_in_a_row():
    model = make("frustrated plaquette")
    one, three = (exact.transition_matrix(model, wolff(n), BETA) for n in (1, 3))
    assert three == pytest.approx(one @ one @ one, abs=DRIFT)


def test_two_spins_by_hand():
    """From ++: both with p = 1 - exp(-2 beta J), else one of the two; from +-: one of the two."""
    pair, p = hp.ising(hp.chain(2, periodic=False), coupling=0.8), 1 - np.exp(-2 * BETA * 0.8)
    one = exact.transition_matrix(pair, wolff(1), BETA)
    assert one[3] == pytest.approx([p, (1 - p) / 2, (1 - p) / 2, 0], abs=DRIFT)
    assert one[2] == pytest.approx([0.5, 0, 0, 0.5], abs=DRIFT)
    both = exact.transition_matrix(pair, SWENDSEN_WANG, BETA)
    assert both[3] == pytest.approx([(1 + p) / 4, (1 - p) / 4, (1 - p) / 4, (1 + p) / 4], abs=DRIFT)
    assert both[2] == pytest.approx([0.25] * 4, abs=DRIFT)


def test_one_spin_in_a_field_by_hand():
    """Up: held by the ghost with p = 1 - exp(-2 beta b), else free; down: free."""
    spin, p = hp.Hamiltonian(hp.Neighbours(1, []), 0.6, (hp.Block("spins", 1, hp.SPIN),)), 1 - np.exp(-2 * BETA * 0.6)
    matrix = exact.transition_matrix(spin, SWENDSEN_WANG, BETA)
    assert matrix == pytest.approx(np.array([[0.5, 0.5], [(1 - p) / 2, (1 + p) / 2]]), abs=DRIFT)


def test_sums_over_partitions_are_sums_over_bonds():
    """The same partition reached through different bonds: by listing all 2^8 ways on the double-bonded square."""
    model = make("antiferromagnetic square, double bonds")
    states, bonds = exact.states(model).astype(int), model.interaction.bonds
    matrix = np.zeros((16, 16))
    for way in range(2**8):
        active = np.array([way >> b & 1 for b in range(8)], bool)
        joined = np.zeros((4, 4))
        joined[tuple(bonds[active].T)] = 1
        number, label = connected_components(joined, directed=False)
        p = np.where(states[:, bonds[:, 0]] == states[:, bonds[:, 1]], 0.0, 1 - np.exp(-2 * BETA * 0.5))
        weight = np.where(active, p, 1 - p).prod(axis=1)
        for cluster in range(number):
            flipped = states * np.where(label == cluster, -1, 1)
            matrix[np.arange(16), exact.state_index(model, flipped)] += weight * (label == cluster).mean()
    assert exact.transition_matrix(model, wolff(1), BETA) == pytest.approx(matrix, abs=DRIFT)


right = clusters.bond_probability
BROKEN = {
    "the factor 2 forgotten": lambda beta, J, product: right(beta / 2, J, product),
    "bonds active though not satisfied": lambda beta, J, product: right(beta, abs(J), 1.0),
    "the sign of J forgotten": lambda beta, J, product: right(beta, abs(J), product),
    "beta squared": lambda beta, J, product: right(beta * beta, J, product),
}


@pytest.mark.parametrize("broken", BROKEN)
@EVERY
def test_a_broken_bond_probability_is_noticed(name, dynamics, broken, monkeypatch):
    model = make(name)
    if broken == "the sign of J forgotten" and _couplings(model).min() >= 0:
        return  # nothing is forgotten
    beta = 0.4  # warm enough for each mistake to show in the most frustrated of the models
    monkeypatch.setattr(clusters, "bond_probability", BROKEN[broken])
    assert drift(exact.transition_matrix(model, dynamics, beta), exact.distribution(model, beta)) > 1e-3


def _couplings(model):
    interaction = model.interaction
    pairs = interaction.weights if isinstance(interaction, hp.Neighbours) else interaction.couplings
    return np.concatenate([pairs.ravel(), model.bias])


@pytest.mark.parametrize("name", IN_FIELDS)
def test_a_forgotten_ghost_is_noticed(name):
    model = make(name)
    forgotten = hp.Hamiltonian(model.interaction, 0.0, model.sites)
    law = exact.distribution(model, BETA)
    assert drift(exact.transition_matrix(forgotten, SWENDSEN_WANG, BETA), law) > 1e-3
    matrix = exact.transition_matrix(model, SWENDSEN_WANG, BETA)
    ghost_flips_too = 0.5 * (matrix + matrix[:, ::-1])  # and with it everything
    assert drift(ghost_flips_too, law) > 1e-3


@pytest.mark.parametrize(
    ("model", "dynamics", "words"),
    [
        (hp.ising(hp.chain(4)), wolff(), "measures how many"),
        (hp.ising(hp.chain(4), bias=0.1), wolff(1), "without a field"),
        (hp.hopfield(np.ones((1, 4))), SWENDSEN_WANG, "couplings J_ij"),
        (hp.spin_glass(10, "sk", seed=1), SWENDSEN_WANG, "too many ways"),
        (hp.spin_glass(4, "sk", seed=1, disorder=2), SWENDSEN_WANG, r"H\.at\(0\)"),
    ],
)
def test_what_is_no_chain_of_clusters_is_refused_in_words(model, dynamics, words):
    with pytest.raises(ValueError, match=words):
        exact.transition_matrix(model, dynamics, BETA)


def test_seven_sites_fit():
    model = hp.ising(hp.chain(7), coupling=-0.7)
    for dynamics in (wolff(3), SWENDSEN_WANG):
        assert drift(exact.transition_matrix(model, dynamics, BETA), exact.distribution(model, BETA)) < DRIFT
