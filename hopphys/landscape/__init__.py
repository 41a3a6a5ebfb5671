"""Energy landscapes: small systems exactly, corner by corner; large ones by where settling ends from many starts."""

from hopphys.landscape.census import KINDS, census
from hopphys.landscape.cube import corners
from hopphys.landscape.minima import descent, minima
from hopphys.landscape.reached import ENDS, reached

__all__ = ["ENDS", "KINDS", "census", "corners", "descent", "minima", "reached"]
