"""Lattices with 64 spins in a word: 64 replicas of a site, or 64 sites of one lattice; every lane has bits of its own.

Words are numbered so that those of one colour and degree form a *span*, padded to whole blocks of 16; pads stay 0. A
bond is unsatisfied where spin ^ neighbour ^ sign = 1. A lane is decided by its number u of unsatisfied bonds and its
spin: it flips where U < limit(u, spin), with limits from `rules.chance`. U has 53 bits; the k-th is the lane's bit of
the k-th random word, reversed where the spin is up, so that both spins share their limits where there is no field. The
bits are compared one by one, and a lane drops out at the first that differs: each round settles half of the lanes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from hopphys.kernels import random
from hopphys.kernels.packed_counting import flush, new_counter, push
from hopphys.kernels.packed_threads import WAIT, done, take
from hopphys.kernels.packed_vectors import WIDTH, borrowing, gather, inlined, load, rising, some, splat, store
from hopphys.kernels.rules import chance

mix = njit(cache=True, inline="always")(random.mix)
# 30 bits of sweep as everywhere, 28 of word, 6 of draw: a word needs up to 53 draws, one for each bit of U.
SWEEP_SHIFT, WORD_SHIFT = np.uint64(34), np.uint64(6)
MAX_WORD = 2**28
BITS, LANES, MAX_DEGREE = 53, 64, 15
ROUNDS = 24  # bits compared word by word; one lane in 2^24 is left over and is settled alone, with all of its bits
ONE, NONE, ALL = np.uint64(1), np.uint64(0), np.uint64(2**64 - 1)
SURE = np.uint64(2**53)
OFF, ON, EITHER = 0, 1, 2
HEADS = np.concatenate([np.where(np.arange(WIDTH) < n, ALL, NONE) for n in range(WIDTH + 1)])  # the first n words


@njit(cache=True)
def limits(update, degree, beta, bias, unit, quantum, found):
    """found[u, spin]: a lane with u unsatisfied bonds flips where U < limit / 2^53, U reversed where the spin is up."""
    for u in range(degree + 1):
        for on in range(2):
            total = unit * (degree - 2 * u) * (2 * on - 1)
            p = chance(update, 2 * (quantum * (total + bias)), on == 1, beta)
            limit = np.uint64(math.ceil(p * 9007199254740992.0))
            found[u, on] = SURE - limit if on == 1 else limit


@njit(cache=True)
def classify(degree, limit, rounds, kinds, bits):
    """Kinds of lanes, 4 u + spin, that flip surely and then those that flip by chance; returns the number of each.

    bits[k, c] is all ones or zeros: the k-th bit of the limit of the c-th kind that flips by chance. Both spins are one
    kind where their limits agree as far as they are looked at. Lanes of no kind stay.
    """
    shift = np.uint64(BITS - rounds)
    sure = 0
    for u in range(degree + 1):
        off, on = limit[u, OFF], limit[u, ON]
        if off == SURE and on == SURE:
            sure = _enter(kinds, sure, 4 * u + EITHER)
        elif off == SURE:
            sure = _enter(kinds, sure, 4 * u + OFF)
        elif on == SURE:
            sure = _enter(kinds, sure, 4 * u + ON)
    classes = sure
    for u in range(degree + 1):
        off, on = limit[u, OFF], limit[u, ON]
        if off == on == NONE:
            continue
        if off != SURE and on != SURE and off >> shift == on >> shift:
            classes = _enter(kinds, classes, 4 * u + EITHER)
            continue
        if off != SURE and off != NONE:
            classes = _enter(kinds, classes, 4 * u + OFF)
        if on != SURE and on != NONE:
            classes = _enter(kinds, classes, 4 * u + ON)
    for c in range(sure, classes):
        u, spin = kinds[c] >> 2, kinds[c] & 3
        for k in range(rounds):
            bit = (limit[u, spin & ON] >> np.uint64(BITS - 1 - k)) & ONE
            bits[k, c - sure] = ALL if bit == ONE else NONE
    return sure, classes - sure


@inlined
def _enter(kinds, count, kind):
    kinds[count] = kind
    return count + 1


@inlined
def _alike(code, spin, c0, c1, c2, c3):
    """Lanes of one class: those whose count, in four bit planes, and spin are the class's."""
    u, side = code >> 2, code & 3
    found = c0 ^ (NONE if u & 1 else ALL)
    found = found & (c1 ^ (NONE if u & 2 else ALL))
    found = found & (c2 ^ (NONE if u & 4 else ALL))
    found = found & (c3 ^ (NONE if u & 8 else ALL))
    if side != EITHER:
        found = found & (spin ^ (NONE if side == ON else ALL))
    return found


