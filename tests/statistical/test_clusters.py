"""Cluster sweeps against exact laws at sizes that can be listed, and against exact sums at sizes that cannot.

Final states: one draw a replica, chi-square over all states at p > 1e-4. Averages: |z| < 4, errors over
replicas, a false-alarm rate of 6e-5 a comparison. Seeds are fixed: a pass stays one.
"""

import numpy as np
import pytest
from scipy import stats

import hopphys as hp
from hopphys import exact, statistics
from hopphys.dynamics import SWENDSEN_WANG, WOLFF, wolff
from hopphys.theory import ising, torus

BETA = 0.7  # not 1: a misplaced beta shows
REPLICAS = 20_000
SHORT = [
    ("+-J glass", wolff(2)),
    ("SK glass", wolff(1)),
    ("antiferromagnetic square, double bonds", SWENDSEN_WANG),
    ("square in a field", SWENDSEN_WANG),
    ("odd ring, frustrated, in fields", SWENDSEN_WANG),
]
WITHOUT_FIELD = [
    "antiferromagnetic ring", "antiferromagnetic square, double bonds", "open chain, a coupling a bond",
    "weighted graph", "+-J glass", "Gaussian glass", "SK glass", "Hopfield, projection",
]  # fmt: skip
IN_FIELDS = ["square in a field", "odd ring, frustrated, in fields", "Boltzmann machine of spins"]
ALL = [
    *((name, dynamics) for name in WITHOUT_FIELD for dynamics in (wolff(1), wolff(3), SWENDSEN_WANG)),
    *((name, SWENDSEN_WANG) for name in IN_FIELDS),
]


def names(value):
    return value if isinstance(value, str) else value.name


def counts(model, dynamics, sweeps, *, beta=BETA, start=None, seed=1):
    """How many replicas end in each state, (S,)."""
    run = hp.sample(
        model, beta=beta, sweeps=sweeps, dynamics=dynamics, replicas=REPLICAS, seed=seed, record=0, start=start,
        observe=(),
    )  # fmt: skip
    return np.bincount(exact.state_index(model, run.state.values), minlength=2**model.size)


def chi_square_p(observed, law):
    """Chance of a chi-square as large; states that would hold fewer than 5 replicas are counted as one."""
    expected = law * observed.sum()
    if np.any(observed[expected == 0.0]):
        return 0.0
    common = expected >= 5
    cells = [(observed[common], expected[common]), ([observed[~common].sum()], [expected[~common].sum()])]
    o, e = (np.concatenate(column) for column in zip(*cells, strict=True))
    o, e = o[e > 0], e[e > 0]
    return 1.0 if len(e) < 2 else stats.chi2.sf(((o - e) ** 2 / e).sum(), len(e) - 1)


def forgets_after(matrix, law):
    """Sweeps until a uniform start is within 1e-4 of the law, summed over states: far below what 20 000 draws see."""
    p = np.full(len(law), 1 / len(law))
    for sweep in range(1, 2000):
        p = p @ matrix
        if np.abs(p - law).sum() < 1e-4:
            return sweep
    raise AssertionError("the chain does not forget its start")


def check_law(model, dynamics):
    """From random states into the Boltzmann law, and from one state to a row of the matrix squared in two sweeps."""
    matrix, law = exact.transition_matrix(model, dynamics, BETA), exact.distribution(model, BETA)
    assert chi_square_p(counts(model, dynamics, forgets_after(matrix, law)), law) > 1e-4
    first = len(matrix) // 3
    observed = counts(model, dynamics, 2, start=exact.states(model)[None, first].repeat(REPLICAS, 0), seed=2)
    assert chi_square_p(observed, np.linalg.matrix_power(matrix, 2)[first]) > 1e-4


@pytest.mark.parametrize(("name", "dynamics"), SHORT, ids=names)
def test_cluster_sweeps_end_in_the_boltzmann_law_and_move_as_their_matrix_says(build, name, dynamics):
    check_law(build(name), dynamics)


@pytest.mark.statistical
@pytest.mark.parametrize(("name", "dynamics"), ALL, ids=names)
def test_every_cluster_sweep_ends_in_the_boltzmann_law_and_moves_as_its_matrix_says(build, name, dynamics):
    check_law(build(name), dynamics)


@pytest.mark.parametrize(("name", "dynamics"), SHORT, ids=names)
def test_a_bond_probability_without_its_factor_2_is_noticed(build, name, dynamics):
    """The broken twin: 1 - exp(-beta |J|), which is what the engine draws at half the beta."""
    model = build(name)
    matrix, law = exact.transition_matrix(model, dynamics, BETA), exact.distribution(model, BETA)
    sweeps, first = forgets_after(matrix, law), len(matrix) // 3
    assert chi_square_p(counts(model, dynamics, sweeps, beta=BETA / 2), law) < 1e-4
    start = exact.states(model)[None, first].repeat(REPLICAS, 0)
    observed = counts(model, dynamics, 2, beta=BETA / 2, start=start, seed=2)
    assert chi_square_p(observed, np.linalg.matrix_power(matrix, 2)[first]) < 1e-4


def test_a_forgotten_ghost_is_noticed(build):
    model = build("square in a field")
    forgotten = hp.Hamiltonian(model.interaction, 0.0, model.sites)
    assert chi_square_p(counts(forgotten, SWENDSEN_WANG, 25), exact.distribution(model, BETA)) < 1e-4


