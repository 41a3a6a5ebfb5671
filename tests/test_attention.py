"""Blocked attention against double precision: any shape, any sharpness, any number of threads, memory flat in P."""

import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import hopphys as hp
from hopphys import features, softmax
from hopphys.softmax import softmax_step, softmax_step_and_energy

EXACT = 1e-5
X = np.array([[1, 0, 0.5], [0, 1, -0.5], [-1, 1, 0], [0.5, 0.5, 1]])  # four real patterns of different length
S = np.array([0.6, -0.2, 0.3])


def normal(seed, *shape, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


def reference(s, x, k, v=None):
    """Step and energy U in double precision, through the whole matrix of scores."""
    s, x = np.asarray(s, dtype=float), np.asarray(x, dtype=float)
    scores = k * s @ x.T
    v = x if v is None else np.asarray(v, dtype=float)
    return special.softmax(scores, axis=-1) @ v, -special.logsumexp(scores, axis=-1) / k


def errors(found, s, x, k, v=None):
    """Largest error of the step beside the largest value, and of the energy beside the largest it could be."""
    (step, energy), (right, level) = found, reference(s, x, k, v)
    longest = [np.linalg.norm(np.asarray(a, dtype=float), axis=-1).max() for a in (s, x)]
    reach = math.prod(longest) + (1 + math.log(len(x))) / k
    size = np.abs(x if v is None else v).max()
    return np.abs(step - right).max() / size, np.abs(energy - level).max() / reach


def assert_exact(s, x, k, v=None, tolerance=EXACT):
    assert max(errors(softmax_step_and_energy(s, x, k, v), s, x, k, v)) <= tolerance


@given(
    st.integers(1, 70), st.integers(1, 300), st.integers(1, 70), st.integers(1, 9), st.floats(-4, 4), st.floats(-2, 2),
    st.integers(0, 2**32),
)  # fmt: skip
def test_small_shapes_of_every_kind_are_exact(states, count, size, width, log_sharpness, log_scale, seed):
    s, x = normal(seed, states, size), normal(seed + 1, count, size, scale=10**log_scale)
    v, k = normal(seed + 2, count, width), 10**log_sharpness
    assert_exact(s, x, k)
    assert_exact(s, x, k, v)
    assert_exact(s.astype(float), x.astype(float), k, v.astype(float), tolerance=1e-12)


@pytest.mark.parametrize("size", [1, 5, 64, 65, 257])
@pytest.mark.parametrize("count", [1, 95, 96, 97, 1001, 16_384 + 5])  # around a block of patterns, and past a span
@pytest.mark.parametrize("sharpness", [1e-12, 0.1, 3.0, 1e6])
def test_grid_of_blocks_is_exact(size, count, sharpness):
    assert_exact(normal(1, 9, size), normal(2, count, size), sharpness)


@pytest.mark.parametrize("size", [16, 64, 128, 512])
@pytest.mark.parametrize("reach", [20.0, 63.9, 64.1, 1e4, 1e9])
def test_states_midway_between_two_patterns_are_exact(size, reach):
    # The hardest case: two large scores that are almost equal and belong to different patterns.
    x = normal(3, 200, size)
    s = (x[:100] + x[100:]) / 2
    k = reach / (np.linalg.norm(s, axis=1).max() * np.linalg.norm(x, axis=1).max())
    assert_exact(s, x, k)


def test_extreme_scores_are_exact():
    s, x = normal(4, 70, 8), normal(5, 500, 8)
    assert_exact(s, np.tile(x[:1], (300, 1)), 2.0)  # equal scores
    assert_exact(-np.abs(s), 30 * np.abs(x), 1.0)  # all of them large and negative
    assert_exact(s, np.concatenate([x, -x]), 1e3)
    assert_exact(0 * s, x, 5.0)
    assert_exact(1e20 * s, 1e-20 * x, 1.0)
    assert_exact(np.sort(s @ x[:1].T, axis=0) * x[:1], np.linspace(-30, 30, 500)[:, None] * x[:1], 1.0)  # maximum rises


@pytest.mark.parametrize("kind", [np.float32, float])
def test_reference_numbers_come_out_of_both_paths(kind, monkeypatch):
    monkeypatch.setattr(features, "WHOLE", 0)
    tolerance = 1e-6 if kind is np.float32 else 1e-10
    head = hp.attention(X.astype(kind), sharpness=1.0)
    step = head.local_field(S)
    assert head.interaction.patterns.dtype == kind
    assert head.energy(S) == pytest.approx(1.0380390147, abs=tolerance)
    assert step == pytest.approx([0.5065374447, 0.4021306728, 0.4786590406], abs=tolerance)
    assert head.energy(step) == pytest.approx(0.8037128886, abs=tolerance)
    found = hp.settle(head, S, seed=1)
    assert found.converged.all()
    assert found.state.values[0] == pytest.approx([-0.0180077900, 0.7100295556, 0.2009201776], abs=10 * tolerance)


@pytest.mark.parametrize("kind", [np.float32, float, np.int8])
def test_many_scores_go_through_blocks_and_give_the_same_numbers(kind, monkeypatch):
    xi = hp.patterns.random(900, 12, seed=1).astype(kind)
    form, s = hp.Patterns(xi, hp.log_sum_exp(0.7)), normal(6, 2, 300, 12)
    step, energy = reference(s, xi, 0.7)
    for whole in (features.WHOLE, 0):
        monkeypatch.setattr(features, "WHOLE", whole)
        assert form.field(s).shape == s.shape
        assert np.abs(form.field(s) - step).max() < (EXACT if kind is np.float32 else 1e-12)
        assert np.abs(form.energy(s) - energy).max() < (EXACT if kind is np.float32 else 1e-12)


def test_disorder_samples_and_pattern_biases_go_through_blocks(monkeypatch):
    x, s = normal(7, 2, 40, 5), normal(8, 2, 3, 5)
    inner = np.linspace(-1, 1, 40)
    for patterns in (x, x.astype(float)):
        forms = [hp.Patterns(patterns, hp.log_sum_exp(1.3), inner=b) for b in (None, inner)]
        whole = [hp.Patterns(x.astype(float), hp.log_sum_exp(1.3), inner=b) for b in (None, inner)]
        expected = [(form.field(s), form.energy(s)) for form in whole]
        monkeypatch.setattr(features, "WHOLE", 0)
        for form, (field, energy) in zip(forms, expected, strict=True):
            assert np.allclose(form.field(s), field, atol=1e-6)
            assert np.allclose(form.energy(s), energy, atol=1e-6)
        monkeypatch.undo()


def test_attention_of_single_precision_is_sampled_and_settled_as_of_double():
    x = normal(9, 300, 16, scale=0.25)
    start = x[:20] + normal(10, 20, 16, scale=0.05)
    single, double = hp.attention(x, 8.0), hp.attention(x.astype(float), 8.0)
    runs = [hp.settle(head, start, seed=1) for head in (single, double)]
    assert runs[0].converged.all()
    assert (runs[0].period == 1).all()
    assert np.abs(runs[0].state - runs[1].state).max() < 1e-4
    walks = [
        hp.sample(head, dynamics=hp.ATTENTION, beta=8.0, sweeps=3, start=start, replicas=20, seed=1)
        for head in (single, double)
    ]
    assert np.abs(walks[0].state - walks[1].state).max() < EXACT


@pytest.mark.parametrize("kind", [np.float32, float])
@pytest.mark.parametrize("k", [0.1, 1.0, 30.0])
def test_energy_is_never_negative_and_a_step_lowers_it(kind, k):
    x = normal(11, 500, 6).astype(kind)
    head = hp.attention(x, k)
    states = np.concatenate([x[:100], normal(12, 100, 6), 3 * normal(13, 100, 6)])
    energy, step = head.energy(states), head.local_field(states)
    rounding = EXACT * np.linalg.norm(states, axis=-1) * np.linalg.norm(x, axis=-1).max()
    assert (energy >= 0).all()
    assert (energy - head.energy(step) >= 0.5 * ((step - states) ** 2).sum(axis=-1) - rounding).all()
    one = hp.attention(np.tile(x[:1], (500, 1)), k)  # E = 0, where rounding shows
    assert (one.energy(x[:1]) >= -1e-15 * one.offset).all()


def test_threads_and_company_change_no_bit(monkeypatch):
    s, x = normal(14, 1000, 40), normal(15, 3000, 40)
    s[::7] *= 100  # some need scores of double precision
    found = {}
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("HOPPHYS_THREADS", threads)
        found[threads] = softmax_step_and_energy(s, x, 0.2)
    for step, energy in found.values():
        assert np.array_equal(step, found["1"][0])
        assert np.array_equal(energy, found["1"][1])
    assert np.array_equal(softmax_step(s[333:340], x, 0.2), found["1"][0][333:340])


def test_double_precision_in_chunks_agrees_to_rounding():
    s, x = normal(16, 1500, 7).astype(float), normal(17, 5000, 7).astype(float)
    assert np.allclose(softmax_step(s[700:703], x, 0.4), softmax_step(s, x, 0.4)[700:703], rtol=1e-12, atol=1e-12)


def _status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="counts the pages that Linux gives")
def test_memory_of_the_kernel_is_flat_in_the_number_of_patterns(monkeypatch):
    monkeypatch.setenv("HOPPHYS_THREADS", "2")
    s, x = normal(18, 256, 64), normal(19, 100_000, 64)  # scores would take 102 MB
    softmax_step(s, x[:100], 0.1)
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    except OSError:
        pytest.skip("the peak cannot be reset")
    before = _status("VmRSS")
    softmax_step(s, x, 0.1)
    assert _status("VmHWM") - before < 20e6


