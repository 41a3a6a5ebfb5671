"""Tempering leaves the product of its rungs' laws as it is: joint chains from the functions that the engine calls."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import hopphys as hp
from hopphys import exact
from hopphys.engine.exchange import exchange_probability
from hopphys.exact import exchange
from hopphys.kernels import isoenergetic

DRIFT = 1e-12
NOTICED = 1e-3
XI = np.array([[1, -1, 1], [1, 1, -1]])


def three_body(s):
    return -0.8 * s[..., 0] * s[..., 1] * s[..., 2] + 0.5 * s[..., 1]


SMALL = {
    "antiferromagnetic odd ring": lambda: hp.ising(hp.chain(3), coupling=-1.0),
    "odd ring in fields": lambda: hp.ising(hp.chain(3), coupling=-1.0, bias=[0.2, -0.1, 0.5]),
    "double bond": lambda: hp.ising(hp.chain(2), coupling=-0.6, bias=0.3),
    "SK glass": lambda: hp.spin_glass(3, "sk", seed=1),
    "Hopfield": lambda: hp.hopfield(XI),
    "Hopfield, 0/1, bias": lambda: hp.hopfield(XI, space=hp.BINARY, bias=[0.1, -0.2, 0.3]),
    "cubic memory": lambda: hp.dense_memory(XI),
    "three-body": lambda: hp.custom(three_body, 3),
    "RBM": lambda: hp.restricted_boltzmann_machine([[0.9, -0.4]], [0.2, -0.3], 0.4),
    "Potts pair": lambda: hp.custom(lambda s: -1.0 * (s[..., 0] == s[..., 1]), 2, space=hp.categorical(3)),
    "one spin held": lambda: hp.ising(hp.chain(3), bias=0.2).clamp({1: -1}),
}
LADDERS = [[0.0, 0.7], [1.3, 0.7, 0.2], [0.0, 0.6, np.inf], [np.inf, 0.4]]
DYNAMICS = [hp.GLAUBER, hp.METROPOLIS, hp.Dynamics("heat_bath", "sequential")]


def drift(law, matrix):
    return np.abs(law @ matrix - law).max()


def closed_classes(matrix):
    """Number of sets of states that the chain cannot leave and can cross; 1e-300 stands for 0 in the heat bath."""
    joined = matrix > 1e-200
    number, label = connected_components(joined, directed=True, connection="strong")
    origin, target = np.nonzero(joined)
    return number - len(np.unique(label[origin][label[origin] != label[target]]))


@pytest.mark.parametrize("beta", LADDERS, ids=str)
@pytest.mark.parametrize("name", SMALL)
def test_tempering_leaves_the_product_of_the_laws_invariant(name, beta):
    model = SMALL[name]()
    law = exchange.joint_distribution(model, beta)
    for dynamics in DYNAMICS:
        matrix = exchange.tempering_matrix(model, dynamics, beta)
        assert matrix.min() >= 0 and np.abs(matrix.sum(axis=1) - 1).max() < DRIFT
        assert drift(law, matrix) < DRIFT, dynamics.name


@pytest.mark.parametrize("beta", LADDERS, ids=str)
@pytest.mark.parametrize("name", SMALL)
def test_each_exchange_alone_is_in_detailed_balance(name, beta):
    model = SMALL[name]()
    law = exchange.joint_distribution(model, beta)
    for parity in (0, 1):
        flow = law[:, None] * exchange.exchange_matrix(model, beta, parity)
        assert np.abs(flow - flow.T).max() < DRIFT


def test_two_dimensional_lattice_with_double_bonds_is_left_invariant():
    model = hp.ising(hp.square(2), coupling=-0.5)
    for beta in ([0.0, np.inf], [0.3, 1.1]):
        law = exchange.joint_distribution(model, beta)
        assert drift(law, exchange.tempering_matrix(model, hp.METROPOLIS, beta, exchange_every=2)) < DRIFT


@pytest.mark.parametrize("name", [name for name in SMALL if name != "one spin held"])
def test_every_state_of_every_rung_is_reached(name):
    model = SMALL[name]()
    size = len(exact.states(model))
    for beta in ([0.2, 0.9], [0.2, 0.9, 1.4]):
        matrix = exchange.tempering_matrix(model, hp.GLAUBER, beta)
        assert connected_components(matrix > 0, connection="strong")[0] == 1 and len(matrix) == size ** len(beta)


def test_exchanges_join_the_ground_states_that_a_frozen_rung_keeps_apart():
    model = hp.ising(hp.chain(3), coupling=1.0)
    alone = exchange.sweep_matrix(model, hp.GLAUBER, [0.5, np.inf])
    together = exchange.tempering_matrix(model, hp.GLAUBER, [0.5, np.inf])
    assert closed_classes(alone) == 2 and closed_classes(together) == 1


TWINS = {
    "sign of the exponent": lambda i, j, e, f: exchange_probability(j, i, e, f),
    "accepts always": lambda i, j, e, f: np.ones(np.broadcast(e, f).shape),
    "product of the betas": lambda i, j, e, f: np.exp(np.minimum(i * j * (e - f), 0.0)),
    "sum of the betas": lambda i, j, e, f: exchange_probability(i, -j, e, f),
    "energy a site": lambda i, j, e, f: exchange_probability(i, j, e / 3, f / 3),
}


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("name", ["odd ring in fields", "SK glass", "Hopfield", "three-body"])
def test_a_broken_exchange_is_noticed(name, twin, monkeypatch):
    model, beta = SMALL[name](), [0.3, 1.1]
    law = exchange.joint_distribution(model, beta)
    monkeypatch.setattr(exchange, "exchange_probability", TWINS[twin])
    assert drift(law, exchange.exchange_matrix(model, beta, 0)) > NOTICED


def test_exchange_probability_at_its_edges():
    p = exchange_probability
    assert p(0.5, 1.0, -3.0, -3.0) == 1 and p(0.0, np.inf, 2.0, 2.0) == 1
    assert p(0.5, 1.0, -3.0, -1.0) == 1 and p(0.5, 1.0, -1.0, -3.0) == np.exp(-1.0)
    assert p(0.5, np.inf, -3.0, -1.0) == 1 and p(0.5, np.inf, -1.0, -3.0) == 0
    assert p(np.inf, 0.0, -1.0, -3.0) == 1 and p(np.inf, 0.0, -3.0, -1.0) == 0
    assert p(np.inf, 0.5, -3.0, -3.0 + 4e-16) == 1 and p(np.inf, 0.5, -3.0 + 4e-16, -3.0) == 1
    assert p(0.0, 1.0, 1e308, -1e308) == 0 and p(1.0, 0.0, 1e308, -1e308) == 1
    assert p(0.2, 0.7, np.inf, np.inf) == 1 and p(0.2, 0.7, np.inf, 1.0) == 0
    assert (p(0.3, 0.9, [1.0, 2.0], 1.5) == [1.0, np.exp(-0.6 * 0.5)]).all()


CLUSTERS = {
    "square glass, double bonds": lambda: hp.spin_glass(hp.square(2), "pm", seed=3),
    "Gaussian ring in fields": lambda: hp.ising(hp.chain(4), coupling=[1.0, -0.3, 0.6, -0.8], bias=[0.1, 0, -0.4, 0.3]),
    "open chain of 0/1 sites": lambda: hp.recast(hp.ising(hp.chain(4, periodic=False), -0.7, 0.2), hp.BINARY),
    "a bond of strength 0": lambda: hp.ising(hp.chain(4), coupling=[1.0, 0.0, -0.7, 0.0]),
    "one spin held": lambda: hp.ising(hp.chain(4), bias=0.2).clamp({1: -1}),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_isoenergetic_move_keeps_the_energy_the_law_and_detailed_balance(name):
    model = CLUSTERS[name]()
    matrix, energy = exchange.isoenergetic_matrix(model), model.energy(exact.states(model))
    total = (energy[:, None] + energy).ravel()
    origin, target = np.nonzero(matrix)
    assert np.abs(total[origin] - total[target]).max() < 1e-13 and (origin != target).any()
    for beta in (0.0, 0.7):
        law = exact.distribution(model, beta)
        both = np.kron(law, law)
        assert drift(both, matrix) < DRIFT and np.abs(both[:, None] * matrix - (both[:, None] * matrix).T).max() < DRIFT


def test_isoenergetic_move_alone_keeps_its_copies_in_many_classes_and_sweeps_join_them():
    model = CLUSTERS["square glass, double bonds"]()
    matrix = exchange.isoenergetic_matrix(model)
    sweeps = exact.transition_matrix(model, hp.METROPOLIS, 0.7)
    assert connected_components(matrix > 0, connection="strong")[0] > 16
    assert connected_components(matrix @ np.kron(sweeps, sweeps) > 0, connection="strong")[0] == 1


def seed_only(member, queue, seed, one, other, indptr, indices, weight):
    queue[0] = seed
    return 1


def half_of_it(member, queue, seed, one, other, indptr, indices, weight):
    return max(1, isoenergetic_grow(member, queue, seed, one, other, indptr, indices, weight) // 2)


isoenergetic_grow = isoenergetic.grow


@pytest.mark.parametrize("twin", [seed_only, half_of_it])
@pytest.mark.parametrize("name", ["square glass, double bonds", "Gaussian ring in fields"])
def test_a_broken_cluster_is_noticed(name, twin, monkeypatch):
    model = CLUSTERS[name]()
    law = exact.distribution(model, 0.7)
    monkeypatch.setattr(isoenergetic, "grow", twin)
    assert drift(np.kron(law, law), exchange.isoenergetic_matrix(model)) > NOTICED


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: exchange.joint_distribution(m, [0.5]), "two temperatures or more"),
        (lambda m: exchange.tempering_matrix(m, hp.GLAUBER, [0.5, 0.5]), "comes twice"),
        (lambda m: exchange.tempering_matrix(m, hp.GLAUBER, np.linspace(0, 1, 6)), "262,144 joint states"),
        (lambda m: exchange.tempering_matrix(m, hp.ATTENTION, [0.1, 0.5]), "mean"),
        (lambda m: exchange.isoenergetic_matrix(hp.hopfield(XI)), "graph of bonds"),
    ],
)
def test_bad_calls_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call(SMALL["SK glass"]())
