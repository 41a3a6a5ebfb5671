"""Every sampler leaves its law as it is: the sweep as a matrix, built from the functions that the sweepers call."""

import itertools

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

import hopphys as hp
from hopphys import exact
from hopphys.dynamics import blocks
from hopphys.exact import chains

BETA = 0.7  # not 1: a misplaced beta shows
THERMAL = [
    hp.Dynamics(u, o) for u in ("heat_bath", "metropolis") for o in ("random", "shuffled", "sequential", "blocks")
]
DRIFT = 1e-12


def matrix_or_refusal(model, dynamics, beta=BETA):
    """The matrix, or None where blocks are refused because every pair interacts: nothing else may be refused."""
    try:
        return exact.transition_matrix(model, dynamics, beta)
    except ValueError as refusal:
        assert dynamics.order == "blocks" and "do not all interact" in str(refusal)
        return None


def drift(model, dynamics, beta=BETA):
    """How far one sweep moves the Boltzmann law, max over states; 0 where blocks are refused."""
    matrix = matrix_or_refusal(model, dynamics, beta)
    law = exact.distribution(model, beta)
    return 0.0 if matrix is None else np.abs(law @ matrix - law).max()


def classes(matrix):
    """Number of sets of states that the chain cannot leave and can cross."""
    number, label = connected_components(matrix > 0, directed=True, connection="strong")
    origin, target = np.nonzero(matrix > 0)
    leaving = label[origin] != label[target]
    return number - len(np.unique(label[origin][leaving]))


def one_site(model, beta, site, update="heat_bath"):
    """P_i by a second formula, state by state, for the orders: not for the rule, which has its own test below."""
    states = exact.states(model)
    low, high = (level[site] for level in model.levels())
    matrix = np.zeros((len(states), len(states)))
    for a, s in enumerate(states):
        up, down = s.astype(float), s.astype(float)
        up[site], down[site] = high, low
        gap = model.energy(down) - model.energy(up)
        if update == "heat_bath":
            p = expit(beta * gap)
        else:
            rise = gap if s[site] == high else -gap
            flip = min(1.0, np.exp(-beta * rise))
            p = 1 - flip if s[site] == high else flip
        matrix[a, exact.state_index(model, up)] += p
        matrix[a, exact.state_index(model, down)] += 1 - p
    return matrix


@pytest.mark.parametrize("dynamics", THERMAL, ids=lambda d: d.name)
def test_thermal_sweep_leaves_the_boltzmann_law_invariant(model, dynamics):
    matrix = matrix_or_refusal(model, dynamics)
    if matrix is not None:
        assert matrix.min() >= 0 and np.abs(matrix.sum(axis=1) - 1).max() < DRIFT
    assert drift(model, dynamics) < DRIFT


@pytest.mark.parametrize("beta", [0.0, 0.05, 3.0, 40.0])
@pytest.mark.parametrize("dynamics", THERMAL, ids=lambda d: d.name)
def test_invariance_holds_from_infinite_temperature_to_freezing(build, dynamics, beta):
    for name in ("+-J glass", "Hopfield, 0/1, bias", "RBM, spins, one categorical hidden unit", "three-body"):
        assert drift(build(name), dynamics, beta) < DRIFT, name


def ground_law(model):
    """The limit of the Boltzmann law at T = 0: equal on all ground states."""
    energy = model.energy(exact.states(model))
    lowest = energy - energy.min() <= 1e-12 * np.abs(energy).max()
    return lowest / lowest.sum()


@pytest.mark.parametrize("dynamics", THERMAL, ids=lambda d: d.name)
def test_at_zero_temperature_ground_states_are_left_equally_often(model, dynamics):
    matrix, law = matrix_or_refusal(model, dynamics, np.inf), ground_law(model)
    if matrix is not None:
        assert np.isfinite(matrix).all() and np.abs(law @ matrix - law).max() < DRIFT


