"""The benchmarks can be trusted: their checks refuse other work, and table and figure say what the results say."""

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


def load_benchmarks() -> None:
    """As a package of its own: with the whole folder on the path, studies/ would become a top-level name too."""
    folder = ROOT / "benchmarks"
    found = importlib.util.spec_from_file_location(
        "benchmarks", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(found)
    sys.modules["benchmarks"] = module
    found.loader.exec_module(module)


if "benchmarks" not in sys.modules:
    load_benchmarks()

from benchmarks import checks, figure, numpy_user, peers, results, runner, table, timing, work  # noqa: E402
from benchmarks.contest import BEST, Contest, Entrant, Measure, Row, gather  # noqa: E402


def values(mean: float, count: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.01, count)


def entry(kind: str, seconds: list[float], units: float = 1e6) -> dict:
    return {"kind": kind, "package": None, "note": "", "units": units, "seconds": seconds, "processor": seconds}


def row(**changes: object) -> dict:
    """One finished row: hopphys, a fast peer, a slow one and NumPy; 20, 40 and 80 times slower."""
    told = {
        "title": "a lattice", "label": "lattice", "targets": {BEST: 15.0}, "unit": "attempt", "conditions": "L = 8",
        "needs": {"words": 5e5}, "efforts": {},
        "entrants": {
            "hopphys": entry("product", [0.001, 0.001, 0.001]), "fast": entry("peer", [0.018, 0.020, 0.022]),
            "slow": entry("peer", [0.04, 0.04, 0.04]), "numpy": entry("numpy", [0.08, 0.08, 0.08]),
        },
        "ratios": {"fast": [18.0, 20.0, 22.0], "slow": [40.0] * 3, "numpy": [80.0] * 3},
        "checks": [
            {"name": name, "agrees": True, "figures": "energy -1.41(1) and -1.42(1)"}
            for name in ("fast", "slow", "numpy")
        ],
        "measures": [{"name": "extra memory", "value": 12.0, "unit": "MB", "limit": 20.0, "kept": True}],
        "absent": {"gone": "ImportError: no module"}, "date": "2026-01-02T03:04:05+00:00", "commit": "0123456789abcdef",
        "quick": False, "versions": {"hopphys": "0.1.0", "fast": "2.0"}, "threads": 1,
    }  # fmt: skip
    return told | changes


def made_up(**changes: object) -> dict:
    return {
        "format": results.FORMAT,
        "machine": {
            "processor": "A B", "cores": 2, "caches": {"L1": "32K"}, "memory": "8 GiB", "system": "Linux x",
            "python": "3",
        },
        "limits": {"flops": 5e10, "bytes": 1e10, "cached_bytes": 4e10, "words": 1e9},
        "rows": {"lattice": row(**changes), "broken": {"title": "broken row", "targets": {}, "error": "ValueError: x"}},
        "ladders": {
            "L": {"title": "square", "axis": "L", "unit": "attempt", "sizes": [8, 16], "costs": [[1e-9], [2e-9]]},
        },
    }  # fmt: skip


class TestSameWork:
    def test_equal_means_agree(self):
        (check,) = checks.same_mean("energy")({"hopphys": [values(-1.4)], "peer": [values(-1.4, seed=1)]})
        assert check.agrees and "-1.4" in check.figures

    def test_another_temperature_is_refused(self):
        (check,) = checks.same_mean("energy", slack=0.005)(
            {"hopphys": [values(-1.40)], "peer": [values(-1.42, seed=1)]}
        )
        assert not check.agrees

    def test_a_single_value_has_no_error_and_agrees_with_nothing(self):
        (check,) = checks.same_mean("energy")({"hopphys": [values(-1.4)], "peer": [np.array([-1.4])]})
        assert not check.agrees

    def test_another_success_rate_is_refused(self):
        hits, fewer = np.repeat([1.0, 0.0], [60, 40]), np.repeat([1.0, 0.0], [20, 80])
        same, other = (checks.same_fraction("hits")({"hopphys": [hits], "peer": [p]})[0] for p in (hits[::-1], fewer))
        assert same.agrees and not other.agrees

    def test_outputs_are_compared_to_the_tolerance(self):
        exact = np.linspace(-1, 1, 50)
        check = checks.same_values("outputs", 1e-5)
        assert check({"hopphys": [exact], "peer": [exact + 5e-6]})[0].agrees
        assert not check({"hopphys": [exact], "peer": [exact + 5e-5]})[0].agrees
        assert not check({"hopphys": [exact], "peer": [exact[:-1]]})[0].agrees

    def test_not_a_number_agrees_with_nothing(self):
        broken = np.array([1.0, np.nan])
        assert not checks.same_values("outputs", 1e-5)({"hopphys": [np.ones(2)], "peer": [broken]})[0].agrees
        assert not checks.same_mean("energy")({"hopphys": [np.ones(2)], "peer": [broken]})[0].agrees

    def test_groups_are_compared_by_the_scatter_inside_them(self):
        means = np.array([[0.0], [1.0]])
        mine, theirs = (means + values(0.0, 40, seed).reshape(2, 20) for seed in (2, 3))
        check = checks.same_mean("overlap")
        assert check({"hopphys": [mine], "peer": [theirs]})[0].agrees
        assert not check({"hopphys": [mine], "peer": [theirs + 0.02]})[0].agrees

    def test_errors_are_printed_with_two_digits(self):
        assert checks.printed(-1.41532, 0.0012) == "-1.4153(12)"


class TestTiming:
    def contest(self, other=lambda turn: values(-1.4, seed=turn + 9), **changes: object) -> Contest:
        product = Entrant("hopphys", lambda turn: values(-1.4, seed=turn + 2), 100.0, "product")
        return Contest([product, Entrant("peer", other, 50.0)], checks.same_mean("energy"), "attempt", "", **changes)

    def test_ratio_is_of_the_cost_of_a_unit(self):
        told = timing.hold(self.contest(), 3, 0.0)
        mine, theirs = (told["entrants"][name]["seconds"] for name in ("hopphys", "peer"))
        expected = [(b / 50) / (a / 100) for a, b in zip(mine, theirs, strict=True)]
        assert told["ratios"]["peer"] == pytest.approx(expected)

    def test_cost_of_a_unit_is_of_wall_or_of_processor_time(self):
        idle = Entrant("hopphys", lambda turn: time.sleep(0.05), 10.0, "product")
        wall, busy = (timing.per_unit(idle, 1, 0.0, processor)[0] for processor in (False, True))
        assert wall >= 0.005 > busy

    def test_efforts_multiply_the_cost(self):
        plain = timing.ratios({"hopphys": ENTRANT, "peer": ENTRANT}, {"hopphys": [(1, 1)], "peer": [(2, 2)]}, {})
        more = timing.ratios(
            {"hopphys": ENTRANT, "peer": ENTRANT}, {"hopphys": [(1, 1)], "peer": [(2, 2)]}, {"peer": 3.0}
        )
        assert (plain["peer"], more["peer"]) == ([2.0], [6.0])

    def test_a_peer_that_fails_is_named_and_the_rest_goes_on(self):
        def fails(turn: int) -> np.ndarray:
            raise RuntimeError("its interface has changed")

        told = timing.hold(self.contest(fails), 2, 0.0)
        assert told["absent"] == {"peer": "RuntimeError: its interface has changed"}
        assert list(told["entrants"]) == ["hopphys"]

    def test_a_peer_that_cannot_be_made_is_named(self):
        def missing() -> Entrant:
            raise ImportError("no module named 'peer'")

        entrants, absent = gather(ENTRANT, peer=missing)
        assert entrants == [ENTRANT] and "no module" in absent["peer"]

    def test_other_work_meets_no_target(self):
        wrong = [{"name": name, "agrees": name != "fast", "figures": ""} for name in ("fast", "slow", "numpy")]
        assert [item["met"] for item in timing.verdicts(row())] == [True]
        assert [item["met"] for item in timing.verdicts(row(checks=wrong))] == [False]

    def test_target_is_held_against_the_best_peer(self):
        (verdict,) = timing.verdicts(row(targets={BEST: 30.0}))
        assert verdict["against"] == "fast" and not verdict["met"]

    def test_a_peer_that_never_reached_the_goal_is_not_the_best(self):
        ratios = {"fast": [None, None], "slow": [40.0] * 3, "numpy": [80.0] * 3}
        told = row(ratios=ratios, targets={BEST: 15.0, "fast": 1.0})
        best, never = timing.verdicts(told)
        assert best["against"] == "slow" and best["met"] and not never["met"]
        assert "slow (best peer)" in table.page(made_up(**told))
        assert [line["name"] for line in figure.ratio_lines(made_up(**told))] == ["slow", "numpy"]


ENTRANT = Entrant("hopphys", lambda turn: np.zeros(1), 1.0, "product")


class TestNumPyUser:
    def test_recall_ends_in_the_same_fixed_points_site_by_site_and_by_blocks(self):
        generator = np.random.default_rng(3)
        xi = (2 * generator.integers(0, 2, (8, 120)) - 1).astype(np.int8)
        matrix = numpy_user.couplings(xi)
        cues = np.where(generator.random((6, 120)) < 0.1, -xi[:6], xi[:6])
        for rule in (numpy_user.recall, numpy_user.recall_by_blocks):
            final = rule(matrix, cues, np.random.default_rng(4))
            assert (final * (final @ matrix) > -1e-4).all()
            assert np.array_equal(final, xi[:6])

    def test_blocks_follow_the_order_exactly(self):
        generator = np.random.default_rng(5)
        half = generator.normal(size=(90, 90)).astype(np.float32)
        matrix = np.triu(half, 1) + np.triu(half, 1).T
        cues = (2 * generator.integers(0, 2, (7, 90)) - 1).astype(np.float32)
        one, other = (
            rule(matrix, cues, np.random.default_rng(6)) for rule in (numpy_user.recall, numpy_user.recall_by_blocks)
        )
        assert np.array_equal(one, other)

    def test_softmax_step_is_exact(self):
        generator = np.random.default_rng(7)
        s, x = generator.normal(size=(130, 8)).astype(np.float32), generator.normal(size=(40, 8)).astype(np.float32)
        weights = np.exp(0.5 * s.astype(float) @ x.T)
        exact = (weights @ x) / weights.sum(1, keepdims=True)
        assert np.abs(numpy_user.softmax_step(s, x, 0.5) - exact).max() < 1e-5

    def test_checkerboard_keeps_the_law_of_a_small_lattice(self):
        from hopphys import exact, ising, square

        generator = np.random.default_rng(8)
        spins = peers.random_states(generator, 4000, 16).reshape(4000, 4, 4)
        numpy_user.checkerboard(spins, 0.3, 60, generator)
        energies = numpy_user.lattice_energy(spins)
        expected = exact.enumerate(ising(square(4)), beta=0.3).energy / 16
        assert abs(energies.mean() - expected) < 4 * energies.std() / np.sqrt(energies.size)


class TestListing:
    def test_every_row_and_ladder_can_be_imported_and_is_named_once(self):
        rows, ladders = work.rows(), work.ladders()
        assert len(rows) >= 20 and len(ladders) >= 4
        assert not set(rows) & set(ladders)
        assert all(isinstance(item, Row) and item.title and item.label for item in rows.values())

    def test_every_learning_rule_is_timed_by_units_and_by_patterns_beside_its_promise(self):
        from hopphys.learning import RULES

        ladders = work.ladders()
        for name, rule in RULES.items():
            assert tuple(ladders[f"learn-{name}-{axis}"].promise for axis in "NP") == rule.grows

    def test_a_ladder_of_learning_learns_other_patterns_in_each_turn(self):
        entrant = work.ladders()["learn-covariance-P"].prepare(2)
        assert not np.array_equal(entrant.call(0), entrant.call(1))

    def test_names_may_be_shortened_and_unknown_ones_are_refused(self):
        assert runner.chosen(["glass"]) == ["glass-pm", "glass-gaussian"]
        with pytest.raises(ValueError, match="no benchmark is called 'nothing'"):
            runner.chosen(["nothing"])

    def test_a_failed_install_is_told_in_words(self):
        text = peers._in_words("torch==2.13.0", "ERROR: No matching distribution found for torch==2.13.0")
        assert "could not be installed here" in text and "another release of torch" in text


class TestResults:
    def test_rows_not_measured_again_stay(self, tmp_path):
        file = tmp_path / "results.json"
        results.save(made_up(), file)
        kept = results.of_this_machine(results.load(file), made_up()["machine"])
        assert set(kept["rows"]) == {"lattice", "broken"}

    def test_another_machine_starts_anew(self):
        other = {**made_up()["machine"], "processor": "C D"}
        assert results.of_this_machine(made_up(), other)["rows"] == {}

    def test_what_is_not_finite_is_null(self, tmp_path):
        results.save(made_up(efforts={"slow": float("inf")}), tmp_path / "results.json")
        assert results.load(tmp_path / "results.json")["rows"]["lattice"]["efforts"] == {"slow": None}

    def test_another_format_is_refused(self, tmp_path):
        (tmp_path / "results.json").write_text('{"format": 0}')
        with pytest.raises(ValueError, match="format 0"):
            results.load(tmp_path / "results.json")


class TestPage:
    def test_table_gives_ratios_targets_and_versions(self):
        page = table.page(made_up())
        for text in (
            "fast (best peer)",
            "20 (18–22)",
            "≥ 15: met",
            "fast 2.0",
            "A B",
            "0123456789",
            "12 MB",
            "≤ 20: kept",
        ):
            assert text in page, text
        assert "broken row: ValueError: x" in page and "gone could not take part: ImportError" in page

    def test_missed_targets_other_work_and_broken_limits_are_marked(self):
        wrong = [{"name": "fast", "agrees": False, "figures": "energy -1 and -2"}]
        memory = [{"name": "extra memory", "value": 30.0, "unit": "MB", "limit": 20.0, "kept": False}]
        page = table.page(made_up(targets={"slow": 50.0}, checks=wrong, measures=memory))
        assert "≥ 50: **missed**" in page and "**NO**" in page and "**not kept**" in page

    def test_quick_sizes_and_a_busy_machine_are_marked(self):
        busy = {name: {**told, "seconds": [2 * t for t in told["seconds"]]} for name, told in row()["entrants"].items()}
        assert "something else used the cores" in table.page(made_up(entrants=busy))
        assert "something else" not in table.page(made_up())
        assert "not results:** lattice" in table.page(made_up(quick=True))

    def test_costs_of_learning_stand_beside_what_was_promised_and_apart_from_attempts(self):
        told = made_up()
        rule = {"title": "a rule", "axis": "N", "unit": "network", "sizes": [8, 16], "costs": [[1e-3], [8e-3]]}
        told["ladders"]["rule"] = {**rule, "promise": "N³"}
        page = table.page(told)
        attempts, learning = page.index("## Cost of an attempt"), page.index("## Cost of learning")
        assert "| square, by L | 8: 1 ns, 16: 2 ns | 1.00 |" in page[attempts:learning]
        assert "| a rule, by N | 8: 1 ms, 16: 8 ms | 3.00 | N³ |" in page[learning:]
        assert "## Cost of learning" not in table.page(made_up())

    def test_slope_is_the_exponent(self):
        assert table.slope([8, 16, 32], [[1.0], [2.0], [4.0]]) == pytest.approx(1.0)

    def test_distance_is_the_least_time_over_the_measured(self):
        ((bound, kind, share),) = table.distances(made_up()).values()
        assert bound == pytest.approx(5e-4) and kind.startswith("random") and share == pytest.approx(0.5)

    def test_nothing_measured_yet_is_a_page_too(self, tmp_path):
        assert "Nothing has been measured yet" in table.page(results.load(tmp_path / "none.json"))

    def test_measure_says_whether_its_limit_was_kept(self):
        assert Measure("memory", 3.0, "GB", 4.0).kept and not Measure("memory", 5.0, "GB", 4.0).kept


class TestFigure:
    def test_figure_shows_each_row_that_finished(self, tmp_path):
        lines = figure.ratio_lines(made_up())
        assert [line["name"] for line in lines] == ["fast", "numpy"]
        assert lines[0]["target"] == 15.0
        assert figure.write(made_up(), tmp_path / "benchmarks.png").stat().st_size > 10_000

    def test_figure_of_nothing_is_empty_not_an_error(self, tmp_path):
        assert figure.write(results.load(tmp_path / "none.json"), tmp_path / "empty.png").exists()
