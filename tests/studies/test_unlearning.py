"""The unlearning study: positions found on made-up curves, what a point measures, and what the presets promise."""

import builtins
import dataclasses

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _unlearning_analysis as analysis
from hopphys.studies import _unlearning_findings as reading
from hopphys.studies import _unlearning_looks as looks
from hopphys.studies import _unlearning_pictures as pictures
from hopphys.studies import _unlearning_trace as trace
from hopphys.studies import unlearning

import hopphys as hp
from hopphys import study

STUDY = unlearning.STUDY
TINY = unlearning.Config(
    size=40,
    loads=(0.1, 0.3),
    early=(0.0, 0.3, 0.6),
    late=(-0.05, 0.05, 0.2),
    samples=4,
    probes=5,
    starts=8,
    flips=(0.1, 0.3),
    kernel_times=(0.0, 1.0, 4.0, 16.0),
    others=((30, 3, 0.1, (0.2,)),),
    correlations=(0.1,),
    glyphs=(4,),
    rate=0.05,
    resamples=5,
)
X = np.linspace(0, 0.5, 11)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def shown(tiny):
    return STUDY.figures(tiny)


def point(size, patterns, samples, times, kind="random", rate=0.02, starts=20, **values):
    shape = {"probes": patterns, "flips": (0.1, 0.3), "kernel_times": (0.0, 4.0), "correlation": None, **values}
    return looks.Point(
        kind=kind, size=size, patterns=patterns, samples=samples, times=times, rate=rate, starts=starts, **shape
    )


def curves(shifts):
    """Made-up samples: best at 0.24, collapse at 0.35, sign change at 0.06, trace used up at 0.36; each shifted."""
    x = X - np.asarray(shifts)[:, None]
    return {
        "stability": 0.6 - (x - 0.24) ** 2,
        "fixed": np.clip((0.4 - x) / 0.1, 0, 1),
        "near_energy": np.full(x.shape, -0.4),
        "spurious_energy": -0.4 + 0.2 * (x - 0.06),
        "weight": 0.36 - x,
    }


def test_positions_are_found_between_points():
    at = curves([0.0, 0.0])
    assert analysis.best(X, at) == pytest.approx(0.24)
    assert analysis.collapse(X, at) == pytest.approx(0.35)
    assert analysis.crossing(X, at) == pytest.approx(0.06)
    assert analysis.exhausted(X, at) == pytest.approx(0.36)


def test_difference_of_positions_of_the_same_samples_loses_what_they_share():
    """Shifts of 0.02 move both by as much: what is left of the error is the looks' spacing."""
    shifts = 0.02 * np.random.default_rng(0).standard_normal(16)
    at = xr.Dataset({name: (("disorder", "look"), array) for name, array in curves(shifts).items()})
    at["x"] = ("look", X)
    value, error = analysis.apart(analysis.collapse, analysis.exhausted, at, 100, 1)
    assert value == pytest.approx(-0.01, abs=2e-3) and error == pytest.approx(0.05 / np.sqrt(12), rel=0.02)
    alone = analysis.position(analysis.collapse, at, 100, 1)[1]
    assert alone**2 - error**2 > 0.003**2  # the scatter of the samples is in there
    without = at.assign(fixed=0 * at.fixed)
    assert np.isnan(analysis.apart(analysis.collapse, analysis.exhausted, without, 10, 1)).all()


def test_end_of_the_trace_is_compared_where_three_sizes_are(tiny, monkeypatch):
    """The patterns outlive it by 2 N^-1/2, or by 0.1 more."""
    config = dataclasses.replace(TINY, rate=0.05)
    some = [tiny.isel(point=0).assign_coords(size=n, patterns=round(0.3 * n), rate=0.05) for n in (100, 400, 1600)]
    monkeypatch.setattr(trace.analysis, "kind", lambda ds, kind: some)
    for shift, agrees in ((0.0, True), (0.1, False)):
        outlives = lambda at, config, shift=shift: (2 * float(at["size"]) ** -0.5 + shift, 0.01)  # noqa: E731
        monkeypatch.setattr(trace, "_outlives", outlives)
        (found,) = trace._limits(tiny, config)
        assert found.measured == pytest.approx(shift, abs=1e-9) and found.agrees is agrees
    some.pop()
    assert trace._limits(tiny, config) == []


