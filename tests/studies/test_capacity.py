"""The capacity study: what a point measures, what a finding compares, and what the presets promise."""

import dataclasses
import math

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _capacity_analysis as analysis
from hopphys.studies import capacity

import hopphys as hp
from hopphys import study

STUDY = capacity.STUDY
TINY = capacity.Config(
    sizes=(40, 60, 90),
    samples=(6, 6, 6),
    loads=(0.05, 0.12, 0.15, 0.18),
    near=(0.12, 0.15, 0.18),
    wide_up_to=60,
    cue_up_to=60,
    exact_sizes=(40, 80),
    exact_samples=8,
    exact_scaled=(0.25, 0.5, 1.0),
    fit_from=40,
    fit_low=0.0,
    fit_high=1.0,
    resamples=5,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def point(**values):
    return capacity.Point(**{"size": 60, "patterns": 3, "samples": 4, "probes": 3, "flip": 0.1, **values})


def test_few_patterns_are_all_retrieved_and_many_are_lost():
    few, many = (capacity.measure(point(patterns=p), seed=1) for p in (3, 60))
    assert (few.retrieved == 1).all() and (few.cue_retrieved == 1).all() and (few.exact == 1).all()
    assert many.retrieved.mean() < 0.2 and many.overlap.mean() < 0.8


def test_one_step_error_counts_the_bits_that_the_couplings_would_turn():
    ds = capacity.measure(point(patterns=12, probes=12, settles=False), seed=5)
    stored = hp.patterns.random(12, 60, seed=5, disorder=4)
    turned = np.einsum("dij,dpj->dpi", hp.hebb(stored), stored) * stored < -1e-12
    np.testing.assert_allclose(ds.wrong, turned.mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(ds.exact, (~turned.any(axis=2)).mean(axis=1), rtol=1e-6)


def test_blocks_of_disorder_leave_the_patterns_as_they_are(monkeypatch):
    whole = capacity.measure(point(patterns=12), seed=2)
    monkeypatch.setattr(capacity, "BLOCK", 1)
    blocks = capacity.measure(point(patterns=12), seed=2)
    for name in ("wrong", "exact"):
        np.testing.assert_array_equal(whole[name], blocks[name])


def test_histogram_counts_every_probe_once():
    ds = capacity.measure(point(patterns=15, probes=10), seed=3)
    assert ds.histogram.sum() == 4 * 10
    assert capacity.measure(point(settles=False), seed=3).histogram.sum() == 0


def test_points_that_round_to_the_same_patterns_are_measured_once():
    config = dataclasses.replace(TINY, loads=(0.12, 0.125), sizes=(40,), samples=(4,))
    recall = [point for point in capacity.points(config) if point.settles]
    assert [point.patterns for point in recall] == [5]


def test_large_sizes_take_loads_near_the_transition_and_no_cue():
    largest = [point for point in capacity.points(TINY) if point.size == 90 and point.settles]
    assert [point.patterns for point in largest] == [11, 14, 16]
    assert all(point.flip is None for point in largest)


def test_missing_samples_count_for_nothing_in_means_and_errors():
    values = np.array([[1.0, 0.0, np.nan], [1.0, np.nan, np.nan], [np.nan] * 3])
    mean, error = analysis.mean_error(values)
    np.testing.assert_array_equal(mean, [0.5, 1.0, np.nan])
    np.testing.assert_allclose(error, [0.5, np.nan, np.nan])
    assert analysis.mean_error(np.array([1.0, 3.0])) == (2.0, 1.0)


def test_reference_simulation_is_compared_within_three_combined_errors():
    values = np.array([0.9, 0.9, 0.92, 0.92])  # 0.91(0.006)
    near = capacity._beside("m", values, (0.93, 0.004))
    far = capacity._beside("m", values, (0.94, 0.004))
    assert near.agrees and not far.agrees
    assert math.isclose(near.measured, 0.91) and near.reference == 0.93


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert {finding.agrees for finding in findings} >= {True}
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    assert [finding.reference for finding in findings[:3]] == [0.1379055665, 0.13819, 0.145]
    assert "correction to scaling was put" not in findings[0].note  # three sizes do not tell one
    for figure in STUDY.figures(tiny).values():
        assert "seed 1" in figure.caption and "disorder samples" in figure.caption


def test_first_findings_are_the_critical_load_and_what_is_retrieved_there(tiny):
    at_1000 = [
        tiny.isel(point=[place]).assign(size=("point", [1000]), patterns=("point", [patterns]))
        for place, patterns in zip((2, 3, 3), (100, 140, 200), strict=True)
    ]
    names = [finding.name for finding in STUDY.findings(xr.concat([tiny, *at_1000], "point"))]
    assert [name.split(",")[0] for name in names[:2]] == ["critical load by finite-size scaling"] * 2
    assert names[2:4] == [f"{what} at N = 1000, load 0.14" for what in ("retrieved fraction", "mean overlap")]
    assert len(set(names)) == len(names)


def test_note_owns_up_to_the_correction_chosen_with_the_data_at_hand(tiny):
    sizes = tiny.isel(point=np.flatnonzero(tiny["size"].values == 60)).assign(size=lambda ds: 2 * ds["size"])
    note = STUDY.findings(xr.concat([tiny, sizes], "point"))[0].note
    assert "only after seeing, in data such as these" in note and "degrees of freedom without it" in note


def test_two_samples_that_agree_by_chance_divide_nothing_by_zero(tiny):
    points = tiny.sizes["point"]
    same = tiny.isel(disorder=[0, 0]).assign(samples=("point", [2] * points), probes=("point", [10_000] * points))
    with np.errstate(divide="raise"):
        assert capacity._steps(same) == []


def test_broken_one_step_errors_are_reported_as_disagreement(tiny):
    """Errors a quarter too high, as from couplings that keep their diagonal; the true ones agree."""

    def verdict(ds: xr.Dataset) -> bool | None:
        return next(f.agrees for f in STUDY.findings(ds) if f.name.startswith("one-step error: "))

    assert verdict(tiny)
    assert not verdict(tiny.assign(wrong=2 * tiny.wrong))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": (4,)}, "3 sizes need as many numbers of samples, but 1 came"),
        ({"probes": 1}, "an error needs more than one"),
        ({"loads": (0.0,)}, "loads lie above 0"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_keeps_its_promises():
    points = [point for point in capacity.points(study.build(STUDY, "full")) if point.settles]
    assert max(point.size for point in points) >= 4000
    assert min(point.samples for point in points) >= 40
    at_1000 = {point.patterns for point in points if point.size == 1000}
    assert {round(1000 * load) for load, *_ in capacity.REFERENCE} <= at_1000


@pytest.mark.study
@pytest.mark.statistical
def test_quick_preset_agrees_with_the_reference_simulation(tmp_path):
    """Twelve comparisons at three combined errors: one false alarm in thirty runs, and the seed is fixed."""
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    compared = [finding for finding in STUDY.findings(ds) if finding.source == capacity.SIMULATION]
    assert len(compared) == 12
    assert [finding.name for finding in compared if not finding.agrees] == []
