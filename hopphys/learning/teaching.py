"""From a learning rule, however it is named, to couplings and bias: what `hopfield` does with its `rule`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np

from hopphys.checks import finite, instead
from hopphys.deferred import Deferred
from hopphys.learning.learned import Learned, stabilities
from hopphys.types import Array

CALLER = 3  # of hopfield, as `warnings` counts

# The catalogue holds rules that build networks, and networks are built with this module.
_catalogue = Deferred("hopphys.learning.catalogue")


class Named(Protocol):
    """An entry of the catalogue, `hopphys.learning.Rule`."""

    @property
    def learn(self) -> Callable[[Array], Any]: ...


def function_of(rule: Any) -> Callable[[Array], Any]:
    """The function of a rule that is one, is called so in the catalogue, or is an entry of it.

    Raises ValueError for anything else, and for an unknown name.
    """
    if isinstance(rule, str):
        return _called(rule)
    found = getattr(rule, "learn", rule)
    if not callable(found):
        raise ValueError(
            "rule must be a function of the patterns, such as hp.hebb or hp.projection, or a name of hp.learning.RULES "
            f"({', '.join(_catalogue.RULES)}), not {rule!r}"
        )
    return found  # type: ignore[no-any-return]


def _called(name: str) -> Callable[[Array], Any]:
    rules = _catalogue.RULES
    if name in rules:
        return rules[name].learn  # type: ignore[no-any-return]
    raise ValueError(f"there is no rule {name!r}; {instead(name, rules)}, or give a function of the patterns")


def taught(rule: Callable[[Array], Any], patterns: Array) -> tuple[Array, Array, bool]:
    """Couplings, bias, and whether directed. Raises ValueError for a rule that returns neither couplings nor Learned.

    A rule of this package that says it did not reach its end is warned of. One's own function is not: it may hand over
    what was learned, and looked at, beforehand.
    """
    learned = rule(patterns)
    if isinstance(learned, Learned):
        if not np.all(learned.converged) and _is_ours(rule):
            warnings.warn(_unfinished(rule, learned, patterns), stacklevel=CALLER)
        return learned.couplings, _shared(learned.bias), learned.directed
    couplings, bias = learned if isinstance(learned, tuple) and len(learned) == 2 else (learned, 0.0)
    return _numbers(couplings), _shared(finite(bias, "the bias that the rule returned")), False


def _numbers(couplings: Any) -> Array:
    """The couplings a rule returned. Raises ValueError for anything else, such as [couplings, bias]."""
    try:
        if couplings is not None and not isinstance(couplings, tuple):
            return np.asarray(couplings, dtype=float)
    except (TypeError, ValueError):
        pass
    shown = f"a {type(couplings).__name__} of {len(couplings)}" if hasattr(couplings, "__len__") else repr(couplings)
    raise ValueError(f"rule must return couplings (N, N), or a tuple of couplings and bias, but it returned {shown}")


def _shared(bias: Array) -> Array:
    """The bias (N,) that all samples of disorder have, of (disorder, N). Raises ValueError where they differ."""
    if bias.ndim < 2:
        return bias
    if (bias == bias[:1]).all():
        return np.asarray(bias[0])
    raise ValueError(
        f"the rule learned another bias in each of the {len(bias)} samples of disorder, but a network has one for all; "
        "make a network of each sample: [hopfield(xi, rule) for xi in patterns]"
    )


def _bare(rule: Any) -> Any:
    return _bare(rule.func) if isinstance(rule, partial) else rule


def _is_ours(rule: Any) -> bool:
    return str(getattr(_bare(rule), "__module__", "")).startswith("hopphys.learning.")


def _unfinished(rule: Any, learned: Learned, patterns: Array) -> str:
    name = getattr(_bare(rule), "__name__", "the rule")
    weakest = stabilities(learned.couplings, learned.bias, patterns).min(axis=-2)
    return (
        f"{name} did not reach what it was asked for: the smallest stability is {weakest.min():.3g}, and "
        f"{(weakest <= 0).sum()} of {weakest.size} units do not hold every pattern; store fewer patterns, or, where "
        "couplings that do exist (random patterns: below 2 a unit), allow more sweeps, as in "
        f"rule=functools.partial(hp.learning.{name}, max_sweeps=20_000)"
    )


__all__ = ["Named", "function_of", "taught"]
