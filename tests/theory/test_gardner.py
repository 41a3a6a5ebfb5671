"""Gardner's capacities: closed forms against integrals and published numbers, and the bits against simulation."""

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.stats import norm

import hopphys as hp
from hopphys.learning import largest_stability, perceptron, stabilities
from hopphys.theory import capacity, gardner


def moment(kappa):
    return integrate.quad(lambda t: norm.pdf(t) * (t + kappa) ** 2, -kappa, 12, epsabs=1e-14, epsrel=1e-13)[0]


@pytest.mark.parametrize("kappa", [0.0, 0.1, 0.5, 1.0, 2.0, 5.0, -0.5])
def test_capacity_is_one_over_the_integral(kappa):
    assert gardner.capacity(kappa) == pytest.approx(1 / moment(kappa), rel=1e-12)


def test_capacity_has_the_published_values():
    assert gardner.capacity() == 2.0
    assert gardner.capacity(1.0) == pytest.approx(0.519572, abs=1e-6)
    np.testing.assert_allclose(gardner.capacity([0.0, 0.7]), capacity.gardner([0.0, 0.7]), rtol=1e-14)


def test_stability_is_the_inverse_of_capacity():
    alpha = np.array([1e-4, 0.1, 0.5, 1.0, 1.9, 2.0])
    np.testing.assert_allclose(gardner.capacity(gardner.stability(alpha)), alpha, rtol=1e-12)
    np.testing.assert_allclose(gardner.stability(gardner.capacity([0.0, 0.3, 3.0])), [0.0, 0.3, 3.0], atol=1e-12)
    assert gardner.stability(0.5) == pytest.approx(1.034314, abs=1e-6)
    assert gardner.stability(1e-6) == pytest.approx(1000, rel=1e-4)


@pytest.mark.parametrize(("kappa", "m"), [(0.0, 0.3), (0.0, 0.9), (0.5, 0.6), (1.0, 0.95)])
def test_capacity_of_biased_patterns_is_the_best_over_thresholds(kappa, m):
    """The same by quadrature and by a minimum, instead of a closed form and the root of its slope."""
    width = np.sqrt(1 - m * m)

    def cost(v):
        return (1 + m) / 2 * moment((kappa - v) / width) + (1 - m) / 2 * moment((kappa + v) / width)

    best = optimize.minimize_scalar(cost, bounds=(-3, 6), method="bounded", options={"xatol": 1e-9})
    assert gardner.capacity(kappa, m) == pytest.approx(1 / best.fun, rel=1e-9)
    assert gardner.capacity(kappa, -m) == gardner.capacity(kappa, m)


def test_capacity_rises_with_the_bias_from_2_to_gardners_limit():
    m = 1 - np.array([1.0, 0.3, 1e-2, 1e-8, 1e-14])
    alpha = gardner.capacity(0.0, m)
    assert alpha[0] == 2.0 and (np.diff(alpha) > 0).all()
    ratio = alpha[2:] * (1 - m[2:]) * -np.log(1 - m[2:])  # tends to 1, as slowly as a logarithm of a logarithm
    assert (np.diff(ratio) < 0).all() and 1 < ratio[-1] < 1.2


def test_stabilities_at_saturation_are_a_peak_and_a_tail_of_weight_one():
    for kappa in (0.0, 0.8, 2.0):
        tail = integrate.quad(lambda x, k=kappa: gardner.stability_density(x, k), kappa, 12, epsabs=1e-13)[0]
        assert tail + gardner.stability_weight(kappa) == pytest.approx(1, abs=1e-10)
        assert gardner.stability_density(kappa - 1e-6, kappa) == 0
    assert gardner.capacity(0.0) * gardner.stability_weight(0.0) == 1.0  # as many patterns pin J_i as it has couplings


def test_largest_stability_of_random_patterns_is_gardners():
    """N = 200, P = 100: the mean over units is 0.002 above the theory for N -> infinity (0.0024 at N = 100, 0.0009 at
    400, by four samples); one sample scatters by 0.002. Load 0.6 in place of 0.5 would give 0.89, not 1.034.
    """
    xi = hp.patterns.random(100, 200, seed=3, disorder=2)
    margins = largest_stability(xi)
    assert margins.reached.mean() == pytest.approx(float(gardner.stability(0.5)), abs=0.008)
    x = stabilities(margins.learned.couplings, np.zeros((2, 200)), xi)
    pinned = x < margins.reached[:, None, :] * (1 + 1e-3)
    assert pinned.mean() == pytest.approx(float(gardner.stability_weight(gardner.stability(0.5))), abs=0.01)
    share = ((x > 1.5) & (x < 2.0)).mean()  # 20 000 bits a sample: a standard error of 0.0014
    assert share == pytest.approx(norm.cdf(2.0) - norm.cdf(1.5), abs=0.006)


@pytest.mark.parametrize(("load", "held"), [(1.5, 0.98), (2.5, 0.0)])
def test_perceptron_learns_below_a_load_of_two_and_not_above(load, held):
    """N = 100, unit by unit (Cover 1965: of 100 dichotomies at load 1.5 all but 1e-6 are linear, at 2.5 1e-3 are)."""
    xi = hp.patterns.random(round(load * 100), 100, seed=4)
    learned = perceptron(xi, max_sweeps=3000)
    right = (stabilities(learned.couplings, learned.bias, xi) > 0).all(axis=0).mean()
    assert right >= held if held else right <= 0.02
    assert bool(learned.converged) == (right == 1)


def test_biased_patterns_are_held_above_the_load_where_unbiased_ones_are_not():
    """N = 100, unit by unit: alpha_c is 3.9 at m = 0.8. At load 3 nine units in ten hold all, at m = 0 and 2.2 hardly
    one does; a unit whose own bits are all alike is easy at any load, but at 300 patterns of m = 0.8 there is none.
    """
    assert float(gardner.capacity(0.0, 0.8)) == pytest.approx(3.9, abs=0.1)
    shares = []
    for activity, count in ((0.9, 300), (0.5, 220)):
        xi = hp.patterns.biased(count, 100, activity=activity, seed=5)
        learned = perceptron(xi, thresholds=True, max_sweeps=3000)
        shares.append((stabilities(learned.couplings, learned.bias, xi) > 0).all(axis=0).mean())
    assert shares[0] > 0.7 and shares[1] < 0.2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gardner.capacity(np.nan), "stability must be finite"),
        (lambda: gardner.capacity(0.0, 1.0), "magnetisation must lie between -1 and 1"),
        (lambda: gardner.stability(2.1), "a load above 0 and up to 2, but it is 2.1; above, no couplings"),
        (lambda: gardner.stability([0.5, 0.0]), "a load above 0"),
        (lambda: gardner.stability_density(np.inf, 0.0), "values must be finite"),
    ],
)
def test_meaningless_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
