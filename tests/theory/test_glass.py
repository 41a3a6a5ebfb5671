"""The spin glass of the Hopfield network: limits, stationarity, and the susceptibility against a matrix."""

import numpy as np
import pytest

import hopphys as hp
from hopphys.theory import ags, glass


@pytest.mark.parametrize(("alpha", "temperature"), [(0.02, 0.59), (0.05, 0.2), (0.05, 0.8), (0.1, 0.1)])
def test_small_breaking_point_is_the_symmetric_state(alpha, temperature):
    symmetric = ags.spin_glass(alpha, temperature)
    assert glass._at(alpha, temperature, 1e-5).f == pytest.approx(symmetric.f, abs=1e-5)  # slope below 1
    assert glass._at(alpha, temperature, 1e-5).q == pytest.approx(symmetric.q, abs=1e-4)


@pytest.mark.parametrize(("alpha", "temperature"), [(0.02, 0.59), (0.05, 0.2), (0.1, 0.1)])
def test_broken_symmetry_raises_the_free_energy_and_x_is_stationary(alpha, temperature):
    state = glass.spin_glass(alpha, temperature)
    assert state.f > ags.spin_glass(alpha, temperature).f
    sides = [glass._at(alpha, temperature, state.x * factor).f for factor in (0.99, 1.01)]
    assert state.f >= max(sides) and 0 < state.x < 0.5


@pytest.mark.parametrize("temperature", [0.2, 0.6])
def test_free_energy_is_stationary_in_q_and_r(temperature):
    """f(q, r) written out a second time, by quadrature on another grid: both derivatives vanish at the state."""
    alpha, state = 0.05, glass.spin_glass(0.05, temperature)
    z = np.linspace(-9, 9, 5001)
    w = np.exp(-0.5 * z * z)

    def f(q, r):
        beta, x = 1 / temperature, state.x
        l1 = 1 - beta * (1 - q)
        l2 = l1 - beta * x * q
        logs = (1 - 1 / x) * np.log(l1) + np.log(l2) / x
        field = beta * np.sqrt(alpha * r) * z
        average = np.log((w * (2 * np.cosh(field)) ** x).sum() / w.sum()) / (beta * x)
        return alpha / 2 + alpha * logs / (2 * beta) + 0.5 * alpha * beta * r * (1 - (1 - x) * q) - average

    assert f(state.q, state.r) == pytest.approx(state.f, abs=1e-7)
    step = 1e-4
    for move in ((step, 0.0), (0.0, step * state.r)):
        slope = f(state.q + move[0], state.r + move[1]) - f(state.q - move[0], state.r - move[1])
        assert abs(slope) / (2 * step) < 2e-5


def test_transition_moves_up_little_where_it_is_hot_and_much_where_it_is_cold():
    hot, cold = (glass.transition_temperature(alpha) for alpha in (0.02, 0.05))
    assert 0 < hot - ags.transition_temperature(0.02) < 1e-3
    assert 0.01 < cold - ags.transition_temperature(0.05) < 0.05


def test_susceptibility_is_the_trace_of_squared_correlations():
    """N = 3000: correlations 1/(z - beta J) with unit diagonal, from the eigenvalues of one sample."""
    alpha, temperature, size = 0.1, 1.8, 3000
    xi = hp.patterns.random(round(alpha * size), size, seed=1).astype(float)
    rank = np.linalg.eigvalsh(xi @ xi.T / size)
    levels = np.concatenate([rank, np.zeros(size - rank.size)])
    beta = 1 / temperature
    z = 1 + alpha * beta / (1 - beta)
    response = 1 / (z - beta * levels)
    assert response.mean() == pytest.approx(1, abs=0.01)
    assert (response**2).mean() == pytest.approx(float(glass.susceptibility(alpha, temperature)), rel=0.02)


def test_susceptibility_diverges_at_the_glass_temperature():
    edge = float(ags.glass_temperature(0.1))
    assert np.isinf(glass.susceptibility(0.1, edge)) and glass.susceptibility(0.1, edge + 1e-6) > 1e4
    assert glass.spin_glass(0.1, edge) is None


@pytest.mark.parametrize(("alpha", "temperature"), [(0.1, 0.01), (0.1, np.nan), (0.0, 0.5), (-0.1, 0.5)])
def test_meaningless_points_are_refused(alpha, temperature):
    with pytest.raises(ValueError, match="must be"):
        glass.spin_glass(alpha, temperature)
