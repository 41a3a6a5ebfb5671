"""Theory against published or independently computed numbers, and against itself where two routes meet."""

import itertools

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from hopphys.theory import ags, capacity, ising, torus

# Onsager 1944 and Yang 1952, computed apart from this package by two methods: T, u, c, m of the infinite lattice.
ONSAGER = [
    (1.0, -1.9971602041, 0.0233795647, 0.9992757520),
    (2.0, -1.7455645753, 0.7248714486, 0.9113193779),
    (2.5, -1.1060792037, 0.8616983568, 0.0),
    (3.0, -0.8173095925, 0.4013795759, 0.0),
]
KAUFMAN = [
    (3, ising.TC, -1.6112463815, 0.6287361056),
    (4, ising.TC, -1.5656237876, 0.7832668259),
    (8, 2.0, -1.7456831703, 0.7141226029),
    (8, ising.TC, -1.4915891074, 1.1455592399),
]
# Energies of the 4 x 4 torus and how many of its 2^16 states have them, counted apart from this package.
FOUR_BY_FOUR = {32: 2, 24: 32, 20: 64, 16: 424, 12: 1728, 8: 6688, 4: 13568}
# Saddle points of Amit, Gutfreund & Sompolinsky 1987, solved apart from this package: alpha, m at T = 0, T_M, T_c.
AGS = [
    (0.02, 1.000000, 0.716481, 0.591300),
    (0.05, 0.99999223, 0.542255, 0.216383),
    (0.10, 0.99799927, 0.315432, 0.0),
    (0.13, 0.98721189, 0.148919, 0.0),
]
AGS_WARM = [(0.05, 0.1, 0.999954), (0.05, 0.3, 0.991165), (0.10, 0.2, 0.989085), (0.12, 0.2, 0.967768)]


@pytest.mark.parametrize(("temperature", "u", "c", "m"), ONSAGER)
def test_onsager_and_yang_agree_with_reference_values(temperature, u, c, m):
    assert ising.onsager_energy(temperature) == pytest.approx(u, abs=1e-9)
    assert ising.onsager_heat_capacity(temperature) == pytest.approx(c, abs=1e-9)
    assert ising.yang_magnetisation(temperature) == pytest.approx(m, abs=1e-9)


def test_onsager_energy_at_tc_is_minus_root_two_and_scales_with_the_coupling():
    assert pytest.approx(2.269185314213022, abs=1e-14) == ising.TC
    assert ising.onsager_energy(ising.TC) == pytest.approx(-np.sqrt(2), abs=1e-12)
    assert ising.onsager_heat_capacity(ising.TC) > 15  # a logarithm of the rounding of Tc
    assert ising.onsager_energy(5.0, coupling=2.5) == pytest.approx(2.5 * ising.onsager_energy(2.0))
    assert ising.yang_magnetisation([0.02, 2.26, 2.28]) == pytest.approx([1.0, 0.7, 0.0], abs=0.1)


@pytest.mark.parametrize("temperature", [0.5, 1.5, ising.TC, 2.6, 8.0])
def test_onsager_energy_is_the_slope_of_its_free_energy(temperature):
    step = 1e-4
    t = temperature + step * np.array([-1.0, 1.0])
    slope = np.diff(ising.onsager_free_energy(t) / t)[0] / np.diff(1 / t)[0]
    assert slope == pytest.approx(float(ising.onsager_energy(temperature)), abs=2e-5)


@pytest.mark.parametrize(("length", "temperature", "u", "c"), KAUFMAN)
def test_kaufman_agrees_with_reference_values(length, temperature, u, c):
    exact = ising.kaufman(length, length, temperature)
    assert exact.u == pytest.approx(u, abs=1e-9)
    assert exact.c == pytest.approx(c, abs=1e-9)


