"""Sampling through the public API: strangers' Hamiltonians and moves, Datasets, schedules, and refusals."""

import numpy as np
import pytest
import zoo
from scipy import stats

import hopphys as hp


def chi_square_p(model, beta, energies):
    """P-value of a histogram of energies, one per independent replica, against exact enumeration."""
    states = np.array(np.meshgrid(*[s.levels for s in model.spaces], indexing="ij")).reshape(model.size, -1).T
    weights = np.exp(-beta * model.energy(states))
    levels, place = np.unique(np.round(model.energy(states), 9), return_inverse=True)
    law = np.bincount(place, weights) / weights.sum()
    counts = np.array([(np.abs(energies - level) < 1e-6).sum() for level in levels])
    assert counts.sum() == len(energies)
    return stats.chisquare(counts, law * len(energies)).pvalue


# A stranger's Hamiltonian: ten lines, an energy and nothing else.
class Plaquettes:
    """U = -sum over i of s_i s_(i+1) s_(i+2) on a ring: a three-body interaction."""

    def energy(self, s):
        s = np.asarray(s, dtype=float)
        return -(s * np.roll(s, -1, axis=-1) * np.roll(s, -2, axis=-1)).sum(axis=-1)


def stranger():
    return hp.Hamiltonian(Plaquettes(), 0.1 * np.arange(5), (hp.Block("ring", 5, hp.SPIN),))


FALSE_ALARM = 1e-4


@pytest.mark.parametrize("dynamics", [hp.GLAUBER, hp.METROPOLIS, hp.Dynamics("heat_bath", "shuffled")])
def test_a_strangers_ten_line_hamiltonian_samples_boltzmann(dynamics):
    # At beta = 0.7 a flip against three satisfied triples costs 6 J and 25 sweeps are not enough to forget the start.
    run = hp.sample(stranger(), beta=0.4, sweeps=30, replicas=6_000, record=0, dynamics=dynamics, seed=1)
    assert chi_square_p(stranger(), 0.4, run.energy.values[:, -1]) > FALSE_ALARM


def test_a_strangers_exact_change_is_used_and_changes_nothing():
    class Quick(Plaquettes):
        used = 0

        def change(self, s, site, value):
            self.used += 1
            after = np.array(s, dtype=float)
            after[..., site] = value
            return self.energy(after) - self.energy(s)

    quick = Quick()
    model = hp.Hamiltonian(quick, 0.1 * np.arange(5), (hp.Block("ring", 5, hp.SPIN),))
    for order in ("random", "sequential"):
        dynamics = hp.Dynamics("heat_bath", order)
        runs = [hp.sample(m, beta=0.4, sweeps=5, replicas=50, dynamics=dynamics, seed=1) for m in (model, stranger())]
        assert np.array_equal(runs[0].state, runs[1].state) and quick.used > 0


def test_the_same_check_rejects_a_misplaced_beta():
    run = hp.sample(stranger(), beta=0.5, sweeps=30, replicas=6_000, record=0, seed=1)
    assert chi_square_p(stranger(), 0.4, run.energy.values[:, -1]) < FALSE_ALARM


class Exchange:
    """Moves that conserve the magnetisation: two sites change places (Kawasaki)."""

    def propose(self, s, random):
        i, j = (random(2) * s.shape[-1]).astype(int).T
        row, new = np.arange(len(s)), s.copy()
        new[row, i], new[row, j] = s[row, j], s[row, i]
        return new, np.zeros(len(s))


def test_user_defined_moves_sample_their_own_sector():
    model = hp.ising(hp.chain(6), 1.0)
    start = np.array([1, 1, 1, -1, -1, -1])
    run = hp.sample(
        model,
        beta=0.7,
        sweeps=25,
        replicas=20_000,
        record=0,
        start=start,
        dynamics=hp.Dynamics("metropolis", moves=Exchange()),
        seed=2,
    )
    assert (run.state.sum("site") == 0).all()
    # Of the 20 arrangements 6 have one domain of each sign (E = -2), 12 have two (E = 2) and 2 alternate (E = 6).
    weights = np.array([6, 12, 2]) * np.exp(-0.7 * np.array([-2, 2, 6]))
    counts = [(run.energy.values == level).sum() for level in (-2, 2, 6)]
    assert stats.chisquare(counts, 20_000 * weights / weights.sum()).pvalue > FALSE_ALARM


