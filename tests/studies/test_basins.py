"""The basins study: radii read off made-up curves, cues of three kinds, rules on networks, and what presets promise."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _basins_analysis as analysis
from hopphys.studies import _basins_config as settings
from hopphys.studies import _basins_figures as drawing
from hopphys.studies import _basins_findings as report
from hopphys.studies import _basins_networks as networks
from hopphys.studies import basins

import hopphys as hp
from hopphys import study
from hopphys.learning import Learned

STUDY = basins.STUDY
TINY = settings.Config(
    size=60,
    loads=(0.05, 0.2),
    overlaps=(0.2, 0.5, 0.8, 1.0),
    samples=3,
    cues=4,
    rules=("hebb", "projection"),
    large=80,
    large_loads=(0.05, 0.2),
    steps=2,
    step_sizes=(60, 120),
    step_loads=(0.1,),
    step_overlaps=(0.5,),
    step_samples=3,
    step_cues=4,
    diagonal_size=40,
    diagonal_loads=(0.2, 0.8),
    small_samples=2,
    resamples=5,
)
M0 = np.linspace(0.1, 1, 10)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def stored():
    xi = hp.patterns.random(20, 200, seed=1, disorder=3)
    return xi, networks.probed(xi, 10)


def edge(place, height=1.0):
    """A curve that rises through half of its height at `place`, straight between the points."""
    return height * np.clip(0.5 + (M0 - place) / 0.4, 0, 1)


def test_radius_lies_where_half_of_the_cues_are_recalled():
    assert analysis.radius(M0, edge(0.43)[None]) == pytest.approx(0.57)
    assert analysis.width(M0, edge(0.5)[None]) == pytest.approx(0.2)


def test_radius_is_none_where_the_patterns_themselves_are_lost():
    assert analysis.radius(M0, np.full((1, 10), 0.4)) == 0
    assert analysis.radius(M0, edge(0.5, 0.49)[None]) == 0


def test_radius_stops_short_of_no_overlap_at_all():
    assert 0.9 < analysis.radius(M0, np.ones((1, 10))) < 1


def test_a_dip_beyond_the_edge_is_not_the_edge():
    """Recalled for good is what counts: the last rise through one half, not the first."""
    curve = np.array([0.6, 0.3, 0.1, 0.2, 0.4, 0.6, 1, 1, 1, 1])
    assert analysis.crossing(M0, curve) == pytest.approx(0.55)


def test_error_of_a_radius_is_the_scatter_of_samples():
    shifts = 0.05 * np.random.default_rng(1).standard_normal(16)
    at = xr.Dataset(
        {"recalled": (("cue", "disorder", "overlap"), [[edge(0.5 + shift) for shift in shifts]])},
        {"cue": ["flipped"], "overlap": M0},
        {"seed": 1},
    )
    value, error = analysis.radius_error(at, "flipped", 200)
    assert value == pytest.approx(0.5 - shifts.mean(), abs=0.01)
    assert np.sqrt(error**2 - 0.1**2 / 12) == pytest.approx(shifts.std() / 4, rel=0.3)


def test_two_sizes_are_extrapolated_in_one_over_n():
    def at(size):
        values = np.full((2, 3), 0.9) + 5 / size
        return xr.Dataset({"course": (("disorder", "step"), values)}, {"size": size})

    np.testing.assert_allclose(analysis.extrapolated([at(100), at(400)])[0], 0.9)


def test_cues_have_the_overlaps_that_are_asked_for(stored):
    """Flipped and erased with their own scatters, and a clamped one is right wherever it is known."""
    own, m0 = stored[1], np.array([0.2, 0.6])
    cues = networks.damaged(own, m0, 2)
    for cue, law in (("flipped", 1 - m0**2), ("erased", 1 - m0)):
        m = networks.overlap(cues[cue], own[:, None])
        error = np.sqrt(law / 200 / 30)
        assert (np.abs(m.mean(axis=(0, 2)) - m0) < 4 * error).all()
        np.testing.assert_allclose(200 * m.var(axis=(0, 2), ddof=1), law, atol=4 * np.sqrt(2 / 29))
    sites = networks.known(200, 0.6, 3)
    assert sites.sum() == 120
    assert (networks.held(own, 0.6, 3) == own)[..., sites].all()
    assert 0.4 < (networks.held(own, 0.6, 3) == own)[..., ~sites].mean() < 0.6


def test_more_is_known_of_a_better_cue_and_nothing_else_changes():
    few, many = networks.known(100, 0.3, 3), networks.known(100, 0.7, 3)
    assert (few <= many).all() and few.sum() == 30


def test_clamped_sites_stay_and_help(stored):
    xi, own = stored
    hebb = networks.Trained(hp.hebb, xi)
    m = networks.clamped(hebb, own, np.array([0.3, 1.0]), 5)
    start = networks.overlap(networks.held(own, 0.3, 5), own)
    free = networks.ends(hebb, own, networks.held(own, 0.3, 5)[:, None], 5)[0][:, 0]
    assert (m[:, 1] == 1).all()
    assert m[:, 0].mean() > free.mean() > start.mean()
    sites = networks.known(200, 0.3, 5)
    final = hebb.settle(networks.held(own, 0.3, 5), 1, clamp=sites)[0]
    assert (final == own)[..., sites].all()


def test_a_bias_of_its_own_makes_a_network_a_sample(stored):
    """A rule that pins each sample to its first pattern by the bias alone."""
    xi, own = stored

    def pinned(patterns):
        return np.zeros((3, 200, 200)), patterns[:, 0].astype(float)

    trained = networks.Trained(pinned, xi)
    final, settled = trained.settle(-own, 1)
    assert len(trained.networks) == 3 and settled.all()
    assert (final == xi[:, :1]).all()


def test_directed_couplings_of_a_rule_stay_directed(stored):
    xi, _ = stored
    couplings = np.triu(np.ones((3, 200, 200)), 1)
    one = np.ones(3)
    trained = networks.Trained(lambda _: Learned(couplings, np.zeros((3, 200)), one, one, one, directed=True), xi)
    assert all(network.directed for _, network in trained.networks)


def test_first_step_follows_from_the_stabilities_and_from_no_others(stored):
    """6000 bits of error 0.013 at most, correlated a little: 0.05 is four of them; other stabilities are far off."""
    xi, own = stored
    m0 = np.array([0.2, 0.5])
    trained = networks.Trained(hp.projection, xi)
    cues = networks.damaged(own, m0, 2)["flipped"]
    after, expected = networks.first_step(trained, own, cues, m0, 1)
    assert np.abs((after - expected).mean(axis=0)).max() < 0.05
    twin = networks.Trained(hp.hebb, hp.patterns.random(20, 200, seed=9, disorder=3))
    assert np.abs((after - networks.first_step(twin, own, cues, m0, 1)[1]).mean(axis=0)).max() > 0.3


def test_kept_diagonal_is_a_projector_and_pins_bits_above_one_half():
    xi = hp.patterns.random(24, 40, seed=1, disorder=2)
    couplings = networks.kept_diagonal(xi)
    np.testing.assert_allclose(couplings @ couplings, couplings, atol=1e-9)
    np.testing.assert_allclose(np.trace(couplings, axis1=1, axis2=2), 24)
    flipped = xi[:, :5].copy()
    flipped[..., 7] *= -1
    kept = networks.descend(couplings, flipped, 20)
    zero = networks.descend(couplings * (1 - np.eye(40)), flipped, 20)
    pinned = couplings[:, 7, 7] > 0.5
    assert (kept[pinned][..., 7] == flipped[pinned][..., 7]).all() and pinned.any()
    assert (zero == xi[:, :5]).all()


def test_descent_is_the_engines_where_the_diagonal_is_zero():
    """The order of updates differs, but a fixed point is one."""
    xi = hp.patterns.random(6, 60, seed=1, disorder=2)
    final = networks.descend(hp.projection(xi), hp.patterns.corrupt(xi, flip=0.3, seed=2), 50)
    net = hp.hopfield(xi, rule=hp.projection)
    assert (hp.settle(net, final.astype(np.int8), seed=1).state.values == final).all()


def test_all_rules_meet_the_same_patterns_and_cues():
    """With a rule under two names every number is the same."""
    point = settings.Point("basin", 60, 6, 2, 4, ("hebb", "projection"), (0.3, 1.0))
    both, alone = basins.measure(point, 3), basins.measure(dataclasses.replace(point, rules=("projection",)), 3)
    xr.testing.assert_equal(both.sel(rule="projection", drop=True), alone.sel(rule="projection", drop=True))


def independently_flipped(patterns, fraction, seed):
    return hp.patterns.corrupt(patterns, flip=fraction, seed=seed)


def test_small_networks_are_cued_with_an_exact_number_of_flips(monkeypatch):
    """A network that leaves its cue as it is: every overlap is 0.8, where independent flips would miss it by 0.04."""
    monkeypatch.setattr(networks.Trained, "settle", lambda self, cues, seed: (cues, np.ones(cues.shape[:-1], bool)))
    monkeypatch.setattr(basins, "RECALLED", 0.8)
    point = settings.Point("small", 200, 60, 3, 60, ("hebb", "storkey"), (0.8,))
    assert (basins.measure(point, 3).restored == 1).all()
    monkeypatch.setattr(networks, "exactly_flipped", independently_flipped)
    assert (basins.measure(point, 3).restored < 0.8).all()


def test_exact_flips_differ_from_pattern_to_pattern(stored):
    xi, _ = stored
    cue = networks.exactly_flipped(xi, 0.1, 4)
    wrong = cue != xi
    assert cue.dtype == xi.dtype and (wrong.sum(axis=-1) == 20).all()
    assert abs(wrong.mean(axis=(0, 1)) - 0.1).max() < 0.2  # 60 cues: no site is spared or taken always
    assert len(np.unique(wrong.reshape(-1, 200), axis=0)) == 60


@pytest.mark.parametrize(("error", "scatter"), [(0.001, 0.05), (0.003, 0.046)])
def test_networks_that_a_reference_would_need_make_the_difference_three_errors(error, scatter):
    beyond = 0.015
    n = report.enough(beyond, error, scatter)
    assert 3 * np.hypot(error, scatter / n**0.5) <= beyond < 3 * np.hypot(error, scatter / (n - 1) ** 0.5)
    apart = report._two_digits("recalled", 0.57, error, 0.59, scatter, "")
    assert not apart.agrees and f"over {n} networks or more" in apart.note
    assert report._two_digits("recalled", 0.57, error, 0.575, scatter, "").agrees


def test_damage_is_not_made_of_the_patterns():
    """Random bits drawn with the patterns' seed would be the patterns: an erased cue would know everything."""
    point = settings.Point("basin", 300, 4, 2, 4, ("hebb",), (0.1, 1.0))
    ds = basins.measure(point, 5)
    assert np.abs(ds.initial.values[..., 0] - 0.1).max() < 0.15


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    names = " ".join(finding.name for finding in findings)
    for part in ("radius, Hebb", "radius, projection", "clamped cues less", "after one step", "fraction fixed, Hebb"):
        assert part in names
    for figure in STUDY.figures(tiny).values():
        assert "seed 1" in figure.caption and figure.alt