@inlined
def unsatisfied(words, spin, table, runs, signs, entry):
    """Lanes of 16 words whose bond number `entry` is unsatisfied."""
    other = load(words, runs[entry]) if runs[entry] >= 0 else gather(words, table, entry * WIDTH)
    unequal = spin ^ other
    if signs.size > 0:
        unequal = unequal ^ load(signs, entry * WIDTH)
    return unequal


@inlined
def _count(words, spin, table, runs, signs, entry, degree):
    """Number of unsatisfied bonds of each lane, in four bit planes: two bonds at a time through a full adder."""
    c0, c1, c2, c3 = splat(NONE), splat(NONE), splat(NONE), splat(NONE)
    for j in range(0, degree, 2):
        a = unsatisfied(words, spin, table, runs, signs, entry + j)
        b = splat(NONE)
        if j + 1 < degree:
            b = unsatisfied(words, spin, table, runs, signs, entry + j + 1)
        carry = (a & b) | (c0 & (a ^ b))
        c0 = c0 ^ a ^ b
        if degree > 1:
            more = c1 & carry
            c1 = c1 ^ carry
            if degree > 7:
                c3 = c3 ^ (c2 & more)
            c2 = c2 ^ more
    return c0, c1, c2, c3


@njit(cache=True)
def _settle(scratch, limit, offset, increment, sweep, first):
    """Decide what is left of 16 words lane by lane, with all 53 bits: one lane in 2^24."""
    parts = scratch.reshape(-1, WIDTH)
    spin, undecided, flips, planes = parts[0], parts[1], parts[2], parts[3:7]
    for k in range(WIDTH):
        for lane in range(LANES):
            bit = np.uint64(lane)
            if (undecided[k] >> bit) & ONE == NONE:
                continue
            up, u, number = (spin[k] >> bit) & ONE, np.int64(0), NONE
            for plane in range(4):
                u += np.int64((planes[plane, k] >> bit) & ONE) << plane
            for draw in range(BITS):
                place = (np.uint64(sweep) << SWEEP_SHIFT) | (np.uint64(first + k) << WORD_SHIFT) | np.uint64(draw)
                number = (number << ONE) | (((mix(offset + increment * place) >> bit) & ONE) ^ up)
            if number < limit[u, np.int64(up)]:
                flips[k] |= ONE << bit


@borrowing
def _update_span(
    words, start, stop, degree, entry, table, runs, signs, limit, kinds, bits, sure, classes, rounds,
    offset, increment, sweep, scratch, counter,
):  # fmt: skip
    """Attempt every lane of the words start ... stop of one span once; `scratch` holds the masks of the classes."""
    for first in range(start, stop, WIDTH):
        spin = load(words, first)
        c0, c1, c2, c3 = _count(words, spin, table, runs, signs, entry, degree)
        entry += degree
        flips, undecided = splat(NONE), splat(NONE)
        for c in range(sure):
            flips = flips | _alike(kinds[c], spin, c0, c1, c2, c3)
        for c in range(classes):
            mask = _alike(kinds[sure + c], spin, c0, c1, c2, c3)
            store(scratch, c * WIDTH, mask)
            undecided = undecided | mask
        inside = load(HEADS, min(WIDTH, stop - first) * WIDTH)
        undecided = undecided & inside
        place = (np.uint64(sweep) << SWEEP_SHIFT) | (np.uint64(first) << WORD_SHIFT)
        position = rising(offset + increment * place, increment << WORD_SHIFT)
        k = 0
        while k < rounds and some(undecided):
            number = mix(position) ^ spin
            want = splat(NONE)
            for c in range(classes):
                want = want | (load(scratch, c * WIDTH) & bits[k, c])
            differ = number ^ want
            flips = flips | (undecided & differ & want)
            undecided = undecided & (differ ^ ALL)
            position = position + increment
            k += 1
        if some(undecided):
            store(scratch, 0, spin)
            store(scratch, WIDTH, undecided)
            store(scratch, 2 * WIDTH, flips)
            store(scratch, 3 * WIDTH, c0)
            store(scratch, 4 * WIDTH, c1)
            store(scratch, 5 * WIDTH, c2)
            store(scratch, 6 * WIDTH, c3)
            _settle(scratch, limit, offset, increment, sweep, first)
            flips = load(scratch, 2 * WIDTH)
        flips = flips & inside
        store(words, first, spin ^ flips)
        push(counter, flips)


