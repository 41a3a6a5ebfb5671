"""The study of landscapes finds what is known of them, in a few seconds."""

import numpy as np
import pytest
import xarray as xr
from hopphys.studies import _hypercube_landscapes, hypercube

from hopphys import dataset, landscape, study

SMALL = (
    "sites=8", "patterns=1,3", "samples=3", "sharpnesses=0.02,1", "scanned_sites=8", "scanned_samples=3",
    "replicas=2000",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = study.build(hypercube.STUDY, "quick", SMALL)
    return dataset.load(study.run(hypercube.STUDY, config, seed=1, out=tmp_path_factory.mktemp("runs")))


def test_no_finding_disagrees(run):
    """One compares 2000 runs of the engine with three exact basins, at 3 standard errors: false alarm 1 %."""
    found = hypercube.findings(run)
    assert [finding.name for finding in found if finding.agrees is False] == []
    assert sum(finding.agrees is True for finding in found) >= 11


def test_a_wrong_energy_makes_a_finding_disagree(run):
    broken = run.assign(minimum_energy=run.minimum_energy + 1)
    assert any(finding.agrees is False for finding in hypercube.findings(broken))


def test_a_wrong_basin_makes_a_finding_disagree(run):
    """One row answers for three basins: it must be the one that departs most."""
    broken = run.assign(engine_basin=run.engine_basin + xr.DataArray([0.0, 0.1, 0.0], dims="five_minimum"))
    wrong = [finding.name for finding in hypercube.findings(broken) if finding.agrees is False]
    assert wrong == ["five units: basin of {a, b, c, d, e}, heat bath at T = 0"]


def test_headlines_come_first(run):
    """The index shows four: the minima of the five units, then how much of the cube each memory gives to patterns."""
    first = [finding.name for finding in hypercube.findings(run)[:4]]
    assert first[0].startswith("five units: number of minima (at -5, -5, -4 J)")
    assert [name.split(",")[0] for name in first[1:]] == list(hypercube.MEMORIES)


def test_figures_say_what_was_done(run):
    with study.print_style():
        figures = hypercube.figures(run)
    assert set(figures) == {"five_units", "one_scale", "funnels", "kinds", "numbers"}
    for figure in figures.values():
        figure.plot.canvas.draw()
        assert figure.caption and figure.alt


def test_shares_of_the_cube_add_up(run):
    shares = run.share.sum("kind_of_minimum").where(run.kind == "memories", drop=True)
    np.testing.assert_allclose(shares, 1, atol=1e-6)


def test_dense_memory_and_attention_store_no_negatives(run):
    counts = run["count"].sel(kind_of_minimum="negative", memory=["dense memory", "attention"])
    assert float(counts.where(run.patterns == 1).sum()) == 0


def test_balanced_patterns_are_orthogonal():
    xi = hypercube.balanced(16)
    np.testing.assert_array_equal(xi @ xi.T, 16 * np.eye(3))


def test_five_units_are_those_of_the_lectures():
    valleys = landscape.minima(hypercube.five_units())
    assert [_hypercube_landscapes.units_on(int(corner)) for corner in valleys.corner_of_minimum] == [
        "bde",
        "abcde",
        "acd",
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [("sites=20", "between 4 and 16"), ("samples=1", "at least 2"), ("drawn_sites=10", "8 or 16")],
)
def test_meaningless_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        study.build(hypercube.STUDY, "quick", [setting])


@pytest.mark.study
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_presets_agree_with_what_is_known(preset, tmp_path):
    config = study.build(hypercube.STUDY, preset)
    found = hypercube.findings(dataset.load(study.run(hypercube.STUDY, config, seed=1, out=tmp_path, preset=preset)))
    assert [finding.name for finding in found if finding.agrees is False] == []