def run_after_warm_up(model, temperature, dynamics, sweeps, *, replicas=64, seed=1, warm_up=100):
    """Ordered starts of either sign: below Tc a random start may stay striped for long, and its clusters are small."""
    ordered = np.ones(model.size)
    if isinstance(model.interaction, hp.Neighbours) and model.interaction.weights[0] < 0:
        ordered[model.interaction.colours == 1] = -1
    start = np.outer((-1) ** np.arange(replicas), ordered)
    run = hp.sample(
        model, temperature=temperature, sweeps=sweeps, dynamics=dynamics, replicas=replicas, seed=seed, start=start
    )
    return run.sel(sweep=slice(warm_up + 1, None))


def z_score(samples, value):
    found = statistics.standard_error(samples)
    return float((found.value - value) / found.error)


def kaufman_z(run, length, temperature):
    """(measured - exact) / error of the energy and of the heat capacity."""
    exact_values = ising.kaufman(length, length, temperature)
    e = run.energy.values
    moments = np.stack([e.mean(axis=1), (e**2).mean(axis=1)], axis=-1)

    def u_and_c(part):
        first, second = part.mean(axis=0)
        return np.array([first, (second - first**2) / temperature**2]) / length**2

    found = statistics.jackknife(u_and_c, moments)
    return (found.value - np.array([exact_values.u, exact_values.c])) / found.error


@pytest.mark.parametrize("temperature", [2.0, ising.TC, 2.5])
@pytest.mark.parametrize("dynamics", [WOLFF, SWENDSEN_WANG], ids=names)
def test_clusters_agree_with_kaufman_and_know_the_susceptibility(dynamics, temperature):
    """Beside u and c at L = 16: the mean cluster is N <m^2>, which a wrong growth of clusters would miss."""
    run = run_after_warm_up(hp.ising(hp.square(16)), temperature, dynamics, 500)
    assert np.all(np.abs(kaufman_z(run, 16, temperature)) < 4)
    difference = run.cluster_size - 256 * run.magnetisation**2
    assert abs(z_score(difference.mean("sweep").values, 0.0)) < 4


@pytest.mark.parametrize("dynamics", [WOLFF, SWENDSEN_WANG], ids=names)
def test_a_temperature_that_is_one_per_cent_off_is_noticed(dynamics):
    run = run_after_warm_up(hp.ising(hp.square(16)), 2.02, dynamics, 500)
    assert np.abs(kaufman_z(run, 16, 2.0))[0] > 4


@pytest.mark.statistical
@pytest.mark.parametrize(("temperature", "coupling"), [(2.0, 1.0), (ising.TC, 1.0), (2.5, 1.0), (ising.TC, -1.0)])
@pytest.mark.parametrize("dynamics", [WOLFF, SWENDSEN_WANG], ids=names)
def test_clusters_agree_with_kaufman_at_32(dynamics, temperature, coupling):
    """An antiferromagnet on an even lattice has the same energies; its clusters are those of the staggered spins."""
    run = run_after_warm_up(hp.ising(hp.square(32), coupling), temperature, dynamics, 1_100, seed=2)
    assert np.all(np.abs(kaufman_z(run, 32, temperature)) < 4)


@pytest.mark.parametrize("dynamics", [WOLFF, SWENDSEN_WANG], ids=names)
def test_magnetisation_and_mean_cluster_agree_with_the_transfer_matrix(dynamics):
    square, fourth = torus.magnetisation_moments(8, 8, ising.TC)
    run = run_after_warm_up(hp.ising(hp.square(8)), ising.TC, dynamics, 600, seed=3)
    m = run.magnetisation.values
    assert abs(z_score((m**2).mean(axis=1), square)) < 4
    assert abs(z_score((m**4).mean(axis=1), fourth)) < 4
    assert abs(z_score(run.cluster_size.values.mean(axis=1) / 64, square)) < 4


@pytest.mark.parametrize("coupling", [1.0, -1.0])
def test_ghost_gives_the_ring_in_a_field_its_energy_and_magnetisation(coupling):
    exact_values = ising.ring(50, 0.8, coupling, 0.3)
    run = run_after_warm_up(hp.ising(hp.chain(50), coupling, 0.3), 0.8, SWENDSEN_WANG, 600, seed=4)
    assert abs(z_score(run.energy.values.mean(axis=1) / 50, float(exact_values.u))) < 4
    assert abs(z_score(run.magnetisation.values.mean(axis=1), float(exact_values.m))) < 4


@pytest.mark.parametrize(("dynamics", "bias"), [(WOLFF, 0.0), (SWENDSEN_WANG, 0.0), (SWENDSEN_WANG, 0.05)])
def test_dense_clusters_agree_with_curie_weiss(dynamics, bias):
    size, temperature = 24, 0.9
    model = hp.boltzmann_machine((np.ones((size, size)) - np.eye(size)) / size, bias, space=hp.SPIN)
    exact_values = ising.curie_weiss(size, temperature, 1.0, bias)
    run = run_after_warm_up(model, temperature, dynamics, 600, seed=5)
    assert abs(z_score(run.energy.values.mean(axis=1) / size, float(exact_values.u))) < 4


@pytest.mark.statistical
def test_wolff_at_tc_forgets_the_magnetisation_within_two_sweeps():
    """tau of |m| at L = 32, in sweep-equivalents of N flipped sites: 1.42(2) over 64 chains, where Metropolis
    takes 167(6). Between 1 and 2 at any number of clusters a sweep.
    """
    for dynamics in (WOLFF, wolff(1)):
        run = run_after_warm_up(hp.ising(hp.square(32)), ising.TC, dynamics, 4_200, warm_up=200)
        found = statistics.autocorrelation_time(np.abs(run.magnetisation.values))
        assert np.all(found.status == "converged")
        share = float((run.clusters * run.cluster_size.mean()) / 1024)
        tau = statistics.standard_error(share * found.tau)
        assert tau.value - 4 * tau.error > 1 and tau.value + 4 * tau.error < 2