def test_a_ground_state_that_is_left_out_is_noticed(build):
    model = build("+-J glass")
    law = ground_law(model)
    law[np.flatnonzero(law)[0]] = 0.0
    law /= law.sum()
    matrix = exact.transition_matrix(model, hp.GLAUBER, temperature=0.0)
    assert np.abs(law @ matrix - law).max() > 1e-3


@pytest.mark.parametrize("name", ["square in a field", "Hopfield, 0/1, bias", "dense memory, cubic", "Potts"])
@pytest.mark.parametrize("dynamics", THERMAL, ids=lambda d: d.name)
@pytest.mark.parametrize("broken", ["beta squared", "gap doubled", "ratio inverted", "always accepts"])
def test_a_broken_rule_is_noticed(build, name, dynamics, broken, monkeypatch):
    """The twins of the test above: each mistake moves the law by far more than rounding."""
    if dynamics.order == "blocks" and name != "square in a field":
        return  # refused: every pair interacts
    on, levels = chains.probability_on, chains.probability_levels
    twins = {
        "beta squared": (lambda u, g, s, b: on(u, g, s, b * b), lambda u, e, s, b: levels(u, e, s, b * b)),
        "gap doubled": (lambda u, g, s, b: on(u, 2 * g, s, b), lambda u, e, s, b: levels(u, 2 * e, s, b)),
        "ratio inverted": (lambda u, g, s, b: on(u, -g, s, b), lambda u, e, s, b: levels(u, -e, s, b)),
        "always accepts": (lambda u, g, s, b: on(u, 0 * g, s, b), lambda u, e, s, b: levels(u, 0 * e, s, b)),
    }
    monkeypatch.setattr(chains, "probability_on", twins[broken][0])
    monkeypatch.setattr(chains, "probability_levels", twins[broken][1])
    assert drift(build(name), dynamics) > 1e-3


def test_a_forgotten_bias_is_noticed(build, monkeypatch):
    model = build("square in a field")
    forgotten = hp.ising(hp.square(2), coupling=0.4)
    monkeypatch.setattr(chains, "drives", lambda h, s, sites: forgotten.drive(s)[:, sites])
    assert drift(model, hp.GLAUBER) > 1e-2


def test_random_order_is_the_mean_of_one_site_moves_and_reversible(build):
    model = build("odd ring, frustrated, in fields")
    moves = [one_site(model, BETA, site, "metropolis") for site in range(3)]
    matrix = exact.transition_matrix(model, hp.METROPOLIS, BETA)
    assert matrix == pytest.approx(np.linalg.matrix_power(sum(moves) / 3, 3), abs=DRIFT)
    flow = exact.distribution(model, BETA)[:, None] * matrix
    assert np.abs(flow - flow.T).max() < DRIFT


def test_sequential_order_is_the_product_and_not_reversible(build):
    model = build("odd ring, frustrated, in fields")
    product = np.linalg.multi_dot([one_site(model, BETA, site) for site in range(3)])
    matrix = exact.transition_matrix(model, hp.Dynamics("heat_bath", "sequential"), BETA)
    assert matrix == pytest.approx(product, abs=DRIFT)
    flow = exact.distribution(model, BETA)[:, None] * matrix
    assert np.abs(flow - flow.T).max() > 1e-3


@pytest.mark.parametrize("update", ["heat_bath", "metropolis"])
def test_shuffled_order_is_the_mean_over_all_permutations(build, update):
    model = build("Boltzmann machine")
    moves = [one_site(model, BETA, site, update) for site in range(4)]
    orders = [np.linalg.multi_dot([moves[site] for site in order]) for order in itertools.permutations(range(4))]
    matrix = exact.transition_matrix(model, hp.Dynamics(update, "shuffled"), BETA)
    assert matrix == pytest.approx(sum(orders) / 24, abs=DRIFT)