@pytest.mark.parametrize("temperature", [0.3, 1.0, ising.TC, 2.5, 20.0])
def test_kaufman_is_the_sum_over_the_density_of_states(temperature):
    levels = np.array([0.0, *FOUR_BY_FOUR, *(-e for e in FOUR_BY_FOUR)])
    counts = np.array([20524, *FOUR_BY_FOUR.values(), *FOUR_BY_FOUR.values()])
    weights = counts * np.exp(-(levels + 32) / temperature)
    mean = weights @ levels / weights.sum()
    variance = weights @ (levels - mean) ** 2 / weights.sum()
    exact = ising.kaufman(4, 4, temperature)
    assert counts.sum() == 2**16
    assert exact.log_z == pytest.approx(np.log(weights.sum()) + 32 / temperature, rel=1e-13)
    assert exact.u == pytest.approx(mean / 16, abs=1e-12)
    assert exact.c == pytest.approx(variance / 16 / temperature**2, abs=1e-12)


@pytest.mark.parametrize(("length", "width"), [(2, 2), (2, 3), (4, 2), (3, 3)])
def test_kaufman_counts_every_bond_of_a_length_two_torus_twice(length, width):
    states = np.array(list(itertools.product((-1, 1), repeat=length * width))).reshape(-1, length, width)
    energy = -(states * (np.roll(states, 1, 1) + np.roll(states, 1, 2))).sum(axis=(1, 2))
    assert ising.kaufman(length, width, 1.7).log_z == pytest.approx(np.log(np.exp(-energy / 1.7).sum()), abs=1e-12)


def test_kaufman_does_not_care_which_side_is_the_length():
    temperatures = np.array([0.5, 1.5, ising.TC, 3.0, 10.0])
    one, other = ising.kaufman(5, 12, temperatures), ising.kaufman(12, 5, temperatures)
    for name in ("log_z", "u", "c"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.5, 3.0, 50.0])
def test_kaufman_at_128_is_onsager_away_from_tc(temperature):
    exact = ising.kaufman(128, 128, temperature)
    assert exact.u == pytest.approx(float(ising.onsager_energy(temperature)), abs=1e-11)
    assert exact.c == pytest.approx(float(ising.onsager_heat_capacity(temperature)), rel=1e-6, abs=1e-11)


@pytest.mark.parametrize("length", [3, 16, 128])
def test_kaufman_is_smooth_through_tc(length):
    t = ising.TC + np.array([-1e-3, -1e-7, 0.0, 1e-7, 1e-3])
    exact = ising.kaufman(length, length, t)
    assert np.ptp(exact.c[1:4]) < 1e-4
    assert (exact.u[4] - exact.u[0]) / 2e-3 == pytest.approx(exact.c[2], rel=2e-3)


def test_kaufman_at_tc_has_the_amplitudes_of_ferdinand_and_fisher():
    """Ferdinand & Fisher 1969: log Z = N (2 G / pi + ln(2) / 2) + ln[(theta2 + theta3 + theta4) / (2 eta)], G Catalan's
    constant, the theta functions and eta at tau = i; and c grows by (8 K^2 / pi) ln 2 from L to 2 L.
    """
    large, small = (ising.kaufman(length, length, ising.TC) for length in (256, 128))
    catalan, universal = 0.915965594177219, 0.639912  # theta 0.913579, 1.086435, 0.913579, eta 0.768225
    assert small.log_z - 128**2 * (2 * catalan / np.pi + np.log(2) / 2) == pytest.approx(universal, abs=1e-4)
    assert (large.c - small.c) / np.log(2) == pytest.approx(8 / np.pi / ising.TC**2, rel=3e-3)


def test_ring_in_a_field_agrees_with_reference_values():
    exact = ising.ring(10, 1.0, bias=0.5)  # computed apart from this package
    assert exact.u == pytest.approx(-1.4430803807, abs=1e-10)
    assert exact.m == pytest.approx(0.9678308015, abs=1e-10)


@pytest.mark.parametrize("coupling", [1.0, -1.0, 0.3])
@pytest.mark.parametrize("bias", [0.0, 0.4, -0.7])
@pytest.mark.parametrize("size", [3, 4, 7])
def test_ring_is_the_sum_over_states(size, bias, coupling):
    states = np.array(list(itertools.product((-1, 1), repeat=size)))
    energy = -coupling * (states * np.roll(states, 1, axis=1)).sum(axis=1) - bias * states.sum(axis=1)
    p = np.exp(-energy / 0.7)
    exact = ising.ring(size, 0.7, coupling, bias)
    assert exact.log_z == pytest.approx(np.log(p.sum()), abs=1e-12)
    p /= p.sum()
    assert exact.u == pytest.approx(p @ energy / size, abs=1e-12)
    assert exact.m == pytest.approx(p @ states.mean(axis=1), abs=1e-12)
    assert exact.c == pytest.approx((p @ energy**2 - (p @ energy) ** 2) / 0.49 / size, abs=1e-7)


