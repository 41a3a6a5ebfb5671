"""Attention at beta = sharpness is a Gaussian mixture, density and all."""

import numpy as np
import pytest
from scipy import stats

import hopphys as hp
from hopphys import exact

X = np.array([[1, 0, 0.5], [0, 1, -0.5], [-1, 1, 0], [0.5, 0.5, 1]])  # four real patterns of different length
K = 1.7


def test_density_is_exp_of_minus_beta_energy():
    head = hp.attention(X, K, bias=[0.1, -0.3, 0.2])
    mixture = exact.gaussian_mixture(head, beta=K)
    s = np.random.default_rng(1).normal(size=(50, 3))
    assert mixture.log_density(s) == pytest.approx(-K * head.energy(s) - mixture.log_z, abs=1e-12)


def test_normalisation_by_quadrature_in_two_dimensions():
    head = hp.attention(X[:, :2], K, bias=[0.1, -0.3])
    axis = np.linspace(-7, 7, 281)  # trapezoidal, of a smooth function that has vanished at the ends
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    mass = np.exp(-K * head.energy(grid)).sum() * (axis[1] - axis[0]) ** 2
    assert np.log(mass) == pytest.approx(exact.gaussian_mixture(head, beta=K).log_z, abs=1e-8)


def test_components_stand_on_the_patterns_with_weights_of_their_length():
    mixture = exact.gaussian_mixture(hp.attention(X, K), beta=K)
    weights = np.exp(0.5 * K * (X * X).sum(axis=1))
    assert mixture.weights == pytest.approx(weights / weights.sum(), abs=1e-15)
    assert mixture.means == pytest.approx(X) and mixture.variance == pytest.approx(1 / K)


def test_responsibilities_are_the_attention_weights():
    head = hp.attention(X, K)
    s = np.array([0.6, -0.2, 0.3])
    weights = exact.gaussian_mixture(head, beta=K).responsibilities(s)
    assert weights @ X == pytest.approx(head.local_field(s), abs=1e-14)


def test_sampler_has_the_moments_of_the_mixture():
    """20 000 independent draws; each mean and second moment within 4.5 of its errors: false alarms below 1e-4."""
    mixture = exact.gaussian_mixture(hp.attention(X, K, bias=[0.1, -0.3, 0.2]), beta=K)
    s = mixture.sample(20_000, seed=1)
    away = s - mixture.mean
    assert np.all(np.abs(away.mean(axis=0)) < 4.5 * s.std(axis=0) / np.sqrt(len(s)))
    products = away[:, :, None] * away[:, None, :]
    assert np.all(np.abs(products.mean(axis=0) - mixture.covariance) < 4.5 * products.std(axis=0) / np.sqrt(len(s)))


def test_sampler_follows_the_density():
    """In one dimension, Kolmogorov-Smirnov against the exact distribution function, p > 1e-4; a wrong width is seen."""
    patterns, sharpness = np.array([[-1.0], [0.5], [2.0]]), 4.0
    mixture = exact.gaussian_mixture(hp.attention(patterns, sharpness), beta=sharpness)

    def cumulative(x, width=sharpness**-0.5):
        return stats.norm.cdf((np.asarray(x)[:, None] - patterns[:, 0]) / width) @ mixture.weights

    s = mixture.sample(20_000, seed=2)[:, 0]
    assert stats.kstest(s, cumulative).pvalue > 1e-4
    assert stats.kstest(s, lambda x: cumulative(x, width=1.1 * sharpness**-0.5)).pvalue < 1e-4
    assert np.array_equal(s, mixture.sample(20_000, seed=2)[:, 0])


def test_joint_form_is_the_same_mixture_at_any_beta():
    joint = hp.restricted_boltzmann_machine(X, 0.0, visible=hp.REAL, hidden=hp.categorical(4))
    for beta in (0.4, K):
        mixture = exact.gaussian_mixture(joint, beta=beta)
        alone = exact.gaussian_mixture(hp.attention(X, beta), beta=beta)
        assert mixture.weights == pytest.approx(alone.weights, abs=1e-14)
        assert mixture.variance == pytest.approx(1 / beta)


def test_mixture_draws_stay_finite_at_the_largest_uniform_number(monkeypatch):
    def largest(stream, sweep, attempt):
        return np.full(np.broadcast_shapes(stream.shape[:-1], np.shape(attempt)), 1 - 2.0**-53)

    monkeypatch.setattr("hopphys.exact.mixture.random.uniforms", largest)
    assert np.isfinite(exact.gaussian_mixture(hp.attention(X, K), beta=K).sample(2, seed=1)).all()


@pytest.mark.parametrize(
    ("build", "beta", "words"),
    [
        (lambda: hp.attention(X, K), 1.0, "only at beta = sharpness"),
        (lambda: hp.dense_memory([[1, -1, 1]], hp.log_sum_exp(1.0)), 1.0, "real sites"),
        (lambda: hp.hopfield([[1, -1, 1]]), 1.0, "log-sum-exp"),
        (lambda: hp.attention(X, K).clamp({0: 1.0}), K, "clamped"),
    ],
)
def test_what_is_no_mixture_is_refused_in_words(build, beta, words):
    with pytest.raises(ValueError, match=words):
        exact.gaussian_mixture(build(), beta=beta)