class Lopsided:
    """A move that favours one direction and says so, or does not."""

    def __init__(self, honest):
        self.honest = honest

    def propose(self, s, random):
        up = random(1)[:, 0] < 0.8
        new = np.where(up, 1, -1)[:, None] * np.ones_like(s)
        ratio = np.where(s[:, 0] > 0, np.log(0.8), np.log(0.2)) - np.where(up, np.log(0.8), np.log(0.2))
        return new, ratio if self.honest else np.zeros(len(s))


@pytest.mark.parametrize("honest", [True, False])
def test_proposal_ratio_corrects_lopsided_moves_and_its_lack_is_noticed(honest):
    spin = hp.Hamiltonian(hp.Dense(np.zeros((1, 1))), 0.5, (hp.Block("one", 1, hp.SPIN),))
    dynamics = hp.Dynamics("metropolis", moves=Lopsided(honest))
    run = hp.sample(spin, beta=1.4, sweeps=30, replicas=20_000, record=0, dynamics=dynamics, seed=3)
    up = (run.state.values == 1).sum()
    assert (stats.binomtest(up, 20_000, 1 / (1 + np.exp(-1.4))).pvalue > FALSE_ALARM) == honest


def test_two_spins_align_as_tanh_of_w_over_t():
    # claim: <s1 s2> = tanh(w / T) for E = -w s1 s2; 20 000 independent pairs, |z| < 4 fails once in 16 000 seeds
    run = hp.sample(hp.ising(hp.graph([(0, 1)]), 1.0), temperature=1.0, sweeps=30, replicas=20_000, record=0, seed=4)
    product = run.state.values.astype(float).prod(axis=-1)
    assert abs(product.mean() - 0.7615941560) < 4 * product.std() / np.sqrt(20_000)


def test_stochastic_unit_fires_with_the_sigmoid_of_its_gap():
    unit = hp.stochastic_unit([2.0, -1.0], 0.3, [1, 1])
    run = hp.sample(unit, beta=0.7, sweeps=1, replicas=20_000, seed=5)
    fired = int(run.state.values[:, -1].sum())
    assert stats.binomtest(fired, 20_000, 1 / (1 + np.exp(-0.7 * 1.3))).pvalue > FALSE_ALARM
    assert (run.state.values[:, :2] == 1).all()


def test_little_network_has_another_law_than_its_energy():
    pair = hp.ising(hp.graph([(0, 1)]), 1.0)
    run = hp.sample(pair, beta=1.0, sweeps=31, replicas=20_000, record=0, dynamics=hp.LITTLE, seed=6)
    equal = int((run.state.values.prod(axis=-1) == 1).sum())
    assert stats.binomtest(equal, 20_000, 0.5).pvalue > FALSE_ALARM
    assert run.attrs["law"].startswith("not exp(-beta E)")
    assert hp.sample(pair, beta=1.0, sweeps=1, seed=6).attrs["law"] == "exp(-beta E)"


def test_blocked_gibbs_of_attention_in_its_joint_form_samples_the_gaussian_mixture():
    x = np.array([[1.5, 0.0], [-1.0, 0.5], [0.0, -1.2]])
    joint = hp.restricted_boltzmann_machine(x, visible=hp.REAL, hidden=hp.categorical(3))
    beta = 1.7
    run = hp.sample(joint, beta=beta, sweeps=20, replicas=20_000, record=0, dynamics=hp.GIBBS, seed=7)
    weights = np.exp(beta * (x * x).sum(axis=1) / 2)
    counts = np.bincount(run.state.values[:, -1].astype(int), minlength=3)
    assert stats.chisquare(counts, 20_000 * weights / weights.sum()).pvalue > FALSE_ALARM
    centred = run.state.values[:, :2] - x[run.state.values[:, -1].astype(int)]
    assert stats.kstest(centred[:, 0] * np.sqrt(beta), "norm").pvalue > FALSE_ALARM


