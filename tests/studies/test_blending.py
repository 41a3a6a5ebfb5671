"""The blending study: patterns of exact overlap, positions on made-up data, a tiny run, what the presets promise."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _blending_analysis as analysis
from hopphys.studies import _blending_figures as drawing
from hopphys.studies import _blending_loaded as loaded
from hopphys.studies import _blending_measuring as measuring
from hopphys.studies import blending

import hopphys as hp
from hopphys import study

STUDY = blending.STUDY
TINY = blending.Config(
    small=(6, 8),
    sizes=(100, 200),
    samples=(3, 3),
    three=(0.0, 0.2, 0.4, 0.6),
    two=(0.0, 0.4, 0.6, 0.9),
    load=0.05,
    warm_sizes=(40, 80),
    warm_samples=8,
    pairs=(0.5,),
    ratios=(0.5, 0.8, 1.0, 1.2),
    sweeps=40,
    loaded_sizes=(40, 80),
    loaded_samples=(3, 3),
    edge_temperatures=(0.2,),
    edge_samples=(4, 4),
    edge_sweeps=40,
    edge=(-0.2, 0.0, 0.2),
    census_size=100,
    census_samples=3,
    census_correlations=(0.0, 0.6),
    census_starts=10,
    dream_size=60,
    dream_correlations=(0.6,),
    dreams=(0, 10, 20, 30, 40),
    dream_samples=3,
    side=8,
    resamples=5,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


@pytest.mark.parametrize(("count", "number"), [(2, 1), (2, 30), (3, 5), (3, 20)])
def test_patterns_have_exactly_the_overlap_that_is_asked_for(count, number):
    xi = measuring.alike(100, count, number, seed=1, disorder=4, others=3)
    assert xi.shape == (4, count + 3, 100)
    c = measuring.correlation_of(100, count, number)
    for sample in xi.astype(float):
        overlaps = sample @ sample.T / 100
        np.testing.assert_allclose(overlaps[:count, :count], c + (1 - c) * np.eye(count))
        assert np.abs(overlaps[:count, count:]).max() < 0.5
    assert measuring.differing(100, count, c) == number


def test_patterns_that_would_differ_on_the_same_sites_are_refused():
    with pytest.raises(ValueError, match="sites of their own"):
        measuring.alike(10, 3, 4, seed=1, disorder=1)


def test_threshold_and_crossing_are_found_between_points():
    c = np.array([0.0, 0.2, 0.4, 0.6])
    kept = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.5], [0.0, 0.0]])
    assert analysis.threshold(c, kept) == pytest.approx(0.2 + 0.2 * 0.5 / 0.75)
    assert np.isnan(analysis.threshold(c, np.ones((4, 2))))
    assert analysis.crossing(c, 0.3 - c) == pytest.approx(0.3)
    assert np.isnan(analysis.crossing(c, 1 + c))


def thresholds(values, **others):
    return loaded.Thresholds((100, 400, 1600), tuple(values), (0.01, 0.01, 0.01), others)


def test_thresholds_are_continued_to_large_n_and_other_readings_widen_the_error():
    sizes = np.array([100.0, 400.0, 1600.0])
    straight = thresholds(0.5 + 2 * sizes**-0.5, other=tuple(0.53 + 2 * sizes**-0.5))
    assert straight.shifts() == pytest.approx({"other": 0.53, "from N = 400": 0.5})
    *each, last = loaded._thresholds("c", straight, 0.55)
    assert len(each) == 3 and all(finding.agrees is None for finding in each)
    line = straight.line()
    assert last.measured == pytest.approx(0.5) and last.error == pytest.approx(np.hypot(line.error, 0.03))
    assert last.agrees and "0.5300 other" in last.note
    assert loaded._thresholds("c", straight, 0.62)[-1].agrees is False  # a wrong theory, 3 errors away


def test_a_threshold_that_is_missing_ends_the_line():
    assert not thresholds([0.5, np.nan, 0.4]).known
    assert len(loaded._thresholds("c", thresholds([0.5, np.nan, 0.4]), 0.5)) == 3


def made_up(merging, noise=0.01, size=200, number=50, samples=40):
    """|m_1 - m_2| of a pair that merges at `merging` instead of 1 - c = 0.5, with Gaussian noise."""
    ratio = np.array([0.4, 0.7, 0.9, 1.0, 1.1, 1.4])
    curve, _ = hp.theory.blending.separation_at(size, number, ratio * 0.5 * 0.5 / merging)
    values = curve[:, None] + noise * np.random.default_rng(3).standard_normal((len(ratio), samples))
    return xr.Dataset(
        {"apart": (("ratio", "disorder"), values), "overlap_of_pair": 0.5, "size": size}, coords={"ratio": ratio}
    )


@pytest.mark.parametrize("merging", [0.5, 0.45])
def test_merging_temperature_of_made_up_curves_is_found_within_its_error(merging):
    value, error = analysis.merging(made_up(merging), 50, 1)
    assert error < 0.005 and abs(value - merging) < 4 * error


def test_misfit_is_one_where_the_theory_holds_and_large_where_it_does_not():
    """False-alarm rate 1e-4 of a chi-square with 6 degrees of freedom: 27.9 / 6 = 4.6."""
    freedom = made_up(0.5).sizes["disorder"] - 1
    squares = [hp.statistics.reduced_chi_square(analysis.misfit(made_up(t)), freedom).value for t in (0.5, 0.45)]
    assert squares[0] < 4.6 < squares[1]


def test_dreams_needed_lie_between_two_looks():
    kept = np.array([[0, 0, 0], [2 / 3, 0, 0], [1, 1, 0], [1, 1, 1]])
    at = xr.Dataset({"kept": (("dreams", "disorder"), kept)}, coords={"dreams": [0, 10, 20, 40]})
    value, error = analysis.separated(at)
    assert value == pytest.approx((15 + 15 + 30) / 3) and error > 40 / 3 / np.sqrt(12) - 1e-9
    assert np.isnan(analysis.separated(at.isel(dreams=slice(0, 3)))[0])


def test_two_in_one_bit_are_one_minimum_and_three_blend_at_finite_size():
    ds = measuring.enumerated(blending.Enumerated("enumerated", 12), seed=1)
    assert ds.separate_two.values.tolist() == [0] + [1] * 5
    assert ds.minima_of_two.values[1:5].tolist() == [4] * 4
    assert ds.fixed_three.values[:3].tolist() == [0, 3, 3]  # c = 2/3, 1/3, 0 beside 1/2 - 3/24


def test_three_patterns_blend_above_one_half_and_two_do_not():
    grid = (0.4, 0.6, 0.9)
    three = measuring.settled(blending.Settled("settled", 200, 3, 0.0, 2, grid), seed=1)
    np.testing.assert_allclose(three.own, [[1, 1], [0.8, 0.8], [0.95, 0.95]], atol=1e-6)
    np.testing.assert_allclose(three.blend, [[0.7, 0.7], [1, 1], [1, 1]], atol=1e-6)
    assert three.kept_apart.values[:, 0].tolist() == [1, 0, 0]
    assert (measuring.settled(blending.Settled("settled", 200, 2, 0.0, 2, grid), seed=1).own == 1).all()


def test_two_patterns_at_temperature_are_the_exact_magnet():
    """Each of 6 means within 4.5 of its standard errors over 48 samples: false alarms below 1e-3 / 6 by Student's t."""
    ratios = (0.6, 0.9, 1.2)
    ds = measuring.warm(blending.Warm("warm", 60, 0.4, 0.0, 48, 100, ratios), seed=2)
    theory, _ = hp.theory.blending.separation_at(60, 18, np.array(ratios) * 0.6)
    centre, error = analysis.mean_error(ds.apart.values.astype(float))
    assert (np.abs(centre - theory) < 4.5 * error).all() and (error < 0.05).all()
    wrong, _ = hp.theory.blending.separation_at(60, 18, np.array(ratios) * 0.6 * 1.2)
    assert (np.abs(centre - wrong) > 4.5 * error).any()