def test_memory_in_double_precision_is_flat_in_the_number_of_patterns():
    s, xi = normal(20, 1000, 16).astype(float), hp.patterns.random(20_000, 16, seed=1)  # scores would take 160 MB
    form = hp.Patterns(xi, hp.log_sum_exp(0.5))
    tracemalloc.start()
    form.field(s)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def in_pieces(s, x, k, factors):
    """The kernel's own pieces, block after block; `factors` may spoil what the sums so far are multiplied by."""
    from hopphys.kernels import attention as kernel
    from hopphys.kernels.tiles import LANES as lanes

    block, size = 12, x.shape[1]
    columns, scores, weights, sums = (np.zeros((rows, lanes), np.float32) for rows in (size, block, block, size))
    columns[:, : len(s)] = s.T
    top, best, factor, part, total = (np.zeros(lanes, np.float32) for _ in range(5))
    top[:] = -np.inf
    for first in range(0, len(x), block):
        count = min(block, len(x) - first)
        kernel.score(scores, columns, x, first, count)
        kernel.weigh(weights, scores, count, np.float32(k / np.log(2)), top, best, factor, part, total)
        kernel.gather(sums, weights, x, first, count, factors(factor))
    return (sums / total).T[: len(s)], -(top + np.log2(total))[: len(s)] * np.log(2) / k


