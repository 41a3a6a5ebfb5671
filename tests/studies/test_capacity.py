"""The capacity study: what a point measures, what a finding compares, and what the presets promise."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _capacity_marks as marks
from hopphys.studies import _capacity_rule_analysis as rule_analysis
from hopphys.studies import _capacity_rules as rules
from hopphys.studies import _capacity_verdicts as verdicts
from hopphys.studies import _draws as draws
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


@pytest.fixture(scope="module")
def tiny_findings(tiny):
    return STUDY.findings(tiny)


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
    mean, error = hp.statistics.mean_error(values)
    np.testing.assert_array_equal(mean, [0.5, 1.0, np.nan])
    np.testing.assert_allclose(error, [0.5, np.nan, np.nan])
    assert hp.statistics.mean_error(np.array([1.0, 3.0])) == (2.0, 1.0)


def test_reference_simulation_is_compared_within_three_combined_errors():
    values = np.array([0.9, 0.9, 0.92, 0.92])  # 0.91(0.006)
    near = capacity._beside("m", values, (0.93, 0.004))
    far = capacity._beside("m", values, (0.94, 0.004))
    assert near.agrees and not far.agrees
    assert math.isclose(near.measured, 0.91) and near.reference == 0.93


def test_findings_come_out_of_any_run(tiny_findings):
    assert {finding.agrees for finding in tiny_findings} >= {True}
    assert all(finding.source and np.isfinite(finding.measured) for finding in tiny_findings)
    assert [finding.reference for finding in tiny_findings[:3]] == [0.1379055665, 0.138187, 0.145]
    assert "correction to scaling was put" not in tiny_findings[0].note  # three sizes do not tell one


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
        return next(f.agrees for f in capacity._steps(ds) if f.name.startswith("one-step error: "))

    assert verdict(tiny)
    assert not verdict(tiny.assign(wrong=2 * tiny.wrong))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": (4,)}, "3 sizes need as many numbers of samples, but 1 came"),
        ({"probes": 1}, "probes must be at least 2, for an error, but it is 1"),
        ({"loads": (0.0,)}, "loads lie above 0"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_keeps_its_promises():
    points = [point for point in capacity.points(study.build(STUDY, "full")) if getattr(point, "settles", False)]
    assert max(point.size for point in points) >= 32_000
    assert min(point.samples for point in points) >= 16
    at_1000 = {point.patterns for point in points if point.size == 1000}
    assert {round(1000 * load) for load, *_ in capacity.REFERENCE} <= at_1000


RULED = dataclasses.replace(
    TINY,
    rules=(
        *((rule, (40,), (3,), (0.1, 0.3)) for rule in hp.learning.RULES if rule != "palimpsest"),
        ("storkey", (30, 60, 90), (4, 4, 4), (0.2, 0.4, 0.6)),
        ("storkey, oldest", (30, 60, 90), (4, 4, 4), (0.2, 0.4, 0.6)),
        ("minimum_overlap", (30, 60, 90), (3, 3, 3), (0.5,)),
        ("perceptron", (30,), (3,), (1.5, 2.2)),
        ("symmetric perceptron", (30,), (2,), (1.0,)),
        ("unlearning", (30,), (3,), (0.3, 0.9)),
        ("palimpsest", (40, 60), (3, 3), (2.0,)),
        ("palimpsest, bounded", (40,), (3,), (2.0,)),
        ("sparse covariance", (100,), (3,), (0.1, 0.8)),
        ("sparse covariance, raised", (100,), (3,), (0.1, 0.8)),
    ),
    rule_probes=4,
)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, RULED, seed=1, out=tmp_path_factory.mktemp("rules")))


@pytest.fixture(scope="module")
def ruled_findings(ruled):
    return STUDY.findings(ruled)


def test_every_rule_of_the_catalogue_learns_the_same_patterns(ruled):
    shared = [point for point in capacity.points(RULED) if isinstance(point, rules.RulePoint) and point.size == 40]
    alike = [point for point in shared if set(point.rules) >= set(hp.learning.RULES) - {"palimpsest"}]
    assert sorted(point.patterns for point in alike) == [4, 12]
    retrieved = ruled.rule_retrieved.isel(point=(ruled["size"] == 40).values & (ruled["patterns"] == 12).values)
    assert float(retrieved.sel(rule="projection").mean()) == 1 > float(retrieved.sel(rule="hebb").mean())


def test_probes_are_spread_over_the_order_of_learning():
    early, late = np.zeros(5), np.full(5, 0.999)
    assert rules.probes("storkey", 9, early).tolist() == [0, 1, 3, 5, 7]
    assert rules.probes("storkey", 9, late).tolist() == [0, 2, 4, 6, 8]
    assert rules.probes("storkey, oldest", 9, early).tolist() == [0, 1, 2, 3, 4]
    assert rules.probes("palimpsest", 9, early).tolist() == [4, 5, 6, 7, 8]
    assert rules.probes("hebb", 3, late).tolist() == [0, 1, 2]


def test_numbers_for_choosing_are_even_and_their_own():
    """4000 uniform numbers: mean within 4 errors (1e-4), all different, other with another seed or set."""
    u = draws.uniforms(4000, seed=1)
    assert abs(u.mean() - 0.5) < 4 / np.sqrt(12 * 4000) and len(np.unique(u)) == 4000 and 0 <= u.min() < u.max() < 1
    assert (draws.uniforms(4000, seed=2) != u).all() and (draws.uniforms(4000, seed=1, first=1) != u).all()
    np.testing.assert_array_equal(draws.uniforms(10, seed=1), u[:10])
    assert sorted(draws.order(50, seed=1)) == list(range(50)) != list(draws.order(50, seed=1))
    table = np.arange(60).reshape(20, 3)
    np.testing.assert_array_equal(np.sort(draws.shuffled(table, seed=1), axis=0), table)


def test_a_size_with_few_samples_has_no_half_point(ruled):
    four = rule_analysis.fractions(ruled, "storkey", "retrieved")
    assert set(four.size) == {30, 60, 90}  # three samples at 40


@pytest.mark.parametrize(("rule", "share"), [("storkey", 0.5), ("storkey, oldest", 0.0), ("palimpsest", 1.0)])
def test_a_rule_that_keeps_only_the_newer_half_has_that_share(monkeypatch, rule, share):
    """20 patterns, 6 probes; the newer ten by projection, which keeps each of them exactly."""
    monkeypatch.setattr(rules, "taught", lambda rule, stored, *_: rules._plain(hp.projection(stored[10:])))
    point = rules.RulePoint(200, 20, 3, 6, 0.1, (rule,))
    assert rules.measure(point, 1).rule_exact.mean() == pytest.approx(share)


def test_covariance_of_fair_bits_that_are_balanced_is_hebb():
    stored = hp.patterns.random(6, 40, seed=1)
    both = np.concatenate([stored, -stored])  # mean 0 exactly
    np.testing.assert_allclose(rules.taught("covariance", both, 1, 0).couplings, hp.hebb(both), atol=1e-12)


def test_sparse_overlap_is_a_correlation_and_a_silent_network_has_none():
    pattern = np.array([[1, -1, -1, -1, -1, 1, -1, -1]])
    assert rules.overlap(pattern, pattern, 0.25) == pytest.approx([1.0])
    assert rules.overlap(np.full((1, 8), -1), pattern, 0.25) == pytest.approx([0.0])
    assert rules.overlap(np.full((1, 8), -1), pattern, None) == pytest.approx([0.5])


def test_sparse_cues_keep_their_activity():
    """N = 4000, ten patterns: the number of active bits scatters by 9 a pattern; four errors of the mean are 12."""
    point = rules.RulePoint(4000, 10, 2, 10, 0.2, ("covariance",), 0.1)
    probed = hp.patterns.biased(10, 4000, activity=0.1, seed=1)
    cued = rules.cue(probed, point, 1, 0)
    assert abs((cued > 0).sum(axis=1) - (probed > 0).sum(axis=1)).mean() < 60
    assert abs(((cued > 0).sum(axis=1) - (probed > 0).sum(axis=1)).mean()) < 40
    assert (cued != probed).any(axis=1).all() and 0.75 < (cued > 0)[probed > 0].mean() < 0.85


def test_dreams_stop_where_the_smallest_stability_is_best():
    stored = hp.patterns.random(12, 40, seed=2)
    best = rules.unlearned(stored, 1, 0)
    hebb = hp.learning.stabilities(hp.hebb(stored), np.zeros(40), stored).min()
    assert hp.learning.stabilities(best.couplings, best.bias, stored).min() > hebb


def test_chance_that_a_unit_separates_is_one_half_at_twice_its_inputs():
    assert rule_analysis.separable(31, 60) == pytest.approx(0.5)
    assert rule_analysis.separable(31, 30) == 1 and rule_analysis.separable(31, 120) < 1e-6


def test_straight_line_in_one_over_n_ends_at_its_limit():
    value, error = rule_analysis.continued([(n, 0.5 + 3 / n, 1e-3) for n in (50, 100, 200)])
    assert value == pytest.approx(0.5) and 0 < error < 5e-3


def test_findings_and_figures_of_the_rules_come_out(ruled, ruled_findings):
    names = [finding.name for finding in ruled_findings]
    for start in (
        "unlearning: load",
        "Storkey: load at which half",
        "largest stability at load 0.5",
        "projection: frac",
    ):
        assert any(name.startswith(start) for name in names), start
    assert sum("recent patterns recalled" in name for name in names) == 2 and len(set(names)) == len(names)
    assert all(np.isfinite(finding.measured) for finding in ruled_findings)
    figures = STUDY.figures(ruled)
    assert {"rules", "stability", "overlap", "retrieved", "scaling", "one_step"} <= set(figures)
    for name, figure in figures.items():
        assert "seed 1" in figure.caption
        assert "disorder samples" in figure.caption or name in ("rules", "rule_sizes", "stability")


def test_points_of_hebbs_rule_are_read_alike_with_and_without_the_others(ruled_findings, tiny_findings):
    alone = {finding.name: finding for finding in tiny_findings}
    beside = {finding.name: finding for finding in ruled_findings}
    assert set(alone) <= set(beside) and all(beside[name].measured == alone[name].measured for name in alone)


def test_largest_network_stands_beside_the_fit_of_the_others():
    """Fractions as the fit predicts agree, and none retrieved below load_c does not."""
    at = xr.Dataset({"retrieved": ("disorder", [0.6875, 0.6875])}).assign_coords(
        size=100_000, patterns=14_250, samples=2, probes=8
    )
    good = verdicts._predicted(at, verdicts.FULL)
    bad = verdicts._predicted(at.assign(retrieved=0 * at.retrieved).assign_coords(patterns=13_500), verdicts.FULL)
    assert good.agrees and not bad.agrees and 0.5 < good.reference < 0.9


def test_run_of_one_size_without_cues_makes_a_page(tmp_path):
    config = dataclasses.replace(TINY, sizes=(60,), samples=(3,), cue_up_to=10)
    ds = hp.dataset.load(study.run(STUDY, config, seed=1, out=tmp_path))
    figures = STUDY.figures(ds)
    assert STUDY.findings(ds) and {"overlap", "retrieved"} <= set(figures)
    assert all("seed 1" in figure.caption and "disorder samples" in figure.caption for figure in figures.values())


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [(0.1414, 0.001, "beyond 0.138 and 0.1382"), (0.130, 0.001, "before 0.138"), (0.139, 0.001, "not told apart")],
)
def test_verdict_follows_from_the_numbers(value, error, said):
    assert said in verdicts._verdict(value, error)


def test_error_of_a_reference_is_counted_in_the_verdict_and_not_in_the_measured_error():
    """0.1414(11) beside 0.145 ± 0.009: 3.3 own errors away, 0.4 of both; 0.10 is beyond 3 of both."""
    near = verdicts._beside_simulations("load", 0.1414, 0.0011)
    far = verdicts._beside_simulations("load", 0.1, 0.0011)
    assert near.error == far.error == 0.0011 and near.agrees is True and far.agrees is False
    assert abs(near.measured - 0.145) > 3 * 0.0011 and "0.4 of √(0.0011² + 0.009²) = 0.0091" in near.note


def test_one_critical_load_has_one_error_and_its_note_once(tiny_findings):
    rows = [finding for finding in tiny_findings if finding.name.startswith("critical load by")]
    assert len(rows) == 3 and len({(finding.measured, finding.error) for finding in rows}) == 1
    assert sum(verdicts.WHY in finding.note for finding in rows) == 1


def test_every_size_of_a_preset_has_a_marker_of_its_own():
    for preset in ("quick", "full"):
        config = study.build(STUDY, preset)
        sizes = {*config.sizes, *config.exact_sizes, *(size for _, some, *_ in config.rules for size in some)}
        assert len({marks.mark(size) for size in sizes}) == len(sizes)
    assert marks.mark(77) in marks.SHAPES


def test_span_of_equal_numbers_is_one_number():
    assert marks.span([24, 24], "samples") == "24 samples" and marks.span([60, 2], "samples") == "2 to 60 samples"


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (("hebbb", (40,), (3,), (0.1,)), "there is no rule 'hebbb'; there is"),
        (("storkey", (40, 50), (3,), (0.1,)), "as many numbers of samples"),
        (("storkey", (40,), (1,), (0.1,)), "samples at 2"),
        (("storkey", (40,), (3,), (0.0,)), "loads lie above 0"),
    ],
)
def test_meaningless_rules_are_refused(window, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, rules=(window,))


def test_table_of_the_documents_says_what_the_catalogue_promises():
    page = Path(__file__).resolve().parents[2] / "docs" / "memory.md"
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in page.read_text("utf-8").splitlines()]
    table = {row[0].split(",")[0]: row[1:] for row in rows if len(row) == 4}
    names = {
        "dreaming": "dreaming kernel",
        "minimum_overlap": "largest stability",
        "hebb": "Hebb",
        "storkey": "Storkey",
    }
    for name, rule in hp.learning.RULES.items():
        flags = ["yes" if flag else "no" for flag in (rule.local, rule.online, rule.symmetric)]
        assert table[names.get(name, name)] == flags, name


@pytest.mark.study
@pytest.mark.statistical
def test_quick_preset_agrees_with_the_reference_simulation(tmp_path):
    """Twelve comparisons at three combined errors: one false alarm in thirty runs, and the seed is fixed."""
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    compared = [finding for finding in STUDY.findings(ds) if finding.source == capacity.SIMULATION]
    assert len(compared) == 12
    assert [finding.name for finding in compared if not finding.agrees] == []