def test_curie_weiss_agrees_with_reference_and_with_the_sum_over_states():
    assert ising.curie_weiss(12, 0.8).log_z == pytest.approx(9.2646531694, abs=1e-10)  # computed elsewhere
    states = np.array(list(itertools.product((-1, 1), repeat=7)))
    total = states.sum(axis=1)
    energy = -(total**2 - 7) / 14 - 0.3 * total
    p = np.exp(-energy / 0.6)
    exact = ising.curie_weiss(7, 0.6, bias=0.3)
    assert exact.log_z == pytest.approx(np.log(p.sum()), abs=1e-12)
    assert exact.u == pytest.approx(p @ energy / p.sum() / 7, abs=1e-12)
    assert exact.m == pytest.approx(p @ total / p.sum() / 7, abs=1e-12)


def test_mean_field_magnetisation_solves_its_equation():
    t = np.array([0.1, 0.5, 0.9, 0.999, 1.0, 1.5])
    m = ising.mean_field_magnetisation(t)
    assert m == pytest.approx(np.tanh(m / t), abs=1e-9)
    assert np.all(m[:4] > 0.05) and np.all(m[4:] == 0)


@pytest.mark.parametrize(("length", "width"), [(2, 2), (3, 2), (2, 3), (3, 4)])
def test_transfer_matrix_gives_the_moments_of_the_sum_over_states(length, width):
    states = np.array(list(itertools.product((-1, 1), repeat=length * width))).reshape(-1, length, width)
    energy = -1.3 * (states * (np.roll(states, 1, 1) + np.roll(states, 1, 2))).sum(axis=(1, 2))
    p = np.exp(-energy / 2.1)
    m = states.mean(axis=(1, 2))
    found = torus.magnetisation_moments(length, width, 2.1, coupling=1.3)
    assert found == pytest.approx([p @ m**2 / p.sum(), p @ m**4 / p.sum()], rel=1e-12)


def test_transfer_matrix_at_the_ends_of_temperature():
    assert torus.binder(6, 6, 0.05) == pytest.approx(2 / 3, abs=1e-12)
    m2, _ = torus.magnetisation_moments(5, 6, 1e6)  # independent spins: <M^2> = N
    assert m2 == pytest.approx(1 / 30, rel=1e-4)
    assert torus.binder(4, 5, 2.0) == pytest.approx(torus.binder(5, 4, 2.0), rel=1e-12)


def test_ags_critical_numbers_at_zero_temperature():
    assert ags.critical_load() == pytest.approx(0.1379055665, abs=1e-10)
    assert ags.critical_overlap() == pytest.approx(0.9674171155, abs=1e-9)
    assert ags.global_load() == pytest.approx(0.0518543, abs=1e-7)
    assert capacity.AGS.value == pytest.approx(ags.critical_load(), abs=1e-10)


@pytest.mark.parametrize(("alpha", "m", "spinodal", "transition"), AGS)
def test_ags_table(alpha, m, spinodal, transition):
    assert ags.overlap(alpha) == pytest.approx(m, abs=1e-6)
    assert ags.retrieval_temperature(alpha) == pytest.approx(spinodal, abs=1e-6)
    assert ags.transition_temperature(alpha) == pytest.approx(transition, abs=1e-6)


@pytest.mark.parametrize(("alpha", "temperature", "m"), AGS_WARM)
def test_ags_overlap_at_finite_temperature(alpha, temperature, m):
    assert ags.overlap_at(alpha, temperature) == pytest.approx(m, abs=1e-6)


