"""The learning rules by name, with what they need and what they promise: what the studies and the documents go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hopphys.learning.centred import covariance
from hopphys.learning.dreaming import dreaming_kernel
from hopphys.learning.error_correction import minimum_overlap, perceptron
from hopphys.learning.forgetting import palimpsest
from hopphys.learning.hebbian import hebb
from hopphys.learning.pseudo_inverse import projection
from hopphys.learning.stop_rules import unlearned
from hopphys.learning.storkey_rule import storkey
from hopphys.types import Array


@dataclass(frozen=True)
class Rule:
    """A learning rule with its usual settings.

    learn : patterns (..., P, N) -> couplings, (couplings, bias) or `Learned`; what `hopfield(patterns, rule=)` takes
    local : a coupling changes by what its two units know
    online : one pattern after another, without the earlier ones
    symmetric : J_ij = J_ji, so the network has an energy
    capacity : what theory or the literature says, in words
    cost : operations for P patterns of N units
    grows : what that is with N at a fixed load, and with P at a fixed N; docs/benchmarks.md measures both
    """

    name: str
    title: str
    learn: Callable[[Array], Any]
    local: bool
    online: bool
    symmetric: bool
    capacity: str
    source: str
    cost: str
    grows: tuple[str, str]


ASLEEP = 8.0  # a broad optimum for noisy cues, measured: 10 % flips at load 0.5 and 0.3, 5 % at 0.7, N = 200 and 400


def _dreaming(patterns: Array) -> Array:
    return dreaming_kernel(patterns, ASLEEP)


_RULES = (
    Rule(
        "hebb",
        "Hebb",
        hebb,
        True,
        True,
        True,
        "0.138 N",
        "Hopfield 1982; Amit, Gutfreund & Sompolinsky 1985",
        "P N²",
        ("N³", "P"),
    ),
    Rule(
        "covariance",
        "covariance",
        covariance,
        True,
        True,
        True,
        "0.138 N at half activity; N / (2 f |ln f|) for small activity f",
        "Tsodyks & Feigelman 1988; Amit, Gutfreund & Sompolinsky 1987",
        "P N²",
        ("N³", "P"),
    ),
    Rule(
        "storkey",
        "Storkey",
        storkey,
        True,
        True,
        True,
        "N / sqrt(2 ln N) without an error",
        "Storkey 1997; Storkey & Valabregue 1999",
        "P N²",
        ("N³", "P"),
    ),
    Rule(
        "projection",
        "projection",
        projection,
        False,
        False,
        True,
        "N",
        "Personnaz, Guyon & Dreyfus 1985; Kanter & Sompolinsky 1987",
        "P N² + P² N + P³",
        ("N³", "P to P³"),
    ),
    Rule(
        "palimpsest",
        "palimpsest, decay 8.4",
        palimpsest,
        True,
        True,
        True,
        "the newest 0.05 N (measured), whatever the load",
        "Nadal et al. 1986; Mézard, Nadal & Toulouse 1986; Parisi 1986",
        "P N²",
        ("N³", "P"),
    ),
    Rule(
        "dreaming",
        "dreaming kernel, t = 8",
        _dreaming,
        False,
        False,
        True,
        "0.138 N at t = 0, rising to N as t grows",
        "Fachechi, Agliari & Barra 2019",
        "P N² + P² N + P³, with N for P where P > N",
        ("N³", "P to P³"),
    ),
    Rule(
        "unlearning",
        "Hebb and dreams",
        unlearned,
        True,
        True,
        True,
        "0.59 N by the smallest stability",
        "Hopfield, Feinstein & Palmer 1983; Benedetti et al. 2022",
        "(P - 0.05 N) / rate dreams of N² a sweep",
        ("N³", "P - 0.05 N"),
    ),
    Rule(
        "perceptron",
        "perceptron",
        perceptron,
        True,
        False,
        False,
        "2 N",
        "Rosenblatt 1962; Gardner 1988",
        "P N² + P² N, P N a sweep, P an error",
        ("N³", "P to P²"),
    ),
    Rule(
        "minimum_overlap",
        "largest stability",
        minimum_overlap,
        False,
        False,
        False,
        "2 N",
        "Krauth & Mézard 1987; Anlauf & Biehl 1989",
        "P² N a sweep",
        ("N³ times sweeps", "P² times sweeps"),
    ),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _RULES})
