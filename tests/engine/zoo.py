"""Small Hamiltonians of every kind, listed once for every test that must hold for all of them."""

import numpy as np

import hopphys as hp

SPINS = 6


def _symmetric(size: int, seed: int = 0, scale: float = 1.0, samples: int | None = None) -> np.ndarray:
    shape = (size, size) if samples is None else (samples, size, size)
    upper = np.triu(np.random.default_rng(seed).normal(size=shape), 1) * scale
    return upper + np.swapaxes(upper, -1, -2)


def three_body(s):
    return -(s[..., 0] * s[..., 1] * s[..., 2]) + 0.4 * s[..., 2] * s[..., 3] * s[..., 5] - 0.2 * s[..., 4]


XI = hp.patterns.random(3, SPINS, seed=3)
KERNEL = {
    "dense, real couplings": hp.boltzmann_machine(_symmetric(SPINS), 0.2),
    "dense, whole couplings": hp.boltzmann_machine(np.rint(2 * _symmetric(SPINS, 1)), 0.3, space=hp.SPIN),
    "dense, disorder": hp.spin_glass(SPINS, "sk", seed=1, disorder=2),
    "directed": hp.directed(np.random.default_rng(2).normal(size=(SPINS, SPINS)) * (1 - np.eye(SPINS)), 0.1),
    "square ferromagnet": hp.ising(hp.square(2, 3), 1.0, 0.1),
    "antiferromagnetic odd ring": hp.ising(hp.chain(5), -1.0),
    "pm glass, disorder": hp.spin_glass(hp.square(2, 3), "pm", seed=2, disorder=3),
    "gaussian glass": hp.spin_glass(hp.square(3, 2), "gaussian", seed=4),
    "hopfield": hp.hopfield(XI),
    "hopfield with bias": hp.hopfield(XI, bias=0.2),
    "hopfield with a bias that ties": hp.hopfield(hp.patterns.random(3, 10, seed=10), bias=-0.3),
    "0/1 couplings and bias that tie": hp.boltzmann_machine(*hp.hebb_binary(hp.patterns.random(3, 11, seed=4))),
    "hopfield 0/1": hp.hopfield(XI, space=hp.BINARY),
    "hopfield, disorder": hp.hopfield(hp.patterns.random(2, SPINS, seed=5, disorder=3)),
    "dense memory": hp.dense_memory(XI),
    "dense memory 0/1": hp.dense_memory(XI, space=hp.BINARY),
    "exponential memory": hp.dense_memory(XI, hp.exponential(0.3)),
    "attention on spins": hp.dense_memory(XI, hp.log_sum_exp(0.7)),
    "log cosh": hp.dense_memory(XI, hp.log_cosh(0.5), bias=0.1),
    "softplus": hp.dense_memory(XI, hp.softplus(0.5)),
}
REFERENCE_ONLY = {
    "three-body": hp.custom(three_body, SPINS),
    "three-body 0/1": hp.recast(hp.custom(three_body, SPINS), hp.BINARY),
    "restricted, binary": hp.restricted_boltzmann_machine(np.random.default_rng(4).normal(size=(3, 3)), 0.1, 0.2),
    "restricted, spin": hp.restricted_boltzmann_machine(
        np.random.default_rng(5).normal(size=(2, 4)), 0.1, -0.2, visible=hp.SPIN, hidden=hp.SPIN
    ),
    "restricted, categorical": hp.restricted_boltzmann_machine(
        np.random.default_rng(6).normal(size=(3, 4)), 0.1, [0.0, 0.2, -0.1], visible=hp.SPIN, hidden=hp.categorical(3)
    ),
}