def test_sums_that_are_not_rescaled_when_the_maximum_rises_are_seen(monkeypatch):
    s, x = normal(21, 30, 8), normal(22, 200, 8)
    assert max(errors(in_pieces(s, x, 1.0, lambda factor: factor), s, x, 1.0)) < EXACT
    assert errors(in_pieces(s, x, 1.0, np.ones_like), s, x, 1.0)[0] > 1e-2
    monkeypatch.setattr(softmax, "ENTRIES", 64 * 8)  # blocks of 64 patterns
    monkeypatch.setattr(softmax, "QUERIES", 8)
    s, x = s.astype(float), x.astype(float)
    assert_exact(s, x, 1.0, tolerance=1e-12)
    monkeypatch.setattr(softmax, "_rescaling", lambda before, now: np.isfinite(before).astype(float))
    assert errors(softmax_step_and_energy(s, x, 1.0), s, x, 1.0)[0] > 1e-2


def test_two_to_a_power_is_right_to_a_few_roundings():
    from numba import njit

    from hopphys.kernels.attention import power_of_two

    @njit
    def powers(x):
        found = np.empty_like(x)
        for i in range(x.size):
            found[i] = power_of_two(x[i])
        return found

    x = np.linspace(-125.9, 0, 100_001).astype(np.float32)
    assert np.abs(powers(x) / 2.0 ** x.astype(float) - 1).max() < 2.5e-7
    assert powers(np.zeros(1, np.float32))[0] == 1
    assert powers(np.array([-np.inf, -1e30], np.float32)).max() < 1e-37


