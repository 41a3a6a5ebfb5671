"""The AGS table of the acceptance list to 1e-6, each entry a second time from the saddle point as it is printed.

`ags` labels the saddle point by its fields and solves along one line; here the three equations are iterated to their
fixed point, by another quadrature, and the transitions are read off the solutions.
"""

import numpy as np
import pytest
from scipy import optimize, special
from scipy.stats import norm

from hopphys.theory import ags

# Simpson's rule; 160 points of Gauss and Hermite are wrong by 1e-4 in T_c at alpha = 0.05, where tanh is steep.
Z = np.linspace(-9, 9, 1801)
WEIGHT = np.where(np.arange(1801) % 2, 4, 2) * 0.01 / 3 * norm.pdf(Z)
COLD = [(0.02, 1.000000), (0.05, 0.99999223), (0.10, 0.99799927), (0.13, 0.98721189)]
SPINODAL = [(0.02, 0.716481), (0.05, 0.542255), (0.10, 0.315432), (0.13, 0.148919)]
FIRST_ORDER = [(0.02, 0.591300), (0.05, 0.216383), (0.10, 0.0), (0.13, 0.0)]
WARM = [(0.05, 0.1, 0.999954), (0.05, 0.3, 0.991165), (0.10, 0.2, 0.989085), (0.12, 0.2, 0.967768)]


def moments(m, noise, beta):
    tanh = np.tanh(beta * (m + noise * Z))
    return WEIGHT @ tanh, WEIGHT @ tanh**2


def iterated(alpha, temperature, m=1.0, q=1.0, steps=3000):
    """m = int Dz tanh beta(m + sqrt(alpha r) z), q = int Dz tanh^2, r = q / (1 - beta(1-q))^2, from m = q = 1."""
    beta = 1 / temperature
    for _ in range(steps):
        r = q / (1 - beta * (1 - q)) ** 2
        after = moments(m, np.sqrt(alpha * r), beta)
        if abs(after[0] - m) + abs(after[1] - q) < 1e-14:
            break
        m, q = after
    return m, q, r


@pytest.mark.parametrize(("alpha", "m"), COLD)
def test_overlap_at_zero_temperature(alpha, m):
    assert ags.overlap(alpha) == pytest.approx(m, abs=1e-6)
    y = float(special.erfinv(ags.overlap(alpha))) if alpha > 0.04 else None  # erf(y) is 1 to the last bit below
    if y is not None:
        root = (special.erf(y) - 2 * y / np.sqrt(np.pi) * np.exp(-y * y)) / y
        assert root == pytest.approx(np.sqrt(2 * alpha), abs=1e-6)


@pytest.mark.parametrize(("alpha", "temperature", "m"), WARM)
def test_overlap_above_zero_temperature(alpha, temperature, m):
    assert ags.overlap_at(alpha, temperature) == pytest.approx(m, abs=1e-6)
    found = ags.retrieval(alpha, temperature)
    again = iterated(alpha, temperature)
    assert (found.m, found.q) == pytest.approx(again[:2], abs=1e-7)
    assert found.r == pytest.approx(again[2], rel=1e-6)


@pytest.mark.parametrize(("alpha", "temperature"), SPINODAL)
def test_retrieval_state_ends_at_t_m(alpha, temperature):
    """Below it the iteration comes to rest; above, there is nothing near the pattern to rest at."""
    assert ags.retrieval_temperature(alpha) == pytest.approx(temperature, abs=1e-6)
    below, above = (iterated(alpha, temperature + step) for step in (-1e-3, 1e-3))
    assert rest(alpha, temperature - 1e-3, *below) < 1e-9 and below[0] > 0.5
    assert rest(alpha, temperature + 1e-3, *above) > 1e-6


def rest(alpha, temperature, m, q, r):
    """How far the equations are from being met; r is wrong above T_M, where 1 - beta(1-q) runs through 0."""
    after = moments(m, np.sqrt(alpha * r), 1 / temperature)
    return abs(after[0] - m) + abs(after[1] - q) + abs(q / (1 - (1 - q) / temperature) ** 2 / r - 1)


@pytest.mark.parametrize(("alpha", "temperature"), FIRST_ORDER)
def test_retrieval_is_deepest_below_t_c(alpha, temperature):
    assert ags.transition_temperature(alpha) == pytest.approx(temperature, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.02, 0.05])
def test_t_c_is_where_free_energies_of_iterated_solutions_meet(alpha):
    """f = m²/2 + (alpha/2)[1 + r C + T (ln(1-C) - beta q/(1-C))] - T int Dz ln 2cosh beta(m + sqrt(alpha r) z)."""

    def free_energy(temperature, m, q, r):
        beta = 1 / temperature
        field = beta * (m + np.sqrt(alpha * r) * Z)
        c = beta * (1 - q)
        glass = temperature * (np.log(1 - c) - beta * q / (1 - c))
        return m * m / 2 + alpha / 2 * (1 + r * c + glass) - temperature * WEIGHT @ np.logaddexp(field, -field)

    def difference(temperature):
        glass = ags.spin_glass(alpha, temperature)  # its saddle point is checked against quadrature in test_theory
        other = free_energy(temperature, 0.0, glass.q, glass.r)
        return free_energy(temperature, *iterated(alpha, temperature)) - other

    middle = dict(FIRST_ORDER)[alpha]
    assert optimize.brentq(difference, middle - 0.01, middle + 0.01, xtol=1e-9) == pytest.approx(middle, abs=1e-6)


def test_energies_at_zero_temperature_are_those_of_the_formulas():
    alpha = 0.1
    m = float(ags.overlap(alpha))
    y = float(special.erfinv(m))
    r = (1 + np.sqrt(2 / (np.pi * alpha)) * np.exp(-y * y)) ** 2
    # -m²/2 - alpha (r-1)/2 is its value where C = beta (1-q) stays: (1 - C)^-1 = sqrt r.
    assert float(ags.retrieval_energy(alpha)) == pytest.approx(-m * m / 2 - alpha * (r - 1) / 2, abs=1e-9)
    assert float(ags.spin_glass_energy(alpha)) == pytest.approx(-1 / np.pi - np.sqrt(2 * alpha / np.pi), abs=1e-15)
    assert ags.glass_temperature([0.01, 0.25]) == pytest.approx([1.1, 1.5])
