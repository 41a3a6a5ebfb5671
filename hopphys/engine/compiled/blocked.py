"""Blocks of sites by matrix products: when dense whole couplings are swept that way, and how.

Passing a flip on to N fields costs a row of the couplings; a product costs the same whether sites change or not, but
works from the caches. Measured on one thread of Zen 4 with 64 rows, per attempt: 40 ns in blocks and 5 + 145 acceptance
with fields carried along at N = 1 000, 145 ns and 5 + 650 acceptance at N = 4 000. They cross at an acceptance of 0.24
and 0.22. The bits are the same either way, so the choice may follow the acceptance of the sweeps before.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from hopphys.kernels.random import MAX_ATTEMPT
from hopphys.types import Array

SITES = 32  # of a block
EXACT = 2**24  # whole numbers below it are exact in single precision
FROM, ROWS = 1_000, 16  # sites and rows below which blocks do not pay
PAYS = 0.22  # acceptance above which they do
LOOK = 4  # sweeps between two choices


def possible(columns: Array, largest: float, rows: int, free: Array) -> bool:
    """Whether blocks can be used at all: exact, enough sites and rows, all sites free and in order."""
    size = columns.shape[-1]
    whole = largest < EXACT and size < MAX_ATTEMPT
    return bool(whole and size >= FROM and rows >= ROWS and free.size == size and (np.diff(free) == 1).all())


def sweep(
    carried: Callable[..., None], common: tuple[Any, ...], field: Array, columns: Array, quantum: float, tried: int = 0
) -> None:
    """The arguments of a kernel, `common`, by whichever way the acceptance asks for; fields are right at the end.

    tried : attempts a row in the calls before, whose acceptance is the first guess where there are sweeps to gain by it
    """
    state, betas, first, flips = common[0], common[7], common[9], common[13]
    single: Array | None = None
    block = bool(betas.shape[1] > LOOK and flips.sum() > PAYS * tried * len(flips) > 0)
    for done in range(0, betas.shape[1], LOOK):
        part = _part(common, np.ascontiguousarray(betas[:, done : done + LOOK]), first + done)
        before = flips.sum()
        if block:
            single = columns.astype(np.float32) if single is None else single
            _in_blocks(part, single, quantum)
        else:
            carried(*part, field, columns, quantum)
        was, block = block, (flips.sum() - before) / state.size / part[7].shape[1] > PAYS
        if was and (not block or done + LOOK >= betas.shape[1]):
            _fields(field, state, common[2], single)


def _part(common: tuple[Any, ...], betas: Array, first: int) -> tuple[Any, ...]:
    return (*common[:7], betas, common[8], first, *common[10:])


def _groups(which: Array) -> list[slice]:
    """Consecutive rows of one disorder sample."""
    edges = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist(), len(which)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _fields(field: Array, state: Array, which: Array, single: Array | None) -> None:
    assert single is not None
    for rows in _groups(which):
        field[rows] = (state[rows].astype(np.float32) @ single[which[rows.start]]).astype(field.dtype)


def _in_blocks(common: tuple[Any, ...], single: Array, quantum: float) -> None:
    state, stream, which, _, low, high, bias, betas, plan, first, update, _, _, flips, used = common
    for rows in _groups(which):
        s = np.ascontiguousarray(state[rows].T, np.float32)
        changes = np.zeros(s.shape[1], np.int64)
        offsets, increments = (np.ascontiguousarray(word) for word in stream[rows].T)
        for t in range(betas.shape[1]):
            now = np.ascontiguousarray(betas[plan[rows], t])
            _one_sweep(
                s, single[which[rows.start]], offsets, increments, low, high, bias, now, first + t, update, changes,
                quantum,
            )  # fmt: skip
        state[rows] = s.T
        flips[rows] += changes
        used[rows] = betas.shape[1]


def _one_sweep(
    s: Array, columns: Array, offsets: Array, increments: Array, low: Array, high: Array, bias: Array, betas: Array,
    sweep: int, update: int, changes: Array, quantum: float,
) -> None:  # fmt: skip
    from hopphys.kernels.blocked import sweep_block

    for a in range(0, len(s), SITES):
        b = min(a + SITES, len(s))
        sweep_block(
            columns[:, a:b].T @ s, s[a:b], np.ascontiguousarray(columns[a:b, a:b].T), offsets, increments, low[a:b],
            high[a:b], bias[a:b], betas, sweep, a, update, changes, quantum,
        )  # fmt: skip
