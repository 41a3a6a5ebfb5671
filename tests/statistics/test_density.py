"""Averages from a density of states: what a walk that did not converge is worth."""

import numpy as np
import pytest

import hopphys as hp
from hopphys import dataset, statistics


@pytest.fixture(scope="module")
def early():
    """Ten sweeps of a square of thirty-six: no walk converges, and ln Z is far from the truth."""
    return hp.wang_landau(hp.ising(hp.square(6)), replicas=4, seed=1, max_sweeps=10)


def test_walks_that_did_not_converge_are_refused_and_carry_a_warning_where_they_are_wanted(early):
    assert not early.converged.any()
    with pytest.raises(ValueError, match=r"4 of 4 walks did not converge.*levels were missed.*unconverged=True"):
        statistics.from_density(early, 0.3)
    found = statistics.from_density(early, 0.3, unconverged=True)
    assert found.attrs["warning"].startswith("4 of 4 walks did not converge")
    dataset.check(found)


def test_walks_that_converged_are_taken_without_a_word_also_alone():
    model = hp.ising(hp.square(4))
    ds = hp.wang_landau(model, replicas=4, seed=1, final=1e-5)
    found = statistics.from_density(ds, 0.3)
    assert "warning" not in found.attrs
    ds["converged"] = ds.converged.copy(data=[True, True, True, False])
    with pytest.raises(ValueError, match="1 of 4 walks did not converge: "):
        statistics.from_density(ds, 0.3)
    kept = statistics.from_density(ds.isel(replica=ds.converged.values), 0.3)
    assert float(kept.log_z[0]) == pytest.approx(hp.exact.enumerate(model, beta=0.3).log_z, abs=0.1)
    assert np.isfinite(kept.log_z_error).all()


def test_what_is_not_a_dataset_is_refused_in_words():
    with pytest.raises(ValueError, match="takes the Dataset of wang_landau"):
        statistics.from_density("log_g", 0.3)
