"""The information study: bits counted by hand, whole-number weights, and what a point and the findings say."""

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _information_analysis as analysis
from hopphys.studies import _information_figures as drawing
from hopphys.studies import _information_findings as results
from hopphys.studies import _information_rules as rules
from hopphys.studies import _information_separation as separation
from hopphys.studies import information
from scipy import optimize

import hopphys as hp
from hopphys import study

STUDY = information.STUDY
TINY = information.Config(
    curves=(
        ("hebb", 0.5, (40, 60), (0.05, 0.1, 0.3)),
        ("covariance", 0.1, (40,), (0.1, 0.3)),
        ("projection", 0.5, (40,), (0.3, 1.0)),
        ("perceptron", 0.5, (20,), (0.3, 1.0)),
    ),
    units=(("perceptron", (10,), (1.0, 2.0, 3.0)), ("minimum_overlap", (10,), (1.0, 2.0, 3.0))),
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


def test_count_of_separable_patterns_is_covers():
    counts = np.arange(1, 9)
    np.testing.assert_allclose(analysis.separable(1, counts), 0.5 ** (counts - 1), rtol=1e-12)  # one weight: all alike
    np.testing.assert_allclose(analysis.separable(2, counts), counts * 0.5 ** (counts - 1), rtol=1e-12)  # a plane
    assert analysis.separable(7, 7) == 1 and analysis.separable(7, 14) == pytest.approx(0.5)


@pytest.mark.parametrize("inputs", [1, 5, 19, 99])
def test_a_unit_takes_two_patterns_a_weight_on_average_at_any_size(inputs):
    counts = np.arange(1, 12 * inputs + 40)
    assert analysis.most(counts, analysis.separable(inputs, counts)) == pytest.approx(2 * inputs, rel=1e-9)


def test_most_patterns_are_the_sum_of_the_shares():
    assert analysis.most(np.array([2, 4]), np.array([1.0, 0.0])) == 2.5  # of one, two and three: 1 + 1 + 1/2
    np.testing.assert_array_equal(analysis.most(np.array([1, 2]), np.array([[1.0, 0.0], [1.0, 1.0]])), [1.0, 2.0])


def units(rule, size, patterns, samples, seed=1):
    return information.measure(information.Point(rule, 0.5, size, patterns, samples, 0, 0.1), seed)


@pytest.mark.parametrize("rule", ["perceptron", "minimum_overlap"])
def test_units_that_take_their_patterns_are_those_for_which_weights_exist(rule):
    ds = units(rule, 9, 14, 6)
    xi = hp.patterns.random(14, 9, seed=1, disorder=6)
    np.testing.assert_allclose(ds.units, [exist(sample) for sample in xi])
    assert (ds.units + ds.refuted <= 1).all() and 0 < ds.units.mean() < 1
    assert np.isnan(ds.stored).all()


def exist(sample):
    """Fraction of units for which a linear program finds weights with xi_i h_i >= 1."""
    rows = [sample[:, [i]] * np.delete(sample, i, axis=1) for i in range(sample.shape[1])]
    return np.mean([
        optimize.linprog(np.zeros(z.shape[1]), A_ub=-z, b_ub=-np.ones(len(z)), bounds=(None, None)).status == 0
        for z in rows
    ])  # fmt: skip


def test_half_of_the_units_take_twice_as_many_patterns_as_weights(monkeypatch):
    """Four standard errors, once in 16 000; a perceptron that gives up after ten passes must fail."""

    def away():
        share = units("perceptron", 20, 38, 40).units.values
        return (share.mean() - 0.5) / (share.std(ddof=1) / np.sqrt(share.size))

    assert abs(away()) < 4
    monkeypatch.setattr(rules, "STEPS", 200)
    assert away() < -4


def test_projection_of_all_but_one_direction_holds_any_state_as_a_random_direction_does():
    """Four standard errors; the limit of many units, 1, must fail at 60."""
    ds = information.measure(information.Point("projection", 0.5, 60, 59, 60, 20, 0.1), seed=3)
    error = ds.false.values.std(ddof=1) / np.sqrt(60)
    reference, spread = analysis.one_direction(60, rules.FOUND, 4000, seed=3)
    assert abs(ds.false.values.mean() - reference) < 4 * np.hypot(error, spread)
    assert 1 - ds.false.values.mean() > 4 * error
    assert (ds.fixed == 1).all()


def test_loads_that_hold_unlearned_states_count_for_no_limit():
    at = xr.Dataset(
        {
            "stored": (("point", "disorder"), [[0.3, 0.5], [0.9, 0.9]]),
            "false": (("point", "disorder"), [[0.0, 0.0], [0.0, 0.1]]),
        },
        coords={"patterns": ("point", [40, 99]), "size": ("point", [100, 100])},
    )
    value, _, load = analysis.limit(at, "stored", 5, seed=1)
    assert (value, load) == (pytest.approx(0.4), 0.4)
    assert np.isnan(analysis.limit(at.isel(point=[1]), "stored", 5, seed=1)).all()


def test_bounds_agree_with_a_reference_between_them_and_with_no_other():
    one = study.Finding.compare("bits", 1.8, 0.01, 2.0, "by hand")
    assert not one.agrees and separation._between(one, "minimum_overlap", 2.1).agrees
    assert not separation._between(one, "minimum_overlap", 1.9).agrees
    assert not separation._between(one, "perceptron", 2.1).agrees


def test_rules_whose_units_do_not_learn_apart_have_no_units_to_count():
    with pytest.raises(ValueError, match="units learn apart by perceptron and minimum_overlap only"):
        information.Config(curves=TINY.curves, samples=2, probes=5, units=(("hebb", (40,), (0.1,)),))


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


@pytest.mark.parametrize(("bits", "verdict"), [(0.3, None), (2.02, None), (2.1, False)])
def test_a_limit_gives_no_verdict_from_below(bits, verdict):
    one = results._below(study.Finding.compare("bits", bits, 0.01, 2.0, results.GARDNER, note="known"))
    assert one.agrees is verdict and one.note.startswith("known; ")


def test_no_two_rules_look_alike():
    rules_of = [rule for rule in hp.learning.RULES if rule not in ("hebb", "covariance")]
    names, activities = ["hebb", "covariance", "covariance", *rules_of], [0.5, 0.1, 0.03, *[0.5] * len(rules_of)]
    ds = xr.Dataset({"rule": ("point", names), "activity": ("point", activities)})
    looks = [drawing._look(ds, kind) for kind in analysis.kinds(ds)]
    assert len({look["color"] for look in looks}) == len({look["marker"] for look in looks}) == len(names)
