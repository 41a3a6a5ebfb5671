"""The models give the numbers of the literature, and refuse what they cannot be."""

import functools
import itertools
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import special

import hopphys as hp

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def corners(size, low=-1.0):
    return np.array(list(itertools.product([low, 1.0], repeat=size)))


def thermal(H, states, T):
    return special.softmax(-H.energy(states) / T)


# Weights and thresholds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "T"), [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (-0.3, 0.7)])
def test_symmetric_weights_align_or_anti_align_two_units(w, T):
    s = corners(2)
    correlation = thermal(hp.ising(hp.graph([(0, 1, w)])), s, T) @ (s[:, 0] * s[:, 1])
    assert correlation == pytest.approx(np.tanh(w / T), abs=1e-13)
    assert w != 1.0 or T != 1.0 or correlation == pytest.approx(0.7615941560, abs=1e-10)


def five_units():
    J = np.zeros((5, 5))
    for i, j, w in [(0, 1, -4), (0, 2, 3), (0, 3, 2), (1, 3, 3), (1, 4, 3), (2, 3, -1), (3, 4, -1)]:
        J[i, j] = J[j, i] = w
    return hp.boltzmann_machine(J)


def state(units):
    return np.array([unit in units for unit in "abcde"], dtype=float)


def test_five_units_have_three_minima_of_which_settling_finds_one():
    H = five_units()
    assert H.energy(state("ac")) == -3
    assert H.gap(state("ac"), 3) == 1
    assert H.energy(state("acd")) == -4
    assert H.energy(state("bde")) == H.energy(state("abcde")) == -5
    v = corners(5, 0.0)
    gap = H.gap(v)
    assert [row.tolist() for row in v[((2 * v - 1) * gap > 0).all(axis=1)]] == [
        state(units).tolist() for units in ("bde", "acd", "abcde")
    ]
    # With ties kept two more states stand still, but have a level way out.
    still = v[((2 * v - 1) * gap >= 0).all(axis=1)]
    assert {tuple(row) for row in still} >= {tuple(state("ace")), tuple(state(""))}
    assert len(still) == 5


def test_two_units_updated_together_oscillate():
    H = hp.boltzmann_machine([[0, -100], [-100, 0]], [5, 5])
    s, energies = np.zeros(2), []
    for _ in range(4):
        energies.append(float(H.energy(s)))
        s = (H.gap(s) > 0).astype(float)
    assert energies == [0, 90, 0, 90]
    assert H.energy([1, 0]) == H.energy([0, 1]) == -5


def test_zero_one_network_agrees_only_with_its_bias():
    xi = hp.patterns.random(3, 8, seed=1)
    W, b = hp.learning.hebb_binary(xi)
    v = corners(8, 0.0)
    recast, machine = hp.hopfield(xi, space=hp.BINARY), hp.boltzmann_machine(W, b)
    assert np.allclose(machine.gap(v), recast.gap(v), **EXACT)
    assert np.allclose(machine.energy(v) - recast.energy(v), -recast.energy(np.zeros(8)), **EXACT)
    without = hp.boltzmann_machine(W).gap(v)
    assert ((without > 0) != (recast.gap(v) > 0)).any()


# Stochastic units ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", [hp.BINARY, hp.SPIN], ids=lambda space: space.name)
def test_stochastic_unit_follows_the_logistic_law(space):
    w, b, T = np.array([0.7, -1.2, 0.4]), 0.3, 0.6
    for inputs in corners(3, space.low):
        H = hp.stochastic_unit(w, b, inputs, space=space)
        s = np.array([[*inputs, space.low], [*inputs, space.high]])
        gap = float(H.gap(s[0], 3))
        assert gap == pytest.approx((space.high - space.low) * (b + w @ inputs), rel=1e-12)
        assert thermal(H, s, T)[1] == pytest.approx(1 / (1 + np.exp(-gap / T)), rel=1e-12)
        assert np.array_equal(H.free, [3])


def test_unit_without_inputs_takes_them_from_the_start():
    H = hp.stochastic_unit([1.0, 2.0])
    assert np.array_equal(H.clamped, [np.inf, np.inf, np.nan], equal_nan=True)
    assert np.array_equal(H.where("unit"), [2])


def test_temperature_divides_couplings_and_bias():
    J = np.triu(np.random.default_rng(1).normal(size=(5, 5)), 1)
    J, b, s = J + J.T, np.random.default_rng(2).normal(size=5), corners(5)
    cold = hp.boltzmann_machine(J / 0.4, b / 0.4, space=hp.SPIN)
    assert np.allclose(thermal(hp.boltzmann_machine(J, b, space=hp.SPIN), s, 0.4), thermal(cold, s, 1.0), **EXACT)