def test_maximum_is_read_off_all_points_around_it():
    """Of a parabola with one noisy top, the neighbours within the width have their say."""
    x = np.arange(0, 0.5, 0.01)
    y = 0.6 - (x - 0.241) ** 2
    y[24] += 1e-4
    assert analysis.best(x, {"stability": y[None]}) == pytest.approx(0.241, abs=2e-3)


def test_maximum_at_the_edge_stays_on_the_grid():
    at = {**curves([0.0, 0.0]), "stability": -np.tile(X, (2, 1))}
    assert 0 <= analysis.best(X, at) <= X[1]


def test_sign_change_that_is_not_there_is_not_found():
    at = curves([0.0, 0.0])
    at["spurious_energy"] = at["near_energy"] + 0.1
    assert np.isnan(analysis.crossing(X, at))
    at["spurious_energy"] = at["near_energy"] - 0.01 + np.array([[0.05], [-0.05]])  # below, but not by three errors
    assert np.isnan(analysis.crossing(X, at))


def test_sign_change_starts_where_spurious_states_are_deepest():
    """Far above capacity what is reached from a pattern is spurious itself at first, and the two agree; at the end the
    difference falls through zero again, which is no rise."""
    gap = np.array([0.001, -0.01, -0.02, 0.01, 0.02, 0.01, -0.001, 0.0, 0.0, 0.0, 0.0])
    at = {"near_energy": np.zeros((2, 11)), "spurious_energy": gap + np.array([[1e-4], [-1e-4]])}
    assert X[2] < analysis.crossing(X, at) < X[3]


def test_sign_change_is_found_behind_a_wide_scatter_at_the_start():
    """Two samples far apart before the first dream, where the mean is largest, and close to each other after it."""
    gap = np.tile([-0.03, -0.01, -0.02, 0.01, 0.02, 0, 0, 0, 0, 0, 0], (2, 1)) + np.array([[1e-4], [-1e-4]])
    gap[:, 0] += [0.03, -0.03]
    at = {"near_energy": np.zeros((2, 11)), "spurious_energy": gap}
    assert X[2] < analysis.crossing(X, at) < X[3]


def test_error_of_a_position_holds_the_scatter_of_samples_and_the_grid():
    shifts = 0.02 * np.random.default_rng(0).standard_normal(16)
    at = xr.Dataset({name: (("disorder", "look"), array) for name, array in curves(shifts).items()})
    at["x"] = ("look", X)
    value, error = analysis.position(analysis.best, at, 200, 1)
    grid = 0.05 / np.sqrt(12)
    assert value == pytest.approx(0.24 + shifts.mean(), abs=1e-6)
    assert np.sqrt(error**2 - grid**2) == pytest.approx(shifts.std() / 4, rel=0.25)


def test_basin_radius_is_where_half_of_the_cues_are_lost():
    flip = np.array([0.0, 0.1, 0.2, 0.3])
    assert analysis.radius(flip, np.array([1.0, 1.0, 0.75, 0.25])) == pytest.approx(0.25)
    assert analysis.radius(flip, np.array([0.4, 0.4, 0.0, 0.0])) == 0
    assert analysis.radius(flip, np.ones(4)) == 0.3  # all that can be said


