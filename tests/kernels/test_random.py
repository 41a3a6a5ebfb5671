"""Random numbers: pure functions of their address, without collisions, the same compiled and not, and uniform."""

import itertools

import numpy as np
import pytest
from scipy import stats

from hopphys.kernels import random, visits

MASK = 2**64 - 1


def splitmix(z):
    """The finaliser in whole numbers of any length: what the arrays of 64 bits must agree with."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_words_follow_their_definition_in_whole_numbers():
    stream = random.streams(random.key(3, "test"), 4)
    for replica, (sweep, attempt, draw) in enumerate([(0, 0, 0), (5, 9, 1), (2**30 - 1, 2**31 - 1, 7), (1, 0, 3)]):
        offset, increment = (int(v) for v in stream[replica])
        expected = splitmix((offset + increment * ((sweep << 34) | (attempt << 3) | draw)) & MASK)
        assert int(random.words(stream[replica], sweep, attempt, draw)[0]) == expected


def test_splitmix_agrees_with_its_published_sequence():
    # First outputs of SplitMix64 from seed 1234567 (the reference implementation of S. Vigna, 2015).
    state, outputs = 1234567, []
    for _ in range(3):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        outputs.append(int(random.mix(np.array([state], np.uint64))[0]))
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_golden_values_have_not_moved():
    # A change here changes every result of the package: CHANGELOG says how such a change is announced.
    identity = random.key(42, "sample", 0.5, 0)
    assert identity == (1617759833636716659, 16498412276170522827)
    stream = random.streams(identity, 3)
    assert stream[0].tolist() == [5050930944364296303, 3053142423237108271]
    assert random.words(stream[:, None, :], 7, np.arange(2), 1)[2].tolist() == [
        1001115705940641084,
        13465721756906763453,
    ]


def test_compiled_words_equal_the_arrays():
    stream = random.streams(random.key(1, "test"), 2)
    for sweep, attempt, draw in [(0, 0, 0), (3, 70_000, 1), (2**20, 5, 7)]:
        compiled = visits.word(stream[1, 0], stream[1, 1], sweep, attempt, draw)
        assert int(compiled) == int(random.words(stream[1], sweep, attempt, draw)[0])


def test_addresses_do_not_collide():
    words = random.words(random.streams(random.key(1, "test"), 50)[:, None, :], 3, np.arange(20_000))
    assert len(np.unique(words)) == words.size  # a birthday among 10^6 of 2^64 has probability 3e-8


def test_points_purposes_and_seeds_have_different_keys_and_streams():
    asked = itertools.product(range(20), ["sample", "start", "settle"], [0.5, 0.1 + 0.2, 0.3, 1.0], range(5))
    keys = {random.key(seed, purpose, beta, d) for seed, purpose, beta, d in asked}
    assert len(keys) == 20 * 3 * 4 * 5
    streams = np.concatenate([random.streams(k, 5) for k in keys])
    assert len(np.unique(streams[:, 0])) == len(np.unique(streams[:, 1])) == len(streams)
    assert (streams[:, 1] % 2 == 1).all()


def test_values_that_read_alike_have_different_keys():
    assert len({random.key(1, "p", v) for v in (1, 1.0, "1", (1,), None, True)}) == 6
    assert random.key(1, "p", np.float64(0.5)) == random.key(1, "p", 0.5)
    assert random.key(1, "p", np.int64(5)) == random.key(1, "p", 5)


def test_replicas_may_be_computed_in_any_chunks():
    identity = random.key(9, "test")
    whole = random.streams(identity, 10)
    assert np.array_equal(whole[4:7], random.streams(identity, 3, first=4))


@pytest.mark.parametrize("axis", ["replica", "sweep", "attempt", "draw"])
def test_numbers_are_uniform_along_every_part_of_the_address(axis):
    # Kolmogorov-Smirnov at 1e-4 for each axis, and lag-1 correlation within 4 / sqrt(n)
    stream = random.streams(random.key(5, "test", axis), 20_000 if axis == "replica" else 1)
    n = np.arange(20_000)
    u = {
        "replica": lambda: random.uniforms(stream[:, None, :], 3, 4)[:, 0],
        "sweep": lambda: random.uniforms(stream[0], n, 4),
        "attempt": lambda: random.uniforms(stream[0], 3, n),
        "draw": lambda: random.uniforms(stream[0], 0, n // 8, n % 8),
    }[axis]()
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 4 / np.sqrt(len(u))


def test_uniformity_check_rejects_a_counter_that_is_not_mixed():
    stream = random.streams(random.key(5, "test"), 1)
    raw = stream[0, 0] + stream[0, 1] * np.arange(20_000, dtype=np.uint64)
    u = (raw >> np.uint64(11)).astype(float) * 2.0**-53
    assert stats.kstest(u, "uniform").pvalue > 0.999 or abs(np.corrcoef(u[1:], u[:-1])[0, 1]) > 4 / np.sqrt(len(u))


def test_choice_of_a_site_is_uniform():
    words = random.words(random.streams(random.key(5, "sites"), 1)[0], 0, np.arange(70_000), 1)
    counts = np.bincount(random.below(words, np.uint64(7)).astype(int), minlength=7)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a non-negative integer"):
        random.key(seed, "test")


def test_streams_of_many_keys_are_those_of_each():
    keys = [random.key(3, "test", d) for d in range(5)]
    together = random.streams(keys, 4, first=2)
    assert np.array_equal(together, np.stack([random.streams(key, 4, first=2) for key in keys]))