def test_mean_update_of_spins_solves_the_mean_field_equation():
    model = hp.ising(hp.square(4), 1.0, 0.1)
    run = hp.sample(
        model, temperature=2.0, sweeps=400, dynamics=hp.Dynamics("mean", "synchronous"), start=np.ones(16), seed=1
    )
    m = run.state.values[0, 0]
    assert m == pytest.approx(np.tanh((4 * m + 0.1) / 2), abs=1e-12)


@pytest.mark.parametrize("separation", [hp.power(3), hp.exponential(0.4), hp.log_cosh(0.7)])
def test_mean_update_is_the_mean_of_the_one_site_law(separation):
    # beyond pairwise couplings the field is not half the gap, and the law of a two-level site is that of its gap
    for space in (hp.SPIN, hp.BINARY):
        model = hp.dense_memory([[1, 1, -1]], separation, space=space)
        low, high = space.levels
        start = np.array([high, high, low])
        for site in range(3):
            held = [i for i in range(3) if i != site]
            dynamics = hp.Dynamics("mean", "synchronous")
            run = hp.sample(model, beta=0.7, sweeps=1, start=start, clamp=held, dynamics=dynamics, seed=1)
            energies = model.level_energies(start, site)
            weights = np.exp(-0.7 * (energies - energies.min()))
            assert run.state.values[0, site] == pytest.approx((low * weights[0] + high * weights[1]) / weights.sum())


def test_dataset_says_what_was_sampled():
    def law(model, dynamics, **options):
        return hp.sample(model, **({"beta": 1.0, "sweeps": 1} | options), dynamics=dynamics, seed=1).attrs["law"]

    memory = hp.dense_memory(zoo.XI)
    assert law(NET, hp.GLAUBER) == "exp(-beta E)"
    assert "Little" in law(NET, hp.LITTLE)
    assert "Little" not in law(memory, hp.LITTLE) and law(memory, hp.LITTLE).startswith("not exp")
    assert law(NET, hp.Dynamics("heat_bath", hp.partial(0.5))).startswith("not exp")
    assert law(NET, hp.HOPFIELD).startswith("no equilibrium law")
    cooled = hp.sample(NET, hp.linear(2.0, 1.0, 3), seed=1)
    assert cooled.attrs["law"] == "exp(-beta E) only as far as the schedule is slow"


def test_run_with_every_site_clamped_keeps_its_state():
    held = NET.clamp(range(6))
    start = zoo.XI[0]
    run = hp.sample(held, beta=1.0, sweeps=2, start=start, seed=1)
    assert np.array_equal(run.state.values[0], start) and (run.acceptance == 0).all()
    for dynamics in (hp.HOPFIELD, hp.SYNCHRONOUS):
        assert hp.settle(held, start, dynamics=dynamics, seed=1).converged.all()


def test_observables_of_a_users_own_see_numbers_that_do_not_wrap():
    xi = hp.patterns.random(1, 400, seed=1)
    own = hp.Observable("own", lambda H, s: (s @ xi.T)[..., 0] / H.size)
    run = hp.sample(hp.hopfield(xi), temperature=0.1, sweeps=1, start=xi[0], observe=own, seed=1)
    assert run.own > 0.9


class Triples:
    """Proposes what is no spin."""

    def propose(self, s, random):
        return 3 * np.ones_like(s), np.zeros(len(s))