def test_a_number_that_is_not_finite_is_found_wherever_it_is(monkeypatch):
    monkeypatch.setattr(softmax, "ENTRIES", 12)  # several blocks
    for place in (0, 8, 19):
        x = normal(26, 20, 3)
        x[place, 1] = np.nan
        for make in (lambda x=x: softmax_step(S, x, 1.0), lambda x=x: hp.attention(x, 1.0)):
            with pytest.raises(ValueError, match=rf"patterns must be finite, but patterns\[{place}, 1\] = nan"):
                make()


@pytest.mark.parametrize("kind", [np.float32, float])
def test_shapes_of_states_and_values_are_kept(kind):
    x, v = normal(23, 7, 3).astype(kind), normal(24, 7, 5).astype(kind)
    assert softmax_step(np.zeros(3), x, 1.0).shape == (3,)
    step, energy = softmax_step_and_energy(np.zeros((2, 4, 3)), x, 1.0, v)
    assert step.shape == (2, 4, 5)
    assert energy.shape == (2, 4)
    assert step.dtype == kind
    assert np.allclose(step, v.mean(axis=0), atol=1e-6)
    assert np.allclose(energy, -math.log(7))
    assert softmax_step(S, X.tolist(), 1) == pytest.approx(hp.attention(X, 1.0).local_field(S), abs=1e-15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: softmax_step(np.zeros(4), x, 1.0), r"s must have 3 numbers on its last axis.*\(4,\)"),
        (lambda x: softmax_step(0.0, x, 1.0), "s must have 3 numbers"),
        (lambda x: softmax_step([np.nan, 0, 0], x, 1.0), r"s must be finite, but s\[0\] = nan"),
        (lambda x: softmax_step(np.zeros(3), x * np.float32(np.nan), 1.0), "patterns must be finite"),
        (lambda x: softmax_step(np.zeros(3), x + np.float32(np.inf), 1.0), "patterns must be finite"),
        (lambda x: softmax_step(np.zeros(3), x[0], 1.0), r"patterns must have shape \(P, N\)"),
        (lambda x: softmax_step(np.zeros(3), x[:0], 1.0), "patterns must not be empty"),
        (lambda x: softmax_step(np.zeros(3), x, 1.0, x[:2]), "value for each of 7 patterns, but there are 2"),
        (lambda x: softmax_step(np.zeros(3), x, 1.0, x * np.nan), "values must be finite"),
        (lambda x: softmax_step(np.zeros(3), x.astype("f"), 1.0, x * 1e31), "values up to .* would leave single"),
        (lambda x: softmax_step(np.zeros(3), x, 0.0), "sharpness must be positive"),
        (lambda x: softmax_step(np.zeros(3), x, np.nan), "sharpness must be positive"),
        (lambda x: softmax_step(np.full(3, 1e300), 1e10 * x, 1.0), "scores sharpness x pattern . state may reach"),
        (lambda x: hp.attention(x * np.float32(np.nan), 1.0), "patterns must be finite"),
        (lambda x: hp.attention(x[0], 1.0), r"attention patterns must have shape \(P, N\)"),
    ],
)
@pytest.mark.parametrize("kind", [np.float32, float])
def test_bad_attention_is_refused_in_words(call, words, kind):
    with pytest.raises(ValueError, match=words):
        call(normal(25, 7, 3).astype(kind))
