"""Learning rules: functions from patterns to couplings, or to couplings and bias; and unlearning, on a network."""

from hopphys.learning.catalogue import RULES, Rule
from hopphys.learning.centred import covariance, covariance_binary, online_covariance
from hopphys.learning.dreaming import decorrelation, dreaming_kernel
from hopphys.learning.hebbian import hebb, hebb_binary, online_hebb, online_hebb_binary
from hopphys.learning.learned import Learned, stabilities
from hopphys.learning.pseudo_inverse import projection
from hopphys.learning.stop_rules import Unlearned, dream_until, unlearned
from hopphys.learning.storkey_rule import online_storkey, storkey
from hopphys.learning.unlearning import Dreamt, dream, unlearn

__all__ = [
    "RULES",
    "Dreamt",
    "Learned",
    "Rule",
    "Unlearned",
    "covariance",
    "covariance_binary",
    "decorrelation",
    "dream",
    "dream_until",
    "dreaming_kernel",
    "hebb",
    "hebb_binary",
    "online_covariance",
    "online_hebb",
    "online_hebb_binary",
    "online_storkey",
    "projection",
    "stabilities",
    "storkey",
    "unlearn",
    "unlearned",
]
