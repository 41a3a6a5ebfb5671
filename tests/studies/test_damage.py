"""The damage study: what damage leaves of the couplings, where theory and identities say so, and made-up curves."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _damage_analysis as analysis
from hopphys.studies import _damage_networks as networks
from hopphys.studies import damage
from scipy.special import ndtr

import hopphys as hp
from hopphys import study

STUDY = damage.STUDY
TINY = damage.Config(
    sizes=(40, 60),
    samples=(3, 3),
    loads=(0.1,),
    ratios=(0.5, 1.0, 1.5),
    load_ratios=(0.5, 1.0, 1.5),
    fractions=(0.0, 0.5, 0.7),
    rules=("hebb", "projection"),
    rule_size=40,
    rule_samples=2,
    rule_loads=(0.1,),
    rule_fractions=((0.0, 0.5, 0.8),),
    probes=4,
    sweeps=40,
    resamples=5,
)
theory = hp.theory.noise


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def hebb(size=300, patterns=30, samples=2):
    return networks.whole("hebb", patterns, size, samples, seed=3)


def couplings_of(net):
    unit = np.eye(net.size)
    return net.interaction.field(np.broadcast_to(unit, (net.disorder or 1, *unit.shape)) if net.disorder else unit)


def test_survivors_are_the_smaller_network():
    """Half of the units gone: the couplings that Hebb's rule gives the rest, and so where every start ends."""
    stored, couplings = hebb()
    net, kept = networks.damaged(stored, couplings, "units", 1.0, seed=1)
    small = hp.hopfield(kept, rule=hp.learning.hebb)
    assert kept.shape == (2, 30, 150)
    np.testing.assert_allclose(couplings_of(net), couplings_of(small), atol=1e-15)
    start = hp.patterns.corrupt(kept, flip=0.2, seed=2)
    ends = [hp.settle(one, start, seed=1).state.values for one in (net, small)]
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("kind", ["dilution", "one-way", "noise", "clip"])
def test_damage_is_noise_of_the_strength_that_theory_says(kind):
    """J' - J has the variance Delta^2 / N and holds nothing of the patterns: 4 parts in sqrt(90 000) at three sigma."""
    stored, couplings = hebb(patterns=31)
    noise = 1.5 if kind != "clip" else float(theory.clipping(1.0, 31))
    net, _ = networks.damaged(stored, couplings, kind, noise, seed=5)
    change = couplings_of(net) - couplings
    variance = (change**2).sum(axis=(1, 2)) / 299
    np.testing.assert_allclose(variance, noise**2 * 31 / 300, rtol=0.04)
    assert net.directed == (kind == "one-way")
    assert np.abs((change * couplings).sum(axis=(1, 2))).max() < 1e-9  # the strength of the patterns is kept


def test_damage_of_no_strength_is_none():
    stored, couplings = hebb(60, 6)
    for kind in ("units", "dilution", "one-way", "noise"):
        net, kept = networks.damaged(stored, couplings, kind, 0.0, seed=5)
        np.testing.assert_allclose(couplings_of(net), couplings, atol=1e-15)
        np.testing.assert_array_equal(kept, stored)


def test_rules_with_thresholds_are_refused():
    with pytest.raises(ValueError, match="gives units thresholds"):
        networks.whole("covariance", 4, 40, 2, seed=1)


def test_probes_are_spread_over_the_order_of_learning(monkeypatch):
    """A rule that keeps the newer half of 20 patterns alone: half is there. The ten oldest alone would show 0."""

    def newest(stored):
        return hp.learning.projection(stored[:, 10:])

    rules = hp.learning.RULES
    made_up = {name: dataclasses.replace(rules[name], learn=newest) for name in ("hebb", "storkey")}
    monkeypatch.setattr(hp.learning, "RULES", dict(rules) | made_up)
    at = damage.RulePoint("storkey", 0.2, 100, 20, 0.9, 3, 10, 0.1, (0.0, 0.05))
    np.testing.assert_array_equal(damage.measure(at, seed=1).left.sel(fraction=0.0), 0.5)
    ds = damage.measure(dataclasses.replace(point("intact", 0.5, size=100, samples=3), patterns=20, probes=10), seed=1)
    np.testing.assert_array_equal(ds.retrieved, 0.5)
    # Where all are probed, order is kept: each state is compared with its own pattern.
    np.testing.assert_array_equal(networks.probed(np.arange(12).reshape(1, 4, 3), 9), np.arange(12).reshape(1, 4, 3))


def point(kind, ratio, load=0.05, size=400, samples=6):
    config = dataclasses.replace(TINY, loads=(load,), ratios=(ratio,), sizes=(size, 2 * size), probes=20, sweeps=100)
    found = [p for p in damage.points(config) if isinstance(p, damage.Point) and p.kind == kind and p.size == size]
    return dataclasses.replace(found[0], samples=samples)


