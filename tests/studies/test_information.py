"""The information study: bits counted by hand, whole-number weights, and what a point and the findings say."""

import numpy as np
import pytest
from hopphys.studies import _information_analysis as analysis
from hopphys.studies import information

import hopphys as hp
from hopphys import study

STUDY = information.STUDY
TINY = information.Config(
    curves=(
        ("hebb", 0.5, (40, 60), (0.05, 0.1, 0.3)),
        ("covariance", 0.1, (40,), (0.1, 0.3)),
        ("projection", 0.5, (40,), (0.3, 1.0)),
    ),
    samples=3,
    probes=6,
    resamples=5,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def test_a_state_with_no_wrong_bit_tells_all_and_an_unrelated_one_nothing():
    x = np.array([1, -1, 1, -1])
    assert analysis.information(x, x) == 1.0
    assert analysis.information(np.array([1, 1, -1, -1]), x) == 0.0
    assert analysis.binary_entropy(0.11) == pytest.approx(0.499916, abs=1e-6)


def test_sparse_bits_tell_their_entropy_where_the_state_is_the_pattern():
    x = np.where(np.arange(10) == 0, 1, -1)
    assert analysis.information(x, x, 0.1) == pytest.approx(float(analysis.binary_entropy(0.1)))
    assert analysis.information(-np.ones(10), x, 0.1) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_law_of_a_weight_is_that_of_all_sums_of_signs(count):
    signs = np.array(np.meshgrid(*[[-1, 1]] * count)).reshape(count, -1).sum(axis=0)
    levels = np.arange(-count, count + 1)
    expected = np.array([(signs == level).mean() for level in levels])
    np.testing.assert_allclose(analysis.binomial(count, levels), expected, rtol=1e-12)
    entropy = -sum(p * np.log2(p) for p in expected if p > 0)
    assert analysis.binomial_entropy(count) == pytest.approx(entropy, rel=1e-12)


def test_entropy_of_many_patterns_is_a_gaussians_less_one_bit_of_parity():
    assert analysis.binomial_entropy(400) == pytest.approx(float(analysis.gaussian_entropy(400)), abs=1e-3)


def test_symmetric_couplings_are_half_as_many_numbers():
    assert analysis.weights(5, symmetric=True) == 10 and analysis.weights(5, symmetric=False) == 20


def test_few_patterns_are_held_whole_and_their_weights_have_the_parity_of_p():
    ds = information.measure(information.Point("hebb", 0.5, 100, 3, 4, 3, 0.1), seed=1)
    assert (ds.held == 1).all() and (ds.fixed == 1).all()
    np.testing.assert_allclose(ds.stored, 3 / 100)  # one bit a unit, three patterns, N² couplings
    assert (ds.parity == 1).all() and (ds.largest <= 3).all()


def test_unlearned_states_are_not_held():
    ds = information.measure(information.Point("hebb", 0.5, 200, 10, 3, 10, 0.1), seed=2)
    assert (ds.false == 0).all()


def test_findings_and_figures_come_out_of_any_run(tiny):
    found = STUDY.findings(tiny)
    assert found and all(finding.source and np.isfinite(finding.measured) for finding in found)
    for figure in STUDY.figures(tiny).values():
        assert "seed 1" in figure.caption and figure.alt


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (("hebbb", 0.5, (40,), (0.1,)), "no rule 'hebbb'"),
        (("hebb", 0.1, (40,), (0.1,)), "activity must be 0.5"),
        (("hebb", 0.5, (5,), (0.1,)), "sizes start at 10"),
        (("hebb", 0.5, (40,), (-0.1,)), "loads lie above 0"),
    ],
)
def test_meaningless_curves_are_refused(curve, message):
    with pytest.raises(ValueError, match=message):
        information.Config(curves=(curve,), samples=2, probes=5)
