"""Threads that share the words of one lattice: each says how many colours it has done, and waits for the others.

Words of one colour do not depend on each other, so how they are split changes no bit; but a colour may start only when
all threads have done the one before. Waiting is a short spin; a caller whose patience ends lets others run and resumes.
"""

from __future__ import annotations

from typing import Any

from numba import extending, njit
from numba.core import types

intrinsic: Any = extending.intrinsic

PATIENCE = 20_000  # looks at the others before giving up for now: some 20 microseconds
LINE = 8  # numbers to a cache line: two threads that write to one slow each other down


def _place(context, builder, array_type, array, index):
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [index])


@intrinsic
def _look(typing, array, index):
    """array[index] of int64, and all that its writer wrote before."""

    def build(context, builder, signature, args):
        return builder.load_atomic(_place(context, builder, signature.args[0], *args), "acquire", 8)

    return types.int64(array, types.intp), build


@intrinsic
def _tell(typing, array, index, value):
    """array[index] = value, after everything written before."""

    def build(context, builder, signature, args):
        array, index, value = args
        builder.store_atomic(value, _place(context, builder, signature.args[0], array, index), "release", 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int64), build


@njit(cache=True)
def finished(progress, steps):
    """Whether all parts have done so many steps, now or after a short wait; `progress` (parts, 8) int64."""
    flat = progress.reshape(-1)
    for part in range(progress.shape[0]):
        patience = PATIENCE
        while _look(flat, part * LINE) < steps:
            patience -= 1
            if patience == 0:
                return False
    return True


@njit(cache=True)
def publish(progress, part, steps):
    """Say that this part has done so many steps."""
    _tell(progress.reshape(-1), part * LINE, steps)