def test_gain_of_a_finite_time_is_not_made_of_its_choice():
    """Times that all recall alike: the maximum is above infinity by chance, the gain is not (false alarms: 1e-4)."""
    recall = np.random.default_rng(3).normal(0.5, 0.1, (40, 30))
    value, error = analysis.gain(recall)
    assert abs(value) < 4 * error
    assert recall[:, :-1].mean(axis=0).max() - recall[:, -1].mean() > 0.02
    recall[:, 7] += 0.3
    assert analysis.gain(recall)[0] == pytest.approx(0.3, abs=0.1)


def test_largest_recall_is_not_made_of_its_choice():
    """Looks that all recall alike: their largest mean lies above 0.5 by chance, what other samples chose does not."""
    recall = np.random.default_rng(4).normal(0.5, 0.1, (40, 30))
    value, error = analysis.largest(recall)
    assert abs(value - 0.5) < 4 * error and recall.mean(axis=0).max() > 0.52
    recall[:, 7] += 0.3
    assert analysis.largest(recall)[0] == pytest.approx(0.8, abs=0.05)


def test_best_time_is_found_between_times():
    t = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0, np.inf])
    curve = 0.8 - 0.02 * (np.log2(np.maximum(t[:-1], 0.5)) - 2.3) ** 2
    values = np.tile(np.append(curve, 0.4)[:, None], (3, 1, 2))
    assert analysis.best_time(t, {"kernel_recalled": values}) == pytest.approx(2.3)


def test_load_at_which_a_line_is_crossed_has_the_error_of_its_neighbours():
    loads = np.array([0.5, 0.6, 0.7])
    value, error = analysis.crosses(loads, np.array([0.2, 0.1, -0.1]), np.array([1.0, 0.02, 0.02]), 0.0)
    assert value == pytest.approx(0.65) and error == pytest.approx(np.hypot(0.01, 0.01) / 2)
    assert np.isnan(analysis.crosses(loads, np.ones(3), np.ones(3), 0.0)).all()


def test_smallest_stability_is_zero_without_couplings_and_negative_with_a_wrong_bit():
    aligned = np.array([[[2.0, -1.0, 0.0]]])
    np.testing.assert_array_equal(looks.stability(aligned, np.array([[2.0, 4.0, 0.0]])), [[[1.0, -0.25, 0.0]]])


def test_dreams_cure_a_network_above_capacity_and_kill_it_in_the_end():
    """N = 60, load 0.3: hardly a pattern fixed at x = 0, most at 0.22, none at 0.6."""
    ds = looks.measure(point(60, 18, 4, (0.0, 0.22, 0.6)), seed=1)
    fixed, stability = ds.fixed.mean("disorder").values, ds.stability.mean("disorder").values
    assert fixed[0] < 0.3 and fixed[1] > 0.8 and fixed[2] < 0.1
    assert stability[1] > max(stability[0], stability[2])
    assert (ds.near_energy <= ds.pattern_energy + 1e-6).all()  # descent from a pattern goes down
    recalled = ds.recalled.mean("disorder")
    assert (recalled[1] >= recalled[0]).all() and (recalled[:, 0] >= recalled[:, -1]).all()


def test_kernel_is_hebb_at_zero_and_the_projection_at_infinity():
    ds = looks.measure(point(60, 18, 3, (0.0, 0.1)), seed=1)
    np.testing.assert_allclose(ds.kernel_stability[:, 0], ds.stability[:, 0], rtol=1e-5)
    xi = hp.patterns.random(18, 60, seed=1, disorder=3)
    share = np.einsum("dii->di", np.linalg.pinv(xi.astype(float)) @ xi)
    np.testing.assert_allclose(ds.kernel_stability[:, -1], np.sqrt((1 - share) / share).min(axis=1), rtol=1e-4)
    assert np.isinf(ds.t[-1]) and (ds.kernel_fixed[:, -1] == 1).all()