@pytest.mark.parametrize("name", [*zoo.KERNEL, *zoo.REFERENCE_ONLY])
def test_every_dataset_keeps_the_schema(name):
    run = hp.sample({**zoo.KERNEL, **zoo.REFERENCE_ONLY}[name], beta=[0.5, 1.0], sweeps=3, replicas=2, seed=1)
    hp.dataset.check(run)
    assert run.sizes["beta"] == 2 and run.attrs["seed"] == 1


def test_observables_have_their_dims_and_values():
    xi = hp.patterns.random(3, 20, seed=1, disorder=2)
    net = hp.hopfield(xi)
    observe = (hp.energy, hp.magnetisation, hp.overlap_with(xi), hp.replica_overlap, hp.edwards_anderson)
    run = hp.sample(net, temperature=0.5, sweeps=4, record=2, replicas=4, start=xi[:, :1], observe=observe, seed=2)
    hp.dataset.check(run)
    assert run.overlap.dims == ("disorder", "replica", "sweep", "pattern") and run.sweep.values.tolist() == [2, 4]
    state = run.state.values.astype(float)
    assert np.allclose(run.overlap[:, :, -1], np.einsum("drn,dpn->drp", state, xi) / 20)
    pairs = [(a, b) for a in range(4) for b in range(a)]
    assert np.allclose(
        run.edwards_anderson[:, -1], np.mean([(state[:, a] * state[:, b]).mean(-1) for a, b in pairs], axis=0)
    )
    assert np.allclose(run.replica_overlap[:, 1, -1], (state[:, 2] * state[:, 3]).mean(-1))


def test_schedules_end_where_they_say():
    for schedule in (hp.linear(4.0, 0.5, 10), hp.geometric(4.0, 0.5, 10)):
        run = hp.sample(zoo.KERNEL["hopfield"], schedule, record=3, seed=1)
        assert schedule.betas[0] == 0.25 and schedule.betas[-1] == 2.0
        assert run.beta.values.tolist() == schedule.betas[[2, 5, 8, 9]].tolist()
        assert run.sweep.values.tolist() == [3, 6, 9, 10]
    assert hp.linear(1.0, 0.0, 5).betas[-1] == np.inf
    assert np.isclose(hp.logarithmic(3.0, 10).betas[0], np.log(2) / 3)
    assert hp.custom_schedule(temperature=[2.0, 1.0]).betas.tolist() == [0.5, 1.0]


def test_annealing_to_zero_temperature_ends_in_a_ground_state_of_a_small_ferromagnet():
    run = hp.sample(hp.ising(hp.square(4)), hp.linear(4.0, 0.0, 200), replicas=32, record=0, seed=3)
    assert (run.energy == -32).mean() > 0.9