@borrowing
def _refresh(words, ghosts, first, last, count):
    """Ghost words first ... last: copies of other words with every lane turned to the strip it borders on."""
    for g in range(first, last):
        word, turn = words[ghosts[g, 0]], np.uint64(ghosts[g, 1])
        words[count + g] = (word >> turn) | (word << ((np.uint64(LANES) - turn) & np.uint64(63)))


@njit(cache=True)
def _prepare(update, beta, bias, unit, quantum, spans, rounds, limit, kinds, bits, numbers):
    """Limits and kinds of lanes of every span at one temperature; numbers (spans, 2): what `classify` returns."""
    for span in range(spans.shape[0]):
        degree = spans[span, 2]
        limits(update, degree, beta, bias, unit, quantum, limit[span])
        numbers[span] = classify(degree, limit[span], rounds, kinds[span], bits[span])


@njit(nogil=True, cache=True)
def sweep_packed(
    words, stream, which, plan, betas, first, update, bias, unit, quantum,
    spans, colours, table, runs, signs, ghosts, ghosts_before, changed, claims, part, slices, rounds,
):  # fmt: skip
    """Advance groups of 64 lanes through all sweeps of `betas`, alone or together with other threads.

    words : (groups, words + ghosts) in place; changed (groups, threads, 64): flips of each lane, added up
    spans : (spans, 5) first word, end, degree, first block, slots before it; colours (colours + 1,): each one's spans
    table : (slots x 16,) neighbours of a block's words, one slot after another; runs (slots,): the first, where they
        follow each other, or -1; signs (samples, slots x 16) or (samples, 0): lanes whose bond is negative
    ghosts : (ghosts, 2) word and turn; ghosts_before[b]: how many of them copy words of blocks before b
    claims : (groups, 8 + slices) zeros: what threads tell each other
    Returns False where this thread, number `part`, has to wait for another: call again with the same arrays.
    """
    hues, count = colours.size - 1, words.shape[1] - ghosts.shape[0]
    steps = betas.shape[1] * hues
    limit = np.empty((spans.shape[0], MAX_DEGREE + 1, 2), np.uint64)
    kinds = np.empty((spans.shape[0], 2 * MAX_DEGREE + 2), np.int64)
    bits = np.empty((spans.shape[0], BITS, 2 * MAX_DEGREE + 2), np.uint64)
    numbers = np.zeros((spans.shape[0], 2), np.int64)
    scratch = np.empty((2 * MAX_DEGREE + 2) * WIDTH, np.uint64)
    counter = new_counter()
    for g in range(words.shape[0]):
        beta = np.nan
        while True:
            claim = take(claims[g], part, changed.shape[1], slices, steps)
            if claim in (WAIT, steps * slices):
                break
            t, colour = claim // slices // hues, claim // slices % hues
            if betas[plan[g], t] != beta:
                beta = betas[plan[g], t]
                _prepare(update, beta, bias, unit, quantum, spans, rounds, limit, kinds, bits, numbers)
            for span in range(colours[colour], colours[colour + 1]):
                start, stop, degree = spans[span, 0], spans[span, 1], spans[span, 2]
                blocks = (stop - start + WIDTH - 1) // WIDTH
                low, high = blocks * (claim % slices) // slices, blocks * (claim % slices + 1) // slices
                _update_span(
                    words[g], start + low * WIDTH, min(stop, start + high * WIDTH), degree,
                    spans[span, 4] + low * degree, table, runs, signs[which[g]], limit[span], kinds[span], bits[span],
                    numbers[span, 0], numbers[span, 1], rounds, stream[g, 0], stream[g, 1], first + t, scratch, counter,
                )  # fmt: skip
                before = ghosts_before[spans[span, 3] :]
                _refresh(words[g], ghosts, before[low], before[high], count)
            done(claims[g])
        flush(counter, changed[g, part])
        if claim == WAIT:
            return False
    return True


def uniforms(stream: Any, sweep: int, word: Any, lane: Any) -> Any:
    """The numbers in [0, 1) that decide lanes (..., n) of words (n,) of streams (..., 2), in NumPy: the reference."""
    base = (np.uint64(sweep) << SWEEP_SHIFT) | (word.astype(np.uint64) << WORD_SHIFT)
    number = np.zeros(np.broadcast_shapes((*stream.shape[:-1], 1), lane.shape), np.uint64)
    for draw in range(BITS):
        drawn = random.mix(stream[..., :1] + stream[..., 1:] * (base | np.uint64(draw)))
        number = (number << ONE) | ((drawn >> lane.astype(np.uint64)) & ONE)
    return number.astype(np.float64) * random.TO_UNIT
