"""Error bars against processes whose errors are known."""

import numpy as np
import pytest
from scipy.special import erf

from hopphys import statistics


def ar1(phi, chains, length, seed):
    """Stationary x_t = phi x_{t-1} + noise, unit variance, (chains, length): tau = (1 + phi) / (2 (1 - phi))."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(chains, length)) * np.sqrt(1 - phi**2)
    series = np.empty_like(noise)
    series[:, 0] = rng.normal(size=chains)
    for t in range(1, length):
        series[:, t] = phi * series[:, t - 1] + noise[:, t]
    return series


def covered(value, error, truth=0.0, sigmas=2.0):
    return np.mean(np.abs(value - truth) < sigmas * error)


@pytest.mark.parametrize(("phi", "tau", "naive"), [(0.5, 1.5, 0.75), (0.9, 9.5, 0.35), (0.98, 49.5, 0.16)])
def test_two_sigma_intervals_of_a_correlated_chain_cover_95_percent(phi, tau, naive):
    """600 chains of 200 tau: a true coverage of 0.954 leaves [0.92, 0.98] with chance below 1e-3; tau known to a tenth
    costs about one per cent of it. The naive interval is the broken twin: it covers erf(1 / sqrt tau).
    """
    series = ar1(phi, 600, int(200 * tau), seed=1)
    mean = statistics.chain_mean(series)
    assert 0.92 < covered(mean.value, mean.error) < 0.98
    plain = statistics.standard_error(series, axis=1)
    assert covered(plain.value, plain.error) == pytest.approx(naive, abs=0.06)
    assert erf(1 / np.sqrt(tau)) == pytest.approx(naive, abs=0.03)


@pytest.mark.parametrize(("phi", "tau"), [(0.0, 0.5), (0.5, 1.5), (0.9, 9.5), (0.98, 49.5)])
def test_autocorrelation_time_of_ar1_is_unbiased_and_its_error_honest(phi, tau):
    found = statistics.autocorrelation_time(ar1(phi, 200, int(400 * max(tau, 1)), seed=2))
    assert found.tau.mean() == pytest.approx(tau, rel=0.05)
    assert 0.88 < covered(found.tau, found.error, truth=tau) <= 1.0
    assert np.mean(found.status == "converged") > 0.95


def test_window_closes_at_the_first_lag_beyond_five_tau():
    series = ar1(0.9, 1, 20_000, seed=3)[0]
    found = statistics.autocorrelation_time(series)
    rho = statistics.autocorrelation(series)
    tau = np.cumsum(rho) - 0.5
    w = int(found.window)
    assert w >= 5 * tau[w] and np.all(np.arange(w) < 5 * tau[:w])
    assert rho[:4] == pytest.approx(0.9 ** np.arange(4), abs=0.05)


def test_constant_chain_is_called_constant():
    series = np.stack([np.full(500, 0.1), np.random.default_rng(4).normal(size=500)])
    found = statistics.autocorrelation_time(series)
    assert found.status.tolist() == ["constant", "converged"]
    assert np.isposinf(found.tau[0]) and np.isfinite(found.tau[1])
    mean = statistics.chain_mean(series)
    assert np.isposinf(mean.error[0]) and mean.value[0] == pytest.approx(0.1)
    assert statistics.effective_size(series)[0] == 0.0
    assert np.all(statistics.autocorrelation(series)[0] == 1.0)


def test_short_chain_is_called_short():
    assert statistics.autocorrelation_time(ar1(0.98, 1, 500, seed=5)[0]).status == "short"


def test_alternating_chain_has_a_small_positive_tau():
    tau = statistics.autocorrelation_time(np.tile([1.0, -1.0], 200)).tau
    assert 0 < tau < 0.01


def test_leading_axes_broadcast():
    series = ar1(0.5, 6, 400, seed=6).reshape(2, 3, 400)
    found = statistics.autocorrelation_time(series)
    assert found.tau.shape == found.status.shape == (2, 3)
    assert found.tau[1, 2] == statistics.autocorrelation_time(series[1, 2]).tau


def test_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(7).normal(size=(20, 3))
    mean, jack = statistics.standard_error(values), statistics.jackknife(lambda v: v.mean(axis=0), values)
    assert jack.value == pytest.approx(mean.value, abs=1e-14)
    assert jack.error == pytest.approx(mean.error, rel=1e-12)


def test_jackknife_removes_the_bias_of_a_square():
    values = np.random.default_rng(8).normal(size=(4000, 10))
    plain = values.mean(axis=1) ** 2
    jack = np.array([statistics.jackknife(lambda v: v.mean() ** 2, row).value for row in values])
    assert plain.mean() == pytest.approx(0.1, abs=0.01)  # variance / n, although the mean is 0
    assert abs(jack.mean()) < 4 * jack.std() / np.sqrt(len(jack))


def test_bootstrap_error_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(9).normal(size=200)
    drawn = statistics.bootstrap(np.mean, values, seed=1, resamples=2000)
    assert drawn.std() == pytest.approx(float(statistics.standard_error(values).error), rel=0.08)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.01)


def test_bootstrap_depends_on_the_seed_and_nothing_else():
    values = np.arange(50.0)
    first = statistics.bootstrap(np.mean, values, seed=1, resamples=100)
    assert np.array_equal(first, statistics.bootstrap(np.mean, values, seed=1, resamples=200)[:100])
    assert not np.array_equal(first, statistics.bootstrap(np.mean, values, seed=2, resamples=100))


def test_bootstrap_resamples_several_arrays_on_their_own_and_whole_rows_together():
    a, b = np.arange(30.0), np.arange(30.0)
    assert np.ptp(statistics.bootstrap(lambda x, y: x.mean() - y.mean(), a, b, seed=1, resamples=50)) > 1
    pairs = np.stack([a, b], axis=1)
    assert np.ptp(statistics.bootstrap(lambda p: p[:, 0].mean() - p[:, 1].mean(), pairs, seed=1, resamples=50)) == 0
    rows = statistics.bootstrap(lambda p: p.mean(axis=1), pairs.T, seed=1, axis=1, resamples=50)
    assert rows.shape == (50, 2) and np.array_equal(rows[:, 0], rows[:, 1])


def test_binder_is_two_thirds_when_ordered_and_zero_when_gaussian():
    rng = np.random.default_rng(10)
    assert statistics.binder(np.where(rng.random(100) < 0.5, 1.0, -1.0)) == pytest.approx(2 / 3)
    estimate = statistics.binder_estimate(rng.normal(size=(400, 50)))
    assert abs(estimate.value) < 4 * estimate.error < 0.1


def test_binder_error_covers():
    """500 estimates from 40 replicas; false-alarm rate of [0.90, 0.99] around 0.95 below 1e-4."""
    m = np.random.default_rng(11).normal(size=(500, 40, 30))
    estimates = [statistics.binder_estimate(part) for part in m]
    hits = [covered(estimate.value, estimate.error) for estimate in estimates]
    assert 0.90 < np.mean(hits) < 0.99


def test_binning_levels_off_at_the_error_of_the_chain():
    series = ar1(0.9, 1, 2**15, seed=12)[0]
    sizes, errors = statistics.binning(series)
    assert sizes[0] == 1 and len(series) // sizes[-1] >= 16
    assert errors[0] == pytest.approx(series.std() / np.sqrt(series.size), rel=1e-3)
    assert errors[7] == pytest.approx(float(statistics.chain_mean(series).error), rel=0.25)
    assert errors[7] > 3 * errors[0]


def test_bins_drop_the_start_of_the_chain():
    assert statistics.binned(np.arange(7.0), 3) == pytest.approx([2.0, 5.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statistics.standard_error([1.0]), "at least 2 independent samples"),
        (lambda: statistics.chain_mean([1.0, np.nan]), "finite"),
        (lambda: statistics.autocorrelation_time(3.0), "at least 2 records"),
        (lambda: statistics.autocorrelation_time(np.arange(9.0), window=-1), "window must be positive.*-1"),
        (lambda: statistics.chain_mean(np.arange(9.0), window=0), "window must be positive"),
        (lambda: statistics.bootstrap(np.mean, [1.0, 2.0], seed=1, resamples=1), "resamples = 1"),
        (lambda: statistics.bootstrap(np.mean, [1.0, 2.0], seed=-1), "seed"),
        (lambda: statistics.binned([1.0, 2.0], 3), "size = 3"),
        (lambda: statistics.binning([1.0, 2.0]), "at least 32"),
    ],
)
def test_meaningless_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-1.10655, 0.00112, "-1.1065 ± 0.0011"),
        (12.3, 4.5, "12.3 ± 4.5"),
        (1234.0, 56.0, "1234 ± 56"),
        (1.0, 0.0, "1.0 ± 0.0"),
    ],
)
def test_estimate_reads_as_value_and_error(value, error, text):
    assert str(statistics.Estimate(np.float64(value), np.float64(error))) == text


@pytest.mark.parametrize(
    "function",
    ["mixing", "rhat", "mcse", "constancy", "equilibration", "chain_mean", "autocorrelation", "autocorrelation_time",
     "binning", "effective_size", "standard_error", "binder", "binder_estimate"],
)  # fmt: skip
def test_datasets_and_words_are_refused_in_words(function):
    import xarray as xr

    ds = xr.Dataset({"energy": (("replica", "sweep"), np.ones((4, 50))), "m": ("replica", np.ones(4))})
    call = getattr(statistics, function)
    with pytest.raises(ValueError, match=r"Dataset of several: energy, m"):
        call(ds)
    with pytest.raises(ValueError, match="array of numbers is needed, but it is 'energy'"):
        call("energy")