def test_dreams_separate_three_blended_patterns_when_theory_says():
    point = blending.Dreams("dreams", 100, 0.6, 0.0, 4, 0.01, (0, 25, 35))
    ds = measuring.dreams(point, seed=1)
    assert 25 < hp.theory.blending.three_unlearned(0.6, 0.01, 100) < 35
    assert ds.kept.mean("disorder").values.tolist() == [0, 0, 1]
    assert (ds.blended_dreams[1] == 1).all() and (ds.projected == 1).all()
    assert ds.kernel_time.mean() == pytest.approx(hp.theory.blending.three_dreaming(0.6), rel=0.25)


def test_letters_blend_and_are_told_apart_after_dreaming():
    ds = measuring.letters(blending.Letters("letters", 8, 0.01, 1_000), seed=1)
    memory, hebb, dreamt, projected = ds.picture.transpose("stage", "letter", "pixel").values
    assert (hebb[0] == hebb[1]).all() and (hebb[0] == hebb[2]).all()
    np.testing.assert_array_equal(dreamt, memory)
    np.testing.assert_array_equal(projected, memory)
    assert ds.dreams_of_letters > 1


def rests(c, *values):
    """Two of mutual overlap c at T = 0.2 (1 - c), with these differences at N = 100, 400, ..., errors 0.01."""
    return [loaded.Rest(100 * 4**k, c, 0.2, value, 0.01) for k, value in enumerate(values)]


