"""R-hat and effective sizes against ArviZ, at their edges, and against processes whose answer is known."""

import numpy as np
import pytest
from arviz_stats.base import array_stats as arviz

from hopphys import statistics

SHAPES = [(4, 100), (1, 50), (8, 101), (3, 7), (2, 5), (3, 6), (16, 333)]


def walk(shape, kind, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape) + 0.1 * rng.normal(size=shape).cumsum(axis=1)
    return {
        "correlated": x,
        "ties": np.rint(x),
        "two values": np.where(x > 0.3, 1.0, -1.0),
        "apart": x + np.arange(shape[0])[:, None],
        "alternating": x + 3 * (-1.0) ** np.arange(shape[1]),
        "heavy tails": np.tan(0.49 * np.pi * np.tanh(x)),
    }[kind]


@pytest.mark.parametrize("kind", ["correlated", "ties", "two values", "apart", "alternating", "heavy tails"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sizes_and_rhat_agree_with_arviz(shape, kind):
    x = walk(shape, kind)
    assert statistics.ess_bulk(x) == pytest.approx(arviz.ess(x, method="bulk"), rel=1e-10)
    assert statistics.ess_tail(x) == pytest.approx(arviz.ess(x, method="tail", prob=(0.05, 0.95)), rel=1e-10)
    assert statistics.ess_mean(x) == pytest.approx(arviz.ess(x, method="mean"), rel=1e-10)
    assert statistics.mcse(x) == pytest.approx(arviz.mcse(x, method="mean"), rel=1e-10)
    if shape[0] > 1:  # ArviZ gives no R-hat of one chain; its two halves can be compared all the same
        with np.errstate(invalid="ignore"):  # where folding leaves one value, ArviZ passes over 0 / 0
            assert statistics.rhat(x) == pytest.approx(arviz.rhat(x, method="rank"), rel=1e-10)


def test_leading_axes_are_cases_of_their_own():
    x = np.stack([walk((4, 60), kind) for kind in ("correlated", "ties", "apart")])
    whole = statistics.mixing(x)
    for k, part in enumerate(x):
        one = statistics.mixing(part)
        for name in ("rhat", "bulk", "tail"):
            assert getattr(whole, name)[k] == pytest.approx(float(getattr(one, name)), rel=1e-12)
        assert whole.status[k] == one.status


def test_replicas_in_two_valleys_are_not_mixed_and_in_one_they_are():
    noise = np.random.default_rng(2).normal(size=(8, 1000))
    assert statistics.mixing(noise).status == "mixed"
    apart = statistics.mixing(noise + np.repeat([0.0, 3.0], 4)[:, None])
    assert apart.status == "not mixed" and apart.rhat > 1.5 and apart.bulk < 20


def test_a_difference_in_spread_alone_is_seen():
    noise = np.random.default_rng(3).normal(size=(8, 1000)) * np.repeat([1.0, 3.0], 4)[:, None]
    assert statistics.rhat(noise) > 1.05


def test_a_drift_within_every_chain_is_seen():
    assert statistics.rhat(np.random.default_rng(4).normal(size=(4, 400)) + np.linspace(0, 3, 400)) > 1.2


def test_constant_chains_are_named_and_never_mixed():
    one = np.full((4, 50), 0.1)
    apart = one + np.arange(4)[:, None]
    some = np.random.default_rng(5).normal(size=(4, 50))
    some[:3] = 0.1
    found = statistics.mixing(np.stack([one, apart, some]))
    assert found.status.tolist() == ["constant", "constant, and they differ", "3 of 4 constant"]
    assert np.isposinf(found.rhat[:2]).all() and np.isfinite(found.rhat[2])
    assert (found.bulk[:2] == 0).all() and (found.tail[:2] == 0).all()
    assert np.isposinf(statistics.mcse(one)) and statistics.ess_mean(apart) == 0


@pytest.mark.parametrize(("phi", "tau"), [(0.5, 1.5), (0.9, 9.5)])
def test_effective_size_of_ar1_is_its_length_over_two_tau(phi, tau):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(16, 4000))
    for t in range(1, 4000):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * x[:, t]
    assert statistics.ess_mean(x) == pytest.approx(x.size / (2 * tau), rel=0.08)
    assert statistics.mcse(x) == pytest.approx(np.sqrt(2 * tau / x.size), rel=0.05)


@pytest.mark.parametrize(
    ("values", "words"),
    [(np.zeros(10), "replica, sweep"), (np.zeros((4, 3)), "at least 4 records"), (np.full((2, 9), np.inf), "finite")],
)
def test_meaningless_records_are_refused_in_words(values, words):
    with pytest.raises(ValueError, match=words):
        statistics.mixing(values)