# Attention -----------------------------------------------------------------------------------------------------------

X = np.array([[1, 0, 0.5], [0, 1, -0.5], [-1, 1, 0], [0.5, 0.5, 1]])
S = np.array([0.6, -0.2, 0.3])


def test_attention_gives_the_reference_numbers():
    H = hp.attention(X, sharpness=1.0)
    step = H.local_field(S)
    assert H.energy(S) == pytest.approx(1.0380390147, abs=1e-10)
    assert step == pytest.approx([0.5065374447, 0.4021306728, 0.4786590406], abs=1e-10)
    assert H.energy(step) == pytest.approx(0.8037128886, abs=1e-10)
    s = S
    for _ in range(2000):
        s = H.local_field(s)
    assert s == pytest.approx([-0.0180077900, 0.7100295556, 0.2009201776], abs=1e-10)


@pytest.mark.parametrize("k", [0.3, 1.0, 4.0])
def test_attention_step_is_softmax_attention_and_lowers_the_energy(k):
    rng = np.random.default_rng(3)
    keys, queries = rng.normal(size=(6, 4)), rng.normal(size=(20, 4))
    H = hp.attention(keys, k)
    step = H.local_field(queries)
    assert np.allclose(step, special.softmax(k * queries @ keys.T, axis=-1) @ keys, rtol=1e-15, atol=1e-15)
    drop = H.energy(queries) - H.energy(step)
    assert (drop >= 0.5 * ((step - queries) ** 2).sum(axis=-1) - 1e-13).all()
    assert (H.energy(queries) >= 0).all()


def test_one_step_at_inverse_root_dimension_is_transformer_attention():
    rng = np.random.default_rng(4)
    K, Q = rng.normal(size=(5, 16)), rng.normal(size=(3, 16))
    expected = special.softmax(Q @ K.T / np.sqrt(16), axis=-1) @ K
    assert np.allclose(hp.attention(K, 1 / np.sqrt(16)).local_field(Q), expected, rtol=1e-14, atol=1e-15)


def test_attention_energy_reaches_zero_where_all_patterns_are_one():
    assert hp.attention(np.ones((4, 3)), 2.0).energy(np.ones(3)) == pytest.approx(0, abs=1e-14)


def test_attention_energy_is_negative_only_through_a_bias():
    rng = np.random.default_rng(6)
    b = np.array([2.0, -1.0, 0.5])
    s = np.concatenate([X + b, 3 * rng.normal(size=(2000, 3))])
    with_bias = hp.attention(X, 1.4, b).energy(s)
    assert (hp.attention(X, 1.4).energy(s) >= 0).all()
    assert with_bias.min() < 0
    assert with_bias.min() >= -b @ b / 2 - np.sqrt((X * X).sum(axis=1).max() * (b @ b))


def test_attention_weights_are_a_gaussian_mixture():
    # exp(-k E) = sum_mu exp(k |x_mu|^2 / 2) exp(-k |s - x_mu|^2 / 2), up to the constant of the offset.
    k, s = 1.4, np.random.default_rng(5).normal(size=(10, 3))
    H = hp.attention(X, k)
    square = ((s[:, None] - X) ** 2).sum(axis=-1)
    mixture = special.logsumexp(0.5 * k * ((X**2).sum(axis=-1) - square), axis=-1)
    assert np.allclose(-k * (H.energy(s) - H.offset), mixture, **EXACT)


# Overflow ------------------------------------------------------------------------------------------------------------


LONG = hp.patterns.random(3, 1000, seed=1)


@pytest.mark.parametrize("space", [hp.SPIN, hp.BINARY], ids=lambda space: space.name)
@pytest.mark.parametrize("separation", [hp.exponential(0.7), hp.exponential(0.01), hp.power(101)], ids=str)
def test_the_largest_memories_that_are_not_refused_have_finite_energies(separation, space):
    H = hp.dense_memory(LONG, separation, space=space)
    s = LONG if space == hp.SPIN else (LONG + 1) // 2
    assert np.isfinite(H.energy(s)).all()
    assert np.isfinite([H.gap(s, site) for site in (0, 999)]).all()


