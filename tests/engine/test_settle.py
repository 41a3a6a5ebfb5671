"""Settling: descent, fixed points with every gap checked, and the periods of what does not settle."""

import numpy as np
import pytest
import zoo

import hopphys as hp

TWO_LEVEL = {
    n: h for n, h in {**zoo.KERNEL, **zoo.REFERENCE_ONLY}.items() if h.two_level and not h.directed and not h.disorder
}


def starts(hamiltonian, count=20):
    return hp.sample(hamiltonian, beta=0.0, sweeps=1, replicas=count, dynamics=hp.GLAUBER, seed=11).state.values


@pytest.mark.parametrize("order", ["random", "shuffled", "sequential", hp.partial(0.5)])
@pytest.mark.parametrize("name", TWO_LEVEL)
def test_settled_states_are_one_flip_minima(name, order):
    hamiltonian = TWO_LEVEL[name]
    found = hp.settle(hamiltonian, starts(hamiltonian), dynamics=hp.Dynamics("threshold", order), seed=3)
    assert found.converged.all() and (found.period == 1).all()
    energies = hamiltonian.energy(found.state.values)
    low, high = hamiltonian.levels()
    for site in range(hamiltonian.size):
        flipped = found.state.values.astype(float)
        flipped[:, site] = low[site] + high[site] - flipped[:, site]
        assert (hamiltonian.energy(flipped) >= energies - 1e-12).all()


@pytest.mark.parametrize("name", TWO_LEVEL)
def test_threshold_never_raises_energy(name):
    hamiltonian = TWO_LEVEL[name]
    run = hp.sample(hamiltonian, sweeps=8, dynamics=hp.HOPFIELD, replicas=20, seed=5)
    assert (run.energy.diff("sweep") <= 1e-12).all()


def test_levels_of_a_categorical_unit_settle_at_the_lowest():
    joint = zoo.REFERENCE_ONLY["restricted, categorical"]
    found = hp.settle(joint, starts(joint), seed=3)
    assert found.converged.all()
    for site in range(joint.size):
        energies = joint.level_energies(found.state.values, site)
        assert (found.energy.values <= energies.min(axis=-1) + 1e-12).all()


def test_hinton_net_settles_from_a_c_to_its_neighbour_at_minus_four():
    couplings = np.zeros((5, 5))
    for pair, weight in {(0, 1): -4, (0, 2): 3, (0, 3): 2, (1, 3): 3, (1, 4): 3, (2, 3): -1, (3, 4): -1}.items():
        couplings[pair] = couplings[pair[::-1]] = weight
    found = hp.settle(hp.boltzmann_machine(couplings), [[1, 0, 1, 0, 0]], seed=1)
    assert found.state.values.tolist() == [[1, 0, 1, 1, 0]] and found.energy == -4


def test_two_units_updated_together_oscillate_between_0_and_90():
    net = hp.boltzmann_machine([[0, -100], [-100, 0]], 5.0)
    found = hp.settle(net, [[0, 0]], dynamics=hp.SYNCHRONOUS, seed=1)
    assert found.period == 2 and not found.converged
    trace = hp.sample(net, sweeps=4, dynamics=hp.SYNCHRONOUS, start=[0, 0], seed=1).energy.values
    assert trace.tolist() == [[90, 0, 90, 0]]
    timed = hp.settle(net, np.zeros((200, 2)), dynamics=hp.Dynamics("threshold", hp.partial(0.5)), seed=2)
    assert timed.converged.all() and (timed.energy == -5).all()


def test_synchronous_symmetric_nets_have_period_one_or_two():
    net = hp.hopfield(hp.patterns.random(12, 60, seed=1))
    found = hp.settle(net, hp.patterns.random(200, 60, seed=2), dynamics=hp.SYNCHRONOUS, seed=3)
    assert set(np.unique(found.period)) <= {1, 2} and (found.period == 2).any()


