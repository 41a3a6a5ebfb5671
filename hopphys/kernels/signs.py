"""Rows of signs, 64 in a word: bit p of word w is set where sign 64 w + p is +1.

Numba has no vector types, so the operations that a row of signs needs are written in LLVM's: a word is a mask over the
lanes of a vector, one instruction with AVX-512 and a few without. The bits past the last sign of a row are 0, and the
numbers beside them are never read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = 64
VECTOR = 512  # bits
LINE = 64  # bytes of a cache line

BIT, BYTE, INT32, INT64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
ONE = ir.Constant(INT64, 1)
in_llvm: Any = intrinsic  # its type does not say that numba supplies the first argument


class _Lanes:
    """The numbers beside a row of signs as vectors: `parts` of them to a word."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder = builder
        self.numbers, self.words = (
            context.make_array(signature.args[a])(context, builder, arguments[a]).data for a in (0, 1)
        )
        self.kind = context.get_value_type(signature.args[0].dtype)
        self.count = VECTOR // self.kind.width
        self.parts = range(WORD // self.count)
        self.form = ir.VectorType(self.kind, self.count)
        self.zero = ir.Constant(self.form, None)
        self.bytes = self.kind.width // 8

    def masks(self, place: Any) -> list[Any]:
        builder, word = self.builder, self.builder.load(self.builder.gep(self.words, [place]), align=8)
        pieces = (builder.lshr(word, ir.Constant(INT64, part * self.count)) for part in self.parts)
        form = ir.VectorType(BIT, self.count)
        return [builder.bitcast(builder.trunc(piece, ir.IntType(self.count)), form) for piece in pieces]

    def beside(self, place: Any, part: int) -> Any:
        """Pointer to the numbers beside one part of a word."""
        builder = self.builder
        first = builder.add(builder.mul(place, ir.Constant(INT64, WORD)), ir.Constant(INT64, part * self.count))
        return builder.bitcast(builder.gep(self.numbers, [first]), self.form.as_pointer())

    def spread(self, value: Any) -> Any:
        empty = ir.Constant(self.form, ir.Undefined)
        one = self.builder.insert_element(empty, self.builder.trunc(value, self.kind), ir.Constant(INT32, 0))
        return self.builder.shuffle_vector(one, empty, ir.Constant(ir.VectorType(INT32, self.count), None))

    def add_up(self, vectors: list[Any]) -> Any:
        """Sum of all lanes, as an int32."""
        builder, wide = self.builder, ir.VectorType(INT32, self.count)
        wider = [builder.sext(vector, wide) if self.kind.width < 32 else vector for vector in vectors]
        total = wider[0]
        for vector in wider[1:]:
            total = builder.add(total, vector)
        reduce = ir.FunctionType(INT32, [wide]), f"llvm.vector.reduce.add.v{self.count}i32"
        return builder.call(cgutils.get_or_insert_function(builder.module, *reduce), [total])


@in_llvm  # type: ignore[untyped-decorator]  # numba types it
def _sum_narrow(typing: Any, numbers: Any, words: Any, first: Any, last: Any) -> Any:
    """Sum of the numbers (int16, int32) whose bit is set in words first to last, which must not overflow in a lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _Lanes(context, builder, signature, arguments)
        sums = [cgutils.alloca_once(builder, lanes.form) for _ in lanes.parts]
        for place in sums:
            builder.store(lanes.zero, place)
        first, last = arguments[2:]
        with cgutils.for_range_slice(builder, first, last, ONE, intp=INT64) as (place, _):
            for part, mask in enumerate(lanes.masks(place)):
                number = builder.load(lanes.beside(place, part), align=lanes.bytes)
                before = builder.load(sums[part])
                builder.store(builder.select(mask, builder.add(before, number), before), sums[part])
        return lanes.add_up([builder.load(place) for place in sums])

    return types.int32(numbers, words, types.int64, types.int64), build


@in_llvm  # type: ignore[untyped-decorator]  # numba types it
def shift_by_signs(typing: Any, numbers: Any, words: Any, count: Any, step: Any) -> Any:
    """numbers += step * sign beside the first `count` words, in place."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _Lanes(context, builder, signature, arguments)
        up, down = lanes.spread(arguments[3]), lanes.spread(builder.neg(arguments[3]))
        with cgutils.for_range_slice(builder, ir.Constant(INT64, 0), arguments[2], ONE, intp=INT64) as (place, _):
            for part, mask in enumerate(lanes.masks(place)):
                pointer = lanes.beside(place, part)
                number = builder.load(pointer, align=lanes.bytes)
                moved = builder.add(number, builder.select(mask, up, down))
                builder.store(moved, pointer, align=lanes.bytes)
        return context.get_dummy_value()

    return types.void(numbers, words, types.int64, types.int64), build


@in_llvm  # type: ignore[untyped-decorator]  # numba types it
def _equal(typing: Any, values: Any, first: Any, value: Any) -> Any:
    """Word with bit p set where values[first + p] (int8) is `value`, p = 0 ... 63."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        form = ir.VectorType(BYTE, WORD)
        found = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), form.as_pointer()), align=1)
        one = builder.insert_element(ir.Constant(form, ir.Undefined), arguments[2], ir.Constant(INT32, 0))
        wanted = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT32, WORD), None))
        return builder.bitcast(builder.icmp_signed("==", found, wanted), INT64)

    return types.uint64(values, types.int64, types.int8), build


@in_llvm  # type: ignore[untyped-decorator]  # numba types it
def ones(typing: Any, word: Any) -> Any:
    """Number of bits that are set in a word."""
    return types.int64(types.uint64), lambda context, builder, signature, arguments: builder.ctpop(arguments[0])


@njit(cache=True, inline="always")
def sum_where(numbers, words, depth):
    """Sum of the numbers whose bit is set, `depth` words at a time: depth * max|number| must fit their type."""
    total, first = np.int64(0), 0
    while first < words.size:
        last = min(first + depth, words.size)
        total += _sum_narrow(numbers, words, first, last)
        first = last
    return total


@njit(cache=True)
def aligned(count, sample):
    """Zeros of the type of `sample` that start at a cache line: vectors that straddle two cost twice as much."""
    buffer = np.zeros(count + LINE // sample.itemsize, sample.dtype)
    first = (-np.int64(buffer.ctypes.data) % LINE) // sample.itemsize
    return buffer[first : first + count]


@njit(nogil=True, cache=True)
def pack_row(words, values, value):
    """Bit i of the words is set where values[i] (int8) is `value`; the bits past the last one are 0."""
    whole = values.size // WORD
    for w in range(whole):
        words[w] = _equal(values, w * WORD, value)
    for i in range(whole * WORD, values.size):
        if i % WORD == 0:
            words[whole] = np.uint64(0)
        words[whole] |= np.uint64(values[i] == value) << np.uint64(i % WORD)


@njit(nogil=True, cache=True)
def pack_signs(rows, patterns):
    """rows (P, words of N) from patterns (P, N) int8; whether every entry is ±1."""
    minus = np.empty(rows.shape[1], np.uint64)
    for p in range(patterns.shape[0]):
        pack_row(rows[p], patterns[p], np.int8(1))
        pack_row(minus, patterns[p], np.int8(-1))
        found = np.int64(0)
        for w in range(minus.size):
            found += ones(rows[p, w] | minus[w])
        if found < patterns.shape[1]:
            return False
    return True


@njit(cache=True)
def _transpose(block):
    """Transpose 64 x 64 bits in place, by exchanging ever smaller blocks (Warren, Hacker's Delight, section 7-3)."""
    width, mask = np.uint64(32), np.uint64(0x00000000FFFFFFFF)
    while width:
        k = np.uint64(0)
        while k < np.uint64(WORD):
            upper, lower = block[k], block[k | width]
            moved = ((upper >> width) ^ lower) & mask
            block[k], block[k | width] = upper ^ (moved << width), lower ^ moved
            k = ((k | width) + np.uint64(1)) & ~width
        width >>= np.uint64(1)
        mask ^= mask << width


@njit(nogil=True, cache=True)
def transpose_signs(columns, rows):
    """columns (N, words of P) from rows (P, words of N)."""
    block = np.zeros(WORD, np.uint64)
    for w in range(rows.shape[1]):
        for v in range(columns.shape[1]):
            count = min(WORD, rows.shape[0] - v * WORD)
            block[:count] = rows[v * WORD : v * WORD + count, w]
            block[count:] = 0
            _transpose(block)
            sites = min(WORD, columns.shape[0] - w * WORD)
            columns[w * WORD : w * WORD + sites, v] = block[:sites]