def test_trace_in_the_space_of_the_patterns_is_the_load_at_first_and_what_dreams_leave():
    """By hand: the couplings with their diagonal, projected. A dream outside of the space costs it nothing."""
    at = point(30, 6, 2, (0.0, 0.1), rate=0.1)
    ds = looks.measure(at, seed=2)
    np.testing.assert_allclose(ds.weight[:, 0], 0.2, rtol=1e-6)
    xi = hp.patterns.random(6, 30, seed=2, disorder=2)
    *_, last = hp.learning.dream(hp.hopfield(xi), [0, 30], 0.1, seed=2)
    projector = np.linalg.pinv(xi.astype(float)) @ xi
    couplings = xi.swapaxes(1, 2).astype(float) @ xi / 30
    for found in last.found.swapaxes(0, 1):
        couplings = couplings - 0.1 / 30 * found[:, :, None].astype(float) * found[:, None, :]
    expected = np.einsum("dij,dji->d", couplings, projector) / 30
    np.testing.assert_allclose(ds.weight[:, 1], expected, rtol=1e-5)
    assert (expected > 0.2 - 0.1).all()


def test_hits_are_patterns_or_their_negatives():
    """One pattern is all there is to fall into; at x = 0 nothing is spurious, and its energy is not a number."""
    ds = looks.measure(point(30, 1, 2, (0.0,), rate=0.01, starts=12), seed=3)
    assert (ds.hits == 1).all() and np.isnan(ds.spurious_energy).all()


def test_noise_is_not_made_of_the_patterns():
    """N = 200, load 0.1: few starts hit a pattern; starts that are the patterns would all do."""
    ds = looks.measure(point(200, 20, 2, (0.0,), rate=0.01, probes=2), seed=3)
    assert ds.hits.mean() < 0.3


def test_each_sample_stores_another_choice_of_pictures():
    chosen = pictures.chosen("glyphs", 5, 3, seed=1)
    pool = hp.patterns.glyphs()
    assert chosen.shape == (3, 5, 64) and not np.array_equal(chosen[0], chosen[1])
    for sample in chosen:
        assert len(np.unique(sample, axis=0)) == 5
        assert all((pool == row).all(axis=1).any() for row in sample)
    np.testing.assert_array_equal(pictures.chosen("glyphs", 8, 2, seed=1)[:, :5], chosen[:2])


def test_dreams_are_shown_upright():
    states, patterns = np.array([[1, 1, 1, -1], [-1, -1, -1, 1]]), np.array([[1, 1, 1, 1], [1, 1, -1, -1]])
    turned, m = pictures.upright(states, hp.patterns.overlap(states, patterns))
    np.testing.assert_array_equal(turned, [[1, 1, 1, -1]] * 2)
    np.testing.assert_array_equal(m, [0.5, 0.5])


def test_four_units_of_a_digit_are_one_pixel():
    pytest.importorskip("sklearn")
    digits = pictures.chosen("digits", 2, 2, seed=1)
    assert digits.shape == (2, 2, 256)
    shown = pictures.pixels("digits", digits)
    assert shown.shape == (2, 2, 64) and set(np.unique(shown)) <= {-1, -0.5, 0, 0.5, 1}


def test_digits_without_scikit_learn_are_refused_with_the_way_out(monkeypatch):
    original = builtins.__import__

    def without(name, *arguments, **more):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return original(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"scikit-learn, which is not installed.*hopphys\[data\].*--set digits"):
        looks.measure(point(256, 3, 2, (0.0, 0.1), kind="digits"), seed=1)


def test_looks_are_dense_before_the_load_and_around_it():
    config = dataclasses.replace(TINY, early=(0.0, 0.5), late=(-0.2, -0.05, 0.05))
    assert config.times(0.4) == (0.0, 0.2, 0.35, 0.45)
    assert config.times(0.1) == (0.0, 0.05, 0.15)  # x is not below 0


def test_findings_and_figures_come_out_of_any_run(tiny, shown):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    assert len([finding for finding in findings if finding.name.startswith("x of ")]) >= 4
    assert len({finding.name for finding in findings}) == len(findings)
    assert set(shown) == {"optimum", "memory", "energies", "stability", "kernel", "pictures", "film"}
    assert all("seed 1" in figure.caption and figure.alt for figure in shown.values())