def test_antisymmetric_net_without_ties_has_period_four():
    rng = np.random.default_rng(1)
    upper = np.triu(rng.choice([-1.0, 1.0], (12, 12)), 1)  # 11 neighbours: the field is odd, so it never ties
    found = hp.settle(hp.directed(upper - upper.T), hp.patterns.random(50, 12, seed=2), dynamics=hp.SYNCHRONOUS, seed=3)
    assert (found.period == 4).all() and "energy" not in found


def test_period_of_an_asymmetric_ring_is_its_length():
    shift = np.roll(np.eye(7), 1, axis=1)  # every site copies its neighbour: a pattern walks round the ring
    found = hp.settle(hp.directed(shift), [[1, -1, -1, -1, -1, -1, -1]], dynamics=hp.SYNCHRONOUS, seed=1)
    assert found.period == 7


def test_short_search_says_that_it_found_no_period():
    shift = np.roll(np.eye(60), 1, axis=1)
    start = -np.ones((1, 60))
    start[0, 0] = 1
    found = hp.settle(hp.directed(shift), start, dynamics=hp.SYNCHRONOUS, max_sweeps=20, seed=1)
    assert found.period == 0 and not found.converged and found.sweeps == 20


def test_clamped_sites_stay_and_the_rest_settles_around_them():
    xi = hp.patterns.random(2, 50, seed=1)
    net = hp.hopfield(xi).clamp(range(10))
    start = -xi[:1].copy()
    start[0, :10] = xi[0, :10]
    found = hp.settle(net, start, seed=2)
    assert np.array_equal(found.state.values[0, :10], xi[0, :10])
    assert found.converged


def test_disorder_samples_settle_as_they_would_alone():
    xi = hp.patterns.random(4, 40, seed=1, disorder=3)
    together = hp.settle(hp.hopfield(xi), hp.patterns.corrupt(xi, flip=0.1, seed=2), seed=3)
    assert together.state.dims == ("disorder", "replica", "site")
    alone = hp.settle(hp.hopfield(xi[0]), hp.patterns.corrupt(xi, flip=0.1, seed=2)[0], seed=3)
    assert np.array_equal(together.state[0], alone.state)


def test_attention_settles_at_the_fixed_point_of_the_softmax_step():
    # k = 1: the fixed point of the step, computed apart from this package by iterating it
    x = np.array([[1, 0, 0.5], [0, 1, -0.5], [-1, 1, 0], [0.5, 0.5, 1]])
    found = hp.settle(hp.attention(x, sharpness=1.0), [0.6, -0.2, 0.3], seed=1, tolerance=1e-13)
    assert np.allclose(found.state, [-0.0180077900, 0.7100295556, 0.2009201776], atol=1e-9)
    assert found.converged


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: hp.settle(net, np.ones((2, 5)), seed=1), "6 sites"),
        (lambda net: hp.settle(net, np.full((2, 6), 0.5), seed=1), "levels of spin"),
        (lambda net: hp.settle(net, np.full((2, 6), np.nan), seed=1), "finite"),
        (lambda net: hp.settle(net, np.ones((0, 6)), seed=1), "at least one state"),
        (lambda net: hp.settle(net, np.ones(6), dynamics=hp.GLAUBER, seed=1), "use sample"),
        (
            lambda net: hp.settle(net, np.ones(6), dynamics=hp.Dynamics("mean", "synchronous"), seed=1),
            "depends on the temp",
        ),
        (lambda net: hp.settle(net, np.ones(6), max_sweeps=0, seed=1), "max_sweeps"),
        (lambda net: hp.settle(net, np.ones(6), seed=-1), "seed"),
    ],
)
def test_bad_calls_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call(zoo.KERNEL["hopfield"])


def test_a_memory_that_would_not_fit_in_double_precision_is_refused_before_it_is_copied(monkeypatch):
    xi = hp.patterns.random(200, 1000, seed=1)
    monkeypatch.setenv("HOPPHYS_MEMORY", "1000000")
    hp.settle(hp.hopfield(xi), xi[:1], max_sweeps=1, seed=1)
    with pytest.raises(hp.memory.TooLarge, match=r"200 patterns of 1000 sites in double precision would take 1\.6 MB"):
        hp.settle(hp.dense_memory(xi), xi[:1], max_sweeps=1, seed=1)
