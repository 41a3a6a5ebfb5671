"""What learning does not depend on: the names of units, which level of a unit is called +1, the order of patterns.

    units     xi_mu,i -> xi_mu,p(i)     J_ij -> J_p(i)p(j),       b_i -> b_p(i)
    gauge     xi_mu,i -> g_i xi_mu,i    J_ij -> g_i g_j J_ij,     b_i -> g_i b_i        g_i = ±1
    negatives xi_mu   -> g_mu xi_mu     J_ij, b_i as they were
    order     xi_mu   -> xi_q(mu)       J_ij, b_i as they were

Every rule has the first; what else it has is in `RULES_AND_SYMMETRIES`, and what it lacks is shown by example. Dreams
start from noise that is numbered by unit: units and gauge change the couplings they lead to, and keep their law.
"""

import inspect
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import hopphys as hp
from hopphys import learning
from hopphys.kernels import dreams as kernel
from hopphys.kernels import random
from hopphys.learning import RULES, Learned, stabilities

ALL = frozenset({"gauge", "negatives", "order"})
XI = hp.patterns.random(6, 14, seed=1)  # an example: no symmetry of its own


def independent(xi):
    return len(xi) < xi.shape[1] and np.linalg.matrix_rank(xi) == len(xi)


def of_both_levels(xi):
    return abs(xi.mean()) < 1


def anything(xi):
    return True


@dataclass(frozen=True)
class Case:
    """A rule, the symmetries it has beside that of units, and the patterns it takes."""

    learn: object
    has: frozenset = ALL
    takes: object = anything


def one_by_one(step, **given):
    """An online rule as a rule for many patterns, from nothing."""

    def learn(patterns):
        after = np.zeros((patterns.shape[1],) * 2)
        for pattern in patterns:
            after = step(after[0] if isinstance(after, tuple) else after, pattern, **given)
        return after

    return learn


def few(rule, **given):
    return lambda patterns: rule(patterns, max_sweeps=30, **given)


STEP_BY_STEP = ALL - {"order"}  # what a pattern adds depends on those before it
RULES_AND_SYMMETRIES = {
    "hebb": Case(hp.hebb),
    "online_hebb": Case(one_by_one(learning.online_hebb)),
    "clip": Case(lambda patterns: learning.clip(hp.hebb(patterns))),
    # Written in 0/1 units: the energies have the gauge, the bias -½ sum_j W_ij has not. The couplings do.
    "hebb_binary": Case(lambda patterns: hp.hebb_binary(patterns)[0]),
    "hebb_binary with its bias": Case(hp.hebb_binary, ALL - {"gauge"}),
    "online_hebb_binary": Case(one_by_one(learning.online_hebb_binary), ALL - {"gauge"}),
    # A measured activity tells the two levels apart, and so does any but ½.
    "covariance": Case(learning.covariance, frozenset({"order"}), of_both_levels),
    "covariance at half activity": Case(lambda patterns: learning.covariance(patterns, 0.5)),
    "covariance_binary": Case(learning.covariance_binary, frozenset({"order"}), of_both_levels),
    "online_covariance": Case(one_by_one(learning.online_covariance, activity=0.3), frozenset({"order"})),
    "storkey": Case(hp.storkey, STEP_BY_STEP),
    "online_storkey": Case(one_by_one(learning.online_storkey), STEP_BY_STEP),
    "projection": Case(hp.projection, ALL, independent),
    "online_projection": Case(one_by_one(learning.online_projection)),
    "palimpsest": Case(learning.palimpsest, STEP_BY_STEP),
    "palimpsest, bound": Case(lambda patterns: learning.palimpsest(patterns, bound=0.4), STEP_BY_STEP),
    "online_palimpsest": Case(one_by_one(learning.online_palimpsest, decay=1.5), STEP_BY_STEP),
    "dreaming": Case(RULES["dreaming"].learn),
    "dreaming_kernel": Case(lambda patterns: learning.dreaming_kernel(patterns, 2.5)),
    "decorrelation": Case(lambda patterns: learning.decorrelation(patterns, 2.5)),
    "perceptron": Case(few(learning.perceptron, stability=0.3), STEP_BY_STEP),
    "perceptron, symmetric": Case(few(learning.perceptron, symmetric=True), STEP_BY_STEP),
    "perceptron, thresholds": Case(few(learning.perceptron, thresholds=True, stability=1.0), frozenset({"gauge"})),
    # One result whatever the order, up to the tolerance: `test_order_is_lost_in_the_limit`.
    "minimum_overlap": Case(few(learning.minimum_overlap), STEP_BY_STEP),
    "largest_stability": Case(lambda patterns: few(learning.largest_stability)(patterns).learned, STEP_BY_STEP),
    "iterative_projection": Case(few(learning.iterative_projection), STEP_BY_STEP),
    "with_bias": Case(learning.with_bias(hp.hebb), ALL - {"negatives"}),  # the unit that is always on is not turned
    "unlearning": Case(RULES["unlearning"].learn, frozenset({"negatives", "order"})),
}
OTHERS = {"dilute", "add_noise"}  # damage by random numbers of a weight's own: equal in law
ON_NETWORKS = {"unlearn", "dream", "dream_until", "unlearned"}  # the rule "unlearning", and test_unlearning.py
NO_RULES = {"stabilities", "pseudo_likelihood"}
IN_LAW = {"unlearning"}
EXACT_IN_UNITS = [name for name in RULES_AND_SYMMETRIES if name not in IN_LAW]