def test_log_sum_exp_orders_states_as_the_exponential_memory_does():
    s = hp.patterns.random(200, 30, seed=2)
    exponential, logarithm = (hp.dense_memory(s[:4], form).energy(s) for form in (hp.exponential(), hp.log_sum_exp(1)))
    assert (np.diff(logarithm[np.argsort(exponential)]) > -1e-12).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.dense_memory(LONG, hp.exponential()), r"1 x 1000 = 1000; use log_sum_exp\(1\).*at most 0\.7"),
        (lambda: hp.dense_memory(LONG, hp.exponential(), space=hp.BINARY), "= 1000; use log_sum_exp"),
        (lambda: hp.dense_memory(LONG, hp.exponential(0.71)), "0.71 x 1000 = 710"),
        (lambda: hp.dense_memory(LONG, hp.power(102)), r"up to 1000 exceeds the largest number; use power\(101\)"),
        (
            lambda: hp.restricted_boltzmann_machine(np.ones((2, 800)), hidden=hp.POISSON).marginal(1.0),
            "1 x 800 = 800",
        ),
        (
            lambda: hp.restricted_boltzmann_machine([[1.0, 1.0]], 0.0, [800.0], hidden=hp.POISSON).marginal(1.0),
            "1 x 802 = 802",
        ),
        (
            lambda: hp.Hamiltonian(hp.Patterns(LONG, hp.exponential()), 0.0, (hp.Block("visible", 1000, hp.SPIN),)),
            "= 1000",
        ),
    ],
)
def test_a_memory_that_would_overflow_is_refused_where_it_is_made(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# Disorder and names --------------------------------------------------------------------------------------------------


def test_sk_couplings_have_variance_one_over_n():
    J = hp.spin_glass(200, "sk", seed=1, disorder=4).interaction.couplings
    values = J[:, *np.triu_indices(200, 1)]
    assert np.array_equal(J, np.swapaxes(J, 1, 2))
    # 79 600 independent values: five standard errors of the mean and of the variance.
    assert abs(values.mean() * np.sqrt(200)) < 5 / np.sqrt(values.size)
    assert abs(values.var() * 200 - 1) < 5 * np.sqrt(2 / values.size)


@pytest.mark.parametrize("kind", ["pm", "gaussian"])
def test_edwards_anderson_couplings_have_mean_zero_and_unit_variance(kind):
    values = hp.spin_glass(hp.square(60), kind, seed=2, disorder=4).interaction.weights
    assert abs(values.mean()) < 5 / np.sqrt(values.size)
    assert abs(values.var() - 1) < 5 * np.sqrt(2 / values.size)
    assert kind != "pm" or set(np.unique(values)) == {-1.0, 1.0}


@pytest.mark.parametrize(("where", "kind"), [(8, "sk"), (hp.square(3), "pm"), (hp.square(3), "gaussian")])
def test_more_samples_of_disorder_leave_the_first_ones_unchanged(where, kind):
    few, more = (hp.spin_glass(where, kind, seed=3, disorder=d).interaction.counts for d in (2, 5))
    assert np.array_equal(more[:2], few)
    assert np.array_equal(hp.spin_glass(where, kind, seed=3).interaction.counts, few[0])
    assert not np.array_equal(hp.spin_glass(where, kind, seed=4).interaction.counts, few[0])


def test_glasses_of_another_size_or_shape_share_no_couplings():
    small, large = (hp.spin_glass(n, "sk", seed=1).interaction.couplings * np.sqrt(n) for n in (10, 20))
    assert not np.isclose(small[small != 0][:, None], large[large != 0], rtol=1e-12).any()
    wide, high, cut = (
        hp.spin_glass(lattice, "gaussian", seed=1).interaction.weights
        for lattice in (hp.square(3, 5), hp.square(5, 3), hp.square(3, 5, periodic=False))
    )
    for other in (high, cut):
        assert not np.isclose(wide[:, None], other, rtol=1e-12).any()


@pytest.mark.parametrize("kind", ["pm", "gaussian"])
def test_weights_of_a_graph_multiply_the_couplings_of_a_glass(kind):
    edges, weights = [(0, 1), (1, 2), (0, 3)], np.array([0.5, -3.0, 2.0])
    plain = hp.spin_glass(hp.graph(edges), kind, seed=1, disorder=2).interaction.weights
    weighted = hp.graph([(*edge, w) for edge, w in zip(edges, weights, strict=True)])
    glass = hp.spin_glass(weighted, kind, seed=1, disorder=2)
    assert np.allclose(glass.interaction.weights, plain * weights, rtol=1e-14)


@pytest.mark.parametrize(("size", "disorder"), [(600, None), (300, 4)])
def test_sk_asks_for_the_memory_that_it_takes(size, disorder, monkeypatch):
    asked = []
    monkeypatch.setattr("hopphys.models.require", lambda needed, *words: asked.append(needed))
    hp.spin_glass(4, "sk", seed=1)  # what an import takes is no part of it
    tracemalloc.start()
    hp.spin_glass(size, "sk", seed=1, disorder=disorder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.7 * asked[-1] < peak < 1.05 * asked[-1]


def test_sizes_may_be_numpy_integers():
    assert hp.spin_glass(np.int64(7), "sk", seed=1).size == 7


def test_zero_one_patterns_are_read_as_spins():
    xi = hp.patterns.random(3, 10, seed=1)
    s = hp.patterns.random(4, 10, seed=2)
    for model in (hp.hopfield, hp.dense_memory):
        assert np.array_equal(model((xi + 1) // 2).energy(s), model(xi).energy(s))
        assert np.array_equal(model(xi > 0).energy(s), model(xi).energy(s))


def test_a_rule_may_return_couplings_and_bias():
    xi, b = hp.patterns.random(2, 8, seed=1), np.arange(8.0)
    H = hp.hopfield(xi, rule=lambda patterns: (hp.hebb(patterns), b), bias=1.0)
    assert np.array_equal(H.bias, b + 1)
    assert np.allclose(H.energy(corners(8)), hp.hopfield(xi, bias=b + 1).energy(corners(8)), **EXACT)


@pytest.mark.parametrize("name", hp.learning.RULES)
def test_a_rule_may_be_named_or_be_an_entry_of_the_catalogue(name):
    rule = hp.learning.RULES[name]
    by_function, *others = (hp.hopfield(XI, rule=given) for given in (rule.learn, rule, name))
    for other in others:
        assert np.array_equal(other.local_field(corners(6)), by_function.local_field(corners(6)))
        assert type(other.interaction) is type(by_function.interaction) and other.directed != rule.symmetric


@pytest.mark.parametrize(
    "rule",
    [
        hp.perceptron,
        "perceptron",
        hp.learning.RULES["perceptron"],
        functools.partial(hp.perceptron, max_sweeps=50),
        hp.minimum_overlap,
    ],
    ids=["function", "name", "entry", "settings", "minimum overlap"],
)
def test_a_rule_that_does_not_reach_its_end_is_warned_of_once(rule):
    xi = hp.patterns.random(60, 20, seed=1)
    entry = hp.learning.RULES[rule] if isinstance(rule, str) else rule
    learned = getattr(entry, "learn", entry)(xi)
    units = (hp.learning.stabilities(learned.couplings, learned.bias, xi).min(axis=0) <= 0).sum()
    assert not learned.converged and units > 0
    with pytest.warns(UserWarning, match=rf"stability is {learned.stability:.3g}, and {units} of 20 units") as told:
        net = hp.hopfield(xi, rule=rule)
    assert len(told) == 1 and told[0].filename == __file__ and "max_sweeps" in str(told[0].message)
    assert np.array_equal(net.interaction.couplings, hp.hopfield(xi, rule=lambda _: learned).interaction.couplings)


def test_nobody_is_warned_of_a_rule_that_converged_or_of_what_was_learned_beforehand():
    xi = hp.patterns.random(60, 20, seed=1)
    learned = hp.perceptron(xi, max_sweeps=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hp.hopfield(xi, rule=lambda _: learned)
        hp.hopfield(xi[:5], rule=hp.perceptron)


def test_hebb_never_forms_the_couplings(monkeypatch):
    xi = hp.patterns.random(3, 20_000, seed=1)
    monkeypatch.setenv("HOPPHYS_MEMORY", str(10**8))
    H = hp.hopfield(xi)
    assert H.energy(xi).shape == (3,)
    with pytest.raises(hp.memory.TooLarge, match=r"20000 units would take 6\.4 GB.*keeps the patterns"):
        hp.hopfield(xi, rule=hp.projection)
    with pytest.raises(hp.memory.TooLarge, match="would take"):
        hp.hebb(xi)
    with pytest.raises(hp.memory.TooLarge, match="use a lattice"):
        hp.spin_glass(20_000, "sk", seed=1)
    with pytest.raises(hp.memory.TooLarge, match="star"):
        hp.stochastic_unit(np.ones(20_000))
    with pytest.raises(hp.memory.TooLarge, match="fewer patterns"):
        hp.patterns.random(10**5, 10**5, seed=1)


XI = hp.patterns.random(3, 6, seed=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: hp.hopfield([[1, 2, -1]]), "hold 2; binarise first"),
        (lambda: hp.hopfield([[1, 0, -1]]), "hold -1, 0 and 1"),
        (lambda: hp.hopfield([[1.0, np.nan]]), "hold nan"),
        (lambda: hp.hopfield([1, -1, 1]), r"one alone is pattern\[None\]"),
        (lambda: hp.hopfield(np.ones((1, 1, 2, 4))), "shape"),
        (lambda: hp.hopfield(np.empty((0, 4))), "hold something"),
        (lambda: hp.hopfield([["a"]]), "must be numbers"),
        (lambda: hp.hopfield([[1, -1, 1], [1, -1]]), "patterns must be an array, every row of one length"),
        (lambda: hp.hopfield(XI, rule=hp.hebb_binary), "0/1 form"),
        (
            lambda: hp.hopfield(XI, rule="hebian"),
            r"no rule 'hebian'; did you mean 'hebb'\? Choose from covariance,",
        ),
        (
            lambda: hp.hopfield(XI, rule="xyz"),
            "no rule 'xyz'; choose from covariance, .*unlearning, or give a function",
        ),
        (lambda: hp.hopfield(XI, rule=3), r"function of the patterns, .*hp\.hebb.*a name of .*\(hebb, .*not 3"),
        (lambda: hp.hopfield(XI, rule=lambda xi: None), "must return couplings.*returned None"),
        (lambda: hp.hopfield(XI, rule=lambda xi: (hp.hebb(xi), 0, 0)), "returned a tuple of 3"),
        (lambda: hp.hopfield(XI, rule=lambda xi: [hp.hebb(xi), np.zeros(len(xi))]), "returned a list of 2"),
        (lambda: hp.hopfield(XI, rule=lambda xi: None), "returned None"),
        (lambda: hp.hopfield(XI, rule=lambda xi: np.zeros((3, 3))), r"their shape is \(3, 3\)"),
        (lambda: hp.hopfield(XI, rule=lambda xi: (hp.hebb(xi), None)), "bias that the rule returned"),
        (lambda: hp.ising(16), r"a lattice is needed, such as square\(16\).*it is int 16"),
        (lambda: hp.spin_glass([16], "pm", seed=1), "a lattice is needed.*it is list"),
        (lambda: hp.spin_glass("x", "sk", seed=1), "size = 'x'"),
        (lambda: hp.boltzmann_machine(np.zeros((3, 3)), hidden=1), r"but it is 1; one alone is \[1\]"),
        (lambda: hp.dense_memory([[0.5, 1]]), "hold 0.5"),
        (lambda: hp.attention(XI, 0), "sharpness must be positive"),
        (lambda: hp.attention(XI, "sharp"), "sharpness must be positive"),
        (lambda: hp.attention(XI[0], 1.0), r"shape \(P, N\)"),
        (lambda: hp.attention(XI * np.nan, 1.0), "finite"),
        (lambda: hp.spin_glass(8, "pm", seed=1), "'pm' with 8 sites"),
        (lambda: hp.spin_glass(hp.square(3), "ea", seed=1), "it is 'ea'"),
        (lambda: hp.spin_glass(0, "sk", seed=1), "size = 0"),
        (lambda: hp.spin_glass(8, "sk", seed=1, disorder=0), "disorder = 0"),
        (lambda: hp.spin_glass(8, "sk", seed=-1), "seed"),
        (lambda: hp.ising(hp.chain(4), np.nan), "coupling must be finite"),
        (lambda: hp.ising(hp.chain(4), bias=[1, 2]), "bias must be a number"),
        (lambda: hp.boltzmann_machine(np.zeros((3, 3)), hidden=[3]), "lie between 0 and 2"),
        (lambda: hp.boltzmann_machine(np.zeros((3, 3)), hidden=[-1]), "whole number from 0"),
        (lambda: hp.boltzmann_machine(np.zeros((3, 3)), hidden=[0.5]), "whole number from 0"),
        (lambda: hp.restricted_boltzmann_machine(np.ones((2, 3)), bias=[1, 2]), r"bias must be .* shape \(3,\)"),
        (lambda: hp.restricted_boltzmann_machine(np.ones((2, 3)), hidden_bias=[1, 2, 3]), r"hidden_bias .* \(2,\)"),
        (lambda: hp.stochastic_unit([]), "weights must not be empty"),
        (lambda: hp.stochastic_unit([1.0, 2.0], inputs=[1, 2]), "levels are 0, 1"),
        (lambda: hp.stochastic_unit([1.0, 2.0], inputs=[1, 0, 1]), r"inputs .* shape \(2,\)"),
        (lambda: hp.custom(np.sum, 0), "size = 0"),
        (lambda: hp.directed([[0, 1], [np.nan, 0]]), "finite"),
    ],
)
def test_bad_models_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()
