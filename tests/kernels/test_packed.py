"""The kernel of bit-packed lattices: independent lanes, limits, counts, and the same bits on any processor."""

import os
import subprocess
import sys

import numpy as np
import pytest

from hopphys.kernels import packed, packed_counting, packed_layout, random, rules

STREAM = random.streams(random.key(5, "test of lanes"), 1)


def lanes(words, share=False):
    """±1 of each lane (64, words): the first bit of the number that decides it, or of that of lane 0 where `share`."""
    lane = np.zeros((64, 1), int) if share else np.arange(64)[:, None]
    numbers = packed.uniforms(np.repeat(STREAM, 64, axis=0), 3, np.arange(words), lane)
    return np.where(numbers < 0.5, 1, -1)


def largest_correlation(words, **options):
    """Of 2016 pairs of lanes, in units of the error 1 / sqrt(words)."""
    drawn = lanes(words, **options).astype(float)
    products = drawn @ drawn.T / np.sqrt(words)
    return np.abs(products[np.triu_indices(64, 1)]).max()


def test_lanes_of_a_word_are_independent():
    """The largest of 2016 normal deviates exceeds 5.2 once in 2500 seeds; the seed is fixed."""
    assert largest_correlation(4096) < 5.2


def test_a_number_that_lanes_share_is_noticed():
    assert largest_correlation(4096, share=True) > 5.2


def test_numbers_of_lanes_are_uniform():
    numbers = np.sort(packed.uniforms(STREAM, 0, np.arange(4000), np.zeros((1, 1), int)).ravel())
    distance = np.abs(numbers - (np.arange(4000) + 0.5) / 4000).max()
    assert distance < 2.1 / np.sqrt(4000)  # Kolmogorov: once in 3400 seeds


@pytest.mark.parametrize("update", [rules.HEAT_BATH, rules.METROPOLIS])
@pytest.mark.parametrize("bias", [0.0, 0.3])
@pytest.mark.parametrize("beta", [0.0, 0.44, 3.0, 60.0, np.inf])
def test_limits_are_the_chances_of_the_rule(update, bias, beta):
    found = np.empty((16, 2), np.uint64)
    packed.limits(update, 5, beta, bias, 3, 0.25, found)
    for u in range(6):
        for on in (False, True):
            gap = 2 * 0.25 * (3 * (5 - 2 * u) * (1 if on else -1) + bias)
            up = rules.chance(update, gap, on, beta)
            limit = int(np.ceil(up * 2.0**53))
            assert int(found[u, int(on)]) == (2**53 - limit if on else limit)


def kinds_of(limit, rounds=24):
    kinds, bits = np.empty(32, np.int64), np.empty((53, 32), np.uint64)
    sure, others = packed.classify(limit.shape[0] - 1, limit, rounds, kinds, bits)
    return kinds[:sure].tolist(), kinds[sure : sure + others].tolist(), bits


def test_both_spins_are_one_kind_where_their_limits_agree():
    found = np.empty((5, 2), np.uint64)
    packed.limits(rules.METROPOLIS, 4, 0.44, 0.0, 1, 1.0, found)
    assert kinds_of(found)[:2] == ([10, 14, 18], [2, 6])  # 4 u + 2: either spin; u = 2, 3, 4 flip surely
    packed.limits(rules.METROPOLIS, 4, 0.44, 0.3, 1, 1.0, found)
    assert kinds_of(found)[:2] == ([8, 14, 18], [0, 1, 4, 5, 9])


def test_limits_that_differ_late_are_told_apart():
    half = 2**52
    limit = np.array([[half, half - 1]], np.uint64)
    assert kinds_of(limit)[1] == [0, 1]
    assert kinds_of(np.array([[half + 5, half + 4]], np.uint64))[1] == [2]


def test_words_are_counted_lane_by_lane():
    words = np.random.default_rng(1).integers(0, 2**64, (3, 16 * 37), dtype=np.uint64)
    found = np.full((3, 64), 10)
    packed_layout.count_up(words, found)
    bits = (words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.array_equal(found, 10 + bits.sum(axis=1).astype(int))


def test_a_flushed_counter_starts_from_zero():
    counter, found = packed_counting.new_counter(), np.zeros(64, int)
    packed_counting.flush(counter, found)
    assert not found.any()


@pytest.mark.parametrize("stride", [0, 5])
def test_words_unpack_to_what_was_packed(stride):
    rng = np.random.default_rng(2)
    state = rng.choice([-1, 1], (1, 320) if stride else (64, 5)).astype(np.int8)
    sites, words, found = np.array([3, 0, -1, 4, 1, 2]), np.zeros(6, np.uint64), np.zeros_like(state)
    packed_layout.pack(words, state, sites, stride)
    assert words[2] == 0
    packed_layout.unpack(words, found, sites, stride)
    assert np.array_equal(found, state)


PRINT_BITS = """
import hashlib, numpy as np, hopphys as hp
glass = hp.spin_glass(hp.cubic(4), "pm", seed=2)
run = hp.sample(glass, beta=0.7, sweeps=50, replicas=70, dynamics=hp.CHECKERBOARD, seed=3)
print(hashlib.sha256(run.state.values.tobytes() + run.energy.values.tobytes()).hexdigest())
"""


def bits_of(tmp_path, **environment):
    usual = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_BITS], env={**usual, "NUMBA_CACHE_DIR": str(tmp_path), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.statistical
def test_a_processor_without_wide_registers_gives_the_same_bits(tmp_path):
    here = bits_of(tmp_path / "here")
    assert here == bits_of(tmp_path / "plain", NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