def having(symmetry, has=True):
    """Names of the rules that have a symmetry, or that lack it."""
    return [name for name, case in RULES_AND_SYMMETRIES.items() if (symmetry in case.has) == has and name not in IN_LAW]


def learned(name, patterns):
    """Couplings (N, N) and bias (N,)."""
    found = RULES_AND_SYMMETRIES[name].learn(patterns)
    if isinstance(found, Learned):
        found = (found.couplings, found.bias)
    J, b = found if isinstance(found, tuple) else (found, np.zeros(patterns.shape[1]))
    return J, b


def same(found, expected):
    scale = max(np.abs(expected[0]).max(), 1e-3)
    return all(np.allclose(a, b, rtol=0, atol=1e-9 * scale) for a, b in zip(found, expected, strict=True))


@st.composite
def patterns(draw, name):
    """±1, 1 to 7 patterns of 2 to 10 units: copies, negatives and constant units are among them."""
    shape = draw(st.integers(1, 7)), draw(st.integers(2, 10))
    xi = draw(arrays.arrays(np.int8, shape, elements=st.sampled_from([-1, 1])))
    assume(RULES_AND_SYMMETRIES[name].takes(xi))
    return xi


def signs(count):
    return arrays.arrays(np.int8, count, elements=st.sampled_from([-1, 1]))


often = settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


def test_every_public_rule_is_here():
    functions = {name for name in learning.__all__ if inspect.isfunction(getattr(learning, name))}
    assert set(RULES) <= set(RULES_AND_SYMMETRIES)
    assert functions - set(RULES_AND_SYMMETRIES) == OTHERS | ON_NETWORKS | NO_RULES


@pytest.mark.parametrize("name", EXACT_IN_UNITS)
@often
@given(data=st.data())
def test_units_have_no_names(name, data):
    xi = data.draw(patterns(name))
    order = np.array(data.draw(st.permutations(range(xi.shape[1]))))
    J, b = learned(name, xi)
    assert same(learned(name, xi[:, order]), (J[np.ix_(order, order)], b[order]))


@pytest.mark.parametrize("name", having("gauge"))
@often
@given(data=st.data())
def test_units_that_are_turned_over_turn_their_couplings(name, data):
    xi = data.draw(patterns(name))
    g = data.draw(signs(xi.shape[1]))
    J, b = learned(name, xi)
    assert same(learned(name, xi * g), (J * np.outer(g, g), b * g))


@pytest.mark.parametrize("name", [*having("negatives"), "unlearning"])
@often
@given(data=st.data())
def test_a_pattern_and_its_negative_are_one(name, data):
    xi = data.draw(patterns(name))
    g = data.draw(signs(len(xi)))
    assert same(learned(name, xi * g[:, None]), learned(name, xi))


@pytest.mark.parametrize("name", [*having("order"), "unlearning"])
@often
@given(data=st.data())
def test_order_leaves_no_trace(name, data):
    xi = data.draw(patterns(name))
    order = np.array(data.draw(st.permutations(range(len(xi)))))
    assert same(learned(name, xi[order]), learned(name, xi))


@pytest.mark.parametrize(("name", "symmetry"), [(n, s) for s in sorted(ALL) for n in having(s, has=False)])
def test_a_symmetry_that_a_rule_is_said_to_lack_it_lacks(name, symmetry):
    turned = {
        "gauge": XI * np.where(np.arange(14) % 3, 1, -1),
        "negatives": XI * np.where(np.arange(6) % 3, 1, -1)[:, None],
        "order": XI[::-1],
    }
    J, b = learned(name, XI)
    g = np.where(np.arange(14) % 3, 1, -1) if symmetry == "gauge" else np.ones(14)
    assert not same(learned(name, turned[symmetry]), (J * np.outer(g, g), b * g))


