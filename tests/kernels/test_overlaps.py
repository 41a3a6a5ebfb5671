"""Packed signs and the sums over them, against NumPy on whole arrays."""

import numpy as np
import pytest
from numba import njit

from hopphys.kernels import overlaps, signs

SHAPES = [(1, 1), (1, 64), (3, 70), (63, 64), (64, 65), (65, 63), (130, 129), (200, 300)]


@njit
def sum_where(x, words, depth):
    return signs.sum_where(x, words, depth)


@njit
def shift(x, words, step):
    signs.shift_by_signs(x, words, words.size, step)


def draw(count, size, seed=1):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (count, size))


def packed(xi):
    count, size = xi.shape
    rows = np.full((count, -(-size // 64)), 7, np.uint64)
    columns = np.full((size, -(-count // 64)), 7, np.uint64)
    assert signs.pack_signs(rows, xi)
    signs.transpose_signs(columns, rows)
    return rows, columns


def as_bits(xi):
    """Rows of words made by NumPy from the signs, 0 past the last one."""
    padded = np.zeros((len(xi), -(-xi.shape[1] // 64) * 64), np.uint8)
    padded[:, : xi.shape[1]] = xi > 0
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_and_columns_hold_each_sign_in_its_place(shape):
    xi = draw(*shape)
    rows, columns = packed(xi)
    assert np.array_equal(rows, as_bits(xi)) and np.array_equal(columns, as_bits(np.ascontiguousarray(xi.T)))


@pytest.mark.parametrize("value", [0, 2, -2, 127, -128])
@pytest.mark.parametrize("place", [0, 64, 69])
def test_patterns_of_anything_but_signs_are_not_packed(value, place):
    xi = draw(2, 70)
    xi[1, place] = value
    assert not signs.pack_signs(np.empty((2, 2), np.uint64), xi)


@pytest.mark.parametrize("kind", [np.int16, np.int32])
@pytest.mark.parametrize("depth", [1, 3, 100])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_and_shifts_along_a_column_are_those_of_the_signs(shape, depth, kind):
    xi = draw(*shape)
    _, columns = packed(xi)
    x = signs.aligned(columns.shape[1] * 64, np.zeros(1, kind))
    x[:] = np.random.default_rng(2).integers(-300, 300, x.size)
    before = x[: len(xi)].astype(int)
    for i in range(0, shape[1], 7):
        assert sum_where(x, columns[i], depth) == before[xi[:, i] > 0].sum()
        shift(x, columns[i], -2)
        before -= 2 * xi[:, i].astype(int)
        assert np.array_equal(x[: len(xi)], before)


def test_numbers_are_widened_before_they_overflow():
    words = np.full(40, 2**64 - 1, np.uint64)
    assert sum_where(np.full(2560, 8000, np.int16), words, 4) == 2560 * 8000
    assert sum_where(np.full(2560, -(2**20), np.int32), words, 30) == -(2**20) * 2560
    assert sum_where(np.full(2560, 8000, np.int16), words, 40) != 2560 * 8000


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("levels", "scale", "shift"), [((-1, 1), 1, 0), ((0, 1), 2, -1), ((0, 1), 1, 0), ((-1, 1), -3, 2)]
)
def test_overlaps_by_counting_bits_are_those_of_the_patterns(shape, levels, scale, shift):
    xi = draw(*shape)
    rows, columns = packed(xi)
    s = np.random.default_rng(3).choice(np.array(levels, np.int8), shape[1])
    low, high = (np.full(shape[1], level, np.int8) for level in levels)
    x, room = np.empty(columns.shape[1] * 64, np.int32), np.empty(rows.shape[1], np.uint64)
    overlaps.sign_overlaps(x, s, low, high, rows, columns, room, scale, shift)
    assert np.array_equal(x[: len(xi)], xi.astype(int) @ (scale * s.astype(int) + shift))


def test_overlaps_of_sites_of_two_alphabets_are_added_site_by_site():
    xi = draw(70, 90)
    rows, columns = packed(xi)
    low, high = np.repeat(np.array([-1, 0], np.int8), 45), np.ones(90, np.int8)
    s = np.where(np.random.default_rng(3).random(90) < 0.5, low, high)
    x, room = np.empty(128, np.int16), np.empty(rows.shape[1], np.uint64)
    overlaps.sign_overlaps(x, s, low, high, rows, columns, room, 2, -1)
    assert np.array_equal(x[:70], xi.astype(int) @ (2 * s.astype(int) - 1))