@pytest.mark.parametrize("state", [ags.retrieval, ags.spin_glass])
def test_saddle_points_solve_the_equations_by_a_second_quadrature(state):
    alpha, temperature = 0.06, 0.35
    found = state(alpha, temperature)

    def tanh(z):
        return np.tanh((found.m + np.sqrt(alpha * found.r) * z) / temperature)

    m, q = (integrate.quad(lambda z, n=n: norm.pdf(z) * tanh(z) ** n, -9, 9, limit=200)[0] for n in (1, 2))
    assert m == pytest.approx(found.m, abs=1e-9)
    assert q == pytest.approx(found.q, abs=1e-9)
    assert q / (1 - (1 - q) / temperature) ** 2 == pytest.approx(found.r, rel=1e-7)


def test_ags_free_energy_becomes_the_energy_as_temperature_falls():
    assert ags.retrieval(0.05, 0.004).f == pytest.approx(float(ags.retrieval_energy(0.05)), abs=1e-6)
    glass = [ags.spin_glass(0.05, t).f for t in (0.02, 0.01, 0.005)]
    assert 2 * glass[2] - glass[1] == pytest.approx(float(ags.spin_glass_energy(0.05)), abs=1e-4)
    f = [ags.retrieval(0.05, t).f for t in (0.25, 0.2501)]  # entropy = -df/dT is positive in the retrieval state
    assert f[1] < f[0]


def test_zero_temperature_is_the_limit_of_low_temperature():
    assert ags.overlap_at(0.12, 0.002) == pytest.approx(float(ags.overlap(0.12)), abs=1e-5)
    assert ags.retrieval_load(0.002) == pytest.approx(ags.critical_load(), abs=1e-3)


def test_retrieval_disappears_at_the_spinodal():
    assert ags.overlap([0.0, 0.1379, 0.138]) == pytest.approx([1.0, 0.968, 0.0], abs=2e-3)
    spinodal = ags.retrieval_temperature(0.1)
    assert ags.overlap_at(0.1, spinodal - 1e-4) > 0.8
    assert ags.retrieval(0.1, spinodal + 1e-4) is None
    assert ags.retrieval_temperature(0.2) == 0.0
    assert np.isnan(ags.retrieval_energy(0.2))


def test_spin_glass_exists_below_one_plus_root_alpha():
    assert ags.glass_temperature(0.04) == pytest.approx(1.2)
    assert ags.spin_glass(0.04, 1.201) is None
    assert 0 < ags.spin_glass(0.04, 1.19).q < 0.05


def test_capacities_agree_with_reference_values():
    assert capacity.one_pattern_exact(1000) == pytest.approx(72.4, abs=0.05)
    assert capacity.all_patterns_exact(1000) == pytest.approx(36.2, abs=0.05)
    assert capacity.one_step_error([0.0, 0.13846, 0.18478]) == pytest.approx([0.0, 0.0036, 0.01], abs=1e-6)
    assert capacity.load_at_error([0.0036, 0.01]) == pytest.approx([0.13846, 0.18478], abs=1e-5)
    assert capacity.gardner([0.0, 1.0]) == pytest.approx([2.0, 0.519572], abs=1e-6)
    assert capacity.dense_all_exact(100, 3) == pytest.approx(362, abs=0.5)
    assert capacity.information_ratio([15, 150]) == pytest.approx([0.0303, 0.0182], abs=5e-5)


def test_dense_memory_of_power_two_is_hopfield():
    assert capacity.dense_all_exact(500, 2) == pytest.approx(float(capacity.one_pattern_exact(500)))
    assert capacity.dense_one_step_error(70, 500, 2) == pytest.approx(float(capacity.one_step_error(0.14)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ising.kaufman(4, 4, -1.0), "temperature must be positive"),
        (lambda: ising.onsager_energy(0.001), "at least 0.01"),
        (lambda: ising.onsager_energy(1.0, coupling=-1.0), "coupling must be positive"),
        (lambda: torus.binder(4, 20, 2.0), "width from 2 to 10"),
        (lambda: ags.overlap(-0.1), "load must be finite"),
        (lambda: ags.retrieval(0.1, 0.0), "T = 0 theory"),
        (lambda: capacity.one_step_error(np.nan), "load must be finite"),
        (lambda: capacity.dense_all_exact(100, 1), "n >= 2"),
        (lambda: capacity.one_pattern_exact(1), "above 1"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