@pytest.mark.parametrize("name", ["square in a field", "RBM", "antiferromagnetic ring"])
def test_sites_of_one_block_may_move_at_once_or_in_turn(build, name):
    """A colouring is proper if this holds: the NumPy sweeper moves a colour at once, the kernels in turn."""
    model = build(name)
    colours = hp.Dynamics("heat_bath", "blocks")
    matrix = np.eye(2**model.size)
    for colour in np.unique(blocks(model)):
        mine = np.flatnonzero(blocks(model) == colour)
        matrix = matrix @ at_once(model, mine)
    assert exact.transition_matrix(model, colours, BETA) == pytest.approx(matrix, abs=DRIFT)


def at_once(model, sites):
    states = exact.states(model)
    _, high = model.levels()
    p = expit(BETA * model.gap(states))
    chance = np.where(states[None, :, sites] == high[sites], p[:, None, sites], 1 - p[:, None, sites]).prod(axis=-1)
    others = np.delete(np.arange(model.size), sites)
    return chance * (states[:, None, others] == states[None, :, others]).all(axis=-1)


def test_one_sweep_of_held_sites_never_moves_them(build):
    model = build("RBM, a visible unit held")
    assert len(exact.states(model)) == 2**4
    assert exact.transition_matrix(model, hp.GIBBS, BETA).shape == (16, 16)
    assert np.all(exact.states(model)[:, 0] == 1)


LITTLE = [
    "antiferromagnetic ring", "odd ring, frustrated, in fields", "+-J glass", "SK glass", "Hopfield",
    "Hopfield, 0/1, bias", "Boltzmann machine", "Boltzmann machine of spins", "ring, one spin held",
    "Hopfield, two spins held", "Boltzmann machine, visible units held",
]  # fmt: skip


@pytest.mark.parametrize("name", LITTLE)
def test_synchronous_heat_bath_leaves_littles_law_and_not_boltzmanns(build, name):
    model = build(name)
    matrix = exact.transition_matrix(model, hp.LITTLE, BETA)
    law, boltzmann = exact.little_distribution(model, BETA), exact.distribution(model, BETA)
    assert np.abs(law @ matrix - law).max() < DRIFT
    assert np.abs(boltzmann @ matrix - boltzmann).max() > 1e-4
    flow = law[:, None] * matrix
    assert np.abs(flow - flow.T).max() < DRIFT  # it is even reversible (Peretto 1984)


def test_two_spins_in_parallel_are_equal_half_of_the_time():
    """P(equal) = 1/(1 + e^-2) = 0.8807970780 one at a time, exactly 1/2 in parallel, at J = T = 1."""
    pair = hp.ising(hp.chain(2, periodic=False))
    equal = [0, 3]
    assert exact.distribution(pair, 1.0)[equal].sum() == pytest.approx(0.8807970780, abs=1e-10)
    assert exact.little_distribution(pair, 1.0)[equal].sum() == pytest.approx(0.5, abs=1e-15)


def test_partial_updates_reach_from_synchronous_to_one_at_a_time(build):
    model = build("antiferromagnetic ring")
    together = exact.transition_matrix(model, hp.LITTLE, BETA)
    full = exact.transition_matrix(model, hp.Dynamics("heat_bath", hp.partial(1.0)), BETA)
    assert full == pytest.approx(together, abs=DRIFT)
    p = 1e-5
    few = exact.transition_matrix(model, hp.Dynamics("heat_bath", hp.partial(p)), BETA)
    singly = sum(one_site(model, BETA, site) for site in range(4)) / 4
    assert (few - np.eye(16)) / (4 * p) == pytest.approx(singly - np.eye(16), abs=1e-4)
    half = exact.transition_matrix(model, hp.Dynamics("heat_bath", hp.partial(0.5)), BETA)
    assert np.abs(exact.distribution(model, BETA) @ half - exact.distribution(model, BETA)).max() > 1e-4


