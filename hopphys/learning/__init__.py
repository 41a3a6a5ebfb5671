"""Learning rules: functions from patterns to couplings, or to couplings and bias."""

from hopphys.learning.hebbian import hebb, hebb_binary, online_hebb, online_hebb_binary
from hopphys.learning.projection import projection

__all__ = ["hebb", "hebb_binary", "online_hebb", "online_hebb_binary", "projection"]
