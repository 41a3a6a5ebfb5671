"""The unlearning study: positions found on made-up curves, what a point measures, and what the presets promise."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies import unlearning

import hopphys as hp
from hopphys import study

STUDY = unlearning.STUDY
TINY = unlearning.Config(
    size=40, loads=(0.1, 0.3), times=(0.0, 0.1, 0.2, 0.3, 0.5), samples=3, starts=5, rate=0.05, resamples=5
)
X = np.linspace(0, 0.5, 11)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def curves(shifts, noise=0.0):
    """Made-up samples: best at 0.24, collapse at 0.35, sign change at 0.06, each shifted sample by sample."""
    random = np.random.default_rng(1)
    x = X - np.asarray(shifts)[:, None]
    values = {
        "stability": 0.6 - (x - 0.24) ** 2,
        "fixed": np.clip((0.4 - x) / 0.1, 0, 1),
        "near_energy": np.full(x.shape, -0.4),
        "spurious_energy": -0.4 + 0.2 * (x - 0.06),
    }
    return {name: array + noise * random.standard_normal(array.shape) for name, array in values.items()}


def test_positions_of_maximum_collapse_and_sign_change_are_found_between_points():
    at = curves([0.0, 0.0])
    assert analysis.best(X, at) == pytest.approx(0.24)
    assert analysis.collapse(X, at) == pytest.approx(0.35)
    assert analysis.crossing(X, at) == pytest.approx(0.06)


def test_maximum_at_the_edge_stays_on_the_grid():
    at = curves([0.0, 0.0])
    at["stability"] = -np.tile(X, (2, 1))
    assert 0 <= analysis.best(X, at) <= X[1]


def test_sign_change_that_is_not_there_is_not_found():
    at = curves([0.0, 0.0])
    at["spurious_energy"] = at["near_energy"] + 0.1
    assert np.isnan(analysis.crossing(X, at))
    at["spurious_energy"] = at["near_energy"] - 0.01 + np.array([[0.05], [-0.05]])  # below, but not by three errors
    assert np.isnan(analysis.crossing(X, at))


def test_error_of_a_position_holds_the_scatter_of_samples_and_the_grid():
    shifts = 0.02 * np.random.default_rng(0).standard_normal(16)
    names = ("disorder", "time")
    at = xr.Dataset({name: (names, array) for name, array in curves(shifts).items()}, coords={"time": X})
    value, error = analysis.resampled(analysis.best, at, 200, 1)
    grid = 0.05 / np.sqrt(12)
    assert value == pytest.approx(0.24 + shifts.mean(), abs=1e-6)
    assert np.sqrt(error**2 - grid**2) == pytest.approx(shifts.std() / 4, rel=0.25)


def test_smallest_stability_is_zero_without_couplings_and_negative_with_a_wrong_bit():
    aligned = np.array([[[2.0, -1.0, 0.0]]])
    np.testing.assert_array_equal(unlearning._stability(aligned, np.array([[2.0, 4.0, 0.0]])), [[[1.0, -0.25, 0.0]]])


def test_dreams_cure_a_network_above_capacity_and_kill_it_in_the_end():
    """N = 60, load 0.3: hardly a pattern fixed at x = 0, most at 0.22, none at 0.6."""
    point = unlearning.Point(60, 18, 4, 20, 0.02, 0.1, (0.0, 0.22, 0.6))
    ds = unlearning.measure(point, seed=1)
    fixed, stability = ds.fixed.mean("disorder").values, ds.stability.mean("disorder").values
    assert fixed[0] < 0.3 and fixed[1] > 0.8 and fixed[2] < 0.1
    assert stability[1] > max(stability[0], stability[2])
    assert (ds.near_energy <= ds.pattern_energy + 1e-6).all()  # descent from a pattern goes down


def test_hits_are_patterns_or_their_negatives():
    """One pattern is all there is to fall into; at x = 0 nothing is spurious, and its energy is not a number."""
    ds = unlearning.measure(unlearning.Point(30, 1, 2, 12, 0.01, 0.1, (0.0,)), seed=3)
    assert (ds.hits == 1).all() and np.isnan(ds.spurious_energy).all()


def test_noise_is_not_made_of_the_patterns():
    """N = 300, load 0.1: one start in fifty hits a pattern; starts that are the patterns would all do."""
    ds = unlearning.measure(unlearning.Point(300, 30, 2, 20, 0.01, 0.1, (0.0, 0.001)), seed=3)
    assert ds.hits.mean() < 0.3


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    assert len([finding for finding in findings if finding.name.startswith("x of ")]) >= 4
    for figure in STUDY.figures(tiny).values():
        assert "seed 1" in figure.caption and "3 disorder samples" in figure.caption


def test_figures_of_a_hopfield_network_wear_no_other_models_colour(tiny):
    others = {study.COLOURS[model] for model in ("ising", "boltzmann", "attention")}
    for figure in STUDY.figures(tiny).values():
        assert not others & {line.get_color() for axis in figure.plot.axes for line in axis.lines}


def test_reference_is_compared_at_its_own_size_and_load_only(tiny):
    sources = {finding.source for finding in STUDY.findings(tiny)}
    assert unlearning.RULE in sources and unlearning.SIMULATION not in sources


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 0.0}, "a positive rate"),
        ({"samples": 1}, "samples >= 2 .for an error."),
        ({"times": (0.1, 0.1)}, "times must rise"),
        ({"times": (0.1, 0.2)}, "at least three"),
        ({"loads": (0.0,)}, "loads lie above 0"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_is_where_the_reference_is():
    full = study.build(STUDY, "full")
    assert full.size == 400 and 0.3 in full.loads and full.samples >= 8 and full.rate == 0.01


@pytest.mark.study
def test_quick_preset_finds_optimum_collapse_and_sign_change(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    found = {finding.name: finding for finding in STUDY.findings(ds) if "load 0.30" in finding.name}
    best = next(finding for name, finding in found.items() if "best smallest stability" in name)
    collapse = next(finding for name, finding in found.items() if "collapse" in name)
    crossing = next(finding for name, finding in found.items() if "sign change" in name)
    assert best.agrees and collapse.agrees
    assert 0.02 < crossing.measured < 0.08