def test_what_is_left_after_the_end_is_reported(tiny):
    last = [
        finding for finding in STUDY.findings(tiny) if "fixed patterns" in finding.name and "x = 0.50" in finding.name
    ]
    assert len(last) == 1 and last[0].measured < 0.2


def test_run_without_pictures_has_no_strip(tmp_path):
    plain = dataclasses.replace(TINY, glyphs=(), correlations=(), others=(), loads=(0.3,), samples=2)
    ds = hp.dataset.load(study.run(STUDY, plain, seed=1, out=tmp_path))
    assert set(STUDY.figures(ds)) == {"optimum", "memory", "energies", "stability", "kernel"}
    assert STUDY.findings(ds)


def test_figures_of_a_hopfield_network_wear_no_other_models_colour(shown):
    others = {study.COLOURS[model] for model in ("ising", "boltzmann", "attention")}
    for figure in shown.values():
        assert not others & {line.get_color() for axis in figure.plot.axes for line in axis.lines}


def test_reference_is_compared_at_its_own_size_and_load_only(tiny):
    sources = {finding.source for finding in STUDY.findings(tiny)}
    assert reading.RULE in sources and reading.SIMULATION not in sources


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 0.0}, "rate must be positive, but it is 0"),
        ({"samples": 1}, "samples must be at least 2, for an error, but it is 1"),
        ({"early": (0.0, 0.0)}, "early must rise"),
        ({"early": (0.1,)}, "early starts with 0"),
        ({"early": (0.0,), "late": (0.1,)}, "at least three"),
        ({"loads": (0.0,)}, "loads lie between 0 and 1"),
        ({"loads": (1.0,)}, "where t = infinity ends"),
        ({"flips": (0.1, 0.6)}, "flips lie above 0 and up to 0.5"),
        ({"kernel_times": (1.0, 2.0, 3.0, 4.0)}, "kernel_times rise from 0"),
        ({"glyphs": (27,)}, "from 1 to 26 can be stored in 64 units, but 27"),
        ({"digits": (256,)}, "from 1 to 255 can be stored in 256 units, but 256"),
        ({"correlations": (1.0,)}, "correlations lie from 0 to below 1"),
        ({"others": ((5, 8, 0.01, (0.3,)),)}, "others: size >= 10"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_is_where_the_reference_is():
    full = study.build(STUDY, "full")
    assert full.size == 400 and full.samples >= 8 and full.rate == 0.01
    assert {0.1, 0.3, 0.65} <= set(full.loads) and full.digits and full.glyphs and full.correlations


def test_quick_preset_needs_no_extra():
    assert not study.build(STUDY, "quick").digits


@pytest.mark.study
def test_quick_preset_finds_optimum_collapse_sign_change_and_a_finite_time(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    findings = STUDY.findings(ds)
    found = {finding.name: finding for finding in findings if "load 0.30" in finding.name}
    best = next(finding for name, finding in found.items() if "best smallest stability" in name)
    collapse = next(finding for name, finding in found.items() if "the collapse, where" in name)
    crossing = next(finding for name, finding in found.items() if "sign change" in name)
    assert best.agrees and collapse.agrees
    assert 0.02 < crossing.measured < 0.08
    [gain] = [finding for finding in findings if "minus at infinity" in finding.name and "load 0.50" in finding.name]
    assert gain.agrees


@pytest.mark.parametrize(
    ("value", "error", "agrees"), [(1.08, 0.01, True), (1.12, 0.01, False), (1.12, 0.05, True), (1.12, 0.03, False)]
)
def test_a_tolerance_and_three_errors_are_not_added(value, error, agrees):
    close, note = reading._close(value, error, 1.0, 0.1, "10%")
    assert close is agrees and ("differs by 8 standard errors" in note) is (value == 1.08)
