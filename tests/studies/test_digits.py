"""The digits study: cues and what counts as recalled, the theory of unit means, ways by hand, a tiny run, refusals."""

import dataclasses

import numpy as np
import pytest
from hopphys.studies import _digits_measures as measures
from hopphys.studies import _digits_rules as ways
from hopphys.studies import digits
from scipy import stats

import hopphys as hp
from hopphys import study

pytest.importorskip("sklearn", reason="the handwritten digits come with scikit-learn (extra data)")

STUDY = digits.STUDY
TINY = digits.Config(pictures=(5, 20), samples=2, levels=5, code=300)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return hp.dataset.load(study.run(STUDY, TINY, seed=1, out=tmp_path_factory.mktemp("runs")))


def test_digits_are_different_pictures_and_the_first_of_different_kinds():
    pool, labels = hp.interop.handwritten.digits(5)
    xi = measures.chosen(40, 5, seed=3)
    assert xi.shape == (40, 320) and len(np.unique(xi, axis=0)) == 40
    kinds = [labels[(pool == picture).all(axis=1)][0] for picture in xi[: measures.SHOWN]]
    assert len(set(kinds)) == measures.SHOWN
    assert (measures.chosen(40, 5, seed=4) != xi).any()


def test_cues_are_damaged_as_they_say():
    xi = measures.chosen(30, 5, seed=1)
    cues, known = measures.damaged(xi, 0.1, seed=1)
    assert tuple(cues) == measures.STARTS and known == list(range(160))
    np.testing.assert_array_equal(cues["undamaged"], xi)
    np.testing.assert_array_equal(cues["covered"][:, :160], xi[:, :160])
    assert (cues["held"][:, 160:] == -1).all()
    flipped = (cues["flipped"] != xi).sum()
    assert (
        stats.binomtest(int(flipped), xi.size, 0.1).pvalue > 1e-4 > stats.binomtest(xi.size // 8, xi.size, 0.1).pvalue
    )


def test_recalled_means_near_and_nearest():
    xi = np.ones((3, 40), int)
    xi[1, :20], xi[2, 0] = -1, -1
    answers = {"way": {"flipped": np.stack([xi[2], xi[1], xi[2]])}}  # the first answers with another picture, also near
    found = measures.judged(xi, answers)
    column = measures.STARTS.index("flipped")
    assert found["overlap"].values[0, column] == pytest.approx((0.95 + 1 + 1) / 3)
    assert found["recalled"].values[0, column] == pytest.approx(2 / 3)
    assert np.isnan(np.delete(found["recalled"].values[0], column)).all()


def turned_by_hand(xi):
    xi = xi.astype(int)
    fields = np.array([[sum(xi[:, i] * (xi @ p - xi[:, i] * p[i])) for i in range(len(p))] for p in xi])
    return (fields * xi < 0).mean()


def test_units_turned_over_are_counted_as_by_hand():
    xi = measures.chosen(6, 5, seed=1)[:, 100:160]
    assert measures.turned(xi[None], hp.hebb)[0] == pytest.approx(turned_by_hand(xi), abs=1e-12)


def biased(seed, sets=12, count=40, size=300):
    """Patterns whose units have means of their own, spread over (-1, 1), and share nothing else."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(-1, 1, size)
    return np.where(rng.uniform(size=(sets, count, size)) < (1 + means) / 2, 1, -1)


def test_theory_of_unit_means_predicts_units_turned_over():
    """A mean of 12 differences within 5.6 of its standard errors: false alarms below 2e-4, Student's t with 11 degrees.

    The twin leaves the mean of the unit out of the noise, which is right for unrelated patterns only.
    """
    sets = biased(1)
    theory = np.array([measures.expected(xi) for xi in sets])
    measured = measures.turned(sets, hp.hebb)
    excess, error = hp.statistics.mean_error(measured - theory)
    assert error < 0.001 and abs(excess) < 5.6 * error
    unrelated = float(hp.theory.capacity.one_step_error_at(300, 40))
    assert abs(measured.mean() - unrelated) > 100 * error


def test_theory_of_unit_means_is_the_usual_one_for_unrelated_patterns():
    xi = hp.patterns.random(100, 400, seed=5)
    assert measures.expected(xi) == pytest.approx(hp.theory.capacity.one_step_error_at(400, 100), rel=0.15)


def test_centred_units_answer_to_deviations_from_their_own_means():
    xi = measures.chosen(8, 5, seed=2)
    net = hp.hopfield(xi, rule=ways.centred)
    mean = xi.mean(axis=0)
    deviation = (xi - mean) @ (xi[3] - mean) / 320
    by_hand = deviation @ (xi - mean) - (xi - mean).var(axis=0) * 8 / 320 * (xi[3] - mean)
    np.testing.assert_allclose(net.local_field(xi[3]), by_hand, atol=1e-12)


def test_nearest_looks_at_what_is_known():
    xi = np.array([[1, 1, 1, 1, 1, 1], [-1, -1, 1, -1, -1, -1]])
    cue = np.array([[-1, -1, 1, 1, 1, 1]])
    nearest = ways.nearest(xi)
    np.testing.assert_array_equal(nearest(cue, ()), xi[:1])
    np.testing.assert_array_equal(nearest(cue, [0, 1]), xi[1:])


def test_known_units_are_held():
    xi = measures.chosen(10, 5, seed=1)
    cues, known = measures.damaged(xi, 0.1, seed=1)
    for answer in (ways.settled(hp.hopfield(xi), 1), ways.attention(xi, 30.0, 1)):
        np.testing.assert_array_equal(answer(cues["held"], known)[:, known], xi[:, known])
    free = ways.settled(hp.hopfield(xi), 1)(cues["covered"], ())
    assert (free[:, known] != xi[:, known]).any()


def test_a_sparse_code_gives_back_what_it_was_made_of():
    xi = measures.chosen(5, 5, seed=1)
    answer = ways.sparse(xi, 1_000, 0.05, 0.1, seed=1)
    np.testing.assert_array_equal(answer(xi, ()), xi)
    assert answer(xi, [0]) is None
    cues = hp.patterns.corrupt(xi, flip=0.1, seed=9)
    assert (answer(cues, ()) == xi).mean() > 0.95  # a threshold too high for them would leave the code silent


def test_attention_is_told_nothing_of_what_is_covered():
    """With the covered half at 0, half a picture finds its own; taken for paper, it finds others too."""
    xi = measures.chosen(80, 7, seed=1)
    cues, known = measures.damaged(xi, 0.1, seed=1)
    answer = ways.attention(xi, 128.0, 1)
    held, covered = (
        (answer(cues[start], some) == xi).all(axis=1).mean() for start, some in (("held", known), ("covered", ()))
    )
    assert held == 1 > covered


def test_dreams_leave_fewer_units_wrong():
    xi = measures.chosen(5, 5, seed=1)
    wrong = [(net.local_field(xi) * xi < 0).mean() for net in (hp.hopfield(xi), ways.dreamt(xi, 0.05, 1))]
    assert wrong[1] < wrong[0] / 4


def test_findings_and_figures_come_out_of_any_run(tiny):
    findings = STUDY.findings(tiny)
    assert all(finding.source and np.isfinite(finding.measured) for finding in findings)
    assert findings[0].name == "Hebb, P = 20: different states that the 20 flipped cues end in"
    assert findings[0].measured <= 5
    exact = [finding for finding in findings if "fixed points" in finding.name]
    assert len(exact) == 3 and all(finding.agrees for finding in exact)
    shown = STUDY.figures(tiny)
    assert set(shown) == {"pictures", "cause", "recall"}
    assert all("seed 1" in figure.caption and figure.alt for figure in shown.values())


def test_sparse_codes_have_no_answer_where_pixels_are_held(tiny):
    assert np.isnan(tiny.recalled.sel(approach="sparse", start="held")).all()
    assert np.isfinite(tiny.recalled.drop_sel(approach="sparse")).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pictures": (5, 400)}, "between 5 and 300"),
        ({"pictures": ()}, "between 5 and 300"),
        ({"samples": 1}, "at least 2"),
        ({"flip": 0.5}, "between 0 and 1/2"),
        ({"levels": 2}, "between 5 and 15"),
    ],
)
def test_meaningless_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)


def test_full_preset_promises_enough():
    full = study.build(STUDY, "full")
    assert full.samples >= 8 and len(full.pictures) >= 6 and max(full.pictures) == 300


@pytest.mark.study
def test_quick_preset_agrees_with_theory(tmp_path):
    ds = hp.dataset.load(study.run(STUDY, study.build(STUDY, "quick"), seed=1, out=tmp_path))
    findings = STUDY.findings(ds)
    assert all(finding.agrees is not False for finding in findings)
    assert sum(finding.agrees is True for finding in findings) >= 5