def test_legends_hide_no_curve():
    """Curves as of the perceptron, low and then to 1 at once: the lower right is taken, and so is much else."""
    x = np.linspace(0.05, 1, 20)
    early = [np.clip(4 * (x - place), 0, 1) for place in (0.05, 0.25)]
    late = [np.where(x < 0.95, height * x, 1) for height in (0.2, 0.4, 0.6)]
    corner = drawing.free_corner([(x, y) for y in [*early, *late]])
    t = np.linspace(0.05, 1, 2000)
    for y in [*early, *late]:
        beyond = [
            np.abs(z - low - side / 2) - side / 2
            for z, low, side in zip((t, np.interp(t, x, y)), corner, drawing.LEGEND, strict=True)
        ]
        assert (np.maximum(*beyond) > 0).all()
    assert drawing.free_corner([(x, y) for y in early]) == drawing.LOWER_RIGHT


def test_rules_are_looked_at_up_to_their_own_load():
    points = [point for point in settings.points(study.build(STUDY, "full")) if point.kind == "basin"]
    for point in points:
        assert all(point.load <= settings.TOP[rule] for rule in point.rules)
    assert any("hebb" not in point.rules and "projection" in point.rules for point in points)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step_samples": -3}, "step_samples must be at least 2, for an error, but it is -3"),
        ({"cues": 0}, "cues must be at least 1, but it is 0"),
        ({"step_sizes": (5, 100)}, "step_sizes must be at least 10, but one is 5"),
        ({"overlaps": (0.5, 0.2, 1.0)}, "overlaps must rise to 1"),
        ({"overlaps": (0.2, 0.5, 0.9)}, "overlaps must rise to 1"),
        ({"overlaps": (0.0, 0.5, 1.0)}, "overlaps lie above 0"),
        ({"rules": ("hebb", "palimpsest")}, "one is 'palimpsest'"),
        ({"step_sizes": (100,)}, "two N to extrapolate"),
        ({"large_loads": (0.1,)}, "one load each"),
        ({"loads": (0.0, 0.1)}, "loads lie above 0"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_has_all_rules_eight_samples_and_two_sizes():
    full = study.build(STUDY, "full")
    assert set(full.rules) == set(settings.TOP) and min(full.samples, full.step_samples) >= 8
    assert full.size >= 500 and full.large == 2 * full.size
    assert set(full.rules) <= set(hp.learning.RULES)


@pytest.mark.study
def test_quick_preset_agrees_with_theory_but_for_amari_and_maginu(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    found = STUDY.findings(ds)
    compared = [finding for finding in found if finding.agrees is not None and "Amari" not in finding.source]
    assert len(compared) > 15
    assert not [finding.name for finding in compared if not finding.agrees]
    gains = [finding for finding in found if "clamped cues less" in finding.name]
    assert gains and all(finding.measured > 3 * finding.error for finding in gains)