def test_two_units_that_inhibit_each_other_oscillate_together_and_settle_with_random_timing():
    """Biases +5, weight -100: 0, 90, 0, 90, ... together; E = -5 with certainty at random times."""
    unit = hp.boltzmann_machine([[0, -100], [-100, 0]], 5.0)
    together = exact.transition_matrix(unit, hp.SYNCHRONOUS)
    assert np.array_equal(together[0], [0, 0, 0, 1]) and np.array_equal(together[3], [1, 0, 0, 0])
    late = np.linalg.matrix_power(exact.transition_matrix(unit, hp.Dynamics("threshold", hp.partial(0.5))), 200)
    assert late[0] == pytest.approx([0, 0.5, 0.5, 0], abs=1e-12)


def test_heat_bath_is_ergodic_in_every_order(model):
    for order in ("random", "shuffled", "sequential"):
        assert classes(exact.transition_matrix(model, hp.Dynamics("heat_bath", order), BETA)) == 1


def test_random_metropolis_is_ergodic(model):
    assert classes(exact.transition_matrix(model, hp.METROPOLIS, BETA)) == 1


@pytest.mark.parametrize("order", ["sequential", "shuffled", "blocks"])
def test_metropolis_that_visits_each_site_once_is_not_ergodic_at_infinite_temperature(build, order):
    """It accepts every flip, so each sweep turns the whole lattice over: 8 pairs (s, -s) of four spins.

    In random order only a parity is left: N attempts are N flips. Two classes for even N, seen at whole sweeps.
    """
    model = build("antiferromagnetic ring")
    once = exact.transition_matrix(model, hp.Dynamics("metropolis", order), 0.0)
    assert np.array_equal(once, np.eye(16)[::-1])
    assert classes(once) == 8
    assert classes(exact.transition_matrix(model, hp.METROPOLIS, 0.0)) == 2
    assert classes(exact.transition_matrix(model, hp.METROPOLIS, 1e-3)) == 1


def test_metropolis_over_a_checkerboard_never_leaves_states_of_nothing_but_ties(build):
    """At any temperature: in ++-- on a ring every flip is free, so a whole colour flips, and only ties are left again.

    The law is invariant all the same, and such states are a share of about 2^-N; a random order leaves them. Site after
    site, Metropolis is not ergodic on the antiferromagnetic ring either.
    """
    ring = hp.ising(hp.chain(4), coupling=1.0)
    matrix = exact.transition_matrix(ring, hp.CHECKERBOARD, BETA)
    tied = np.flatnonzero((ring.gap(exact.states(ring)) == 0).all(axis=-1))
    assert len(tied) == 4
    assert matrix[np.ix_(tied, tied)].sum(axis=1) == pytest.approx(1.0)
    assert classes(matrix) > 1
    assert classes(exact.transition_matrix(ring, hp.Dynamics("metropolis", "shuffled"), BETA)) == 1
    assert classes(exact.transition_matrix(ring, hp.METROPOLIS, BETA)) == 1
    other = exact.transition_matrix(build("antiferromagnetic ring"), hp.Dynamics("metropolis", "sequential"), BETA)
    assert classes(other) == 2


def test_heat_bath_at_infinite_temperature_forgets_everything_in_one_sweep(model):
    uniform = exact.transition_matrix(model, hp.Dynamics("heat_bath", "shuffled"), 0.0)
    assert uniform == pytest.approx(np.full(uniform.shape, 1 / len(uniform)), abs=DRIFT)


def test_ties_keep_at_threshold_halve_in_heat_bath_and_flip_in_metropolis():
    """A free spin (J = 0) has gap 0 always."""
    free = hp.ising(hp.chain(2, periodic=False), coupling=0.0)
    sequential = {
        u: exact.transition_matrix(free, hp.Dynamics(u, "sequential"), BETA) for u in ("heat_bath", "metropolis")
    }
    assert np.array_equal(exact.transition_matrix(free, hp.HOPFIELD), np.eye(4))
    assert np.array_equal(sequential["heat_bath"], np.full((4, 4), 0.25))
    assert np.array_equal(sequential["metropolis"], np.eye(4)[::-1])