def test_merged_pairs_at_load_are_continued_to_large_n():
    falling = loaded._pair(rests(0.8, 0.2, 0.1, 0.05), 0.05)
    assert falling.agrees and falling.reference == 0 and falling.measured == pytest.approx(0, abs=1e-9)
    assert falling.name.endswith("N -> infinity")
    assert "above c = 0.501" in falling.note and "0.200(10) at N = 100, 0.100(10) at N = 400" in falling.note
    kept = loaded._pair(rests(0.8, 0.2, 0.15, 0.13), 0.05)
    assert kept.agrees is False and kept.measured > 0.08


def test_pairs_that_theory_keeps_apart_are_compared_at_the_largest_n_and_near_ones_are_not():
    apart = loaded._pair(rests(0.2, 0.9, 0.99), 0.05)
    assert apart.agrees and apart.name.endswith("N = 400") and apart.reference > 0.99 and apart.note == ""
    assert loaded._pair(rests(0.2, 0.9, 0.9), 0.05).agrees is False
    near = loaded._pair(rests(0.5, 0.6, 0.5), 0.05)
    assert near.agrees is None and near.reference is None and "close to the threshold" in near.note
    alone = loaded._pair(rests(0.8, 0.2), 0.05)
    assert alone.agrees is None and alone.name.endswith("N = 100") and "A finite N keeps" in alone.note


def test_two_patterns_at_temperature_and_load_merge_above_the_edge_of_theory():
    """N = 1000, T = 0.2, theory's edge 0.446: far on both sides all starts agree; and heating alone merges two."""
    point = blending.Edge("edge", 1000, 0.05, 0.2, 4, 100, (0.25, 0.65))
    ds = measuring.edge(point, seed=1)
    assert ds.left.shape == (2, 4, 2) and ds.exact_correlation.values.tolist() == [0.25, 0.65]
    stays = ds.left.values > loaded.level(0.05, 0.2)
    assert stays[0].all() and not stays[1].any()
    cold, hot = (
        measuring.edge(dataclasses.replace(point, temperature=t, correlations=(0.4,)), seed=1).left.mean()
        for t in (0.02, 0.45)
    )
    assert cold > 0.9 > 0.5 > hot