@pytest.mark.parametrize("kind", ["dilution", "noise"])
def test_overlap_at_temperature_is_the_theory_of_static_noise(kind):
    """N = 400, 6 samples: |z| < 5 with 0.004 for the size; without the noise theory would be 0.018 above."""
    at = point(kind, 0.8)
    ds = damage.measure(at, seed=1)
    load = at.patterns / at.size
    expected = theory.overlap_at(load, 0.1, at.noise * load**0.5)
    error = float(ds.warm_recalled.std(ddof=1)) / 6**0.5
    assert abs(float(ds.warm_recalled.mean()) - expected) < 5 * error + 0.004
    assert abs(float(ds.warm_recalled.mean()) - theory.overlap_at(load, 0.1)) > 5 * error + 0.004


def test_symmetric_noise_holds_descent_where_one_way_noise_does_not():
    """At 1.5 Delta_c equilibrium has lost the pattern; descent has not, unless there is no energy to hold it."""
    symmetric, one_way = (damage.measure(point(kind, 1.5), seed=2).overlap.mean() for kind in ("dilution", "one-way"))
    assert symmetric > 0.7 and one_way < 0.4


def made_up(shift=0.0, sizes=(500, 1000, 2000)):
    """A joined Dataset of diluted networks whose fractions cross at Delta = 0.42 and overlaps follow theory + 1/N."""
    rows, values = [], []
    for size in sizes:
        for ratio in (0.5, 0.7, 0.9, 1.0, 1.1, 1.3):
            delta = ratio * theory.critical_noise(0.05)
            fraction = ndtr(-(delta - 0.42) * size**0.5)  # the form that the fit takes, so that it has to find 0.42
            overlap = theory.overlap_at(0.05, 0.1, delta) + shift + 2 / size
            rows.append(("dilution", 0.05, size, round(0.05 * size), delta / 0.05**0.5, ratio))
            # Larger networks have fewer samples: the rest of their rows is empty.
            spread = np.array([-1, 1, 0, 0.5, -0.5] if size < 2000 else [-1, 1, 0, np.nan, np.nan])
            values.append((np.clip(fraction + 0.001 * spread, 0, 1), overlap + 1e-4 * spread))
    names = ("kind", "load", "size", "patterns", "noise", "ratio")
    columns = {name: ("point", list(column)) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    columns |= {"probes": ("point", [20] * len(rows)), "temperature": ("point", [0.1] * len(rows))}
    data = {
        name: (("point", "disorder"), np.array([value[k] for value in values]))
        for k, name in enumerate(("warm_retrieved", "warm_recalled"))
    }
    return xr.Dataset(data, coords=columns, attrs={"seed": 1})


def test_overlaps_are_continued_to_infinite_size():
    found = {one.ratio: one for one in analysis.continued(made_up())}
    assert set(found) == {0.5, 0.7}  # at 0.9 nearly all are retrieved at one size only, beyond at none
    assert all(abs(one.measured - one.expected) < 1e-6 and one.sizes == 3 for one in found.values())
    moved = analysis.continued(made_up(shift=0.01))
    assert all(one.away > 10 and one.measured - one.expected == pytest.approx(0.01) for one in moved)


def test_freedom_of_a_continued_overlap_is_that_of_welch_and_satterthwaite():
    """By hand, sizes 500 to 2000 with 5, 5 and 3 samples: weights N n, parts of a line, variances of the means."""
    found = next(one for one in analysis.continued(made_up()) if one.ratio == 0.5)
    x, weight = 1 / np.array([500, 1000, 2000]), np.array([500 * 5, 1000 * 5, 2000 * 3])
    centre = (weight * x).sum() / weight.sum()
    parts = weight / weight.sum() - centre * weight * (x - centre) / (weight * (x - centre) ** 2).sum()
    scatter = [np.var([-1, 1, 0, 0.5, -0.5], ddof=1) / 5] * 2 + [np.var([-1, 1, 0], ddof=1) / 3]
    variance = parts**2 * np.array(scatter)
    assert parts.sum() == pytest.approx(1) and found.error == pytest.approx(1e-4 * np.sqrt(variance.sum()), rel=1e-3)
    assert found.freedom == pytest.approx(variance.sum() ** 2 / (variance**2 / [4, 4, 2]).sum(), rel=1e-3)
    assert 2 < found.freedom < 10


def test_crossing_is_found_between_strengths():
    edge = analysis.edge(made_up(), "dilution", 0.05, "warm_retrieved", resamples=10)
    assert edge.critical == pytest.approx(0.42, abs=0.003)
    assert all(half == pytest.approx(0.42, abs=0.01) for _, half, _ in edge.halves)


def test_survived_damage_is_read_off_between_fractions():
    table = np.array([[1.0, 0.9, 0.1, 0.0], [1.0, 0.7, 0.3, 0.0]])[:, None]
    at = xr.Dataset(
        {"left": (("disorder", "harm", "fraction"), table)},
        coords={"harm": ["units"], "fraction": [0.0, 0.4, 0.6, 0.9]},
    )
    value, error = analysis.survived(at, "units", 20, seed=1)
    assert value == pytest.approx(0.5)
    assert error == pytest.approx(0.2 / 12**0.5)  # both samples give 0.5: what is left is reading between 0.4 and 0.6


def left_of_two_loads(fractions, place):
    """Rules of which half is lost at one `place` whatever the load, falling too steeply for a coarse grid to see it."""

    def steep(row):
        fallen = ndtr((place - np.array(row)) / 0.02)
        curve = np.stack([fallen + shift for shift in (0.01, 0.0, -0.01)])[None, :, None]
        there = {"harm": ["units"], "fraction": list(row)}
        return xr.Dataset({"left": (("point", "disorder", "harm", "fraction"), curve)}, there)

    return xr.concat([steep(row) for row in fractions], "point", join="outer").assign_attrs(seed=1)


def test_error_of_survived_damage_holds_the_spacing_of_fractions():
    """A curve that falls at 0.26 is read at 0.30 from fractions 0.2 and 0.4; the scatter alone would say 0.001."""
    coarse, fine = (0.0, 0.2, 0.4, 0.6), (0.0, 0.2, 0.225, 0.25, 0.275, 0.3, 0.4)
    joined = left_of_two_loads((coarse, fine), place=0.26)
    for number, spacing in enumerate((0.2, 0.025)):
        value, error = analysis.survived(joined.isel(point=number), "units", 50, seed=1)
        assert error == pytest.approx(spacing / 12**0.5, abs=0.003)
        assert abs(value - 0.26) < 3 * error
    assert abs(value - 0.26) < 0.005  # the fine one


def test_fractions_of_another_load_are_left_out():
    joined = left_of_two_loads(((0.0, 0.2, 0.4), (0.0, 0.3, 0.5, 0.7)), place=0.3)
    assert joined.sizes["fraction"] == 6
    assert [list(analysis.of_its_own(joined.isel(point=i))["fraction"].values) for i in (0, 1)] == [
        [0.0, 0.2, 0.4],
        [0.0, 0.3, 0.5, 0.7],
    ]


def test_joined_loads_with_fractions_of_their_own_give_all_findings(tmp_path):
    config = dataclasses.replace(TINY, rule_loads=(0.1, 0.3), rule_fractions=((0.0, 0.5, 0.8), (0.0, 0.1, 0.6)))
    ds = hp.dataset.load(study.run(STUDY, config, seed=1, out=tmp_path))
    found = STUDY.findings(ds)
    steps = [finding for finding in found if finding.name.startswith("one-step errors")]
    assert len(steps) == 3 and all(np.isfinite(finding.measured) and finding.error > 0 for finding in steps)
    assert sum("can lose" in finding.name and "load 0.3" in finding.name for finding in found) >= 2
    lines = STUDY.figures(ds)["rules"].plot.axes[0].lines
    assert all(np.isfinite(line.get_xydata()).all() for line in lines)


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    figures = STUDY.figures(tiny)
    assert {"boundary", "units", "overlap", "rules"} == set(figures)
    for figure in figures.values():
        assert "seed 1" in figure.caption and "disorder samples" in figure.caption.lower()


def test_units_removed_and_small_networks_agree_in_a_tiny_run(tiny):
    value, error = analysis.beside(tiny, "overlap")
    assert abs(value) < 5 * error


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": (3,)}, "as many numbers of samples"),
        ({"sizes": (60, 40)}, "two sizes or more, rising"),
        ({"samples": (1, 3)}, "samples must be at least 2, for an error, but one is 1"),
        ({"sweeps": 1}, "sweeps must be at least"),
        ({"loads": (0.2,)}, "loads lie between 0 and 0.138"),
        ({"fractions": (1.0,)}, "below 1: one unit"),
        ({"rule_loads": (0.1, 0.3)}, "need a row of rule_fractions each"),
        ({"rule_fractions": ((0.5, 0.0),)}, "row of rule_fractions rises"),
        ({"temperature": 0.0}, "the temperature lies between"),
        ({"rules": ("magic",)}, "no rule is called 'magic'"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_has_what_the_findings_need():
    full = study.build(STUDY, "full")
    assert max(full.sizes) == 2000 and min(full.samples) >= 8 and len(full.loads) >= 2
    # Half of the cues of the strong rules are lost at 0.26 at load 0.3, and at 0.6 (units) and 0.7 (weights) at 0.1.
    for load, places in ((0.1, (0.6, 0.7)), (0.3, (0.2, 0.3))):
        row = np.array(full.rule_fractions[full.rule_loads.index(load)])
        assert all(np.diff(row)[np.searchsorted(row, place) - 1] <= 0.0251 for place in places)
    assert min(full.ratios) < 0.8 and max(full.ratios) >= 1.25 and 0.1 in full.rule_loads


@pytest.mark.study
def test_quick_preset_finds_one_noise_in_all_damage(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    found = {finding.name: finding for finding in STUDY.findings(ds)}
    covered = {name: one for name, one in found.items() if "one way" not in name}  # without energy: theory estimates it
    ends = [one for name, one in covered.items() if name.startswith(("critical", "retrieved from"))]
    assert len(ends) >= 5 and all(finding.agrees for finding in ends)
    assert next(finding for name, finding in found.items() if "minus networks as small" in name).agrees
