"""Cluster kernels equal a plain reference spin for spin; their runs keep the engine's promises; refusals say why."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.dynamics import SWENDSEN_WANG, WOLFF, Dynamics, wolff
from hopphys.engine import clusters
from hopphys.engine.tempering import temper
from hopphys.kernels import random

FREE = {
    "square ferromagnet": hp.ising(hp.square(4, 5)),
    "double bonds": hp.ising(hp.square(2), 0.6),
    "odd ring, antiferromagnetic": hp.ising(hp.chain(5), -1.0),
    "pm glass, disorder": hp.spin_glass(hp.square(4), "pm", seed=2, disorder=3),
    "gaussian glass": hp.spin_glass(hp.square(3, 4), "gaussian", seed=4),
    "more couplings than are tabulated together": hp.spin_glass(hp.square(4), "gaussian", seed=4, disorder=12),
    "SK glass, disorder": hp.spin_glass(8, "sk", seed=1, disorder=2),
    "dense with holes": hp.boltzmann_machine(
        [[0, 1, 0, 0], [1, 0, -2, 0], [0, -2, 0, 0.5], [0, 0, 0.5, 0]], space=hp.SPIN
    ),
    "no bonds": hp.Hamiltonian(hp.Neighbours(3, []), 0.0, (hp.Block("spins", 3, hp.SPIN),)),
}
FIELDS = {
    "square in a field": hp.ising(hp.square(4, 5), 1.0, 0.1),
    "ring in fields of both signs": hp.ising(hp.chain(5), -1.0, [0.4, -0.3, 0.0, 0.9, -0.2]),
    "SK glass in a field": hp.boltzmann_machine(
        hp.spin_glass(7, "sk", seed=3).interaction.couplings, 0.3, space=hp.SPIN
    ),
}
CASES = [
    *((name, dynamics) for name in FREE for dynamics in (wolff(3), WOLFF, SWENDSEN_WANG)),
    *((name, SWENDSEN_WANG) for name in FIELDS),
]
EVERY = pytest.mark.parametrize(("name", "dynamics"), CASES, ids=lambda c: c if isinstance(c, str) else c.name)
SOME = pytest.mark.parametrize(
    ("name", "dynamics"),
    [
        ("square ferromagnet", WOLFF),
        ("gaussian glass", wolff(3)),
        ("pm glass, disorder", WOLFF),
        ("SK glass, disorder", SWENDSEN_WANG),
        ("more couplings than are tabulated together", SWENDSEN_WANG),
        ("square in a field", SWENDSEN_WANG),
    ],
    ids=lambda c: c if isinstance(c, str) else c.name,
)
MODELS = {**FREE, **FIELDS}


def run(hamiltonian, dynamics, **options):
    return hp.sample(
        hamiltonian, **{"beta": [0.4, 1.3], "sweeps": 6, "replicas": 5, "seed": 7, **options}, dynamics=dynamics
    )


class Reference:
    """One row, by its rules and nothing else: no compressed rows, no union-find, one random number at a time."""

    def __init__(self, hamiltonian, sample, stream, beta):
        interaction = hamiltonian.interaction
        if isinstance(interaction, hp.Dense):
            interaction = clusters.pairs(interaction)
        weights = np.atleast_2d(interaction.weights)
        self.bonds = [(i, j, w) for (i, j), w in zip(interaction.bonds, weights[sample], strict=True)]
        self.bias, self.stream, self.beta = hamiltonian.bias, stream, beta

    def uniform(self, sweep, attempt, draw):
        return random.uniforms(self.stream, sweep, attempt, draw)[0]

    def probability(self, coupling, product):
        return -np.expm1(-2 * self.beta * abs(coupling)) if coupling * product > 0 else 0.0

    def wolff(self, s, sweep, number):
        tried = 0
        for cluster in range(number):
            seed = int(random.below(random.words(self.stream, sweep, cluster, 1), np.uint64(len(s)))[0])
            members = [seed]
            for i in members:  # which grows on the way
                near = [(b, j if i == k else k, w) for b, (j, k, w) in enumerate(self.bonds) if i in (j, k)]
                for _, j, w in near:
                    p = self.probability(w, s[i] * s[j])
                    if j not in members and p > 0:
                        if self.uniform(sweep, tried, 0) < p:
                            members.append(j)
                        tried += 1
            s[members] *= -1

    def swendsen_wang(self, s, sweep):
        label = np.arange(len(s))
        for b, (i, j, w) in enumerate(self.bonds):
            if self.uniform(sweep, b, 0) < self.probability(w, s[i] * s[j]):
                one, other = sorted((label[i], label[j]))
                label[label == other] = one
        held = {label[i] for i in range(len(s)) if self.uniform(sweep, i, 2) < self.probability(self.bias[i], s[i])}
        for first in set(label) - held:
            if self.uniform(sweep, first, 1) >= 0.5:
                s[label == first] *= -1


@EVERY
def test_kernel_equals_reference_spin_for_spin(name, dynamics):
    hamiltonian, betas, replicas = MODELS[name], [0.4, 1.3], 3
    start = run(hamiltonian, SWENDSEN_WANG, seed=8, replicas=replicas, sweeps=1).state.values
    found = run(hamiltonian, dynamics, start=start, replicas=replicas)
    samples = hamiltonian.disorder or 1
    states = start.reshape(2, samples, replicas, -1).astype(int)
    for b, d, r in np.ndindex(states.shape[:-1]):
        stream = random.streams(random.key(7, "sample", betas[b], d), replicas)[r]
        row = Reference(hamiltonian, d, stream, betas[b])
        for sweep in range(6):
            if dynamics.update == "wolff":
                row.wolff(states[b, d, r], sweep, int(found.clusters.values.reshape(2, samples)[b, d]))
            else:
                row.swendsen_wang(states[b, d, r], sweep)
    assert np.array_equal(found.state.values.reshape(states.shape), states)


def test_comparison_with_the_reference_notices_another_random_number(monkeypatch):
    monkeypatch.setattr(Reference, "uniform", lambda self, *at: random.uniforms(self.stream, *at[:2], 3)[0])
    for dynamics in (wolff(3), SWENDSEN_WANG):
        with pytest.raises(AssertionError):
            test_kernel_equals_reference_spin_for_spin("square ferromagnet", dynamics)


GOLDEN = {
    "wolff": "5edee551a1249bcf",
    "swendsen_wang": "9271e8347735e8f9",
    "swendsen_wang in a field": "fca3c7e2eee920f1",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_bits_are_those_of_earlier_releases(name):
    """A change here is a change for everyone who repeats a run: it belongs into the CHANGELOG."""
    dynamics = {"wolff": WOLFF, "swendsen_wang": SWENDSEN_WANG}[name.split()[0]]
    model = hp.ising(hp.square(4), [1.0, 0.4, -0.7, -1.3] * 8, 0.2 if "field" in name else 0.0)
    states = hp.sample(model, beta=0.3, sweeps=9, replicas=4, dynamics=dynamics, seed=5).state.values
    assert np.packbits(states > 0).tobytes().hex() == GOLDEN[name]


@SOME
def test_one_and_two_threads_give_the_same_bits(name, dynamics, monkeypatch):
    monkeypatch.setattr("hopphys.engine.rows.SERIAL", 0)
    results = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        results.append(run(MODELS[name], dynamics, replicas=9))
    assert all(results[0].drop_attrs().identical(other.drop_attrs()) for other in results[1:])


@pytest.mark.parametrize("record", [1, 4, 0])
@SOME
def test_whole_run_equals_its_chunks_and_its_continuation(name, dynamics, record):
    whole = run(MODELS[name], dynamics, sweeps=12, record=record)
    again = run(MODELS[name], dynamics, sweeps=12, record=12)
    assert np.array_equal(whole.state, again.state)
    rest = run(MODELS[name], dynamics, sweeps=7, start=run(MODELS[name], dynamics, sweeps=5))
    assert np.array_equal(whole.state, rest.state)
    assert rest.sweep[-1] == 12 and rest.attrs["sweeps"] == 12


@SOME
def test_replicas_and_temperatures_keep_their_numbers_in_larger_calls(name, dynamics):
    few = run(MODELS[name], dynamics, replicas=3)
    many = run(MODELS[name], dynamics, replicas=8, beta=[0.9, 0.4, 1.3]).sel(beta=[0.4, 1.3])
    assert np.array_equal(few.state, many.state.isel(replica=slice(3)))
    if "clusters" in few:
        assert np.array_equal(few.clusters, many.clusters)
        assert np.array_equal(few.clusters, run(MODELS[name], dynamics, seed=99, sweeps=1).clusters)


def test_a_sample_of_the_disorder_is_the_run_of_its_own_couplings():
    glass = FREE["pm glass, disorder"]
    together, alone = run(glass, SWENDSEN_WANG), run(glass.at(0), SWENDSEN_WANG)
    assert np.array_equal(together.state.isel(disorder=0), alone.state)


@SOME
def test_dataset_keeps_the_schema_and_survives_a_file(name, dynamics, tmp_path):
    found = run(MODELS[name], dynamics)
    hp.dataset.check(found)
    assert found.attrs["law"] == "exp(-beta E)" and found.attrs["dynamics"] == dynamics.name
    assert found.cluster_size.dims == found.energy.dims
    assert ((found.cluster_size >= 1) & (found.cluster_size <= MODELS[name].size)).all()
    back = hp.dataset.load(hp.dataset.save(found, tmp_path / "run.nc"))
    assert back.identical(found)
    rest = run(MODELS[name], dynamics, sweeps=3, start=back)
    assert np.array_equal(rest.state, run(MODELS[name], dynamics, sweeps=9).state)


def test_number_of_clusters_is_in_the_dataset_and_makes_about_one_sweep():
    square = hp.ising(hp.square(12))
    found = hp.sample(square, beta=[0.0, 0.2, 0.44, 1.0], sweeps=400, replicas=8, dynamics=WOLFF, seed=1, record=0)
    assert found.clusters.dims == ("beta",) and found.clusters[0] == 144 and found.clusters[-1] == 1
    visited = (found.clusters * found.cluster_size.mean(["replica", "sweep"])).values / 144
    assert np.all((visited > 0.6) & (visited < 1.5))
    assert visited == pytest.approx(found.acceptance.mean(["replica", "sweep"]).values)
    given = hp.sample(square, beta=0.44, sweeps=2, dynamics=wolff(7), seed=1)
    assert given.clusters.dims == () and given.clusters == 7


def test_number_of_clusters_follows_a_schedule_and_each_sample_of_the_disorder():
    schedule = hp.geometric(10.0, 1.0, 12)
    found = hp.sample(hp.ising(hp.square(8)), schedule, dynamics=WOLFF, replicas=3, seed=1)
    hp.dataset.check(found)
    assert found.clusters.dims == ("sweep",) and found.clusters[0] > 40 and found.clusters[-1] == 1
    rarely = hp.sample(hp.ising(hp.square(8)), schedule, dynamics=WOLFF, replicas=3, seed=1, record=4)
    assert np.array_equal(found.state, rarely.state)
    assert np.array_equal(found.clusters[3::4], rarely.clusters)
    glass = run(FREE["pm glass, disorder"], WOLFF)
    assert glass.clusters.dims == ("beta", "disorder")


def test_cold_clusters_hold_all_and_hot_ones_a_site():
    square = hp.ising(hp.square(6))
    for dynamics in (WOLFF, SWENDSEN_WANG):
        hot = hp.sample(square, beta=0.0, sweeps=3, replicas=2, dynamics=dynamics, seed=1)
        assert (hot.cluster_size == 1).all()
        cold = hp.sample(square, beta=np.inf, sweeps=3, replicas=2, dynamics=dynamics, seed=1, start=np.ones((2, 36)))
        assert (cold.cluster_size == 36).all() and (np.abs(cold.magnetisation) == 1).all()


def test_ghost_holds_all_at_zero_temperature():
    field = hp.ising(hp.square(6), 1.0, 0.1)
    cold = hp.sample(field, beta=np.inf, sweeps=30, replicas=8, dynamics=SWENDSEN_WANG, seed=1)
    assert (cold.magnetisation[:, -1] == 1).all() and (cold.cluster_size[:, -1] == 36).all()


def test_tempering_takes_clusters():
    square = hp.ising(hp.square(6))
    for dynamics in (WOLFF, SWENDSEN_WANG):
        options = {"beta": [0.3, 0.4, 0.5], "replicas": 4, "dynamics": dynamics, "seed": 3}
        whole = temper(square, sweeps=12, **options)
        rest = temper(square, sweeps=7, start=temper(square, sweeps=5, **options), **options)
        assert np.array_equal(whole.state, rest.state)


XI = np.array([[1, -1, 1, 1], [1, 1, -1, 1]])


@pytest.mark.parametrize("dynamics", [WOLFF, SWENDSEN_WANG], ids=lambda d: d.name)
@pytest.mark.parametrize(
    ("model", "words"),
    [
        (hp.hopfield(XI), "couplings J_ij of pairs .* is Patterns; .*boltzmann_machine"),
        (hp.dense_memory(XI), "is Patterns"),
        (hp.directed([[0, 1], [-1, 0]]), "is Directed"),
        (hp.restricted_boltzmann_machine([[1.0, 0.5]]), "is Bipartite"),
        (hp.custom(lambda s: s[..., 0], 2), "is Custom; use an update of single sites"),
        (hp.attention(XI, 1.0), "couplings J_ij"),
        (hp.boltzmann_machine([[0, 1], [1, 0]]), r"has binary sites; hp\.recast\(H, hp\.SPIN\)"),
        (hp.ising(hp.chain(4)).clamp({1: -1}), r"clamped sites must stay \(site 1, 1 in all\)"),
    ],
)
def test_models_without_clusters_are_refused_in_words(model, dynamics, words):
    with pytest.raises(ValueError, match=words):
        hp.sample(model, beta=0.7, sweeps=1, dynamics=dynamics, seed=1)


def test_field_is_refused_by_wolff_with_the_way_out():
    model = hp.ising(hp.square(4), 1.0, bias=[0.0] * 15 + [-0.25])
    with pytest.raises(ValueError, match=r"without a field.*reaches -0\.25; use hp\.SWENDSEN_WANG"):
        hp.sample(model, beta=0.7, sweeps=1, dynamics=WOLFF, seed=1)
    with pytest.raises(ValueError, match="clamped"):
        hp.sample(FREE["square ferromagnet"], beta=0.7, sweeps=1, dynamics=WOLFF, seed=1, clamp=[0])


@pytest.mark.parametrize("number", [0, -1, 2.5, True, "all"])
def test_number_of_clusters_must_be_whole_and_positive(number):
    with pytest.raises(ValueError, match="clusters must be a whole number from 1"):
        wolff(number)


@pytest.mark.parametrize(
    "arguments", [("wolff",), ("swendsen_wang", "shuffled"), ("heat_bath", hp.dynamics.Clusters(2))]
)
def test_clusters_have_no_other_order(arguments):
    with pytest.raises(ValueError, match=r"use hp\.WOLFF"):
        Dynamics(*arguments)


def test_settle_refuses_clusters():
    with pytest.raises(ValueError, match="thermal"):
        hp.settle(FREE["double bonds"], np.ones(4), dynamics=WOLFF, seed=1)


def test_memory_of_dense_bonds_is_predicted(monkeypatch):
    monkeypatch.setenv("HOPPHYS_MEMORY", "100000")
    model = hp.boltzmann_machine(np.ones((100, 100)) - np.eye(100), space=hp.SPIN)
    with pytest.raises(ValueError, match="4,950 bonds of 100 sites"):
        hp.sample(model, beta=0.7, sweeps=1, dynamics=SWENDSEN_WANG, seed=1)


def test_more_bonds_than_there_are_numbers_for_stop_the_run(monkeypatch):
    """The guard before a random number would be used twice; here with room for 100 trials a sweep."""
    from hopphys.kernels import clusters as kernel

    monkeypatch.setattr(kernel, "MOST_TRIALS", 100)
    model, rows = FREE["square ferromagnet"], 2
    arguments = clusters.Graph.of(model).rows()
    state, stream = np.ones((rows, 20), np.int8), random.streams(random.key(1, "x"), rows)
    counts = [np.zeros(rows, np.int64) for _ in range(5)]
    with pytest.raises(ValueError, match="2\\^31 bonds"):
        kernel.sweep_wolff.py_func(
            state, stream, counts[0], np.full((1, 1), 0.1), counts[1], 0, np.full((1, 1, 1), 50), counts[2], counts[3],
            np.zeros(rows), counts[4], *arguments,
        )  # fmt: skip