def test_a_threshold_at_temperature_is_read_where_half_of_the_starts_blend(tiny):
    config = STUDY.config_of(tiny)
    falling = xr.where(tiny.exact_correlation < 0.5, 1.0, 0.0).where(tiny.exact_correlation.notnull())
    made = (falling + 0 * tiny.left).where(tiny.kind == "edge")
    found = loaded.warm(tiny.assign(left=made, left_before=made), config, 0.2, 1)
    assert found.values == pytest.approx([0.546, 0.546], abs=0.01)
    assert found.errors == pytest.approx([0.2 / np.sqrt(12)] * 2, rel=0.1)
    assert set(found.others) == {"level 0.5", "level 0.8", "half as long"}
    none = 0 * made  # nothing stays, so that no threshold is there
    late = loaded.warm(tiny.assign(left=made, left_before=none), config, 0.2, 1)
    assert late.values == found.values and not np.isfinite(late.others["half as long"]).any()


def test_caption_names_the_points_without_a_number_of_dreams(tiny):
    whole = tiny.assign(kept=0 * tiny.kept + 1)
    never = tiny.assign(kept=0 * tiny.kept)
    assert drawing._missing(whole) == ""
    assert "c = 0.6 at load 0.05: in 3 of 3 samples" in drawing._missing(never)


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    assert findings[0].name.startswith("mutual overlap above which three patterns alone blend")
    assert any("N -> infinity" in finding.name for finding in findings)
    shown = STUDY.figures(tiny)
    assert set(shown) == {"rest", "merging", "edge", "dreams", "letters", "ends"}
    assert all("seed 1" in figure.caption and figure.alt for figure in shown.values())


def test_shares_of_random_starts_add_up(tiny):
    at = analysis.of_kind(tiny, "ends").isel(point=0)
    np.testing.assert_allclose(at.share.sum("end"), 1, atol=1e-6)
    assert (at.share.sel(end="blend", correlation=0.6) == 1).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"warm_samples": 1}, "warm_samples must be at least 2, for an error, but it is 1"),
        ({"samples": (3,)}, "samples needs one number a size"),
        ({"loaded_sizes": (40,)}, r"loaded_sizes are \(40,\) and loaded_samples \(3, 3\)"),
        ({"edge": (0.1, 0.2, 0.3)}, "edge lies around 0"),
        ({"edge_temperatures": (0.2, 0.6)}, "but one is 0.6"),
        ({"edge_temperatures": (-0.1,)}, "but one is -0.1"),
        ({"edge_sweeps": 8}, "edge_sweeps must be at least 40"),
        ({"small": (20,)}, "4 to 16 sites"),
        ({"three": (0.1, 0.1, 0.2)}, "three must be three rising"),
        ({"dreams": (0, 5)}, "dreams must be three rising"),
        ({"pairs": (1.0,)}, "from 0 to below 1"),
        ({"load": 0.2}, "between 0 and 0.138"),
        ({"rate": 0.0}, "above 0"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_promises_enough():
    full = study.build(STUDY, "full")
    assert max(full.sizes) >= 4000 and len(full.sizes) >= 3 and min(full.warm_samples, *full.loaded_samples) >= 8
    assert len(full.pairs) >= 3 and min(full.dream_samples, full.census_samples) >= 8


@pytest.mark.study
def test_quick_preset_agrees_with_theory(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    findings = STUDY.findings(ds)
    assert not [finding for finding in findings if finding.agrees is False]
    assert sum(finding.agrees is True for finding in findings) >= 10


def test_theory_of_a_blend_has_no_difference_left():
    """Above the edge of two patterns the iteration ends at 1e-12 of a difference: that is 0."""
    assert loaded.left(0.8, 0.04, 0.05) == 0.0 and loaded.left(0.2, 0.16, 0.05) > 0.9
