"""The study of synchronous updating finds what is known of it, in a few seconds."""

import numpy as np
import pytest
from hopphys.studies import synchronous

from hopphys import dataset, study

SMALL = (
    "probabilities=1,0.8,0.5", "runs=2000", "sites=40", "loads=0.1,0.5", "samples=4", "starts=4", "small_sites=4,8,10",
    "small_samples=5", "temperatures=1,2", "spins=4000",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = study.build(synchronous.STUDY, "quick", SMALL)
    return dataset.load(study.run(synchronous.STUDY, config, seed=1, out=tmp_path_factory.mktemp("runs")))


def test_no_finding_disagrees(run):
    """Four of them compare samples with exact laws at 3 standard errors: false alarm about 1 %."""
    found = synchronous.findings(run)
    assert [finding.name for finding in found if finding.agrees is False] == []
    assert sum(finding.agrees is True for finding in found) >= 12


def test_another_law_of_settling_disagrees(run):
    # The broken twin: settling when at least one unit moves, 1/(1 - (1-p)^2), instead of exactly one.
    runs = run.isel(point=np.flatnonzero((run.kind == "timing") & (run.probability < 1)))
    p = runs.probability
    assert (np.abs(runs.settling_time - 1 / (1 - (1 - p) ** 2)) > 10 * runs.settling_error).all()


def test_energy_of_the_pair_goes_to_and_fro(run):
    trace = run.trace.isel(point=int(np.flatnonzero(run.kind == "trace")[0])).sel(chance=1.0).dropna("sweep")
    assert trace.values[:6].tolist() == [0, 90, 0, 90, 0, 90]


def test_survival_is_geometric(run):
    """False alarm below 1e-3: 61 correlated points within 4 standard errors, fixed seed."""
    at = run.isel(point=int(np.flatnonzero((run.kind == "timing") & (run.probability == 0.8))[0]))
    share = at.oscillating.dropna("sweep")
    exact = (1 - 2 * 0.8 * 0.2) ** share.sweep.values
    assert (np.abs(share.values - exact) <= 4 * np.sqrt(exact * (1 - exact) / int(at.runs)) + 1e-12).all()


@pytest.mark.parametrize("kind", synchronous.KINDS)
def test_couplings_are_what_they_are_called(kind):
    found = synchronous.couplings(kind, 3, 6, seed=5)
    turned = np.swapaxes(found, 1, 2)
    assert (np.abs(found).sum(axis=2) == 5).all()
    assert (found == turned).all() == (kind == "symmetric")
    assert (found == -turned).all() == (kind == "antisymmetric")


def test_figures_say_what_was_done(run):
    with study.print_style():
        figures = synchronous.figures(run)
    assert set(figures) == {"pair", "two_cycles", "periods", "little"}
    for figure in figures.values():
        figure.plot.canvas.draw()
        assert figure.caption and figure.alt


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("small_sites=4,7", "even"),
        ("probabilities=0,0.5", "above 0"),
        ("probabilities=0.4", r"must contain 0\.5"),
        ("small_samples=1", "at least 2"),
    ],
)
def test_meaningless_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        study.build(synchronous.STUDY, "quick", [setting])


@pytest.mark.study
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_presets_agree_with_what_is_known(preset, tmp_path):
    config = study.build(synchronous.STUDY, preset)
    found = synchronous.findings(
        dataset.load(study.run(synchronous.STUDY, config, seed=1, out=tmp_path, preset=preset))
    )
    assert [finding.name for finding in found if finding.agrees is False] == []