NET = zoo.KERNEL["hopfield"]
GAUSSIAN = hp.restricted_boltzmann_machine([[0.5]], visible=hp.SPIN, hidden=hp.REAL)
POISSON = hp.restricted_boltzmann_machine([[0.5]], visible=hp.SPIN, hidden=hp.POISSON)
HEAD = hp.attention(np.eye(3), sharpness=2.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: hp.sample(NET, beta=1.0, temperature=1.0, sweeps=1, seed=1), "not both"),
        (lambda: hp.sample(NET, beta=-1.0, sweeps=1, seed=1), "-1.0"),
        (lambda: hp.sample(NET, temperature=float("nan"), sweeps=1, seed=1), "nan"),
        (lambda: hp.sample(NET, beta=[1.0, -2.0], sweeps=1, seed=1), "-2.0"),
        (lambda: hp.sample(NET, sweeps=1, seed=1), "give beta= or temperature="),
        (lambda: hp.sample(NET, beta=1.0, seed=1), "sweeps"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1.5, seed=1), "1.5"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, replicas=0, seed=1), "replicas"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, seed="x"), "seed"),
        (lambda: hp.sample(NET, hp.linear(2, 1, 5), beta=1.0, sweeps=1, seed=1), "not both"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, start=np.ones(5), seed=1), "6 sites"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, start=np.zeros(6), seed=1), "spin sites"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, start=np.ones((3, 6)), replicas=2, seed=1), "broadcast"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, clamp={9: 1}, seed=1), "sites are numbered 0 to 5"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, clamp={0: 0.5}, seed=1), "levels"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, replicas=10**13, seed=1), "would take"),
        (lambda: hp.constant(beta=1.0, sweeps="ten"), "sweeps must be a whole number from 1 on"),
        (lambda: hp.linear(2.0, 1.0, 2.5), "sweeps must be a whole number from 1 on"),
        (lambda: hp.Dynamics("heatbath"), "heat_bath"),
        (lambda: hp.Dynamics("heat_bath", "checker"), "order must be one of"),
        (lambda: hp.Dynamics("metropolis", "synchronous"), "metropolis"),
        (lambda: hp.Dynamics("heat_bath", "partial"), r"partial\(0.5\)"),
        (lambda: hp.partial(0.0), "0 < p <= 1"),
        (lambda: hp.partial(float("nan")), "0 < p <= 1"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, dynamics=hp.CHECKERBOARD, seed=1), "couples every pair"),
        (lambda: hp.sample(HEAD, sweeps=1, dynamics=hp.HOPFIELD, seed=1), "discrete"),
        (lambda: hp.sample(HEAD, beta=2.0, sweeps=1, dynamics=hp.GLAUBER, seed=1), "gaussian_mixture"),
        (lambda: hp.sample(zoo.KERNEL["directed"], beta=1.0, sweeps=1, dynamics=hp.METROPOLIS, seed=1), "energies"),
        (lambda: hp.sample(NET, beta=1, sweeps=1, replicas=1, observe=[hp.replica_overlap], seed=1), "at least two"),
        (lambda: hp.sample(NET, beta=1, sweeps=1, observe=[np.mean], seed=1), "wrap a function in Observable"),
        (lambda: hp.sample(NET, beta=1, sweeps=1, observe=[hp.overlap_with(zoo.XI)] * 2, seed=1), "two observables"),
        (lambda: hp.sample(NET, beta=1, sweeps=1, observe=hp.overlap_with(zoo.XI[:, :5]), seed=1), "6 sites"),
        (lambda: hp.sample(NET, beta=1, sweeps=1, observe=hp.overlap_with(zoo.XI[None]), seed=1), "disorder samples"),
        (lambda: hp.overlap_with(zoo.XI[0]), r"patterns\[None, :\]"),
        (lambda: hp.sample(NET, beta=[0.5, 1.0, 0.5], sweeps=1, seed=1), "0.5 twice"),
        (lambda: hp.sample(NET, beta=1.0, sweeps=1, dynamics="glauber", seed=1), "hp.GLAUBER"),
        (lambda: hp.sample(zoo.XI, beta=1.0, sweeps=1, seed=1), "a Hamiltonian is needed"),
        (lambda: hp.settle(zoo.XI, zoo.XI, seed=1), "a Hamiltonian is needed"),
        (lambda: hp.settle(NET, zoo.XI, max_sweeps=None, seed=1), "max_sweeps"),
        (lambda: hp.sample(NET, temperature=0.0, sweeps=1, dynamics=hp.Dynamics("mean"), seed=1), "finite beta"),
        (lambda: hp.sample(GAUSSIAN, beta=0.0, sweeps=1, seed=1), "0 < beta < infinity"),
        (lambda: hp.sample(POISSON, beta=1.0, sweeps=1, start=[1, -3.7], seed=1), "0, 1, 2"),
        (
            lambda: hp.sample(NET, beta=1.0, sweeps=1, dynamics=hp.Dynamics("metropolis", moves=Triples()), seed=1),
            "proposed by Triples",
        ),
        (lambda: hp.geometric(2.0, 0.0, 5), "positive"),
        (lambda: hp.linear(2.0, 1.0, 0), "sweeps"),
        (lambda: hp.custom_schedule(beta=[1.0, float("nan")]), "nan"),
    ],
)
def test_bad_calls_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
