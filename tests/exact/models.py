"""Small models of every kind, listed once for the exact chains and for the sampling tests."""

from functools import cache

import numpy as np

import hopphys as hp

XI = np.array([[1, -1, 1, 1], [1, 1, -1, 1], [-1, 1, 1, 1]])
# No sum of these comes within rounding of a tie, where the order of a sum would decide.
WEIGHTS = np.array([[0.91, -0.43, 0.37], [-0.73, 0.52, 0.26]])
SYMMETRIC = np.array([[0, 0.83, -0.32, 0.14], [0.83, 0, 0.57, -0.91], [-0.32, 0.57, 0, 0.46], [0.14, -0.91, 0.46, 0]])


def three_body(s):
    """A stranger's energy: spins in threes, in two nested products."""
    return -0.8 * s[..., 0] * s[..., 1] * s[..., 2] + 0.5 * s[..., 1] * s[..., 2] * s[..., 3]


def potts(s):
    """Three-state Potts ring of three sites, one pair frustrated, one level favoured on one site."""
    equal = [s[..., i] == s[..., (i + 1) % 3] for i in range(3)]
    return -1.0 * equal[0] - 0.6 * equal[1] + 0.4 * equal[2] - 0.3 * (s[..., 0] == 2)


def rbm(**kinds):
    return hp.restricted_boltzmann_machine(WEIGHTS, [0.2, -0.3, 0.1], [0.4, -0.2], **kinds)


def one_of_three(**kinds):
    """Two visible units and one hidden unit with three levels."""
    weights = np.array([[1.0, -0.5], [0.3, 0.8], [-0.6, -0.4]])
    return hp.restricted_boltzmann_machine(weights, [0.2, -0.1], [0.1, 0.0, -0.3], hidden=hp.categorical(3), **kinds)


BUILD = {
    "antiferromagnetic ring": lambda: hp.ising(hp.chain(4), coupling=-1.0),
    "antiferromagnetic square, double bonds": lambda: hp.ising(hp.square(2), coupling=-0.5),
    "square in a field": lambda: hp.ising(hp.square(2), coupling=0.4, bias=0.3),
    "odd ring, frustrated, in fields": lambda: hp.ising(hp.chain(3), coupling=-1.0, bias=[0.2, -0.1, 0.5]),
    "open chain, a coupling a bond": lambda: hp.ising(hp.chain(4, periodic=False), coupling=[1.0, -0.3, 0.6]),
    "weighted graph": lambda: hp.ising(hp.graph([(0, 1, 0.5), (1, 2, -1.2), (0, 3, 0.7)])),
    "+-J glass": lambda: hp.spin_glass(hp.square(2), "pm", seed=3),
    "Gaussian glass": lambda: hp.spin_glass(hp.square(2), "gaussian", seed=1),
    "SK glass": lambda: hp.spin_glass(4, "sk", seed=1),
    "Hopfield": lambda: hp.hopfield(XI),
    "Hopfield, 0/1, bias": lambda: hp.hopfield(XI, space=hp.BINARY, bias=[0.1, -0.2, 0.3, 0.0]),
    "Hopfield, projection": lambda: hp.hopfield(XI[:2], rule=hp.projection),
    "dense memory, cubic": lambda: hp.dense_memory(XI),
    "dense memory, cubic, 0/1, bias": lambda: hp.dense_memory(XI, space=hp.BINARY, bias=0.2),
    "dense memory, exponential": lambda: hp.dense_memory(XI, hp.exponential(0.4)),
    "attention on spins": lambda: hp.dense_memory(XI, hp.log_sum_exp(0.9)),
    "Boltzmann machine": lambda: hp.boltzmann_machine(SYMMETRIC, [0.3, -0.5, 0.1, 0.2], hidden=[3]),
    "Boltzmann machine of spins": lambda: hp.boltzmann_machine(SYMMETRIC, 0.2, space=hp.SPIN),
    "RBM": lambda: rbm(),
    "RBM of spins": lambda: rbm(visible=hp.SPIN, hidden=hp.SPIN),
    "RBM, spin hidden units": lambda: rbm(hidden=hp.SPIN),
    "RBM, one categorical hidden unit": lambda: one_of_three(),
    "RBM, spins, one categorical hidden unit": lambda: one_of_three(visible=hp.SPIN),
    "RBM marginal": lambda: rbm().marginal(0.7),
    "RBM marginal, spin hidden units": lambda: rbm(visible=hp.SPIN, hidden=hp.SPIN).marginal(0.7),
    "three-body": lambda: hp.custom(three_body, 4, bias=[0.0, 0.37, 0.0, -0.23]),
    "Potts": lambda: hp.custom(potts, 3, space=hp.categorical(3)),
    "stochastic unit": lambda: hp.stochastic_unit([0.5, -1.0], 0.3, inputs=[1, 1]),
    "ring, one spin held": lambda: hp.ising(hp.chain(4), bias=0.2).clamp({1: -1}),
    "Hopfield, two spins held": lambda: hp.hopfield(XI).clamp({0: 1, 3: -1}),
    "RBM, a visible unit held": lambda: rbm().clamp({0: 1}),
    "Boltzmann machine, visible units held": lambda: hp.boltzmann_machine(SYMMETRIC, 0.1).clamp({0: 1, 2: 0}),
    "cubic memory, one spin held": lambda: hp.dense_memory(XI).clamp({2: 1}),
    "three-body, one spin held": lambda: hp.custom(three_body, 4).clamp({0: -1}),
    "RBM, its categorical unit held": lambda: one_of_three().clamp({2: 1}),
    "Potts, one site held": lambda: hp.custom(potts, 3, space=hp.categorical(3)).clamp({1: 2}),
}


@cache
def build(name):
    return BUILD[name]()