@often
@given(data=st.data())
def test_covariance_knows_levels_but_not_which_is_called_plus(data):
    """All units turned over at once: the activity f becomes 1 - f, couplings stay, and fields change their sign."""
    xi = data.draw(patterns("covariance"))
    J, b = learning.covariance(xi)
    assert same(learning.covariance(-xi), (J, -b))
    W, c = learning.covariance_binary(xi)  # v -> 1 - v in v W v / 2 + c v: W stays, c becomes -c - sum_j W_ij
    assert same(learning.covariance_binary(-xi), (W, -c - W.sum(axis=1)))


@pytest.mark.parametrize("given", [{}, {"symmetric": True}, {"thresholds": True}, {"stability": 0.5}], ids=str)
def test_perceptrons_keep_their_promise_in_every_order(given):
    """Other couplings, and every bit above the stability that was asked for all the same."""
    kappa = given.get("stability", 0.0)
    one, other = (learning.perceptron(xi, **given) for xi in (XI, XI[::-1]))
    for found in (one, other):
        assert found.converged
        assert (stabilities(found.couplings, found.bias, XI) > kappa).all()


def test_order_is_lost_in_the_limit():
    """`minimum_overlap`: a unit vector within (1 - t) of the largest stability has w · w* >= 1 - t, for w* is a mean of
    patterns with weights above 0; so two of them are apart by 2 sqrt(2t) at most. `iterative_projection`: the rows are
    those of the projection, divided by the share of each unit that is free."""
    rows = []
    for xi in (XI, XI[::-1]):
        found = learning.minimum_overlap(xi, tolerance=1e-4)
        assert found.converged
        rows.append(found.couplings / np.linalg.norm(found.couplings, axis=1, keepdims=True))
    assert (np.linalg.norm(rows[0] - rows[1], axis=1) <= 2 * np.sqrt(2e-4)).all()
    xi = hp.patterns.random(4, 14, seed=1)
    P = xi.T @ np.linalg.pinv(xi.T)
    expected = P / (1 - np.diag(P))[:, None]
    np.fill_diagonal(expected, 0.0)
    for order in (xi, xi[::-1]):
        found = learning.iterative_projection(order, tolerance=1e-9)
        np.testing.assert_allclose(found.couplings, expected, rtol=0, atol=1e-7)


def dreams_from(counts, starts, orders):
    """The rule from given starts (D, N) and orders of updates (D, sweeps, N), couplings in whole steps, and its end."""
    J = counts.copy()
    for start, order in zip(starts, orders, strict=True):
        s = start.copy()
        for sweep in order:
            before = s.copy()
            for i in sweep:
                s[i] = np.sign(J[i] @ s) or s[i]
            if np.array_equal(s, before):
                break
        J -= np.outer(s, s)
        np.fill_diagonal(J, 0)
    return J


def noise(size, dreams, seed):
    """The starts and orders that `unlearn` takes from its seed."""
    stream = random.streams(random.key(seed, "unlearning"), 1, 0)[0]
    starts, orders = np.empty((dreams, size), int), np.empty((dreams, 20, size), int)
    for number in range(dreams):
        first = number * kernel.SWEEPS
        words = random.words(stream, first, np.arange(-(-size // 64)), kernel.START)
        starts[number] = 2 * np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")[:size].astype(int) - 1
        for sweep in range(20):
            order = np.arange(size)
            for k in range(size - 1, 0, -1):
                j = int(random.below(random.words(stream, first + sweep, k, 1), np.uint64(k + 1))[0])
                order[k], order[j] = order[j], order[k]
            orders[number, sweep] = order
    return starts, orders


def test_dreams_follow_units_and_gauge_exactly_where_their_noise_does():
    """The law is the same (test_stop_rules.py, test_unlearning.py), because each dream of one has its twin."""
    size, dreams, rate = 14, 40, 1 / 32
    order, g = np.random.default_rng(2).permutation(size), np.where(np.arange(size) % 3, 1, -1)
    counts = np.rint(hp.hebb(XI) * size / rate).astype(int)
    starts, orders = noise(size, dreams, seed=5)
    after = dreams_from(counts, starts, orders)
    mine = hp.unlearn(hp.hopfield(XI), dreams, rate, seed=5).interaction.couplings
    np.testing.assert_allclose(mine, after * rate / size, rtol=1e-15, atol=0)
    gauged = dreams_from(counts * np.outer(g, g), starts * g, orders)
    np.testing.assert_array_equal(gauged, after * np.outer(g, g))
    renamed = dreams_from(counts[np.ix_(order, order)], starts[:, order], np.argsort(order)[orders])
    np.testing.assert_array_equal(renamed, after[np.ix_(order, order)])
    unturned = hp.unlearn(hp.hopfield(XI * g), dreams, rate, seed=5).interaction.couplings
    assert (unturned != mine * np.outer(g, g)).any()  # the noise was not turned
