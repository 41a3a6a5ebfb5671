"""Random numbers that are never shared, and results that never move: every kernel pinned, every sampler apart.

A changed digest changes what a user gets for a seed. CHANGELOG says how such a change is announced.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zoo

import hopphys as hp
from hopphys.engine import settling
from hopphys.kernels import random

ORDERS = {
    "random": hp.GLAUBER,
    "sequential": hp.Dynamics("metropolis", "sequential"),
    "shuffled": hp.Dynamics("heat_bath", "shuffled"),
    "blocks": hp.GIBBS,
}


def digest(name, order):
    """What 3 sweeps of 3 replicas at two temperatures end in, and how often they changed: 8 bytes of a hash."""
    hamiltonian = zoo.KERNEL[name]
    dynamics = hp.Dynamics("heat_bath", "sequential") if hamiltonian.directed else ORDERS[order]
    run = hp.sample(hamiltonian, beta=[0.4, 1.3], sweeps=3, replicas=3, seed=11, dynamics=dynamics, record=0)
    total = hashlib.blake2b(np.packbits(run.state.values > 0).tobytes(), digest_size=8)
    total.update(np.rint(run.acceptance.values * 3 * hamiltonian.size).astype("<i8").tobytes())
    return total.hexdigest()


def cases():
    for name, hamiltonian in zoo.KERNEL.items():
        orders = ["sequential"] if hamiltonian.directed else ["random", "sequential", "shuffled"]
        lattice = isinstance(hamiltonian.interaction, hp.Neighbours)
        yield from ((name, order) for order in [*orders, *(["blocks"] if lattice else [])])


GOLDEN = {
    "dense, real couplings, random": "32dd03d7db0f0f10",
    "dense, real couplings, sequential": "b10ef870a93785d8",
    "dense, real couplings, shuffled": "5bb4643d59f3f01d",
    "dense, whole couplings, random": "6c98a470ecfbc929",
    "dense, whole couplings, sequential": "c4fa097d978d52bb",
    "dense, whole couplings, shuffled": "690a423f18962c39",
    "dense, disorder, random": "d955f7809e5510b8",
    "dense, disorder, sequential": "7fcdd1c320b5d596",
    "dense, disorder, shuffled": "ac2afcea22871f37",
    "directed, sequential": "32d498f3049b4510",
    "square ferromagnet, random": "4c54db1abd43b010",
    "square ferromagnet, sequential": "96f46111d54cce30",
    "square ferromagnet, shuffled": "0e4cd9382e6dad51",
    "square ferromagnet, blocks": "67f548442bd252ea",
    "antiferromagnetic odd ring, random": "b81ed279ad8e6606",
    "antiferromagnetic odd ring, sequential": "814c91893dbb39b9",
    "antiferromagnetic odd ring, shuffled": "6632e0dbd59c25ea",
    "antiferromagnetic odd ring, blocks": "1d5ea86f19b57122",
    "pm glass, disorder, random": "6b4a639775b209ca",
    "pm glass, disorder, sequential": "6ea51ee5c2fb0649",
    "pm glass, disorder, shuffled": "e9f19953dcb6a553",
    "pm glass, disorder, blocks": "724a366e5e89b79d",
    "gaussian glass, random": "a2d7b3c5d8031c3f",
    "gaussian glass, sequential": "a6011e453f824fef",
    "gaussian glass, shuffled": "955441686ec743a0",
    "gaussian glass, blocks": "3362fe09cac6639e",
    "hopfield, random": "3a3134b4d60307b6",
    "hopfield, sequential": "a4d6f38077967949",
    "hopfield, shuffled": "4bf9ce19578d7661",
    "hopfield with bias, random": "323fa61f569c4fb3",
    "hopfield with bias, sequential": "26afebc064ee0a4e",
    "hopfield with bias, shuffled": "be77c79971bb088f",
    "hopfield with a bias that ties, random": "90c12f66f7715bc6",
    "hopfield with a bias that ties, sequential": "ca9112fd9ab89104",
    "hopfield with a bias that ties, shuffled": "1469241abcd66d5b",
    "0/1 couplings and bias that tie, random": "64ac298574a84e20",
    "0/1 couplings and bias that tie, sequential": "0ce7bbfb8640821e",
    "0/1 couplings and bias that tie, shuffled": "779ca50a7d561f96",
    "hopfield 0/1, random": "3a3134b4d60307b6",
    "hopfield 0/1, sequential": "a4d6f38077967949",
    "hopfield 0/1, shuffled": "4bf9ce19578d7661",
    "hopfield, disorder, random": "1deb6e4169570046",
    "hopfield, disorder, sequential": "7c99ccf3a9df4836",
    "hopfield, disorder, shuffled": "ac3f77948d3b7005",
    "dense memory, random": "b0f8bff707a79c2c",
    "dense memory, sequential": "210a5149069aed1b",
    "dense memory, shuffled": "6b723d4a46db6c74",
    "dense memory 0/1, random": "b0f8bff707a79c2c",
    "dense memory 0/1, sequential": "210a5149069aed1b",
    "dense memory 0/1, shuffled": "6b723d4a46db6c74",
    "exponential memory, random": "e7c84dabd338193e",
    "exponential memory, sequential": "415f2eeb3466e479",
    "exponential memory, shuffled": "f2501465c5229475",
    "attention on spins, random": "dacaad03e00a0be4",
    "attention on spins, sequential": "0e1b83a79e1a8080",
    "attention on spins, shuffled": "663e43c1f98fb15e",
    "log cosh, random": "6862ac028e426e9a",
    "log cosh, sequential": "b01baa25dbe26db7",
    "log cosh, shuffled": "10524ae9e81f9f15",
    "softplus, random": "6da850a47d1743c7",
    "softplus, sequential": "cf38c03da4980acd",
    "softplus, shuffled": "ecdfb0bc627116f8",
}


@pytest.mark.parametrize(("name", "order"), [*cases()])
def test_golden_digest_has_not_moved(name, order):
    assert digest(name, order) == GOLDEN[f"{name}, {order}"]


LATTICE, DENSE = hp.ising(hp.square(4), 1.0), hp.spin_glass(6, "sk", seed=1)
BETAS = [0.2, 0.5, 0.7]
LADDER = {"sweeps": 4, "seed": 5, "replicas": 2}
SAMPLERS = {
    "sample": lambda h: hp.sample(h, beta=BETAS, **LADDER),
    "sample, a lattice in words": lambda h: hp.sample(h, beta=BETAS, dynamics=hp.CHECKERBOARD, **LADDER),
    "Wolff": lambda h: hp.sample(h, beta=BETAS, dynamics=hp.WOLFF, **LADDER),
    "settle": lambda h: hp.settle(h, np.ones((2, h.size)), seed=5),
    "temper": lambda h: hp.temper(h, beta=BETAS, **LADDER),
    "temper with clusters": lambda h: hp.temper(h, beta=BETAS, isoenergetic=True, **LADDER),
    "ladder": lambda h: hp.ladder(h, beta=(0.2, 0.7), sweeps=20, rounds=2, seed=5),
    "population": lambda h: hp.population_anneal(h, beta=[0.0, *BETAS], population=20, sweeps=2, replicas=2, seed=5),
    "importance": lambda h: hp.annealed_importance(h, beta=[0.0, *BETAS], replicas=4, seed=5),
    "Wang-Landau": lambda h: hp.wang_landau(h, replicas=2, seed=5),
    "anneal": lambda h: hp.anneal(h, replicas=2, sweeps=20, seed=5),
}
NEEDS_LATTICE = ("sample, a lattice in words", "temper with clusters", "Wang-Landau")
# One call under other dynamics starts from the same states and has the same noise, on purpose: a comparison of dynamics
# is one of pairs. So has tempering with and without clusters. Annealing ends in a call of settle.
RELATED = [
    {"sample", "sample, a lattice in words", "Wolff"},
    {"temper", "temper with clusters"},
    {"settle", "anneal"},
]


def identities_of(name, hamiltonian, monkeypatch):
    """Keys of every stream that one call draws from."""
    asked, true = set(), random.streams

    def recorded(identity, count, first=0):
        asked.update(map(tuple, np.asarray(identity, np.uint64).reshape(-1, 2).tolist()))
        return true(identity, count, first)

    with monkeypatch.context() as patched:
        patched.setattr(random, "streams", recorded)
        SAMPLERS[name](hamiltonian)
    return asked


@pytest.mark.parametrize("hamiltonian", [LATTICE, DENSE], ids=["lattice", "dense"])
def test_no_two_samplers_and_no_two_temperatures_share_a_stream(hamiltonian, monkeypatch):
    names = [name for name in SAMPLERS if hamiltonian is LATTICE or name not in NEEDS_LATTICE]
    asked = {name: identities_of(name, hamiltonian, monkeypatch) for name in names}
    assert all(asked.values())
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            if not any({one, other} <= family for family in RELATED):
                assert not asked[one] & asked[other], (one, other)
    assert len(asked["sample"]) >= 2 * len(BETAS)  # a start and a run at each temperature


def test_the_check_of_shared_streams_notices_one(monkeypatch):
    first = identities_of("sample", LATTICE, monkeypatch)
    true = settling.lay_out
    monkeypatch.setattr(settling, "lay_out", lambda h, i, n, seed, p: true(h, [(0.2,)], n, seed, "sample"))
    assert first & identities_of("settle", LATTICE, monkeypatch)


def final(name):
    run = SAMPLERS[name](LATTICE)
    kept = [v for v in ("state", "energy", "log_z", "log_g", "best_energy") if v in run]
    return {f"{name}/{v}": run[v].values for v in kept}


def everything():
    return {key: values for name in SAMPLERS if name != "ladder" for key, values in final(name).items()}


ELSEWHERE = (
    "import sys; sys.path.insert(0, sys.argv[1]); import numpy, test_streams; "
    "numpy.savez(sys.argv[2], **test_streams.everything())"
)


def test_another_process_on_another_number_of_threads_finds_the_same_bits(tmp_path):
    environment = {**os.environ, "HOPPHYS_THREADS": "3"}
    command = [sys.executable, "-c", ELSEWHERE, str(Path(__file__).parent), str(tmp_path / "found.npz")]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    here = everything()
    with np.load(tmp_path / "found.npz") as found:
        assert set(found) == set(here) and len(here) > 15
        assert all(np.array_equal(found[key], here[key], equal_nan=True) for key in here)
