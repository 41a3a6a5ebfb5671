"""Threads that share the words of one lattice claim slices of a colour, one after another.

Words of one colour do not depend on each other, so who claims which slice changes no bit; but a colour may start only
when every slice of the one before is done. Claims rather than fixed parts: a thread that the system has put aside then
holds up one slice, and the others go on with the rest. Waiting is a short spin; a caller whose patience ends rests and
comes back.
"""

from __future__ import annotations

from typing import Any

from numba import extending, njit
from numba.core import types

from hopphys.kernels.packed_vectors import place

intrinsic: Any = extending.intrinsic
DONE, FIRST = 0, 8  # places of the number of slices done, and of how often each slice was claimed: other cache lines
PATIENCE = 5_000  # looks at all slices before giving up for now: some fifty microseconds
WAIT = -1


@intrinsic
def _look(typing, array, index):
    """array[index] of int64, after all that was written before it."""

    def build(context, builder, signature, args):
        return builder.load_atomic(place(context, builder, signature.args[0], *args), "acquire", 8)

    return types.int64(array, types.intp), build


@intrinsic
def _add_one(typing, array, index):
    """array[index] += 1 for all threads, after all that this one wrote; returns what it was."""

    def build(context, builder, signature, args):
        one = context.get_constant(types.int64, 1)
        return builder.atomic_rmw("add", place(context, builder, signature.args[0], *args), one, "acq_rel")

    return types.int64(array, types.intp), build


@intrinsic
def _swap(typing, array, index, old, new):
    """array[index] = new if it is still old; returns whether it was."""

    def build(context, builder, signature, args):
        array, index, old, new = args
        where = place(context, builder, signature.args[0], array, index)
        return builder.extract_value(builder.cmpxchg(where, old, new, "acq_rel", "acquire"), 1)

    return types.boolean(array, types.intp, types.int64, types.int64), build


@njit(cache=True)
def take(claims, part, parts, slices, steps):
    """A slice to work on, as step x slices + slice, once the step before is done; steps x slices at the end, or WAIT.

    Each thread looks at its own share of the slices first, whose words are in its cache, and then at those of others. A
    thread that waits holds no slice, so that it may be put aside without holding up the others.
    """
    looks = 0
    while looks < PATIENCE:
        step = _look(claims, DONE) // slices
        if step >= steps:
            return steps * slices
        for k in range(slices):
            mine = (part * slices // parts + k) % slices
            if _look(claims, FIRST + mine) == step and _swap(claims, FIRST + mine, step, step + 1):
                return step * slices + mine
        looks += 1
    return WAIT


@njit(cache=True)
def done(claims):
    """Say that one slice is done."""
    _add_one(claims, DONE)
