"""The phase-diagram study: transitions found on made-up data, what a point measures, and what the presets promise."""

import dataclasses

import numpy as np
import pytest
from hopphys.studies import _phase_diagram_analysis as analysis
from hopphys.studies import _phase_diagram_findings as tables
from hopphys.studies import _phase_diagram_runs as runs
from hopphys.studies import phase_diagram

import hopphys as hp
from hopphys import study

STUDY = phase_diagram.STUDY
TINY = phase_diagram.Config(
    plane_size=100,
    plane_loads=(0.02, 0.1),
    plane_temperatures=(0.2, 0.6, 1.0),
    plane_samples=2,
    plane_sweeps=16,
    branch_sizes=(100, 200),
    branch_samples=(3, 2),
    branch_loads=(0.05,),
    branch_cold=(0.2,),
    branch_betas=(0.3, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0),
    branch_sweeps=16,
    warm_loads=(0.1,),
    warm_temperatures=(0.05, 0.1, 0.2, 0.3, 0.4),
    limit_sizes=(100, 200),
    limit_samples=(3, 3),
    limit_loads=(0.1,),
    limit_near=(0.5, 1.0, 2.0),
    limit_sweeps=16,
    glass_sizes=(50, 100),
    glass_samples=(4, 4),
    glass_loads=(0.1,),
    glass_near=(0.8, 1.0, 1.2),
    glass_sweeps=16,
    starts=4,
    replicas=2,
    glass_replicas=2,
    slow=2,
    resamples=5,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def point(part, size, patterns, samples, sweeps, temperatures=(), betas=(), starts=4, replicas=3):
    return phase_diagram.Point(
        part, size, patterns, samples, 0, min(starts, patterns), replicas, sweeps, temperatures, betas
    )


def test_both_integrals_give_the_free_energy_of_a_spin_in_a_field():
    """u = -tanh(1/T): no entropy at T = 0.05, ln 2 at infinite T, and f = -T ln 2 cosh(1/T) between."""
    cold, beta = np.arange(0.05, 0.76, 0.05), np.arange(0.1, 5.01, 0.2)
    exact = -0.6 * np.log(2 * np.cosh(1 / 0.6))
    assert analysis.pattern_free_energy(cold, -np.tanh(1 / cold))(0.6) == pytest.approx(exact, abs=2e-5)
    assert analysis.glass_free_energy(beta, -np.tanh(beta))(0.6) == pytest.approx(exact, abs=2e-5)
    wrong = analysis.glass_free_energy(beta, -np.tanh(beta) / 2)(0.6)  # a twin that counts each pair twice
    assert abs(wrong - exact) > 0.1


def test_integral_from_infinite_temperature_is_the_partition_function_of_a_small_network():
    net, beta = hp.hopfield(hp.patterns.random(2, 12, seed=3)), np.arange(0.1, 2.05, 0.1)
    exact = [hp.exact.enumerate(net, beta=float(b)) for b in beta]
    u = np.array([float(law.energy) for law in exact]) / 12
    for b in (0.5, 1.2, 2.0):
        index = int(np.argmin(abs(beta - b)))
        assert analysis.glass_free_energy(beta, u)(1 / b) == pytest.approx(-exact[index].log_z / (12 * b), abs=1e-4)


def made_up(values, size=1000, patterns=50):
    return analysis.Group(size, patterns, 100, {name: np.array(array, dtype=float) for name, array in values.items()})


def test_branches_cross_where_their_made_up_free_energies_do():
    """A pattern without entropy, f = -1, and free spins in a field of 1/2."""
    warm, beta = np.arange(0.05, 1.61, 0.05), np.arange(0.1, 5.01, 0.1)
    values = {"warm_temperature": warm, "warm_u": np.full((3, warm.size), -1.0), "warm_kept": np.ones((3, warm.size))}
    group = made_up(values | {"cold_beta": beta, "cold_u": np.tile(-0.5 * np.tanh(0.5 * beta), (3, 1))})
    t = np.linspace(0.5, 1.6, 11001)
    exact = t[np.argmin(abs(1 - t * np.log(2 * np.cosh(0.5 / t))))]
    assert analysis.transition(group, np.arange(3)) == pytest.approx(exact, abs=1e-3)


def test_branches_that_never_cross_have_no_transition():
    warm, beta = np.arange(0.05, 0.51, 0.05), np.arange(0.2, 5.01, 0.2)
    values = {"warm_temperature": warm, "warm_u": np.full((2, warm.size), -1.0), "warm_kept": np.ones((2, warm.size))}
    group = made_up(values | {"cold_beta": beta, "cold_u": np.zeros((2, beta.size))})
    assert np.isnan(analysis.transition(group, np.arange(2)))


def test_line_in_a_power_of_size_ends_at_the_limit():
    sizes = np.array([500, 1000, 4000])
    values = 0.5 + 3 * sizes ** (-2 / 3)
    found = analysis.limit(sizes, values, np.full(3, 0.01), 2 / 3, (1 / 2, 1.0))
    assert found.value == pytest.approx(0.5, abs=1e-9)
    assert found.statistical > 0.01 and found.error > found.systematic > 0.005
    assert np.isnan(analysis.limit(sizes[:1], values[:1], np.full(1, 0.01), 2 / 3).value)
    assert found.scatter == pytest.approx(0, abs=1e-9) and "multiplied" not in found.fit


def test_scatter_about_the_line_is_in_the_error_and_is_told():
    """Residuals of a straight line through three points at 0, 1, 2 are d (1, -2, 1) / 3 with the middle moved by -d."""
    sizes, error = 1 / np.array([1e-9, 1.0, 2.0]), 0.01
    smooth = analysis.limit(sizes, np.zeros(3), np.full(3, error), 1.0)
    rough = analysis.limit(sizes, np.array([0.0, -0.03, 0.0]), np.full(3, error), 1.0)
    assert rough.scatter == pytest.approx(6 * (0.01 / error) ** 2, rel=1e-6)
    assert rough.statistical == pytest.approx(np.sqrt(6) * smooth.statistical, rel=1e-6)
    assert rough.fit == "chi² per degree of freedom 6.0, by whose root the error is multiplied"


def test_half_survival_is_read_between_temperatures_and_missing_is_not_a_number():
    group = made_up({"limit_temperature": [0.2, 0.3, 0.4], "limit_kept": [[1.0, 0.8, 0.2], [1.0, 0.6, 0.0]]})
    assert analysis.survival(group, np.arange(2)) == pytest.approx(0.3 + 0.1 * 0.2 / 0.6)
    group = made_up({"limit_temperature": [0.2, 0.3], "limit_kept": [[1.0, 0.8]]})
    assert np.isnan(analysis.survival(group, np.arange(1)))


def test_sizes_cross_where_their_scaled_overlaps_do():
    temperature = np.array([1.4, 1.3, 1.2])
    rows = {
        size: {"glass_temperature": temperature, "glass_q2": [size ** (-2 / 3) * size ** (0.4 * (1.28 - temperature))]}
        for size in (100, 400)
    }
    small, large = (made_up(values, size) for size, values in rows.items())
    assert analysis.crossing(small, large, np.arange(1), np.arange(1)) == pytest.approx(1.28)


def test_run_that_met_a_pattern_is_left_out_from_there_on():
    top = np.array([0.1, 0.7, 0.3])[:, None, None] * np.array([[[1.0, 0.1]]])  # (temperature, disorder, replica)
    cold = {"u": np.array([[[1.0, 2.0]]] * 3), "top": top, "q1": np.full((3, 1, 2, 2), 0.5)}
    found = runs._cold(cold, point("branch", 10, 2, 1, 8, betas=(1.0, 2.0, 3.0), replicas=2))
    np.testing.assert_allclose(found["cold_free"][1], [[1.0, 0.5, 0.5]])
    np.testing.assert_allclose(found["cold_u"][1], [[1.5, 2.0, 2.0]])
    np.testing.assert_array_equal(np.isnan(found["cold_q"][1]), [[False, True, True]])  # no pair is left


def test_patterns_are_kept_when_cold_and_lost_when_hot():
    ds = runs.measure(point("limit", 400, 20, 2, 40, temperatures=(0.2, 0.95)), seed=1)
    np.testing.assert_allclose(ds.limit_kept.mean("disorder"), [1.0, 0.0])
    assert ds.limit_counts.sum() == 2 * 2 * 4
    assert ds.limit_m[:, 0].values == pytest.approx(hp.theory.ags.overlap_at(0.05, 0.2), abs=0.01)


def test_hot_network_has_the_energy_and_susceptibility_of_a_paramagnet():
    """N = 400, load 0.1, T = 2.5, 8 samples: within 4 standard errors, and noise is not made of the patterns."""
    ds = runs.measure(point("glass", 400, 40, 8, 40, betas=(0.4,), replicas=4), seed=2)
    for name, expected in (("glass_u", -0.5 * 0.1 / 1.5), ("glass_q2", 1 / 400 / (1 - 0.1 / 1.5**2))):
        values = ds[name].values[:, 0]
        assert abs(values.mean() - expected) < 4 * values.std(ddof=1) / 8**0.5
    cold = runs.measure(point("branch", 400, 40, 2, 16, betas=(0.4,)), seed=2)
    assert (cold.cold_top < 0.3).all()


def test_looks_are_in_the_second_half_and_go_on_from_each_other():
    net = hp.hopfield(hp.patterns.random(2, 50, seed=1))
    seen = list(runs.looks(net, 0.5, 20, 3, 2))
    assert [run.attrs["sweeps"] for run in seen] == [14, 16, 18, 20]
    whole = hp.sample(net, beta=0.5, sweeps=20, replicas=2, record=0, seed=3)
    np.testing.assert_array_equal(seen[-1].state.values, whole.state.values)


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    names = [finding.name for finding in findings]
    assert all(finding.source for finding in findings)
    for start in ("T_M at load 0.1", "T_c at load 0.05", "T_g at load 0.1", "χ_SG"):
        assert any(name.startswith(start) for name in names)
    for figure in STUDY.figures(tiny).values():
        assert "seed 1" in figure.caption and "disorder" in figure.caption and figure.alt


def test_blocks_of_disorder_are_joined_again(tiny):
    slow = [group for group in analysis.groups(tiny, "branch") if group.sweeps == 2 * TINY.branch_sweeps]
    assert len(slow) == 1 and slow[0].samples == phase_diagram.HELD
    usual = tables.by_load(analysis.groups(tiny, "branch"))
    assert [group.size for group in usual[0.05]] == [100, 200] and [g.samples for g in usual[0.05]] == [3, 2]
    assert usual[0.05][0]["warm_u"].shape == (3, 5) and usual[0.1][0]["warm_u"].shape == (3, 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"branch_samples": (3,)}, "as many numbers of samples"),
        ({"limit_sizes": (100,), "limit_samples": (3,)}, "two sizes or more"),
        ({"glass_loads": (0.115,)}, "whole numbers of patterns"),
        ({"plane_loads": (0.0,)}, "loads lie between"),
        ({"branch_cold": ()}, "branch_cold is a positive temperature"),
        ({"limit_sweeps": 7}, "limit_sweeps must be at least 8, as the second half is looked at 4 times, but it is 7"),
        ({"branch_betas": (1.0, 0.5, 2.0)}, "that rise"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_is_where_the_references_are():
    full = study.build(STUDY, "full")
    assert {0.02, 0.05, 0.10, 0.13} <= set(full.limit_loads) and {0.02, 0.05} <= set(full.branch_loads)
    assert {0.10, 0.12} <= set(full.warm_loads) and {0.1, 0.2, 0.3} <= set(full.warm_temperatures)
    assert min(full.limit_samples + full.branch_samples[:3] + full.glass_samples) >= 8


@pytest.mark.study
def test_quick_preset_finds_the_three_transitions(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    found = [finding for finding in STUDY.findings(ds) if finding.name.startswith(("T_M", "T_c", "T_g"))]
    assert len(found) == 5 and all(finding.agrees for finding in found)
