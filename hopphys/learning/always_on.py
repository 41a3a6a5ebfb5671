"""A bias is a weight from a unit that is always on: any rule for couplings is a rule for biases too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hopphys.learning.learned import Learned
from hopphys.patterns import as_spins
from hopphys.types import Array


def with_bias(rule: Callable[[Array], Any]) -> Callable[[Array], Any]:
    r"""The rule that learns a bias as well: it appends a unit that is +1 in every pattern, and learns N + 1 units.

    Couplings are those among the first N units, the bias of unit i is J_i,N, what the extra unit adds to its field.
    Nothing is rescaled: Hebb's rule, which divides by the number of units, gives (1/(N+1)) sum_mu xi_mu,i, and its
    couplings over N + 1 as well. A rule that returns a bias itself keeps it, added.

    rule : patterns (..., P, N) -> couplings, (couplings, bias) or `Learned`

    Returns
    -------
    a rule: patterns -> (couplings, bias), or `Learned` with the stabilities of the N + 1 units, the extra weight
    included; what `hopfield(patterns, rule=)` takes
    """

    def learn(patterns: Array) -> Any:
        spins = as_spins(patterns)
        on = np.ones((*spins.shape[:-1], 1), spins.dtype)
        learned = rule(np.concatenate([spins, on], axis=-1))
        if isinstance(learned, Learned):
            couplings, bias = _split(learned.couplings, learned.bias)
            return replace(learned, couplings=couplings, bias=bias)
        return _split(*learned) if isinstance(learned, tuple) else _split(learned, np.zeros(1))

    return learn


def _split(couplings: Array, bias: Array) -> tuple[Array, Array]:
    own = np.broadcast_to(bias, couplings.shape[:-1])[..., :-1]
    return couplings[..., :-1, :-1], own + couplings[..., :-1, -1]
