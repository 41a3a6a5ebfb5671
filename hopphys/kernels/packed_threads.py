"""Threads that share the words of one lattice take slices of a colour by ticket, in order.

Words of one colour do not depend on each other, so who takes which slice changes no bit; but a colour may start only
when every slice of the one before is done. Tickets rather than fixed parts: a thread that the system has put aside then
holds up one slice, and the others go on with the rest. Waiting is a short spin; a caller whose patience ends rests and
comes back.
"""

from __future__ import annotations

from typing import Any

from numba import extending, njit
from numba.core import types

from hopphys.kernels.packed_vectors import place

intrinsic: Any = extending.intrinsic
TAKEN, DONE = 0, 8  # places of the two counts of tickets, on cache lines of their own
LINES = 16
PATIENCE = 50_000  # looks at the count of tickets before giving up for now: some fifty microseconds
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
def take(tickets, slices, total):
    """The next ticket, once all slices of the colours before are done; `total` when there are no more, or WAIT.

    A thread that waits holds no ticket, so that it may be put aside without holding up others.
    """
    looks = 0
    while True:
        ticket = _look(tickets, TAKEN)
        if ticket >= total:
            return total
        if _look(tickets, DONE) >= ticket // slices * slices:
            if _swap(tickets, TAKEN, ticket, ticket + 1):
                return ticket
        else:
            looks += 1
            if looks == PATIENCE:
                return WAIT


@njit(cache=True)
def done(tickets):
    """Say that one ticket is done."""
    _add_one(tickets, DONE)
