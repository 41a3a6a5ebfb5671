"""Learning rules: functions from patterns to couplings, or to couplings and bias; and unlearning, on a network."""

from hopphys.learning.always_on import with_bias
from hopphys.learning.catalogue import RULES, Rule
from hopphys.learning.centred import covariance, covariance_binary, online_covariance
from hopphys.learning.dilution import add_noise, clip, dilute
from hopphys.learning.dreaming import decorrelation, dreaming_kernel
from hopphys.learning.error_correction import Margins, largest_stability, minimum_overlap, perceptron
from hopphys.learning.forgetting import online_palimpsest, palimpsest
from hopphys.learning.hebbian import hebb, hebb_binary, online_hebb, online_hebb_binary
from hopphys.learning.iterative import iterative_projection, online_projection
from hopphys.learning.learned import Learned, stabilities
from hopphys.learning.likelihood import PseudoLikelihood, pseudo_likelihood
from hopphys.learning.pseudo_inverse import projection
from hopphys.learning.stop_rules import Unlearned, dream_until, unlearned
from hopphys.learning.storkey_rule import online_storkey, storkey
from hopphys.learning.unlearning import Dreamt, dream, unlearn

__all__ = [
    "RULES",
    "Dreamt",
    "Learned",
    "Margins",
    "PseudoLikelihood",
    "Rule",
    "Unlearned",
    "add_noise",
    "clip",
    "covariance",
    "covariance_binary",
    "decorrelation",
    "dilute",
    "dream",
    "dream_until",
    "dreaming_kernel",
    "hebb",
    "hebb_binary",
    "iterative_projection",
    "largest_stability",
    "minimum_overlap",
    "online_covariance",
    "online_hebb",
    "online_hebb_binary",
    "online_palimpsest",
    "online_projection",
    "online_storkey",
    "palimpsest",
    "perceptron",
    "projection",
    "pseudo_likelihood",
    "stabilities",
    "storkey",
    "unlearn",
    "unlearned",
    "with_bias",
]