def test_tied_levels_of_a_categorical_site_keep_at_threshold():
    flat = hp.custom(lambda s: 0.0 * s[..., 0], 1, space=hp.categorical(3))
    assert np.array_equal(exact.transition_matrix(flat, hp.HOPFIELD), np.eye(3))
    thirds = exact.transition_matrix(flat, hp.GLAUBER, BETA)
    assert thirds == pytest.approx(np.full((3, 3), 1 / 3), abs=DRIFT)
    assert exact.transition_matrix(flat, hp.METROPOLIS, BETA) == pytest.approx((1 - np.eye(3)) / 2, abs=DRIFT)


@pytest.mark.parametrize("order", ["random", "shuffled", "sequential"])
def test_threshold_never_raises_the_energy_and_rests_where_no_gap_asks(model, order):
    matrix = exact.transition_matrix(model, hp.Dynamics("threshold", order))
    energy = model.energy(exact.states(model).astype(float))
    assert np.all((energy[None, :] <= energy[:, None] + 1e-12)[matrix > 0])
    if model.two_level:
        states = exact.states(model)
        _, high = model.levels()
        gap, on = model.gap(states)[:, model.free], (states == high)[:, model.free]
        rests = ~(((gap > 0) & ~on) | ((gap < 0) & on)).any(axis=-1)
        assert np.array_equal(rests, np.diag(matrix) == 1.0)


def test_heat_bath_freezes_into_the_threshold_rule(build):
    """Where no gap is 0: at beta = 1000 the two matrices agree to the last bit that exp(-1000 gap) leaves."""
    for name in ("SK glass", "odd ring, frustrated, in fields"):
        model = build(name)
        frozen = exact.transition_matrix(model, hp.Dynamics("heat_bath", "sequential"), 1000.0)
        assert frozen == pytest.approx(
            exact.transition_matrix(model, hp.Dynamics("threshold", "sequential")), abs=1e-12
        )


def test_directed_couplings_have_a_chain_without_an_energy():
    """Two spins, one following and one avoiding the other, in turn: a cycle through all four states."""
    chase = hp.directed([[0, 1], [-1, 0]])
    assert np.array_equal(exact.transition_matrix(chase, hp.SYNCHRONOUS).argmax(axis=1), [1, 3, 0, 2])
    warm = exact.transition_matrix(chase, hp.GLAUBER, BETA)
    assert np.abs(warm.sum(axis=1) - 1).max() < DRIFT
    with pytest.raises(ValueError, match="energies"):
        exact.transition_matrix(chase, hp.METROPOLIS, BETA)


def test_ten_sites_fit(build):
    model = hp.ising(hp.chain(10), bias=0.1)
    assert drift(model, hp.GLAUBER) < DRIFT
    assert drift(model, hp.CHECKERBOARD) < DRIFT


class Walk:
    def propose(self, s, random):
        return s, np.zeros(len(s))


@pytest.mark.parametrize(
    ("model", "dynamics", "beta", "words"),
    [
        (hp.ising(hp.chain(4)), hp.Dynamics("mean", "sequential"), 1.0, "between its levels"),
        (hp.ising(hp.chain(4)), hp.Dynamics("metropolis", moves=Walk()), 1.0, "user-defined moves"),
        (hp.ising(hp.chain(4)), hp.GLAUBER, None, "give beta= or temperature="),
        (hp.ising(hp.chain(4)), hp.GLAUBER, -1.0, "beta must be a non-negative number"),
        (hp.ising(hp.chain(13)), hp.GLAUBER, 1.0, "8,192 states"),
        (hp.attention([[1.0, 0.5], [0.0, 1.0]], 1.0), hp.HOPFIELD, None, "discrete"),
        (hp.ising(hp.chain(4)).clamp([0]), hp.GLAUBER, 1.0, "held at a value that a start"),
        (hp.spin_glass(4, "sk", seed=1, disorder=3), hp.GLAUBER, 1.0, r"H\.at\(0\)"),
    ],
)
def test_what_is_no_chain_of_listed_states_is_refused_in_words(model, dynamics, beta, words):
    with pytest.raises(ValueError, match=words):
        exact.transition_matrix(model, dynamics, beta)
