"""Learning rules: functions from patterns to couplings, or to couplings and bias; and unlearning, on a network."""

from hopphys.learning.hebbian import hebb, hebb_binary, online_hebb, online_hebb_binary
from hopphys.learning.pseudo_inverse import projection
from hopphys.learning.unlearning import Dreamt, dream, unlearn

__all__ = [
    "Dreamt",
    "dream",
    "hebb",
    "hebb_binary",
    "online_hebb",
    "online_hebb_binary",
    "projection",
    "unlearn",
]
