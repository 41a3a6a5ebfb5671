"""The study `recall`: the same cues for every way of restoring, and references that are exact where they say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _recall_findings as analysis
from hopphys.studies import recall

import hopphys as hp
from hopphys import dataset, study

TINY = recall.Config(side=8, pictures=6, samples=3, flips=(0.0, 0.4), erased=(0.5,), sharpnesses=(8.0, 64.0))


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    study.run(recall.STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs"))
    return dataset.load(next(tmp_path_factory.getbasetemp().glob("runs*/recall/recall.nc")))


def test_every_exact_finding_of_a_tiny_run_agrees(joined):
    found = {finding.name: finding for finding in recall.STUDY.findings(joined)}
    exact = [finding for finding in found.values() if finding.error is None]
    assert len(exact) == 4 and all(finding.agrees for finding in exact)
    assert all(np.isfinite(finding.measured) for finding in found.values())


def test_the_first_findings_are_those_at_the_hard_damage_of_both_kinds(joined):
    first = [finding.name for finding in recall.STUDY.findings(joined)[:4]]
    assert all("f = 0.4" in name for name in first)
    assert {name.partition(",")[0] for name in first} == set(analysis.TITLES.values())


def test_figures_show_every_way_and_say_what_was_run(joined):
    figures = recall.STUDY.figures(joined)
    assert list(figures) == ["restored", "pictures"]
    assert {axis.get_ylim() for axis in figures["restored"].plot.axes} == {(-0.04, 1.04)}
    for figure in figures.values():
        assert "64 pixels" in figure.caption and "seed 1" in figure.caption and figure.alt
    labels = [text.get_text() for text in figures["restored"].plot.legends[0].get_texts()]
    assert {"Hebb", "projection", "cooling", "attention k=8", "attention k=64", "nearest", "nearest, exact"} == set(
        labels
    )


@pytest.mark.parametrize("kind", analysis.KINDS)
@pytest.mark.parametrize(("damage", "amount"), [("flip", 0.2), ("erase", 0.5)])
def test_a_point_is_a_function_of_its_seed_and_nothing_else(kind, damage, amount):
    point = replace(recall.points(TINY)[0], kind=kind, damage=damage, amount=amount)
    first, again, other = (recall.measure(point, seed) for seed in (5, 5, 6))
    assert first.identical(again)
    assert not first.overlap.equals(other.overlap)


def test_letters_of_a_set_are_different_and_no_two_pass_for_each_other():
    xi = hp.patterns.glyphs(recall.GLYPHS, 16)
    mutual = hp.patterns.overlap(xi, xi)[~np.eye(len(xi), dtype=bool)]
    assert mutual.max() < recall.RESTORED
    chosen = recall.stored(replace(recall.points(TINY)[0], side=16), seed=3)
    assert all(len(np.unique(sample, axis=0)) == TINY.pictures for sample in chosen)


def test_the_nearest_of_random_patterns_is_named_as_often_as_the_formula_says():
    point = replace(recall.points(TINY)[0], kind="random", amount=0.4, side=8, pictures=8, samples=3000)
    xi = recall.stored(point, seed=7)
    cue = recall.damaged(point, xi, seed=7)
    named = (recall.nearest(xi, cue, seed=7) == xi).all(axis=-1).mean(axis=1)
    exact = analysis.named_by_nearest(64, 8, "flip", 0.4)
    # Two-sided, |z| < 4: false alarm 6e-5. The twin ignores ties, which are 5 % of the cues here.
    error = named.std(ddof=1) / np.sqrt(len(named))
    assert abs(named.mean() - exact) < 4 * error
    strict = analysis.stats.binom(64, 0.4).pmf(np.arange(65)) @ analysis.stats.binom(64, 0.5).sf(np.arange(65)) ** 7
    assert abs(named.mean() - strict) > 4 * error


@pytest.mark.parametrize("damage", ["flip", "erase"])
def test_the_exact_formula_has_its_limits(damage):
    def named(count: int, amount: float) -> float:
        return analysis.named_by_nearest(256, count, damage, amount)

    assert named(1, 0.3) == pytest.approx(1)
    assert named(16, 0.0) == pytest.approx(1)
    assert named(16, 0.1) == pytest.approx(1, abs=1e-12)
    everything = 0.5 if damage == "flip" else 1.0
    assert named(16, everything) == pytest.approx(1 / 16)  # nothing of the picture is left


def test_no_wrong_pixel_in_any_sample_is_not_an_error_of_zero():
    nothing, error = analysis.rare(xr.DataArray(np.zeros(10)), 100, expected=4e-3)
    assert nothing == 0 and error == pytest.approx(2e-3)  # four are expected in a thousand, two more or less


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pictures": 1}, "pictures must lie between 2 and 36"),
        ({"pictures": 37}, "there are 37"),
        ({"samples": 1}, "samples must be at least 2"),
        ({"flips": (0.1,)}, "flips must hold 0"),
        ({"erased": ()}, "at least one fraction"),
    ],
)
def test_a_configuration_without_meaning_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


@pytest.mark.study
def test_the_quick_preset_agrees_with_every_reference(tmp_path):
    path = study.run(recall.STUDY, study.build(recall.STUDY, "quick"), seed=1, out=tmp_path)
    found = recall.STUDY.findings(dataset.load(path))
    assert all(finding.agrees is not False for finding in found), [f for f in found if f.agrees is False]
